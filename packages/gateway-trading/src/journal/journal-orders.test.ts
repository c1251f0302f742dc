import { expect, it } from 'vitest';
import { JournalOrders } from './journal-orders.js';
import { memoryJournal } from './memory-journal.js';
import type { JournalRecord } from './journal-record.js';

const request = { contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: 'BUY', quantity: '2', orderType: 'MKT', tif: 'DAY', outsideRth: false } as const;

const RECORDS: readonly JournalRecord[] = [
  { type: 'term', atMs: 1, term: 1 },
  { type: 'order.staged', intentId: 'I1', atMs: 2, key: 'k', requestHash: 'h', request, account: 'DU1', clientId: 1, orderId: 7, orderRef: 'r', epoch: 1, attempt: 1 },
  { type: 'order.sending', intentId: 'I1', atMs: 3 },
  { type: 'order.acked', intentId: 'I1', atMs: 4, permId: '99', evidence: 'openOrder' },
  { type: 'order.execution', intentId: 'I1', atMs: 5, execId: 'a.b.c.01', side: 'BOT', quantity: '2', price: '10.5', exchange: 'X', time: 't' },
  { type: 'order.commission', intentId: 'I1', atMs: 6, execId: 'a.b.c.01', commission: '1', currency: 'USD' },
  { type: 'killSwitch', atMs: 7, engaged: true, reason: 'r' },
];

it('tells what each record of a journal made of an order', async () => {
  const journal = memoryJournal();
  await journal.append(RECORDS, { term: 1, expectedSeq: 0 });
  const orders = new JournalOrders();
  const told: (string | undefined)[] = [];
  for await (const { record } of journal.read(1)) {
    const change = orders.apply(record);
    told.push(change === undefined ? undefined : `${change.order.status} ${change.fill?.commission.status ?? '-'}`);
  }
  expect(told).toEqual([undefined, 'staged -', 'sending -', 'acked -', 'filled pending', 'filled known', undefined]);
  expect(orders.all().map(({ key }) => key)).toEqual(['k']);
  expect(orders.open()).toEqual([]);
  expect(orders.fills().map(({ execId, key }) => [execId, key])).toEqual([['a.b.c.01', 'k']]);
});

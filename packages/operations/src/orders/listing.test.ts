import type { ApiOrders, OperationInput } from '@ibkit/api-contract';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { ticketOf } from '../testing/tickets.js';
import { cursorOf } from './cursor.js';
import { orderOperations } from './order-operations.js';

const ticket = (more: object = {}): ReturnType<typeof ticketOf> => ticketOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1, ...more });

describe('listing orders and fills', () => {
  let rig: Rig;
  const place = async (key: string, more: object = {}): Promise<void> => {
    await rig.ask('placeOrder', { body: { ticket: ticket(more) } }, { idempotencyKey: key });
  };
  const keys = ({ orders }: ApiOrders): readonly string[] => orders.map(({ key }) => key);
  const list = (query: OperationInput<'orders'> = {}): Promise<ApiOrders> => rig.ask('orders', query);

  beforeAll(async () => {
    rig = await createRig({ simulator: { accounts: ['DU1234567', 'DU7654321'] } });
    for (const key of ['a', 'b', 'c']) await place(key, { account: 'DU1234567', tag: key === 'b' ? 'tagged' : undefined });
    await place('other', { account: 'DU7654321' });
    await rig.ask('cancelOrder', { id: 'c' });
    for (const [key, symbol] of [['f1', 'AAPL'], ['f2', 'MSFT'], ['f3', 'AAPL']] as const) {
      await place(key, { account: 'DU1234567', instrument: { symbol }, orderType: 'MKT', limitPrice: undefined });
      await rig.trading.order(key)?.filled({ timeoutMs: 10_000 });
    }
    rig.simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 1, lmtPrice: 1, account: 'DU7654321' });
    await rig.ask('reconcile', {});
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('shows the open ones, newest first, and those of others since the last comparison', async () => {
    const seen = await list();
    expect(keys(seen)).toEqual(['other', 'b', 'a']);
    expect(seen.foreign).toMatchObject([{ orderId: 0, contract: { symbol: 'AAPL' }, action: 'BUY', limitPrice: 1 }]);
    expect(seen.foreignAtMs).toBe((await rig.ask('lastReconcile', {})).finishedAtMs);
  });

  it('filters by status, account, tag and key', async () => {
    expect(keys(await list({ status: 'all' }))).toEqual(['f3', 'f2', 'f1', 'other', 'c', 'b', 'a']);
    expect(keys(await list({ status: 'ended' }))).toEqual(['f3', 'f2', 'f1', 'c']);
    expect(keys(await list({ status: 'unknown' }))).toEqual([]);
    expect(keys(await list({ tag: 'tagged' }))).toEqual(['b']);
    expect(keys(await list({ status: 'all', key: 'c' }))).toEqual(['c']);
    const own = await list({ account: 'DU7654321' });
    expect([keys(own), own.foreign.length]).toEqual([['other'], 1]);
    expect((await list({ account: 'DU1234567' })).foreign).toEqual([]);
    expect((await list({ status: 'ended' })).foreign).toEqual([]);
  });

  it('goes on where a page ended, whatever was placed meanwhile', async () => {
    const first = await list({ status: 'all', limit: 3 });
    await place('new', { account: 'DU1234567' });
    await rig.ask('cancelOrder', { id: 'new' });
    const second = await list({ status: 'all', limit: 3, cursor: first.next });
    const third = await list({ status: 'all', limit: 3, cursor: second.next });
    expect([first, second, third].map(keys)).toEqual([['f3', 'f2', 'f1'], ['other', 'c', 'b'], ['a']]);
    expect(third).not.toHaveProperty('next');
    expect(second.foreign).toEqual([]);
    expect(keys(await list({ limit: 3 })).length).toBe(3);
  });

  it.each(['nonsense', cursorOf('fills', [1, 'x']), cursorOf('orders', ['01J00000000000000000000000']), Buffer.from('{}').toString('base64url')])('refuses a cursor that is none: %s', async (cursor) => {
    expect(await rig.refusal('orders', { cursor })).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field: 'cursor' } });
  });

  it('gives an order by its id and by its key', async () => {
    const { id } = await rig.ask('order', { id: 'f1' });
    expect(await rig.ask('order', { id })).toMatchObject({ key: 'f1', status: 'filled', filledQuantity: 10, remainingQuantity: 0, fills: [{ side: 'BOT', key: 'f1' }] });
  });

  it('shows fills oldest first, by range, account and key, page by page', async () => {
    const { fills } = await rig.ask('fills', {});
    expect([...new Set(fills.map(({ key }) => key))]).toEqual(['f1', 'f2', 'f3']);
    expect(fills.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(30);
    const paged: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await rig.ask('fills', { limit: 1, cursor });
      paged.push(...page.fills.map(({ execId }) => execId));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(paged).toEqual(fills.map(({ execId }) => execId));
    expect(new Set((await rig.ask('fills', { key: 'f2' })).fills.map(({ contract }) => contract.symbol))).toEqual(new Set(['MSFT']));
    expect(await rig.ask('fills', { account: 'DU7654321' })).toEqual({ fills: [] });
    expect((await rig.ask('fills', { from: '2026-05-20', to: '2026-05-20' })).fills).toHaveLength(fills.length);
    expect((await rig.ask('fills', { to: '2026-05-20T14:59:59Z' })).fills).toEqual([]);
    expect((await rig.ask('fills', { from: '2026-05-21' })).fills).toEqual([]);
    expect(await rig.refusal('fills', { from: 'yesterday' })).toMatchObject({ details: { field: 'from' } });
    expect(await rig.refusal('fills', { cursor: cursorOf('orders', ['x']) })).toMatchObject({ details: { field: 'cursor' } });
  });
});

it('refuses to answer before the journal was read: nothing known is not nothing there', async () => {
  const connection = new ConnectionManager({ port: 1 });
  const [marketData, trading] = [new MarketData({ connection }), new Trading({ connection })];
  const operations = orderOperations({ clock: connection.clock, connection, marketData, trading });
  for (const refused of [operations.orders({}), operations.order({ id: 'k' }), operations.fills({})]) await expect(refused).rejects.toMatchObject({ code: 'IBKR_TRADING_NOT_STARTED' });
  await expect(operations.placeOrder({ body: { ticket: ticket() } }, { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED' });
  await trading.start();
  expect(await operations.orders({})).toEqual({ orders: [], foreign: [] });
  await trading.close();
  await expect(operations.orders({})).rejects.toMatchObject({ code: 'IBKR_TRADING_CLOSED' });
  await marketData.close();
  await connection.close();
});

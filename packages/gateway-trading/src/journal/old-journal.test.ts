import { describe, expect, it } from 'vitest';
import { BUY, readyRig } from '../testing/rig.js';
import type { JournalRecord } from './journal-record.js';
import { memoryJournal } from './memory-journal.js';

/** Written by the first version, as it stood on the disk: no field of a later one. */
const OLD = [
  '{"type":"term","atMs":1700000000000,"term":1}',
  '{"type":"idFloor","atMs":1700000000000,"clientId":1,"floor":1}',
  '{"type":"order.staged","atMs":1700000000001,"intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","key":"k","requestHash":"e62db612221d135be6809ace97f3e2a4ee766fa54b7580bb0f2703942e889578","request":{"contract":{"conId":265598,"symbol":"AAPL","secType":"STK","exchange":"SMART","currency":"USD"},"action":"BUY","quantity":"100","orderType":"LMT","limitPrice":"190","tif":"DAY","outsideRth":false},"account":"DU1234567","clientId":1,"orderId":2,"orderRef":"ibk.01HF7YAT01ABCDEFGHJKMNPQRS","epoch":1,"attempt":1}',
  '{"type":"order.sending","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000001}',
  '{"type":"order.sent","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000002}',
  '{"type":"order.acked","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000003,"permId":"900002","evidence":"openOrder"}',
  '{"type":"order.status","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000003,"status":"Submitted","evidence":"openOrder"}',
  '{"type":"order.execution","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000004,"execId":"a.b.c.01","side":"BOT","quantity":"40","price":"190","exchange":"NASDAQ","time":"20231114-22:13:20"}',
  '{"type":"order.commission","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000005,"execId":"a.b.c.01","commission":"1","currency":"USD"}',
  '{"type":"order.cancelRequested","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000006}',
  '{"type":"order.warning","intentId":"01HF7YAT01ABCDEFGHJKMNPQRS","atMs":1700000000007,"code":399,"message":"held"}',
];

describe('a journal of the first version', () => {
  it('is read, and its orders go on: the same key is the same order', async () => {
    const journal = memoryJournal();
    await journal.append(OLD.map((line) => JSON.parse(line) as JournalRecord), { term: 1, expectedSeq: 0 });
    const { connection, trading } = await readyRig({ journal });
    expect(trading.order('k')?.state).toMatchObject({
      status: 'working', quantity: 100, limitPrice: 190, filledQuantity: 40, remainingQuantity: 60, cancel: 'requested', permIds: ['900002'],
      terms: { quantity: '100', limitPrice: '190' },
    }); // prettier-ignore
    expect((await trading.place({ ...BUY, key: 'k' })).orderId).toBe(2);
    expect(connection.placed).toEqual([]);
    await trading.close();
  });
});

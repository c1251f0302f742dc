import { describe, expect, it } from 'vitest';
import { FakeOrder } from '../testing/fake-connection.js';
import { AAPL, BUY, readyRig, rigOn } from '../testing/rig.js';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { executionKindOf, newestRevisions, revisionOf } from './execution-id.js';
import { executionTimeMs } from './execution-time.js';

describe('an execution id', () => {
  it('says what it corrects', () => {
    expect(revisionOf('0001f4e8.655f1a2b.01.02')).toEqual({ base: '0001f4e8.655f1a2b.01', revision: 2 });
    expect(revisionOf('0001f4e8.655f1a2b.01.01.03')).toEqual({ base: '0001f4e8.655f1a2b.01.01', revision: 3 });
    expect(revisionOf('F-7')).toEqual({ base: 'F-7', revision: 0 });
  });

  it('tells the whole of a combination from its legs, and both from everything else', () => {
    const execId = 'a.b.01.01';
    expect(executionKindOf({ execId, secType: 'STK' })).toBe('whole');
    expect(executionKindOf({ execId, secType: 'BAG', orderSecType: 'BAG' })).toBe('combo');
    expect(executionKindOf({ execId, secType: 'OPT', orderSecType: 'BAG' })).toBe('leg');
    expect(executionKindOf({ execId: 'a.b.01.01.01', secType: 'OPT', orderSecType: 'OPT' })).toBe('whole');
    expect(executionKindOf({ execId: 'a.b.01.01.01', secType: 'OPT' })).toBe('leg');
  });

  it('leaves the newest of each', () => {
    expect(newestRevisions(['a.b.1.02', 'a.b.2.01', 'a.b.1.01', 'a.b.1.03', 'x', 'x'], (id) => id)).toEqual(['a.b.1.03', 'a.b.2.01', 'x']);
  });
});

describe('the time of an execution', () => {
  it.each([
    ['20260415-16:20:50', Date.UTC(2026, 3, 15, 16, 20, 50)],
    ['20260415-16:20:50Z', Date.UTC(2026, 3, 15, 16, 20, 50)],
    ['20250708 02:35:00 America/New_York', Date.UTC(2025, 6, 8, 6, 35, 0)],
    ['20250108 02:35:00 US/Eastern', Date.UTC(2025, 0, 8, 7, 35, 0)],
    ['20250108 02:35:00 UTC', Date.UTC(2025, 0, 8, 2, 35, 0)],
    ['20230224  12:04:56', undefined],
    ['20230224 12:04:56 Mars/Base', undefined],
    ['yesterday', undefined],
  ])('%s', (text, instant) => {
    expect(executionTimeMs(text)).toBe(instant);
  });
});

const VERTICAL = {
  symbol: 'AAPL', secType: 'BAG', exchange: 'SMART', currency: 'USD',
  comboLegs: [{ conId: 1, ratio: 1, action: 'BUY' }, { conId: 2, ratio: 1, action: 'SELL' }],
} as const; // prettier-ignore

describe('fills', () => {
  it('of a combination are counted as a whole, with its legs told apart', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place({ contract: VERTICAL, action: 'BUY', quantity: 2, orderType: 'LMT', limitPrice: 1.5, key: 'spread' });
    const order = broker().work();
    const leg = (execId: string, strike: number): void => {
      const seen = order.execution(execId, 2, 3);
      connection.emit({ ...seen, contract: { conId: strike, symbol: 'AAPL', secType: 'OPT', strike, right: 'C', currency: 'USD', multiplier: '100' } });
    };
    leg('a.b.01.01.01', 190);
    expect(handle.state).toMatchObject({ filledQuantity: 0, remainingQuantity: 2, status: 'working' });
    connection.emit({ ...order.execution('a.b.01.01', 2, 1.4), contract: { symbol: 'AAPL', secType: 'BAG' } });
    leg('a.b.01.02.01', 195);
    await settle();
    expect(handle.state).toMatchObject({ filledQuantity: 2, remainingQuantity: 0, status: 'filled', averagePrice: 1.4 });
    expect(trading.fills({ key: 'spread' }).map(({ kind, contract, price }) => [kind, contract.secType, contract.strike, price])).toEqual([
      ['leg', 'OPT', 190, 3],
      ['combo', 'BAG', undefined, 1.4],
      ['leg', 'OPT', 195, 3],
    ]);
    await trading.close();
  });

  it('are kept over days in the journal, by the time of the broker, and can be asked for', async () => {
    const journal = memoryJournal();
    const first = await readyRig({ journal });
    await first.trading.place({ ...BUY, key: 'k', tag: 't' });
    const order = first.broker().work();
    first.connection.emit(order.commission('a.b.c.01', 1.25));
    first.connection.emit(order.execution('a.b.c.01', 40));
    first.connection.emit({ ...order.execution('a.b.d.01', 60), execution: { ...order.execution('a.b.d.01', 60).execution, time: '20240101-10:00:00' } });
    await first.trading.close();

    const second = rigOn(new FakeConnection(), { journal });
    await second.trading.start();
    const all = second.trading.fills();
    expect(all.map(({ execId, key, tag, account, commission }) => [execId, key, tag, account, commission.status])).toEqual([
      ['a.b.d.01', 'k', 't', 'DU1234567', 'pending'],
      ['a.b.c.01', 'k', 't', 'DU1234567', 'known'],
    ]);
    expect(second.trading.fills({ from: Date.UTC(2024, 0, 2), to: Date.UTC(2024, 0, 3) }).map(({ execId }) => execId)).toEqual(['a.b.c.01']);
    expect(second.trading.fills({ to: Date.UTC(2024, 0, 2, 14, 30) }).map(({ execId }) => execId)).toEqual(['a.b.d.01']);
    expect(second.trading.fills({ account: 'DU9' })).toEqual([]);
    expect(() => second.trading.fills({ from: Number.NaN })).toThrow(/from must be epoch milliseconds/u);
    await second.trading.close();
  });
});

describe('executions of today', () => {
  it('come as they were corrected, each once, with what they are of', async () => {
    const { connection, trading, broker } = await readyRig();
    await trading.place({ ...BUY, key: 'k' });
    const order = broker().work();
    const foreign = new FakeOrder(connection, { ...order.placed, orderId: 77, contract: VERTICAL, order: { ...order.placed.order, orderRef: undefined } }, '1');
    connection.broker.executions = [order.execution('a.b.c.02', 40, 191), order.execution('a.b.c.01', 40, 190), foreign.execution('z.b.1.01', 1), { ...foreign.execution('z.b.1.01.01', 1), contract: AAPL }];
    connection.broker.commissions = [order.commission('a.b.c.01', 1), order.commission('a.b.c.02', 2)];
    const seen = await trading.executions();
    expect(seen.map(({ execId, kind, key, price, commission }) => [execId, kind, key, price, commission.status === 'known' ? commission.amount : 'pending'])).toEqual([
      ['a.b.c.02', 'whole', 'k', 191, 2],
      ['z.b.1.01', 'combo', undefined, 190, 'pending'],
      ['z.b.1.01.01', 'leg', undefined, 190, 'pending'],
    ]);
    expect(seen[0]?.executedAtMs).toBe(Date.UTC(2024, 0, 2, 14, 30));
    await trading.close();
  });
});

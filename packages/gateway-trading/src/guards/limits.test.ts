import { seededRandom } from '@ibkit/clock';
import { MarketDataError, brokerError } from '@ibkit/error-codes';
import type { IbkrErrorCode } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';
import { createSlowJournal } from '../testing.js';

const SLIP = { contract: BUY.contract, action: 'BUY', quantity: 100, orderType: 'LMT', limitPrice: 1_900 } as const;
const MARKET = { contract: BUY.contract, action: 'BUY', quantity: 10, orderType: 'MKT' } as const;

function refusal(...reasons: readonly string[]): object {
  return { code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons } };
}

/** A market that says what it is told to. */
function market(price: number | IbkrErrorCode): { price: number | IbkrErrorCode; asked: number; getLatestPrice: () => Promise<number> } {
  return {
    price,
    asked: 0,
    getLatestPrice() {
      this.asked += 1;
      if (typeof this.price === 'number') return Promise.resolve(this.price);
      return Promise.reject(new MarketDataError({ code: this.price, message: 'no' }));
    },
  };
}

describe('caps', () => {
  it('refuse with their reason before anything is written or sent, and say how to go on', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal, limits: { perOrder: { maxQuantity: 99 } } });
    await expect(trading.place(BUY)).rejects.toMatchObject({ ...refusal('ORDER_QUANTITY'), retryable: false, tips: [expect.stringContaining('limits.perOrder.maxQuantity')] });
    expect(connection.placed).toEqual([]);
    expect((await recordsOf(journal)).filter(({ type }) => type === 'order.staged')).toEqual([]);
    await trading.place({ ...BUY, quantity: 99 });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('of the day go on after a restart, and begin anew with the day of the broker', async () => {
    const journal = memoryJournal();
    const limits = { perDay: { maxQuantity: 250, maxOrders: 3 } } as const;
    const first = await readyRig({ journal, limits });
    await first.trading.place(BUY);
    await first.trading.place(BUY);
    await first.trading.close();
    const nowMs = first.connection.clock.now();

    const again = new FakeConnection();
    await again.clock.advance(nowMs - again.clock.now());
    const second = rigOn(again, { journal, limits, onUnknown: 'warn', random: seededRandom(2) });
    again.up();
    await second.trading.ready();
    await expect(second.trading.place(BUY)).rejects.toMatchObject(refusal('DAY_QUANTITY'));
    await second.trading.place({ ...BUY, quantity: 50 });
    await expect(second.trading.place({ ...BUY, quantity: 1 })).rejects.toMatchObject(refusal('DAY_QUANTITY', 'DAY_ORDERS'));
    // A clock that is set back wins nothing.
    again.clock.setNow(nowMs - 86_400_000);
    await expect(second.trading.place({ ...BUY, quantity: 1 })).rejects.toMatchObject(refusal('DAY_QUANTITY', 'DAY_ORDERS'));
    again.clock.setNow(nowMs + 86_400_000);
    await second.trading.place(BUY);
    await second.trading.close();
  });

  it.each([1, 48])('of the day are what they were when a clock that went %d hours ahead is put right', async (hours) => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal, limits: { perDay: { maxOrders: 3 } } });
    const { clock } = connection;
    clock.setNow(Date.UTC(2026, 2, 5, 4, 30));
    await trading.place(BUY);
    clock.setNow(clock.now() + hours * 3_600_000);
    await trading.place(BUY);
    clock.setNow(clock.now() - hours * 3_600_000);
    await trading.place(BUY);
    await expect(trading.place(BUY)).rejects.toMatchObject(refusal('DAY_ORDERS'));
    expect(connection.placed).toHaveLength(3);
    await trading.close();
  });

  it('count two orders of one moment one after the other, however slow the journal is', async () => {
    const connection = new FakeConnection();
    const journal = createSlowJournal({ clock: connection.clock, journal: memoryJournal(), appendMs: 50 });
    const { trading } = rigOn(connection, { journal, limits: { perDay: { maxQuantity: 150 } } });
    connection.up();
    const ready = trading.ready();
    await connection.clock.advance(200);
    await ready;
    const both = Promise.allSettled([trading.place(BUY), trading.place(BUY), trading.place({ ...BUY, quantity: 50 })]);
    await connection.clock.advance(200);
    expect((await both).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(connection.placed.map(({ order }) => order.totalQuantity)).toEqual([100, 50]);
    const closing = trading.close();
    await connection.clock.advance(500);
    await closing;
  });

  it('give back what provably never left', async () => {
    const { connection, trading } = await readyRig({ limits: { perDay: { maxQuantity: 100 } } });
    connection.orders = 'wait';
    const taken = expect(trading.place({ ...BUY, key: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
    await connection.clock.settle();
    connection.notice(1100, 'lost');
    await taken;
    connection.orders = 'now';
    connection.notice(1102, 'back');
    await trading.ready();
    await trading.place({ ...BUY, key: 'k' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('stop a loop, and let it go on when it has slowed down', async () => {
    const { connection, trading } = await readyRig({ limits: { orderRate: { maxOrders: 2, perMs: 1_000 } } });
    await trading.place(BUY);
    await trading.place(BUY);
    await expect(trading.place(BUY)).rejects.toMatchObject({ ...refusal('ORDER_RATE'), retryable: true });
    await connection.clock.advance(1_000);
    await trading.place(BUY);
    expect(connection.placed).toHaveLength(3);
    await trading.close();
  });

  it('on value ask the market about a market order, and refuse when it does not say', async () => {
    const marketData = market(190);
    const { connection, trading } = await readyRig({ marketData, limits: { perOrder: { maxNotional: 2_000 }, perDay: { maxNotional: 3_000 } } });
    await trading.place(MARKET);
    await expect(trading.place(MARKET)).rejects.toMatchObject(refusal('DAY_NOTIONAL'));
    await expect(trading.place({ ...MARKET, quantity: 11 })).rejects.toMatchObject(refusal('ORDER_NOTIONAL', 'DAY_NOTIONAL'));
    marketData.price = 'IBKR_MARKET_DATA_NO_PRICE';
    await expect(trading.place({ ...MARKET, quantity: 1 })).rejects.toMatchObject(refusal('NOTIONAL_UNKNOWN'));
    expect([connection.placed.length, marketData.asked]).toEqual([1, 4]);
    await trading.close();
  });

  it('on value that nobody knew beforehand wait for the fills', async () => {
    const journal = memoryJournal();
    const before = await readyRig({ journal });
    await before.trading.place(MARKET);
    const order = before.broker().work();
    await before.trading.close();
    const { connection, trading } = rigOn(new FakeConnection(), { journal, limits: { perDay: { maxNotional: 3_000 } }, random: seededRandom(2) });
    connection.broker.open = [order.openOrder('Submitted')];
    connection.up();
    await trading.ready();
    await expect(trading.place({ ...BUY, quantity: 5 })).rejects.toMatchObject(refusal('NOTIONAL_UNKNOWN'));
    connection.emit(order.execution('a.b.c.01', 10, 200));
    await expect(trading.place({ ...BUY, quantity: 6 })).rejects.toMatchObject(refusal('DAY_NOTIONAL'));
    await trading.place({ ...BUY, quantity: 5 });
    await trading.close();
  });
});

describe('the price band', () => {
  it('needs somebody who knows prices', () => {
    expect(() => rigOn(new FakeConnection(), { priceBand: { percent: 5 } })).toThrow(/marketData must be given with priceBand/u);
  });

  it('refuses slips of the finger, and prices that cannot be compared', async () => {
    const marketData = market(190);
    const { connection, trading } = await readyRig({ marketData, priceBand: { percent: 5 } });
    await trading.place(BUY);
    await expect(trading.place(SLIP)).rejects.toMatchObject(refusal('PRICE_BAND'));
    for (const [code, reason] of [['IBKR_MARKET_DATA_STALE', 'QUOTE_STALE'], ['IBKR_MARKET_DATA_NO_PRICE', 'QUOTE_UNKNOWN']] as const) {
      marketData.price = code;
      await expect(trading.place(BUY)).rejects.toMatchObject(refusal(reason));
    }
    // Its price is that of the market.
    await trading.place(MARKET);
    for (const code of [354, 10_089]) {
      marketData.getLatestPrice = () => Promise.reject(brokerError({ code, message: '' }));
      await expect(trading.place(BUY)).rejects.toMatchObject(refusal('QUOTE_DELAYED'));
    }
    expect(connection.placed).toHaveLength(2);
    await trading.close();
  });

  it('is judged again when the journal has taken its time', async () => {
    const connection = new FakeConnection();
    const journal = createSlowJournal({ clock: connection.clock, journal: memoryJournal(), appendMs: 11_000 });
    const { trading } = rigOn(connection, { journal, marketData: market(190), priceBand: { percent: 5 } });
    connection.up();
    const ready = trading.ready();
    await connection.clock.advance(40_000);
    await ready;
    const placing = expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT', cause: { details: { reasons: ['QUOTE_STALE'] } } });
    await connection.clock.advance(12_000);
    await placing;
    expect(connection.placed).toEqual([]);
    const closing = trading.close();
    await connection.clock.advance(60_000);
    await closing;
  });

  it('knows a repeat while it looks at the market', async () => {
    const { connection, trading } = await readyRig({ marketData: market(190), priceBand: { percent: 5 } });
    const [one, two] = await Promise.all([trading.place({ ...BUY, key: 'k' }), trading.place({ ...BUY, key: 'k' })]);
    expect([one.intentId === two.intentId, connection.placed.length]).toEqual([true, 1]);
    await trading.close();
  });
});

import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createMarket } from '../market/create-market.js';
import type { Market } from '../market/market.js';
import type { Brokerage, BrokerageEvent, OrderTicket, OrderView } from './brokerage.js';
import type { OrderContract } from './combo.js';
import { createBrokerage } from './create-brokerage.js';

const CLIENT = 7;
const SPY: OrderContract = { conId: 756733, exchange: 'SMART' };
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** Wednesday, 3 July 2024, 16:30 in New York: the exchange has closed at 13:00, and stays closed on Thursday. */
const BEFORE_THE_FOURTH = Date.UTC(2024, 6, 3, 20, 30);

/** The early close of that Wednesday, and the open of Friday. */
const CLOSE = Date.UTC(2024, 6, 3, 17);
const OPEN = Date.UTC(2024, 6, 5, 13, 30);

interface Desk {
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly events: BrokerageEvent[];
  readonly place: (orderId: number, ticket: OrderTicket, contract?: OrderContract) => Promise<OrderView>;
  readonly until: (atMs: number) => Promise<void>;
  readonly order: (orderId: number) => OrderView;
  readonly codes: () => readonly number[];
}

async function withSessions(startAtMs: number, body: (desk: Desk) => Promise<void>): Promise<void> {
  const base = createTestClock();
  const market = createMarket({ base, startAtMs, sessions: 'calendar' });
  market.start();
  const brokerage = createBrokerage({ market, accounts: ['DU1'] });
  const events: BrokerageEvent[] = [];
  brokerage.on((event) => events.push(event));
  const order = (orderId: number): OrderView => {
    const found = [...brokerage.openOrders(), ...brokerage.completedOrders()].find((view) => view.orderId === orderId);
    if (found === undefined) throw new Error(`there is no order ${orderId}`);
    return found;
  };
  try {
    await body({
      market,
      brokerage,
      events,
      order,
      place: async (orderId, ticket, contract = SPY) => {
        brokerage.place(CLIENT, orderId, contract, ticket);
        await base.advance(0);
        return order(orderId);
      },
      until: (atMs) => base.advance(atMs - market.clock.now()),
      codes: () => events.flatMap((event) => (event.kind === 'verdict' ? [event.code] : [])),
    });
  } finally {
    brokerage.close();
    market.close();
  }
  expect(base.pending).toBe(0);
}

describe('orders in a market with sessions', () => {
  it('that come outside hours are warned of, and held over the holiday', () =>
    withSessions(BEFORE_THE_FOURTH, async ({ place, events }) => {
      expect(await place(1, { action: 'BUY', totalQuantity: 100, orderType: 'MKT' })).toMatchObject({ status: 'PreSubmitted', whyHeld: '' });
      const [warning, opened] = events;
      expect(warning).toMatchObject({ kind: 'verdict', code: 399, message: 'Order Message:\nBUY 100 SPY ARCA\nWarning: your order will not be placed at the exchange until 20240705 09:30:00 US/Eastern' });
      expect(opened).toMatchObject({ kind: 'openOrder', order: { status: 'PreSubmitted' } });
    }));

  it('that are held are filled at the open; the early session is none for them, though the market moves', () =>
    withSessions(OPEN - 10 * SECOND, async ({ place, until, order, market }) => {
      await place(1, { action: 'BUY', totalQuantity: 100, orderType: 'MKT' });
      await place(2, { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 100, tif: 'GTC' });
      await until(OPEN - SECOND);
      expect([order(1).status, order(2).status]).toEqual(['PreSubmitted', 'PreSubmitted']);
      await until(OPEN + SECOND);
      expect(order(1)).toMatchObject({ status: 'Filled' });
      expect(order(2)).toMatchObject({ status: 'Submitted' });
      expect(Math.abs(order(1).avgFillPrice - (market.quote(756733).last ?? 0))).toBeLessThan(2);
    }));

  it('with outsideRth trade in the early and late sessions, but for those without a limit', () =>
    withSessions(Date.UTC(2024, 6, 2, 21), async ({ place, market, codes }) => {
      const { ask = 0 } = market.quote(756733);
      const limit = { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: Math.round((ask + 1) * 100) / 100 };
      expect(await place(1, { ...limit, outsideRth: true })).toMatchObject({ status: 'Filled' });
      expect(codes()).toEqual([]);
      expect(await place(2, limit)).toMatchObject({ status: 'PreSubmitted' });
      expect(codes()).toEqual([399]);
      expect(await place(3, { action: 'BUY', totalQuantity: 1, orderType: 'MKT', outsideRth: true })).toMatchObject({ status: 'PreSubmitted' });
      expect(codes()).toEqual([399, 2109, 399]);
      // What must trade at once cannot wait.
      expect(await place(4, { ...limit, tif: 'FOK' })).toMatchObject({ status: 'Inactive' });
      expect(await place(5, { ...limit, tif: 'IOC' })).toMatchObject({ status: 'Cancelled' });
    }));

  it('of the day end with their session, those that are good longer go back to waiting', async () => {
    const far = { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 100 };
    await withSessions(CLOSE - 10 * SECOND, async ({ place, until, order }) => {
      expect(await place(1, far)).toMatchObject({ status: 'Submitted' });
      await place(2, { ...far, tif: 'GTC' });
      await place(3, { ...far, outsideRth: true });
      await place(4, { action: 'SELL', totalQuantity: 1, orderType: 'STP', auxPrice: 100, tif: 'GTC' });
      await until(CLOSE + SECOND);
      expect([1, 2, 3, 4].map((id) => order(id).status)).toEqual(['Cancelled', 'PreSubmitted', 'Submitted', 'PreSubmitted']);
    });
    await withSessions(CLOSE + 4 * HOUR - 10 * SECOND, async ({ place, until, order }) => {
      await place(1, { ...far, outsideRth: true });
      await until(CLOSE + 4 * HOUR + SECOND);
      expect(order(1)).toMatchObject({ status: 'Cancelled', completedStatus: 'Expired' });
    });
  });

  it('stop losses do not see the hours that they are not for', () =>
    withSessions(Date.UTC(2024, 6, 3, 16, 59, 50), async ({ place, market, until, order }) => {
      const stop = { action: 'BUY', totalQuantity: 1, orderType: 'STP', auxPrice: 600, tif: 'GTC' };
      await place(1, stop);
      await place(2, { ...stop, outsideRth: true });
      await until(Date.UTC(2024, 6, 3, 17, 0, 10));
      market.setPrice('SPY', 700);
      await until(Date.UTC(2024, 6, 3, 17, 0, 12));
      expect([order(1).status, order(2).status]).toEqual(['PreSubmitted', 'Filled']);
    }));

  it('for auctions get the first and the last print of a trading day, on days that end early, too', async () => {
    await withSessions(OPEN - 10 * SECOND, async ({ place, until, order, market, codes }) => {
      await place(1, { action: 'BUY', totalQuantity: 10, orderType: 'MKT', tif: 'OPG' });
      expect(codes()).toEqual([]);
      await until(OPEN + SECOND);
      expect(order(1)).toMatchObject({ status: 'Filled', avgFillPrice: market.quote(756733).open });
    });
    await withSessions(CLOSE - 10 * SECOND, async ({ place, until, order, market }) => {
      await place(1, { action: 'SELL', totalQuantity: 5, orderType: 'MOC' });
      await place(2, { action: 'BUY', totalQuantity: 5, orderType: 'LOC', lmtPrice: 100 });
      await until(CLOSE + SECOND);
      expect([order(1).status, order(2).status]).toEqual(['Filled', 'Cancelled']);
      let last = 0;
      market.history(756733).spans('TRADES', 'minute', { startMs: CLOSE - 60 * SECOND, endMs: CLOSE }, ({ close }) => {
        last = close;
      });
      expect(order(1).avgFillPrice).toBe(last);
    });
  });

  it('in futures and coins wait for no stock exchange, and combinations for all of their legs', () =>
    withSessions(BEFORE_THE_FOURTH + 6 * HOUR, async ({ place, market, codes }) => {
      const [future] = market.universe.find({ symbol: 'ES', secType: 'FUT' });
      const marketOrder = { action: 'BUY', totalQuantity: 1, orderType: 'MKT' };
      expect(await place(1, marketOrder, { conId: future?.conId, exchange: 'CME' })).toMatchObject({ status: 'Filled' });
      expect(await place(2, { ...marketOrder, totalQuantity: 0.01 }, { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS' })).toMatchObject({ status: 'Filled' });
      expect(codes()).toEqual([]);
      const options = market.universe.find({ symbol: 'SPY', secType: 'OPT', right: 'C', lastTradeDateOrContractMonth: '20240816' });
      const comboLegs = options.slice(0, 2).map(({ conId }, place) => ({ conId, ratio: 1, action: place === 0 ? 'BUY' : 'SELL', exchange: 'SMART' }));
      const bag = { symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD', comboLegs };
      expect(await place(3, marketOrder, bag)).toMatchObject({ status: 'PreSubmitted' });
      expect(codes()).toEqual([399]);
    }));

  it('that were kept over a restart wait for the session that they waited for', async () => {
    const at = BEFORE_THE_FOURTH + 2 * DAY;
    await withSessions(BEFORE_THE_FOURTH, async ({ place, brokerage }) => {
      await place(1, { action: 'BUY', totalQuantity: 1, orderType: 'MKT' });
      const kept = brokerage.snapshot();
      await withSessions(OPEN - 10 * SECOND, async (next) => {
        next.brokerage.restore(kept);
        await next.until(OPEN + SECOND);
        expect(next.order(1)).toMatchObject({ status: 'Filled' });
      });
      await withSessions(at, async (late) => {
        late.brokerage.restore(kept);
        await late.until(at + SECOND);
        expect(late.order(1)).toMatchObject({ status: 'Cancelled', completedStatus: 'Expired' });
      });
    });
  });
});

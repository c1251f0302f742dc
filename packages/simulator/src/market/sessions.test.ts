import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBarSize } from '../history/bar-size.js';
import { barsOf } from '../history/bars.js';
import { createMarket } from './create-market.js';
import { InstrumentDays } from './instrument-days.js';
import type { Instrument } from './instrument.js';
import type { Market, MarketEvent } from './market.js';
import { NewYorkDays } from './new-york-days.js';
import { isOpen } from './trading-hours.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SPY = 756733;
/** Friday, 5 January 2024, 19:58 in New York: two minutes before the late session ends. */
const FRIDAY_EVENING = Date.UTC(2024, 0, 6, 0, 58);
const MONDAY_OPEN = Date.UTC(2024, 0, 8, 9);
const days = new NewYorkDays();

function marketAt(startAtMs: number, seed = 3): { readonly base: TestClock; readonly market: Market } {
  const base = createTestClock();
  const market = createMarket({ base, seed, startAtMs, sessions: 'calendar' });
  market.start();
  return { base, market };
}

function one(market: Market, query: Parameters<Market['universe']['find']>[0]): Instrument {
  const [found] = market.universe.find(query);
  if (found === undefined) throw new Error(`not listed: ${JSON.stringify(query)}`);
  return found;
}

/** One instrument of each kind. */
function kindsOf(market: Market): readonly Instrument[] {
  const spy = { symbol: 'SPY', secType: 'OPT', strike: 590, right: 'C' };
  return [
    one(market, { conId: SPY }),
    one(market, { symbol: 'SPX', secType: 'IND' }),
    one(market, { symbol: 'ES', secType: 'FUT' }),
    one(market, { symbol: 'CL', secType: 'FUT' }),
    one(market, { symbol: 'EUR', secType: 'CASH' }),
    one(market, { symbol: 'BTC', secType: 'CRYPTO' }),
    one(market, { symbol: 'US-T', secType: 'BOND' }),
    one(market, { symbol: 'AAPL', secType: 'CFD' }),
    market.universe.find(spy).at(-1) ?? one(market, spy),
  ];
}

describe('a market with sessions', () => {
  it('tells nothing between them, stands still at the last quote, and opens with a quote and a print', async () => {
    const { base, market } = marketAt(FRIDAY_EVENING);
    const events: MarketEvent[] = [];
    market.watch(SPY, (event) => events.push(event));
    await base.advance(2 * MINUTE_MS);
    const evening = events.length;
    const last = market.quote(SPY);
    expect(evening).toBeGreaterThan(50);
    expect(last.bid).toBeDefined();
    await base.advance(30 * HOUR_MS);
    expect(events).toHaveLength(evening);
    expect(market.quote(SPY)).toEqual(last);
    // Somebody who looks for the first time now sees the same.
    const other = marketAt(FRIDAY_EVENING + 3 * HOUR_MS);
    expect(other.market.quote(SPY)).toMatchObject({ bid: last.bid, ask: last.ask, last: last.last, lastTimeMs: last.lastTimeMs, close: last.close, volume: last.volume });
    await base.advance(MONDAY_OPEN - market.clock.now() + 1_000);
    const [quote, print] = events.slice(evening);
    expect(quote).toMatchObject({ kind: 'quote', atMs: MONDAY_OPEN });
    expect(print).toMatchObject({ kind: 'trade', atMs: MONDAY_OPEN });
    market.close();
    other.market.close();
  });

  it('agrees with its past: minutes are made of the ticks of the sessions, for every kind of instrument', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 14 * 24 * 4 }), (seed, kind, quarter) => {
        // Two weeks with Thanksgiving in them.
        const { market } = marketAt(Date.UTC(2024, 11, 9, 15), seed);
        const instrument = kindsOf(market)[kind];
        if (instrument === undefined) throw new Error('no such kind');
        const startMs = Date.UTC(2024, 10, 21) + quarter * 15 * MINUTE_MS;
        const range = { startMs, endMs: startMs + 40 * MINUTE_MS };
        const history = market.history(instrument.conId);
        const ticks: MarketEvent[] = [];
        history.events(range, (event) => ticks.push(event));
        expect(ticks.filter(({ atMs }) => !isOpen(instrument, atMs))).toEqual([]);
        const size = parseBarSize('1 min');
        if (size === undefined) throw new Error('no bar size');
        const what = history.has('TRADES') ? 'TRADES' : 'MIDPOINT';
        const bars = barsOf(history, new InstrumentDays(instrument, days, 'calendar'), { kind: what, size, range, regularOnly: false });
        expect(bars.filter((bar) => !isOpen(instrument, bar.startMs))).toEqual([]);
        const open = Array.from({ length: 40 }, (_, minute) => startMs + minute * MINUTE_MS).filter((atMs) => isOpen(instrument, atMs));
        expect(bars.map((bar) => bar.startMs)).toEqual(instrument.secType === 'OPT' ? bars.map((bar) => bar.startMs) : open);
        if (what === 'MIDPOINT') return;
        const traded = new Map<number, number[]>();
        for (const tick of ticks) if (tick.kind === 'trade') traded.set(tick.atMs - (tick.atMs % MINUTE_MS), [...(traded.get(tick.atMs - (tick.atMs % MINUTE_MS)) ?? []), tick.price]);
        expect(bars.map((bar) => [bar.startMs, bar.high, bar.low, bar.close])).toEqual([...traded].map(([atMs, prices]) => [atMs, Math.max(...prices), Math.min(...prices), prices.at(-1)]));
        market.close();
      }),
      { numRuns: 40 },
    );
  });

  it('trades futures and currencies at night while the stocks sleep, at the prices that follow from one path', async () => {
    const { base, market } = marketAt(Date.UTC(2024, 0, 9, 5));
    const [spy, index, future, , euro] = kindsOf(market);
    if (spy === undefined || index === undefined || future === undefined || euro === undefined) throw new Error('not listed');
    const told = new Map<number, number>();
    for (const { conId } of [spy, index, future, euro]) {
      told.set(conId, 0);
      market.watch(conId, () => told.set(conId, (told.get(conId) ?? 0) + 1));
    }
    await base.advance(5 * MINUTE_MS);
    expect([told.get(spy.conId), told.get(index.conId)]).toEqual([0, 0]);
    expect([told.get(future.conId) ?? 0, told.get(euro.conId) ?? 0].every((count) => count > 50)).toBe(true);
    const always = createMarket({ base: createTestClock(), seed: 3, startAtMs: market.clock.now() });
    expect(market.quote(future.conId)).toMatchObject({ bid: always.quote(future.conId).bid, ask: always.quote(future.conId).ask, last: always.quote(future.conId).last });
    market.close();
    const day = marketAt(Date.UTC(2024, 0, 9, 14, 29, 50));
    await day.base.advance(20_000);
    const ratio = (day.market.quote(index.conId).last ?? 0) / (day.market.quote(spy.conId).last ?? 1);
    expect(ratio).toBeCloseTo(10.03, 3);
    day.market.close();
    always.close();
  });

  it('opens at a price that was set while it was closed, and shows it to nobody before', async () => {
    const { base, market } = marketAt(FRIDAY_EVENING + 10 * HOUR_MS);
    const events: MarketEvent[] = [];
    market.watch(SPY, (event) => events.push(event));
    const before = market.quote(SPY);
    market.setPrice('SPY', 300);
    expect(market.quote(SPY)).toEqual(before);
    expect(events).toEqual([]);
    await base.advance(MONDAY_OPEN - market.clock.now() + 1_000);
    const [opening] = events;
    expect(opening?.kind === 'quote' && Math.abs((opening.bid ?? 0) - 300)).toBeLessThan(10);
    expect(market.quote(SPY).close).not.toBe(before.close);
    market.close();
  });

  it('counts no day on which it is closed: the close of Thursday is that of Tuesday after a holiday', async () => {
    // 4 July 2024 is a Thursday.
    const { base, market } = marketAt(Date.UTC(2024, 6, 4, 15));
    const holiday = market.quote(SPY);
    await base.advance(24 * HOUR_MS);
    const friday = market.quote(SPY);
    const size = parseBarSize('1 day');
    if (size === undefined) throw new Error('no bar size');
    const instrument = one(market, { conId: SPY });
    const range = { startMs: Date.UTC(2024, 6, 2, 4), endMs: market.clock.now() + 1 };
    const bars = barsOf(market.history(SPY), new InstrumentDays(instrument, days, 'calendar'), { kind: 'TRADES', size, range, regularOnly: true });
    expect(bars.map(({ day }) => day)).toEqual(['20240702', '20240703', '20240705']);
    expect(holiday.close).toBe(bars[0]?.close);
    expect(friday).toMatchObject({ close: bars[1]?.close, open: bars[2]?.open, high: bars[2]?.high, low: bars[2]?.low, volume: bars[2]?.volume });
    market.close();
  });
});

import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarket } from '../market/create-market.js';
import type { Market } from '../market/market.js';
import { NewYorkDays } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { HistoryKind } from '../market/price-history.js';
import { SpanCollector } from '../market/span-collector.js';
import { parseBarSize } from './bar-size.js';
import { barsExpected, barsOf, rangeOf } from './bars.js';
import type { HistoryBar } from './bars.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const AAPL = 265598;
const EURUSD = 12087792;
const days = new NewYorkDays();

const seeds = fc.integer({ min: 1, max: 50 });
const symbols = fc.constantFrom('AAPL', 'SPY', 'BAC', 'TSLA');
const kinds = fc.constantFrom<HistoryKind>('TRADES', 'BID', 'ASK', 'MIDPOINT');
/** Any moment of a year with both changes of the clock. */
const moments = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2024, 11, 31) });
/** The Sundays on which the clocks changed, and any other days. */
const dayNumbers = fc.oneof(
  fc.constantFrom(Date.UTC(2024, 2, 10) / DAY_MS, Date.UTC(2024, 10, 3) / DAY_MS),
  fc.integer({ min: Date.UTC(2024, 0, 2) / DAY_MS, max: Date.UTC(2024, 11, 30) / DAY_MS }),
);

function marketAt(seed: number, startAtMs = Date.UTC(2025, 0, 2, 15)): Market {
  return createMarket({ base: createTestClock(), seed, startAtMs });
}

function conIdOf(market: Market, symbol: string): number {
  return market.universe.find({ symbol, secType: 'STK' })[0]?.conId ?? AAPL;
}

function bars(market: Market, conId: number, name: string, range: TimeSpan, kind: HistoryKind = 'TRADES', regularOnly = false): readonly HistoryBar[] {
  const size = parseBarSize(name);
  if (size === undefined) throw new Error(`no bar size ${name}`);
  return barsOf(market.history(conId), days, { kind, size, range, regularOnly });
}

/** One bar made of many. */
function joined(parts: readonly HistoryBar[]): Partial<HistoryBar> {
  const volume = parts.reduce((sum, part) => sum + part.volume, 0);
  return {
    open: parts[0]?.open ?? 0,
    high: Math.max(...parts.map(({ high }) => high)),
    low: Math.min(...parts.map(({ low }) => low)),
    close: parts.at(-1)?.close ?? 0,
    volume,
    count: parts.reduce((sum, { count }) => sum + count, 0),
  };
}

function expectAggregate(fine: readonly HistoryBar[], coarse: readonly HistoryBar[]): void {
  expect(coarse.length).toBeGreaterThan(0);
  coarse.forEach((bar, index) => {
    const next = coarse[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const parts = fine.filter(({ startMs }) => startMs >= bar.startMs && startMs < next);
    expect(bar).toMatchObject(joined(parts));
    const value = parts.reduce((sum, { wap, volume }) => sum + wap * volume, 0);
    if (bar.volume > 0) expect(bar.wap).toBeCloseTo(value / bar.volume, 6);
  });
}

function expectSane(all: readonly HistoryBar[]): void {
  const odd = all.filter(({ startMs, open, high, low, close, volume, wap, count }, index) => {
    const isInOrder = startMs > (all[index - 1]?.startMs ?? Number.NEGATIVE_INFINITY);
    const isRange = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
    return !isInOrder || !isRange || wap > high + 1e-6 || wap < low - 1e-6 || volume < count;
  });
  expect(odd).toEqual([]);
}

describe('bars', () => {
  it('of every coarser size are the sum of the finer ones, on days of 23 and 25 hours, too', () => {
    fc.assert(
      fc.property(seeds, symbols, kinds, dayNumbers, (seed, symbol, kind, day) => {
        const market = marketAt(seed);
        const conId = conIdOf(market, symbol);
        const range = { startMs: days.midnightOf(day), endMs: days.midnightOf(day + 1) };
        const of = (name: string): readonly HistoryBar[] => bars(market, conId, name, range, kind);
        const minutes = of('1 min');
        expect(minutes).toHaveLength((range.endMs - range.startMs) / 60_000);
        expectSane(minutes);
        for (const name of ['2 mins', '5 mins', '20 mins', '1 hour', '2 hours', '4 hours', '8 hours', '1 day']) expectAggregate(minutes, of(name));
        const part = { startMs: range.startMs + 2 * HOUR_MS, endMs: range.startMs + 2 * HOUR_MS + 600_000 };
        expectAggregate(bars(market, conId, '1 secs', part, kind), bars(market, conId, '10 secs', part, kind));
        market.close();
      }),
      { numRuns: 25 },
    );
  });

  it('of a minute are the bars of its ticks', () => {
    fc.assert(
      fc.property(seeds, symbols, fc.constantFrom<HistoryKind>('TRADES', 'BID', 'ASK', 'MIDPOINT', 'BID_ASK'), moments, (seed, symbol, kind, atMs) => {
        const market = marketAt(seed);
        const conId = conIdOf(market, symbol);
        const startMs = atMs - (atMs % 60_000);
        const range = { startMs, endMs: startMs + 600_000 };
        const fromTicks: { readonly startMs: number; readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number; readonly trades: number; readonly wap: number }[] = [];
        const collector = new SpanCollector(kind, 'minute', range, ({ startMs: at, open, high, low, close, volume, trades, value }) => {
          fromTicks.push({ startMs: at, open, high, low, close, volume, trades, wap: volume > 0 ? value / volume : close });
        });
        // The quote before the range comes from its last minute.
        market.history(conId).events({ startMs: startMs - 60_000, endMs: range.endMs }, (event) => {
          if (event.kind === 'quote') collector.quote(event.atMs, event.bid, event.ask);
          else if (event.atMs >= startMs) collector.trade(event.atMs, event.price, event.size);
        });
        collector.finish(range.endMs);
        const made = bars(market, conId, '1 min', range, kind);
        expect(made).toHaveLength(10);
        made.forEach((bar, index) => {
          const ticks = fromTicks[index];
          expect(bar.startMs).toBe(ticks?.startMs);
          for (const field of ['high', 'low'] as const) expect(bar[field]).toBeCloseTo(ticks?.[field] ?? 0, 9);
          for (const field of ['open', 'close'] as const) expect(bar[field]).toBeCloseTo(ticks?.[field] ?? 0, 6);
          if (kind !== 'TRADES') return;
          expect(bar).toMatchObject({ volume: ticks?.volume, count: ticks?.trades });
          expect(Math.abs(bar.wap - (ticks?.wap ?? 0))).toBeLessThan(0.001);
        });
        market.close();
      }),
      { numRuns: 60 },
    );
  });

  it('of the past do not change when time goes on', async () => {
    const base = createTestClock();
    const market = createMarket({ base });
    const startMs = base.now();
    const range = { startMs: startMs - DAY_MS, endMs: startMs + 600_000 };
    await base.advance(600_000);
    const now = bars(market, AAPL, '1 min', range);
    await base.advance(5 * DAY_MS);
    expect(bars(market, AAPL, '1 min', range)).toEqual(now);
    const other = createMarket({ base: createTestClock(), startAtMs: startMs + 3 * HOUR_MS });
    expect(bars(other, AAPL, '1 min', range)).toEqual(now);
    const earlier = createMarket({ base: createTestClock(), startAtMs: startMs });
    expect(bars(earlier, AAPL, '1 min', range).at(-1)?.startMs).toBe(startMs);
    for (const each of [market, other, earlier]) each.close();
  });

  it('join each other without a jump: each minute begins where the one before ended, over midnights and weekends', () => {
    const market = marketAt(3);
    const end = days.midnightOf(days.dayOf(Date.UTC(2024, 11, 20)));
    const minutes = bars(market, AAPL, '1 min', { startMs: end - 14 * DAY_MS, endMs: end }, 'BID');
    expect(minutes).toHaveLength(14 * 1_440);
    expect(minutes.slice(1).map(({ open }) => open)).toEqual(minutes.slice(0, -1).map(({ close }) => close));
    market.close();
  });

  it('are never more than expected', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1 min', '2 mins', '30 mins', '1 hour', '8 hours', '1 day', '1W', '1M'),
        fc.constantFrom<'S' | 'D' | 'W' | 'M'>('S', 'D', 'W', 'M'),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        moments,
        (name, unit, count, regularOnly, endMs) => {
          const size = parseBarSize(name);
          if (size === undefined) throw new Error(name);
          const market = marketAt(1);
          const range = rangeOf(days, { unit, count: unit === 'S' ? count * 1_000 : count }, endMs, size, regularOnly);
          expect(range.startMs).toBeLessThan(range.endMs);
          const query = { kind: 'TRADES' as const, size, range, regularOnly };
          const made = barsOf(market.history(AAPL), days, query);
          expectSane(made);
          expect(made.length).toBeLessThanOrEqual(barsExpected(days, query));
          expect(made.filter(({ startMs }) => regularOnly && !days.isTradingDay(days.dayOf(startMs)))).toEqual([]);
          market.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('follow a price that was set, and the whole chain of what is priced off it', async () => {
    const base = createTestClock();
    const market = createMarket({ base });
    market.start();
    await base.advance(90_100);
    market.setPrice('AAPL', 100);
    await base.advance(120_000);
    const [, touched, after] = bars(market, AAPL, '1 min', { startMs: base.now() - 210_100, endMs: base.now() + 1 });
    expect(touched?.low).toBeLessThanOrEqual(100.5);
    expect(touched?.high).toBeGreaterThan(200);
    expect(after?.high).toBeLessThan(103);
    const whole = bars(market, AAPL, '1 day', { startMs: days.midnightOf(days.dayOf(base.now())), endMs: base.now() + 1 }, 'TRADES', true);
    const { open, high, low, last, volume } = market.quote(AAPL);
    expect(whole[0]).toMatchObject({ open, high, low, close: last, volume });
    market.close();
  });

  it('exist for what has quotes only or trades only', () => {
    const market = marketAt(1);
    const [euro] = market.universe.find({ symbol: 'EUR', secType: 'CASH', currency: 'USD' });
    const range = { startMs: Date.UTC(2024, 5, 3), endMs: Date.UTC(2024, 5, 4) };
    expect(bars(market, euro?.conId ?? EURUSD, '1 hour', range)).toEqual([]);
    expect(bars(market, euro?.conId ?? EURUSD, '1 hour', range, 'MIDPOINT')).toHaveLength(24);
    market.close();
  });
});

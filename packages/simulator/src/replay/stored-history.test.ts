import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBarSize } from '../history/bar-size.js';
import { barsOf } from '../history/bars.js';
import type { HistoryBar } from '../history/bars.js';
import { createMarket } from '../market/create-market.js';
import type { Market } from '../market/market.js';
import { NewYorkDays } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import { NO_HISTORY, historyUntil } from '../market/price-history.js';
import type { PriceHistory } from '../market/price-history.js';
import { arrangeBars } from './arrange-rows.js';
import type { BarSeries } from './bar-series.js';
import { readOwnCsv } from './read-own-files.js';
import { StoredHistory } from './stored-history.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const days = new NewYorkDays();
/** Monday. */
const OPEN_MS = Date.UTC(2024, 2, 4, 14, 30);

interface Bar {
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

function seriesOf(size: string, rows: readonly (readonly [time: string, bar: Omit<Bar, 'startMs'>])[], kind = 'TRADES'): BarSeries {
  const text = ['time,open,high,low,close,volume,barSize,kind', ...rows.map(([time, { open, high, low, close, volume }]) => [time, open, high, low, close, volume, size, kind].join(','))].join('\n');
  const { bars } = readOwnCsv(new TextEncoder().encode(text), 'file', { symbol: 'ZZ', barSize: undefined }, days);
  const [series] = arrangeBars(bars.map((each) => ({ path: 'file', series: each })));
  if (series === undefined) throw new Error('no bars');
  return series;
}

const someBar = fc
  .tuple(fc.array(fc.integer({ min: 1_000, max: 2_000 }), { minLength: 4, maxLength: 4 }), fc.nat(3), fc.nat(3), fc.nat(1_000))
  .map(([prices, first, last, volume]) => ({ open: (prices[first] ?? 0) / 10, high: Math.max(...prices) / 10, low: Math.min(...prices) / 10, close: (prices[last] ?? 0) / 10, volume }));

function bars(history: PriceHistory, name: string, range: TimeSpan, regularOnly = true): readonly HistoryBar[] {
  const size = parseBarSize(name);
  if (size === undefined) throw new Error(name);
  return barsOf(history, days, { kind: 'TRADES', size, range, regularOnly });
}

function marketOf(series: readonly BarSeries[], seed: number, startAtMs: number): Market {
  return createMarket({ base: createTestClock(), seed, startAtMs, replay: { files: [], symbols: [], startAtMs, bars: series } });
}

describe('a stored past', () => {
  it('gives the bars of its size as they are and coarser ones as their sum, with holes', () => {
    fc.assert(
      fc.property(fc.array(fc.option(someBar, { nil: undefined }), { minLength: 1, maxLength: 200 }), fc.constantFrom(1, 5, 15), (made, minutes) => {
        const stored = made.flatMap((bar, index) => (bar === undefined ? [] : [{ ...bar, startMs: OPEN_MS + index * minutes * MINUTE_MS }]));
        fc.pre(stored.length > 0);
        const series = seriesOf(`${minutes} mins`, stored.map((bar) => [String(bar.startMs), bar]));
        const joinMs = OPEN_MS + 5 * DAY_MS;
        const history = new StoredHistory({ series: [series], live: NO_HISTORY, joinMs });
        const range = { startMs: OPEN_MS - DAY_MS, endMs: joinMs };
        const exact = bars(history, minutes === 1 ? '1 min' : `${minutes} mins`, range, false);
        expect(exact.map(({ startMs, open, high, low, close, volume }) => ({ startMs, open, high, low, close, volume }))).toEqual(stored.map(({ startMs, open, high, low, close, volume }) => ({ startMs, open, high, low, close, volume })));
        for (const [name, lengthMs] of [['30 mins', 30 * MINUTE_MS], ['1 hour', HOUR_MS], ['1 day', DAY_MS], ['1W', 7 * DAY_MS]] as const) {
          const coarse = bars(history, name, range, false);
          coarse.forEach((bar, index) => {
            const endMs = Math.min(coarse[index + 1]?.startMs ?? Number.POSITIVE_INFINITY, bar.startMs + lengthMs + HOUR_MS);
            const parts = stored.filter(({ startMs }) => startMs >= bar.startMs && startMs < endMs);
            expect(bar).toMatchObject({ open: parts[0]?.open, close: parts.at(-1)?.close, high: Math.max(...parts.map(({ high }) => high)), low: Math.min(...parts.map(({ low }) => low)) });
          });
          expect(coarse.reduce((sum, { volume }) => sum + volume, 0)).toBe(stored.reduce((sum, { volume }) => sum + volume, 0));
        }
        expect(bars(history, '1 min', range, false)).toHaveLength(minutes > 1 ? 0 : stored.length);
      }),
      { numRuns: 60 },
    );
  });

  it('makes weeks and months of days, and takes the coarsest bars that there are', () => {
    const flat = { open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const daily = seriesOf('1 day', ['2024-02-28', '2024-02-29', '2024-03-01', '2024-03-04'].map((day, index) => [day, { ...flat, volume: 100 + index }] as const));
    const minutes = seriesOf('1 min', [Date.UTC(2024, 1, 29, 15), Date.UTC(2024, 2, 5, 15)].map((at) => [String(at), { ...flat, volume: 7 }] as const));
    const history = new StoredHistory({ series: [minutes, daily], live: NO_HISTORY, joinMs: Date.UTC(2024, 2, 10) });
    const range = { startMs: Date.UTC(2024, 0, 1), endMs: Date.UTC(2024, 2, 10) };
    expect(bars(history, '1 day', range).map(({ day, volume }) => [day, volume])).toEqual([['20240228', 100], ['20240229', 101], ['20240301', 102], ['20240304', 103], ['20240305', 7]]);
    expect(bars(history, '1W', range).map(({ day, volume }) => [day, volume])).toEqual([['20240228', 303], ['20240304', 110]]);
    expect(bars(history, '1M', range).map(({ volume }) => volume)).toEqual([201, 212]);
    expect(bars(history, '1 hour', range).map(({ volume }) => volume)).toEqual([7, 7]);
    expect(history.headMs).toBe(Date.UTC(2024, 1, 28, 5));
    // A halt cuts it, too.
    expect(bars(historyUntil(history, Date.UTC(2024, 2, 1, 15)), '1 day', range).map(({ day }) => day)).toEqual(['20240228', '20240229']);
  });

  it('has its kinds only', () => {
    const flat = { open: 1, high: 1, low: 1, close: 1, volume: 0 };
    const history = new StoredHistory({ series: [seriesOf('1 day', [['2024-03-01', flat]], 'MIDPOINT')], live: NO_HISTORY, joinMs: Date.UTC(2024, 2, 10) });
    expect([history.has('MIDPOINT'), history.has('TRADES')]).toEqual([true, false]);
    expect(bars(history, '1 day', { startMs: Date.UTC(2024, 0, 1), endMs: Date.UTC(2024, 2, 10) })).toEqual([]);
  });
});

describe('the market after a stored past', () => {
  it('goes on from its last price, whatever the seed is, and never shows what comes after the start', () => {
    fc.assert(
      fc.property(fc.array(someBar, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 1_000 }), fc.nat(70), (made, seed, startMinute) => {
        const stored = made.map((bar, index) => ({ ...bar, startMs: OPEN_MS + index * MINUTE_MS }));
        const startAtMs = OPEN_MS + (startMinute + 1) * MINUTE_MS;
        const market = marketOf([seriesOf('1 min', stored.map((bar) => [String(bar.startMs), bar]))], seed, startAtMs);
        const [stock] = market.universe.find({ symbol: 'ZZ', secType: 'STK' });
        const over = stored.filter(({ startMs }) => startMs + MINUTE_MS <= startAtMs);
        const last = over.at(-1)?.close ?? 0;
        const shown = bars(market.history(stock?.conId ?? 0), '1 min', { startMs: OPEN_MS - DAY_MS, endMs: startAtMs }, false);
        expect(shown.map(({ startMs, close }) => [startMs, close])).toEqual(over.map(({ startMs, close }) => [startMs, close]));
        const price = market.quote(stock?.conId ?? 0).last ?? 0;
        expect(Math.abs(price - last)).toBeLessThanOrEqual(0.02 + last * 0.001);
        market.close();
      }),
      { numRuns: 40 },
    );
  });

  it('is the same for the same seed, and another for another one', async () => {
    const series = seriesOf('1 day', [['2024-03-01', { open: 50, high: 52, low: 49, close: 51, volume: 10 }]]);
    const pricesOf = async (seed: number): Promise<readonly (number | undefined)[]> => {
      const base = createTestClock();
      const market = createMarket({ base, seed, replay: { files: [], symbols: [], startAtMs: OPEN_MS, bars: [series] } });
      market.start();
      const conId = market.universe.find({ symbol: 'ZZ', secType: 'STK' })[0]?.conId ?? 0;
      const prices: (number | undefined)[] = [];
      for (let minute = 0; minute < 20; minute += 1) {
        await base.advance(MINUTE_MS);
        prices.push(market.quote(conId).last);
      }
      expect(market.quote(conId).close).toBe(51);
      market.close();
      return prices;
    };
    const first = await pricesOf(1);
    expect(await pricesOf(1)).toEqual(first);
    expect(await pricesOf(2)).not.toEqual(first);
  });

  it('lists a stock for a symbol that nobody knows, as the instruments say if they do', () => {
    const series = seriesOf('1 day', [['2024-03-01', { open: 50, high: 52, low: 49, close: 51, volume: 10 }]]);
    const replay = { files: [], symbols: [], startAtMs: OPEN_MS, bars: [series] };
    const unknown = createMarket({ base: createTestClock(), replay });
    expect(unknown.universe.find({ symbol: 'ZZ', secType: 'STK' })).toMatchObject([{ longName: 'ZZ', primaryExch: 'NYSE', currency: 'USD', minTick: 0.01 }]);
    expect(unknown.held).toBe(false);
    unknown.close();
    const known = createMarket({ base: createTestClock(), replay, instruments: [{ symbol: 'ZZ', secType: 'STK', price: 9, longName: 'ZZ PLC', conId: 77, options: true }] });
    expect(known.universe.find({ symbol: 'ZZ', secType: 'STK' })).toMatchObject([{ longName: 'ZZ PLC', conId: 77 }]);
    expect(known.universe.optionChains(77)[0]?.strikes).toContain(51);
    expect(known.quote(77).last).toBeCloseTo(51, 1);
    known.close();
  });
});

import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarket } from '../market/create-market.js';
import type { Market, MarketEvent, MarketOptions } from '../market/market.js';
import { createStallingClock } from '../testing/stalling-clock.js';
import { fileKindOf } from './file-name.js';
import { readQuotes } from './quote-rows.js';
import type { QuoteColumns, ReplayData, TradeColumns } from './replay-data.js';
import { readTrades } from './trade-rows.js';

const SPY = 756733;
const OPEN = Date.UTC(2013, 9, 7, 13, 30);
const OPEN_MS = 34_200_000;

interface Trade {
  readonly ms: number;
  readonly ticks: number;
  readonly size: number;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function trades(rows: readonly Trade[], name = '20131007_spy_tick_trade.csv'): TradeColumns {
  return readTrades(bytes(rows.map(({ ms, ticks, size }) => `${ms},${ticks * 100},${size},P,1,0`).join('\n')), name, fileKindOf(name));
}

function dataOf(...columns: readonly (TradeColumns | QuoteColumns)[]): ReplayData {
  return { files: columns.map((column) => ({ path: 'memory', columns: column })), symbols: [...new Set(columns.map(({ symbol }) => symbol))], startAtMs: OPEN };
}

function replaying(data: ReplayData, options: Partial<MarketOptions> = {}): { readonly market: Market; readonly base: TestClock; readonly events: MarketEvent[] } {
  const base = createTestClock();
  const market = createMarket({ base, replay: data, ...options });
  market.start();
  const events: MarketEvent[] = [];
  market.watch(SPY, (event) => events.push(event));
  return { market, base, events };
}

function tradesOf(events: readonly MarketEvent[]): readonly (readonly [atMs: number, price: number, size: number])[] {
  return events.flatMap((event) => (event.kind === 'trade' ? [[event.atMs, event.price, event.size] as const] : []));
}

const someTrades = fc
  .array(fc.record({ ms: fc.integer({ min: OPEN_MS - 500, max: OPEN_MS + 5000 }), ticks: fc.integer({ min: 16_000, max: 17_000 }), size: fc.integer({ min: 1, max: 5000 }) }), { minLength: 1, maxLength: 60 })
  .map((rows) => rows.sort((a, b) => a.ms - b.ms));

describe('a replay', () => {
  it('tells every row from the start on exactly once, in order, at its time, at any speed', async () => {
    await fc.assert(
      fc.asyncProperty(someTrades, fc.constantFrom(0.5, 1, 7, 60, 1000), fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 12 }), async (rows, speed, waits) => {
        const { market, base, events } = replaying(dataOf(trades(rows)), { speed });
        market.release();
        for (const wait of waits) await base.advance(wait);
        const seenMs = market.clock.now() + 0.01;
        const due = rows.map(({ ms, ticks, size }) => [OPEN + ms - OPEN_MS, ticks / 100, size] as const).filter(([atMs]) => atMs >= OPEN);
        expect(tradesOf(events)).toEqual(due.filter(([atMs]) => atMs <= seenMs));
        await base.advance(10_000 / speed + 10);
        expect(tradesOf(events)).toEqual(due);
        market.close();
        expect(base.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('waits at its start until it is released', async () => {
    const { market, base, events } = replaying(dataOf(trades([{ ms: OPEN_MS, ticks: 16_741, size: 100 }])));
    await base.advance(60_000);
    expect(market.held).toBe(true);
    expect(market.clock.now()).toBe(OPEN);
    expect(events).toEqual([]);
    market.release();
    market.release();
    expect(market.held).toBe(false);
    await base.advance(0);
    expect(tradesOf(events)).toEqual([[OPEN, 167.41, 100]]);
    expect(market.isReplayed(SPY)).toBe(true);
    expect(market.isReplayed(265598)).toBe(false);
  });

  it('takes the rows before its start for the first prices only', () => {
    const { market } = replaying(
      dataOf(trades([{ ms: OPEN_MS - 2, ticks: 16_740, size: 10 }, { ms: OPEN_MS - 1, ticks: 16_742, size: 20 }, { ms: OPEN_MS + 1, ticks: 16_800, size: 30 }])), // prettier-ignore
    );
    expect(market.quote(SPY)).toMatchObject({ last: 167.42, lastSize: 20, lastExchange: 'ARCA', lastTimeMs: OPEN - 1, bid: 167.41, ask: 167.42, volume: 0, open: undefined });
  });

  it('starts where it is told to', async () => {
    const rows = [OPEN_MS, OPEN_MS + 1000, OPEN_MS + 2000].map((ms, index) => ({ ms, ticks: 16_741 + index, size: 100 }));
    const { market, base, events } = replaying(dataOf(trades(rows)), { startAtMs: OPEN + 1500 });
    expect(market.quote(SPY).last).toBe(167.42);
    market.release();
    await base.advance(1000);
    expect(tradesOf(events)).toEqual([[OPEN + 2000, 167.43, 100]]);
  });

  it('tells what came before an instant at once when it is asked to, and before a price that is set, however late its timer is', async () => {
    const base = createStallingClock();
    const market = createMarket({ base, replay: dataOf(trades([100, 200, 300, 300, 400, 500].map((ms, index) => ({ ms: OPEN_MS + ms, ticks: 16_741 + index, size: index + 1 })))) });
    market.start();
    const events: MarketEvent[] = [];
    market.watch(SPY, (event) => {
      // From within an event nothing is told that is later.
      market.settle(OPEN + 500);
      events.push(event);
    });
    market.settle(OPEN + 100);
    market.release();
    await base.settle();
    base.stall(450);
    market.settle(OPEN + 300);
    expect(tradesOf(events).map(([, , size]) => size)).toEqual([1, 2]);
    market.setPrice('SPY', 170);
    expect(tradesOf(events).map(([, , size]) => size)).toEqual([1, 2, 3, 4, 5, 100]);
    await base.advance(1_000);
    expect(tradesOf(events).map(([, , size]) => size)).toEqual([1, 2, 3, 4, 5, 100, 6]);
    const past: number[] = [];
    market.history(SPY).events({ startMs: OPEN, endMs: OPEN + 10_000 }, (event) => {
      if (event.kind === 'trade') past.push(event.size);
    });
    expect(past).toEqual([1, 2, 3, 4, 5, 100, 6]);
    market.close();
  });

  it('tells what is due at one time in one go', async () => {
    const rows = Array.from({ length: 50 }, (_, index) => ({ ms: OPEN_MS + 10, ticks: 16_741, size: index + 1 }));
    const { market, base, events } = replaying(dataOf(trades(rows)));
    market.release();
    expect(base.pending).toBe(1);
    await base.advance(10);
    expect(tradesOf(events)).toHaveLength(50);
    expect(base.pending).toBe(0);
  });

  it('keeps the day and derives a quote around the trades', async () => {
    const rows = [16_741, 16_745, 16_739, 16_739].map((ticks, index) => ({ ms: OPEN_MS + index, ticks, size: 100 }));
    const { market, base, events } = replaying(dataOf(trades(rows)));
    market.release();
    await base.advance(10);
    expect(market.quote(SPY)).toMatchObject({ open: 167.41, high: 167.45, low: 167.39, last: 167.39, volume: 400, bid: 167.39, ask: 167.4 });
    expect(events.map(({ kind }) => kind)).toEqual(['quote', 'trade', 'quote', 'trade', 'quote', 'trade', 'trade']);
    for (const event of events.filter(({ kind }) => kind === 'quote')) expect(event).toMatchObject({ bid: expect.closeTo(('ask' in event ? (event.ask ?? 0) : 0) - 0.01, 6) as number });
    await base.advance(60_000);
    expect(market.quote(SPY).bid).toBe(167.39);
  });

  it('uses the quotes of a file when there is one', async () => {
    const name = '20131007_spy_second_quote.csv';
    const rows = `${OPEN_MS - 1000},1674000,1674000,1674000,1674100,5,1674300,1674300,1674200,1674200,6\n${OPEN_MS},1674100,1674100,1674100,1674500,7,1674900,1674900,1674900,1674900,8`;
    const quotes = readQuotes(bytes(rows), name, fileKindOf(name));
    const { market, base, events } = replaying(dataOf(trades([{ ms: OPEN_MS + 1000, ticks: 16_746, size: 100 }]), quotes));
    expect(market.quote(SPY)).toMatchObject({ bid: 167.4, ask: 167.43 });
    market.release();
    await base.advance(1);
    expect(events).toEqual([{ kind: 'quote', conId: SPY, atMs: OPEN, bid: 167.41, ask: 167.42, bidSize: 5, askSize: 6 }]);
    await base.advance(1000);
    expect(events.slice(1).map(({ kind, atMs }) => [kind, atMs])).toEqual([['quote', OPEN + 1000], ['trade', OPEN + 1000]]); // prettier-ignore
    expect(market.quote(SPY)).toMatchObject({ bid: 167.45, ask: 167.49, last: 167.46 });
  });

  it('goes from day to day, the last price becoming the close', async () => {
    const next = trades([{ ms: OPEN_MS, ticks: 16_900, size: 5 }], '20131008_spy_tick_trade.csv');
    const { market, base } = replaying(dataOf(next, trades([{ ms: OPEN_MS, ticks: 16_741, size: 100 }])));
    market.release();
    await base.advance(25 * 3_600_000);
    expect(market.quote(SPY)).toMatchObject({ close: 167.41, open: 169, last: 169, volume: 5 });
  });

  it('shows suspicious trades without letting them count', async () => {
    const name = '20131007_spy_tick_trade.csv';
    const columns = readTrades(bytes(`${OPEN_MS},1674100,100,Q,0,0\n${OPEN_MS},9999900,100,D,80000020,1`), name, fileKindOf(name));
    const { market, base, events } = replaying(dataOf(columns));
    market.release();
    await base.advance(1);
    expect(events.at(-1)).toMatchObject({ kind: 'trade', price: 999.99, unreported: true, conditions: 'F I', exchange: 'FINRA' });
    expect(market.quote(SPY)).toMatchObject({ last: 167.41, volume: 100, high: 167.41 });
  });

  it('lists symbols that the simulator does not know, and prices options off what it plays', () => {
    const data = dataOf(trades([{ ms: OPEN_MS, ticks: 1234, size: 1 }], '20131007_abc_tick_trade.csv'), trades([{ ms: OPEN_MS - 1, ticks: 16_741, size: 100 }]));
    const { market } = replaying(data);
    const [abc] = market.universe.find({ symbol: 'ABC', secType: 'STK', exchange: 'SMART', currency: 'USD' });
    expect(market.quote(abc?.conId ?? 0)).toMatchObject({ last: undefined, bid: undefined });
    const [chain] = market.universe.optionChains(SPY);
    expect(chain?.expirations[0]).toBe('20131011');
    expect(chain?.strikes).toContain(167.5);
    const [option] = market.universe.find({ symbol: 'SPY', secType: 'OPT', lastTradeDateOrContractMonth: '20131018', strike: 167.5, right: 'C' });
    expect(market.quote(option?.conId ?? 0).bid).toBeGreaterThan(0.5);
    expect(market.optionModel(option?.conId ?? 0, 'model')?.undPrice).toBeCloseTo(167.405, 6);
  });

  it('can be moved from outside until the next row', async () => {
    const { market, base, events } = replaying(dataOf(trades([{ ms: OPEN_MS + 500, ticks: 16_741, size: 100 }])));
    market.release();
    market.setPrice('SPY', 150);
    expect(market.quote(SPY)).toMatchObject({ last: 150, bid: 149.99, ask: 150 });
    await base.advance(500);
    expect(market.quote(SPY)).toMatchObject({ last: 167.41, bid: 167.4 });
    expect(tradesOf(events)).toHaveLength(2);
  });

  it('plays many days and symbols as one, whatever the order of their files, with holes between them', async () => {
    const day = (date: string, price: number): readonly (TradeColumns | QuoteColumns)[] => [
      trades([{ ms: OPEN_MS, ticks: price, size: 1 }, { ms: OPEN_MS + 3_600_000, ticks: price + 1, size: 2 }], `${date}_spy_tick_trade.csv`),
      trades([{ ms: OPEN_MS, ticks: 100, size: 5 }], `${date}_abc_tick_trade.csv`),
    ];
    const columns = ['20131007', '20131008', '20131010', '20131014'].flatMap((date, index) => day(date, 16_000 + index * 10));
    const play = async (order: readonly (TradeColumns | QuoteColumns)[]): Promise<readonly MarketEvent[]> => {
      const ends: number[] = [];
      const { market, base, events } = replaying(dataOf(...order), { onReplayEnd: () => ends.push(market.clock.now()) });
      market.delayed(900_000);
      market.release();
      await base.advance(2 * 86_400_000);
      // The hole is silent, and is not the end.
      const before = events.length;
      await base.advance(3_600_000);
      expect([events.length, ends]).toEqual([before, []]);
      await base.advance(30 * 86_400_000);
      expect(ends).toEqual([Date.UTC(2013, 9, 14, 14, 30)]);
      expect(market.quote(SPY)).toMatchObject({ last: 160.31, volume: 3, close: 160.21 });
      market.close();
      return events;
    };
    const events = await play(columns);
    expect(tradesOf(events).map(([atMs, , size]) => [new Date(atMs).toISOString().slice(0, 10), size])).toEqual(
      ['2013-10-07', '2013-10-08', '2013-10-10', '2013-10-14'].flatMap((date) => [[date, 1], [date, 2]]),
    );
    expect(await play([...columns].reverse())).toEqual(events);
  });

  it('that starts behind its last row says so at once', () => {
    let ends = 0;
    const { market } = replaying(dataOf(trades([{ ms: OPEN_MS, ticks: 16_000, size: 1 }])), {
      startAtMs: OPEN + 1,
      onReplayEnd: () => {
        ends += 1;
      },
    });
    expect([ends, market.quote(SPY).last]).toEqual([1, 160]);
    market.close();
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryBar } from '../history/history-bar.js';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import { patience, withLoopback } from '../testing/loopback.js';
import type { TradeTick } from '../ticks/tick-by-tick.js';
import type { RealTimeBar, RealTimeBarGap } from './real-time-bars.js';
import type { TickBar } from './tick-bar.js';

/** Monday, 7 October 2013, 09:30 in New York. */
const OPEN_MS = Date.UTC(2013, 9, 7, 13, 30);
const MIDNIGHT_MS = Date.UTC(2013, 9, 7, 4);
const MINUTES = 12;

interface Row {
  readonly time: number;
  readonly price: number;
  readonly size: number;
  readonly suspicious: boolean;
}

/** Trades at odd moments: some before the open, some that do not count, and minutes without any. */
const rows: readonly Row[] = Array.from({ length: 3000 }, (_, index): Row => {
  const time = OPEN_MS - 20_000 + Math.floor((index * (MINUTES * 60_000 + 20_000)) / 3000);
  return { time, price: 167.4 + ((index * 7919) % 97) / 100 - ((index * 31) % 53) / 100, size: 1 + ((index * 104_729) % 900), suspicious: index % 41 === 7 };
}).filter(({ time }) => Math.floor((time - OPEN_MS) / 60_000) !== 5);

let folder = '';
let file = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bars-loopback-'));
  file = join(folder, '20131007_spy_tick_trade.csv');
  // LEAN: milliseconds of the day in New York, price times 10,000, size, exchange, conditions, suspicious.
  await writeFile(file, rows.map(({ time, price, size, suspicious }) => `${time - MIDNIGHT_MS},${Math.round(price * 10_000)},${size},Q,0,${suspicious ? 1 : 0}`).join('\n'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const played = rows.filter(({ time }) => time >= OPEN_MS);

async function collect<T>(source: AsyncIterable<T>, enough: (items: readonly T[]) => boolean): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of source) {
    items.push(item);
    if (enough(items)) break;
  }
  return items;
}

describe('bars of a recorded day', () => {
  it('agree with those of the server, from trades that are exactly those of the file', () =>
    withLoopback({ replay: [file], speed: 800, startAtMs: undefined }, async ({ marketData }) => {
      const spy = await marketData.resolve('SPY');
      const [trades, made] = await Promise.all([
        collect(marketData.tickByTick(spy, 'AllLast'), (items) => items.length === played.length),
        // The last bar is given out by the clock: no trade comes behind it.
        collect(marketData.bars(spy, { by: 'time', size: '1 min', useRth: true, closeAfterMs: 0 }), (items) => items.length === MINUTES - 1),
      ]);
      const seen = trades.filter((tick): tick is TradeTick => tick.type === 'trade');
      expect(seen.map(({ time, price, size, unreported }) => [time, price, size, unreported])).toEqual(
        played.map(({ time, price, size, suspicious }) => [Math.floor(time / 1000) * 1000, Number(price.toFixed(4)), size, suspicious]),
      );
      const asked: HistoryBar[] = [];
      for await (const bar of marketData.history(spy, { from: OPEN_MS, to: OPEN_MS + MINUTES * 60_000, barSize: '1 min', useRth: true })) asked.push(bar);
      const bars = made.filter((item): item is TickBar => item.type === 'bar');
      const facts = ({ time, open, high, low, close, volume, count }: HistoryBar | TickBar): unknown => [time, open, high, low, close, volume, count];
      expect(bars.map(facts)).toEqual(asked.map(facts));
      // The server rounds its averages.
      expect(Math.max(...bars.map(({ wap }, index) => Math.abs(wap - (asked[index]?.wap ?? 0))))).toBeLessThan(0.001);
      expect(bars.map(({ time }) => (time - OPEN_MS) / 60_000)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
      expect(bars.map(({ flaw, endedBy, lateTrades }) => [flaw, endedBy, lateTrades])).toEqual(bars.map((_, index) => [index === 0 ? 'start' : undefined, index === bars.length - 1 ? 'clock' : 'trade', 0]));
    }));

  it('are flagged where the session was lost, and whole again behind it', () =>
    withLoopback({ replay: [file], speed: 200, startAtMs: undefined }, async ({ simulator, marketData }) => {
      const minutes = marketData.bars('SPY', { by: 'time', size: '1 min' });
      const lots = marketData.bars('SPY', { by: 'ticks', size: 100 });
      const volumes = marketData.bars('SPY', { by: 'volume', size: 20_000, split: true });
      const seen: (string | undefined)[] = [];
      for await (const item of minutes) {
        if (item.type === 'bar' && seen.length === 1) simulator.control.dropClients('rst');
        seen.push(item.type === 'gap' ? 'gap' : item.flaw);
        if (seen.includes('gap') && item.type === 'bar' && item.complete) break;
      }
      const [start, ...rest] = seen;
      expect(start).toBe('start');
      expect(rest.indexOf('gap')).toBeGreaterThanOrEqual(0);
      expect(rest.filter((flaw, index) => flaw === 'gap' && rest.indexOf('gap') !== index)).not.toEqual([]);
      const lot = await collect(lots, (items) => items.some((item) => item.type === 'gap') && items.length > 3);
      expect(lot.filter((item): item is TickBar => item.type === 'bar').every(({ count, complete, flaw }) => count === 100 && complete === (flaw === undefined))).toBe(true);
      const volume = await collect(volumes, (items) => items.some((item) => item.type === 'gap') && items.length > 3);
      expect(volume.filter((item): item is TickBar => item.type === 'bar').every((bar) => bar.volume === 20_000)).toBe(true);
      expect([...lot, ...volume].filter((item) => item.type === 'bar' && item.flaw === 'gap').length).toBeLessThanOrEqual(2);
    }));
});

describe('bars of a seeded market', () => {
  it('are flagged where the gateway lost its streams (1101), and whole again behind it', () =>
    withLoopback({ speed: 50 }, async ({ simulator, marketData }) => {
      const seen: string[] = [];
      for await (const item of marketData.bars('AAPL', { by: 'ticks', size: 4 })) {
        seen.push(item.type === 'gap' ? 'gap' : item.flaw ?? 'whole');
        if (seen.length === 3) {
          simulator.control.notice(1100);
          simulator.control.notice(1101);
        }
        if (seen.includes('gap') && seen.at(-1) === 'whole') break;
      }
      expect(seen.slice(0, 3)).toEqual(['whole', 'whole', 'whole']);
      expect(seen.filter((word) => word === 'gap').length).toBeGreaterThanOrEqual(1);
    }));
});

describe('real-time bars over a real socket', () => {
  const isBar = (item: RealTimeBar | RealTimeBarGap): item is RealTimeBar => item.type === 'bar';

  it('come every five seconds, and agree with the bars of the history service', () =>
    withLoopback({ speed: 50 }, async ({ marketData }) => {
      const items = await collect(marketData.realTimeBars('AAPL'), (seen) => seen.length === 14);
      const bars = items.filter(isBar);
      expect(bars.slice(1).map(({ time }, index) => time - (bars[index]?.time ?? 0))).toEqual(bars.slice(1).map(() => 5000));
      const asked: HistoryBar[] = [];
      for await (const bar of marketData.history('AAPL', { from: bars[0]?.time ?? 0, to: (bars.at(-1)?.time ?? 0) + 5000, barSize: '5 secs' })) asked.push(bar);
      const traded = bars.filter(({ volume = 0 }) => volume > 0);
      expect(asked.filter(({ volume = 0 }) => volume > 0).map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume])).toEqual(
        traded.map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume]),
      );
      expect(traded.length).toBeGreaterThan(3);
    }));

  it.each([
    ['the session is lost', 'rst', /./u],
    ['the broker ends them', 'kill', /\(10182\)$/u],
  ] as const)('tell exactly which are missing when %s', (_, how, reason) =>
    withLoopback({ speed: 50 }, async ({ simulator, connection, marketData }) => {
      const items: (RealTimeBar | RealTimeBarGap)[] = [];
      for await (const item of marketData.realTimeBars('AAPL', { what: 'MIDPOINT' })) {
        items.push(item);
        if (items.length === 3 && how === 'rst') simulator.control.dropClients('rst');
        if (items.length === 3 && how === 'kill') simulator.control.inject({ type: 'kill-bar-stream' })();
        if (items.at(-2)?.type === 'gap') break;
      }
      const gap = items.at(-2);
      const [before, after] = [items.at(-3), items.at(-1)];
      expect(items.filter((item) => item.type === 'gap')).toHaveLength(1);
      expect(gap).toEqual({
        type: 'gap',
        fromMs: before !== undefined && isBar(before) ? before.time + 5000 : undefined,
        toMs: after !== undefined && isBar(after) ? after.time : undefined,
        missingBars: gap?.type === 'gap' ? (gap.toMs - gap.fromMs) / 5000 : 0,
        reason: expect.stringMatching(reason) as string,
      });
      expect(connection.state).toBe('connected');
    }, { pacer: new HistoricalPacer({ identicalMs: 0, guardMs: 0 }) }));

  it('notice that they are dead while everything says that all is well, and tell what is missing', () =>
    withLoopback({ speed: 50 }, async ({ simulator, marketData }) => {
      const items: (RealTimeBar | RealTimeBarGap)[] = [];
      for await (const item of marketData.realTimeBars('AAPL', { silenceMs: 1000 })) {
        items.push(item);
        if (items.length === 2) {
          const asked = simulator.control.journal({ kind: 'in', type: 'reqRealTimeBars' }).map(({ message }) => Number(new Map<string, unknown>(Object.entries(message ?? {})).get('reqId')));
          simulator.control.inject({ type: 'data-dead', reqId: asked[0] ?? 0 });
        }
        if (items.at(-2)?.type === 'gap') break;
      }
      const [before, gap, after] = items.slice(-3);
      expect(gap).toMatchObject({ type: 'gap', reason: expect.stringContaining('nothing arrived for') as string });
      const [fromMs, toMs] = [before, after].map((item) => (item?.type === 'bar' ? item.time : 0));
      expect(gap?.type === 'gap' ? gap.missingBars : 0).toBe(((toMs ?? 0) - (fromMs ?? 0)) / 5000 - 1);
    }, { pacer: new HistoricalPacer({ identicalMs: 0, guardMs: 0 }) }));

  it('refuse what cannot be had, with typed errors', () =>
    withLoopback({ pacing: 'strict', speed: 50 }, async ({ marketData }) => {
      await expect(marketData.realTimeBars('NOSUCH').next()).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
      const controller = new AbortController();
      const aborted = marketData.realTimeBars('AAPL', { signal: controller.signal }).next();
      controller.abort();
      await expect(aborted).resolves.toEqual({ done: true, value: undefined });
      const ticker = marketData.subscribeTicker('AAPL');
      await ticker.waitFor(({ bid }) => bid !== undefined, patience);
    }));
});

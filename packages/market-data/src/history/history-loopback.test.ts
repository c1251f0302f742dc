import { sleep, systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { ConnectionManager } from '@ibkit/core-connection';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { HistoryBar } from './history-bar.js';
import type { LiveBarGap, LiveBarItem } from './live-bars.js';

/** A Wednesday, 11:00 in New York. */
const NOW_MS = Date.UTC(2026, 4, 20, 15);
const DAY_MS = 86_400_000;

interface Parts {
  readonly clock: TestClock;
  readonly simulator: Simulator;
  readonly marketData: MarketData;
  /** Lets bytes flow, and moves time only while everything waits for the pacer, or at each turn when told so. */
  readonly drive: <T>(work: Promise<T>, stepMs?: number) => Promise<T>;
}

async function withSimulator(options: SimulatorOptions & { readonly nowMs?: number }, run: (parts: Parts) => Promise<void>): Promise<void> {
  const { nowMs = NOW_MS, ...simulated } = options;
  const clock = createTestClock({ nowMs });
  const simulator = await createSimulator({ clock, pacing: 'strict', ...simulated });
  const connection = new ConnectionManager({ port: simulator.port, clock, heartbeat: false });
  const pacer = new HistoricalPacer({ clock });
  const marketData = new MarketData({ connection, pacer });
  const drive = async <T>(work: Promise<T>, stepMs = 0): Promise<T> => {
    const state = { over: false };
    const settled = work.finally(() => {
      state.over = true;
    });
    settled.catch(() => undefined);
    while (!state.over) {
      // A turn of the event loop, for the sockets.
      await sleep(systemClock(), 0);
      // Nothing is on its way while all wait for the pacer.
      const waits = (): boolean => pacer.stats().open === 0 && pacer.stats().queued > 0;
      if (stepMs > 0 && !waits()) await clock.advance(stepMs);
      while (waits()) await clock.advance(200);
    }
    return settled;
  };
  try {
    await drive(connection.connect());
    await run({ clock, simulator, marketData, drive });
  } finally {
    const closed = (async (): Promise<void> => {
      await marketData.close();
      await connection.close();
    })();
    await drive(closed, 10);
    await pacer.close();
    await simulator.close();
  }
}

async function readAll(stream: AsyncIterable<HistoryBar>): Promise<readonly HistoryBar[]> {
  const bars: HistoryBar[] = [];
  for await (const bar of stream) bars.push(bar);
  return bars;
}

const violations = (simulator: Simulator): readonly string[] =>
  simulator.control.journal({ kind: 'out', type: 'errMsg' }).map(({ message }) => JSON.stringify(message)).filter((text) => text.includes('pacing'));

describe('history against a broker that enforces its limits', () => {
  it('fetches more small bars than ten minutes allow, in about the time it said, and never draws a pacing error', () =>
    withSimulator({}, async ({ clock, simulator, marketData, drive }) => {
      const fromMs = Date.UTC(2026, 4, 18, 6);
      const stream = marketData.history('AAPL', { from: fromMs, to: fromMs + 70 * 1_800_000, barSize: '1 secs', what: 'MIDPOINT' });
      const etas: number[] = [];
      stream.on('progress', ({ etaMs }) => etas.push(etaMs));
      const startedAtMs = clock.monotonic();
      const bars = await drive(readAll(stream));
      const tookMs = clock.monotonic() - startedAtMs;
      expect(simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' })).toHaveLength(70);
      expect(violations(simulator)).toEqual([]);
      expect(new Set(bars.map(({ time }) => time)).size).toBe(bars.length);
      expect(bars.every(({ time }, index) => time > (bars[index - 1]?.time ?? 0) && time >= fromMs && time < fromMs + 70 * 1_800_000)).toBe(true);
      expect(bars.length + stream.gaps.reduce((sum, gap) => sum + (gap.toMs - gap.fromMs) / 1000, 0)).toBeGreaterThan(100_000);
      expect(tookMs).toBeGreaterThanOrEqual(600_000);
      expect(Math.abs((etas[0] ?? 0) - tookMs)).toBeLessThan(90_000);
    }), 30_000);

  it('joins requests so that the bars are those of one request', () =>
    withSimulator({ sessions: 'calendar' }, async ({ marketData, drive }) => {
      const whole = { barSize: '30 mins', useRth: true } as const;
      const joined = await drive(readAll(marketData.history('AAPL', { ...whole, from: '2025-12-01', to: '2026-04-15' })));
      const months: HistoryBar[] = [];
      for (const [from, to] of [['2025-12-01', '2026-01-10'], ['2026-01-10', '2026-02-22'], ['2026-02-22', '2026-03-15'], ['2026-03-15', '2026-04-15']] as const) {
        months.push(...(await drive(readAll(marketData.history('AAPL', { ...whole, from, to })))));
      }
      expect(joined).toEqual(months);
      expect(joined.length).toBeGreaterThan(1000);
      // The open in New York is at another time of UTC on either side of the change of clocks.
      const opens = joined.filter(({ time }, index) => time - (joined[index - 1]?.time ?? 0) > 3_600_000).map(({ time }) => new Date(time).toISOString().slice(11, 16));
      expect(new Set(opens)).toEqual(new Set(['14:30', '13:30']));
    }));

  it('gives one bar per trading day, as a local date, also around the changes of the clock', () =>
    withSimulator({ sessions: 'calendar' }, async ({ marketData, drive }) => {
      const days = await drive(readAll(marketData.history('AAPL', { from: '2025-10-27', to: '2026-03-14', barSize: '1 day', useRth: true })));
      const dates = days.map(({ date }) => date);
      expect(dates.slice(0, 7)).toEqual(['2025-10-27', '2025-10-28', '2025-10-29', '2025-10-30', '2025-10-31', '2025-11-03', '2025-11-04']);
      expect(dates.slice(-6)).toEqual(['2026-03-06', '2026-03-09', '2026-03-10', '2026-03-11', '2026-03-12', '2026-03-13']);
      expect(dates).not.toContain('2025-12-25');
      expect(new Set(dates).size).toBe(dates.length);
    }));

  it('pages through past trades as the market made them', () =>
    withSimulator({ sessions: 'calendar' }, async ({ marketData, simulator, drive }) => {
      const range = { kind: 'TRADES', from: NOW_MS - DAY_MS - 3_600_000, to: NOW_MS - DAY_MS } as const;
      const collect = async (options: { readonly from: number; readonly to: number }): Promise<readonly unknown[]> => {
        const ticks: unknown[] = [];
        for await (const tick of marketData.historicalTicks('AAPL', { ...range, ...options })) ticks.push(tick);
        return ticks;
      };
      const all = await drive(collect(range));
      const pieces: unknown[] = [];
      for (let minute = 0; minute < 60; minute += 20) pieces.push(...(await drive(collect({ from: range.from + minute * 60_000, to: range.from + (minute + 20) * 60_000 }))));
      expect(all.length).toBeGreaterThan(1000);
      expect(pieces).toEqual(all);
      expect(violations(simulator)).toEqual([]);
    }));

  it('knows where data begins, and gives its place back', () =>
    withSimulator({}, async ({ marketData, simulator, drive }) => {
      const head = await drive(marketData.headTimestamp('AAPL'));
      expect(head).toBeLessThan(NOW_MS - 300 * DAY_MS);
      await drive(marketData.resolve('MSFT'));
      expect(simulator.control.journal({ kind: 'in', type: 'cancelHeadTimestamp' })).toHaveLength(1);
    }));

  it('goes on when the broker ends the updates', () =>
    withSimulator({}, async ({ marketData, simulator, drive }) => {
      const stream = marketData.keepUpToDate('AAPL', { barSize: '5 secs', what: 'MIDPOINT', lookBackMs: 600_000 });
      const items: (LiveBarItem | LiveBarGap)[] = [];
      const until = async (enough: (item: LiveBarItem | LiveBarGap) => boolean): Promise<void> => {
        for (;;) {
          const { value } = await stream.next();
          if (value === undefined) throw new Error('the stream ended');
          items.push(value);
          if (enough(value)) return;
        }
      };
      await drive(until((item) => item.type === 'bar' && item.origin === 'update'), 250);
      simulator.control.inject({ type: 'kill-bar-stream' });
      await drive(until((item) => item.type === 'gap'), 250);
      expect(items.at(-1)).toMatchObject({ type: 'gap', backfilled: true, reason: 'the broker ended the updates (10182)' });
      await drive(until((item) => item.type === 'bar' && item.origin === 'update'), 250);
      const times = items.flatMap((item) => (item.type === 'bar' ? [item.bar.time] : []));
      expect([...times].sort((a, b) => a - b)).toEqual(times);
      await drive(stream.close(), 10);
    }));

  it('asks again what is never answered', () =>
    withSimulator({}, async ({ marketData, simulator, drive }) => {
      await drive(marketData.resolve('AAPL'));
      simulator.control.inject({ type: 'lose-order', request: 'reqHistoricalData', count: 1 });
      const stream = marketData.history('AAPL', { from: NOW_MS - 3_600_000, to: NOW_MS, barSize: '1 min' });
      const retries: string[] = [];
      stream.on('retry', ({ reason }) => retries.push(reason));
      expect(await drive(readAll(stream), 1000)).toHaveLength(60);
      expect(retries).toEqual(['unanswered']);
      expect(simulator.control.journal({ kind: 'in', type: 'cancelHistoricalData' })).toHaveLength(1);
    }));
});

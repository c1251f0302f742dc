import process from 'node:process';
import { createScaledClock, systemClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import type { BarSize } from '@ibkit/market-data';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import { createSimulator } from '@ibkit/simulator';

/** A Wednesday, 11:00 in New York. */
const NOW_MS = Date.UTC(2026, 4, 20, 15);
const DAY_MS = 86_400_000;
/** All clocks run so much faster than ours: what a broker's limits make of an hour takes three minutes. */
const SPEED = 20;

/** TWS API: 60 queries for small bars in ten minutes, less than 6 of one contract in two seconds. */
const MOST_IN_WINDOW = 60;
const WINDOW_MS = 600_000;
const MOST_PER_CONTRACT = 5;
const CONTRACT_WINDOW_MS = 2000;
const LARGEST_SMALL_SECONDS = 30;

/** What is fetched. */
export interface HistoryTask {
  readonly name: string;
  readonly barSize: BarSize;
  readonly barSeconds: number;
  readonly days: number;
}

/** What came of it; times are milliseconds of the broker's clock. */
export interface HistoryRunResult {
  readonly requests: number;
  readonly bars: number;
  /** When the last request may leave at the earliest, by the broker's limits alone. */
  readonly leastMs: number;
  readonly plannedMs: number;
  readonly tookMs: number;
  /** How long an answer took, on average. */
  readonly answerMs: number;
  readonly violations: number;
  readonly disorder: number;
}

/** When the last of so many requests for one contract may leave at the earliest. */
export function leastTime(requests: number, barSeconds: number): number {
  if (barSeconds > LARGEST_SMALL_SECONDS || requests === 0) return 0;
  const last = requests - 1;
  const inWindow = last % MOST_IN_WINDOW;
  return Math.floor(last / MOST_IN_WINDOW) * WINDOW_MS + Math.floor(inWindow / MOST_PER_CONTRACT) * CONTRACT_WINDOW_MS;
}

/** Fetches it from a simulator that enforces the limits. */
export async function fetchHistory({ barSize, barSeconds, days }: HistoryTask): Promise<HistoryRunResult> {
  const clock = createScaledClock(systemClock(), { speed: SPEED, startAtMs: NOW_MS });
  const simulator = await createSimulator({ clock, pacing: 'strict', sessions: 'calendar', startAtMs: NOW_MS });
  const connection = new ConnectionManager({ port: simulator.port, clock, heartbeat: false });
  const pacer = new HistoricalPacer({ clock });
  const marketData = new MarketData({ connection, pacer, historyTimeoutMs: 600_000, lookUpTimeoutMs: 600_000 });
  try {
    await connection.connect();
    const contract = await marketData.resolve('AAPL');
    const stream = marketData.history(contract, { from: NOW_MS - days * DAY_MS, to: NOW_MS, barSize });
    let plannedMs: number | undefined;
    stream.on('progress', ({ etaMs }) => {
      plannedMs ??= clock.monotonic() - startedAtMs + etaMs;
    });
    const startedAtMs = clock.monotonic();
    let [bars, disorder, before] = [0, 0, 0];
    for await (const bar of stream) {
      bars += 1;
      if (bar.time <= before) disorder += 1;
      before = bar.time;
    }
    const tookMs = clock.monotonic() - startedAtMs;
    const requests = simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' });
    const answers = simulator.control.journal({ kind: 'out', type: 'historicalData' });
    const answerMs = requests.reduce((sum, { atMs }, index) => sum + (answers[index]?.atMs ?? atMs) - atMs, 0) / Math.max(1, requests.length);
    const violations = simulator.control.journal({ kind: 'out', type: 'errMsg' }).filter(({ message }) => JSON.stringify(message).includes('pacing')).length;
    return { requests: requests.length, bars, leastMs: leastTime(requests.length, barSeconds), plannedMs: plannedMs ?? 0, tookMs, answerMs, violations, disorder };
  } finally {
    await marketData.close();
    await connection.close();
    await pacer.close();
    await simulator.close();
    clock.close();
  }
}

const TASKS: readonly HistoryTask[] = [
  { name: 'a year of minutes', barSize: '1 min', barSeconds: 60, days: 365 },
  { name: 'six weeks of half minutes', barSize: '30 secs', barSeconds: 30, days: 42 },
];
const QUICK: readonly HistoryTask[] = [
  { name: 'a month of minutes', barSize: '1 min', barSeconds: 60, days: 30 },
  { name: 'a week of half minutes', barSize: '30 secs', barSeconds: 30, days: 7 },
];

/** How much longer than the limits and the answers it may take. */
const MOST_OVER = 1.1;
/** Of the broker's time, for the first look at how long answers take. */
const GRACE_MS = 30_000;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}

/** Fetches bulk history under the limits, and compares what it took with the plan and with the least that the limits allow. */
export async function runHistory({ quick }: { readonly quick: boolean }): Promise<boolean> {
  process.stdout.write(`history: bulk queries against a broker that enforces its limits, on a clock of ${SPEED} times real time; times are the broker's\n\n`);
  process.stdout.write('| what | bars | requests | least by the limits | answers | planned | took | real time | pacing errors |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n');
  let reached = true;
  for (const task of quick ? QUICK : TASKS) {
    const { requests, bars, leastMs, plannedMs, tookMs, answerMs, violations, disorder } = await fetchHistory(task);
    const answersMs = answerMs * requests;
    process.stdout.write(`| ${task.name} | ${bars.toLocaleString('en')} | ${requests} | ${seconds(leastMs)} | ${seconds(answersMs)} | ${seconds(plannedMs)} | ${seconds(tookMs)} | ${seconds(tookMs / SPEED)} | ${violations} |\n`);
    // The machine makes the answers; what is ours is the wait for the limits.
    const isPaced = leastMs > 0;
    reached &&= violations === 0 && disorder === 0 && bars > 0 && (!isPaced || tookMs <= (leastMs + answersMs) * MOST_OVER + GRACE_MS);
  }
  process.stdout.write('\n');
  return reached;
}

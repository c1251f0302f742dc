import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from './actor.js';

const SYMBOLS = 500;
/** Market seconds per real one, rising: what the lines make at each, until the server cannot follow. */
const SPEEDS = [15, 30, 60, 90, 120] as const;
const WARM_UP_MS = 4_000;

/** One row of the table. */
interface FeedRow {
  readonly speed: number;
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly cpuShare: number;
  readonly megabytesPerSecond: number;
  readonly perLineAndMarketSecond: number;
  readonly stallP99Ms: number;
}

async function runAt(speed: number, measuredMs: number): Promise<FeedRow> {
  const clock = systemClock();
  await using server = await Actor.start('simulator-process', { symbols: SYMBOLS, speed });
  const { port } = server.ready;
  await using reader = await Actor.start('feed-process', { port, symbols: SYMBOLS });
  await sleep(clock, WARM_UP_MS);
  const [usageBefore, countsBefore, fromMs] = [await server.ask('usage'), await reader.ask('counts'), clock.monotonic()];
  await sleep(clock, measuredMs);
  const [usage, counts, toMs] = [await server.ask('usage'), await reader.ask('counts'), clock.monotonic()];
  const delta = (key: string): number => numberOf(counts, key) - numberOf(countsBefore, key);
  const seconds = (toMs - fromMs) / 1000;
  const cpuSeconds = (numberOf(usage, 'cpuMs') - numberOf(usageBefore, 'cpuMs')) / 1000;
  const marketSeconds = (numberOf(usage, 'marketMs') - numberOf(usageBefore, 'marketMs')) / 1000;
  return {
    speed,
    perSecond: delta('ticks') / seconds,
    perCpuSecond: delta('ticks') / cpuSeconds,
    cpuShare: cpuSeconds / seconds,
    megabytesPerSecond: delta('bytes') / seconds / 1e6,
    perLineAndMarketSecond: delta('ticks') / marketSeconds / SYMBOLS,
    stallP99Ms: numberOf(usage, 'stallP99Ms'),
  };
}

/** What one reader must get per second of wall time at some speed. */
const PROMISED_PER_SECOND = 200_000;

/** How many tick messages one reader gets: all lines of one simulator, at rising speeds of its clock. Resolves with whether it got what is promised at one of them. */
export async function runFeed(options: { readonly quick: boolean }): Promise<boolean> {
  let most = 0;
  process.stdout.write(`\nsimulator-feed: ${SYMBOLS} market data lines, one reader that counts frames\n\n`);
  process.stdout.write('| clock speed | tick messages/s | per CPU second of the server | server CPU | MB/s | messages per line and market second | loop delay p99 |\n');
  process.stdout.write('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n');
  for (const speed of options.quick ? [60] : SPEEDS) {
    const row = await runAt(speed, options.quick ? 5_000 : 10_000);
    most = Math.max(most, row.perSecond);
    const cells = [
      `${row.speed}x`,
      Math.round(row.perSecond).toLocaleString('en'),
      Math.round(row.perCpuSecond).toLocaleString('en'),
      `${Math.round(row.cpuShare * 100)} %`,
      row.megabytesPerSecond.toFixed(1),
      row.perLineAndMarketSecond.toFixed(1),
      `${row.stallP99Ms.toFixed(1)} ms`,
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
  return most >= PROMISED_PER_SECOND;
}

import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from './actor.js';
import type { Told } from './actor.js';

const SYMBOLS = 500;
const SPEED = 60;
const SESSION_MS = 6.5 * 3_600_000;
const ORDERS = 10_000;
const MINUTE_MS = 60_000;

/** What a run of {@link runDay} came to. */
interface DayResult {
  readonly marketMs: number;
  readonly wallMs: number;
  readonly ticks: number;
  readonly slowestLine: number;
  readonly cpuMs: number;
}

function line(name: string, value: string): void {
  process.stdout.write(`| ${name} | ${value} |\n`);
}

function fixed(told: Told, key: string): string {
  return numberOf(told, key).toFixed(1);
}

/**
 * A regular session with 500 lines that one client reads, and 10,000 orders, at 60 times real time; the bounded form plays its first part with its share of the orders.
 * Resolves with whether the client got at least four tick messages per line and market second.
 */
export async function runDay(options: { readonly full: boolean; readonly wallMs: number }): Promise<boolean> {
  const clock = systemClock();
  const wallMs = options.full ? SESSION_MS / SPEED : options.wallMs;
  const orders = Math.round((ORDERS * wallMs * SPEED) / SESSION_MS);
  process.stdout.write(`\nsimulator-day: ${SYMBOLS} lines and ${orders} orders, ${Math.round((wallMs * SPEED) / MINUTE_MS)} minutes of a session at ${SPEED}x\n\n`);
  await using server = await Actor.start('simulator-process', { symbols: SYMBOLS, speed: SPEED });
  const { port } = server.ready;
  await using client = await Actor.start('trader-process', { port, symbols: SYMBOLS, orders, orderEveryMs: wallMs / orders });
  const [usageBefore, before, fromMs] = [await server.ask('usage'), await client.ask('counts'), clock.monotonic()];
  let stallMaxMs = 0;
  let stallP99Ms = 0;
  for (let leftMs = wallMs; leftMs > 0; leftMs = wallMs - (clock.monotonic() - fromMs)) {
    await sleep(clock, Math.min(leftMs, 10_000));
    const { stallMaxMs: most, stallP99Ms: p99 } = await server.ask('usage');
    stallMaxMs = Math.max(stallMaxMs, Number(most));
    stallP99Ms = Math.max(stallP99Ms, Number(p99));
  }
  const [usage, counts, toMs] = [await server.ask('usage'), await client.ask('counts'), clock.monotonic()];
  await client.ask('stopTrading');
  const after = await client.ask('counts');
  const result: DayResult = {
    marketMs: numberOf(usage, 'marketMs') - numberOf(usageBefore, 'marketMs'),
    wallMs: toMs - fromMs,
    ticks: numberOf(counts, 'ticks') - numberOf(before, 'ticks'),
    slowestLine: numberOf(counts, 'slowestLine') - numberOf(before, 'slowestLine'),
    cpuMs: numberOf(usage, 'cpuMs') - numberOf(usageBefore, 'cpuMs'),
  };
  const perLine = (messages: number): number => messages / (result.marketMs / 1000);
  process.stdout.write('| what | figure |\n| --- | ---: |\n');
  line('market time / wall time', `${(result.marketMs / result.wallMs).toFixed(1)}x over ${(result.wallMs / 1000).toFixed(0)} s`);
  line('tick messages at the client', `${Math.round(result.ticks / (result.wallMs / 1000)).toLocaleString('en')} per second, ${result.ticks.toLocaleString('en')} in all`);
  line('per line and market second', `${perLine(result.ticks / SYMBOLS).toFixed(1)}, the slowest line ${perLine(result.slowestLine).toFixed(1)}`);
  line('CPU of the server', `${Math.round((result.cpuMs / result.wallMs) * 100)} % of a core`);
  line('CPU of the client', `${Math.round(((numberOf(counts, 'cpuMs') - numberOf(before, 'cpuMs')) / result.wallMs) * 100)} % of a core`);
  line('lag of the server behind its clock, wall time', `p99 ${stallP99Ms.toFixed(1)} ms, most ${stallMaxMs.toFixed(1)} ms`);
  line('orders placed, filled, cancelled, refused', ['placed', 'filled', 'cancelled', 'refused'].map((key) => numberOf(after, key)).join(', '));
  line('orders without an answer', String(numberOf(after, 'unanswered')));
  line('from order to answer, wall time', `p50 ${fixed(after, 'answerP50Ms')} ms, p99 ${fixed(after, 'answerP99Ms')} ms`);
  line('memory of the server', `${Math.round(numberOf(usage, 'rss') / 1e6)} MB`);
  return numberOf(counts, 'ended') === 0 && numberOf(after, 'unanswered') === 0 && perLine(result.slowestLine) >= 4;
}

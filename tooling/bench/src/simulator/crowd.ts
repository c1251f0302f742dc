import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from './actor.js';

const CONNECTIONS = 3_000;
const SYMBOLS = 500;
const PATIENCE_MS = 60_000;
const WATCH_MS = 3_000;
const MEGABYTE = 1e6;

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}

/** Thousands of clients at once, and one among them that never reads. Resolves with whether all of them were served and it was cut. */
export async function runCrowd(options: { readonly quick: boolean }): Promise<boolean> {
  const clock = systemClock();
  const connections = options.quick ? 500 : CONNECTIONS;
  process.stdout.write(`\nsimulator-crowd: ${connections} connections with a line each, and one client with ${SYMBOLS} lines and 40 days of bars that never reads\n\n`);
  await using server = await Actor.start('simulator-process', { symbols: SYMBOLS, speed: 1, maxClients: connections + 1 });
  const { port } = server.ready;
  const empty = await server.ask('usage');
  await using crowd = await Actor.start('crowd-process', { port, connections, symbols: SYMBOLS });
  const { openedMs } = crowd.ready;
  const before = [await server.ask('usage'), await crowd.ask('ticks')] as const;
  const fromMs = clock.monotonic();
  await sleep(clock, WATCH_MS);
  const after = [await server.ask('usage'), await crowd.ask('ticks')] as const;
  const seconds = (clock.monotonic() - fromMs) / 1000;
  const calm = await crowd.ask('answers');
  await crowd.ask('stopReading');
  const stoppedMs = clock.monotonic();
  let usage = await server.ask('usage');
  let rssMost = 0;
  let externalMost = 0;
  while (numberOf(usage, 'closed') === 0 && clock.monotonic() - stoppedMs < PATIENCE_MS) {
    await sleep(clock, 100);
    usage = await server.ask('usage');
    rssMost = Math.max(rssMost, numberOf(usage, 'rss'));
    externalMost = Math.max(externalMost, numberOf(usage, 'external'));
  }
  const cutMs = clock.monotonic() - stoppedMs;
  const late = await crowd.ask('answers');
  const isCut = numberOf(usage, 'closed') === 1;
  const rows: readonly (readonly [string, string])[] = [
    ['opening all of them', `${(Number(openedMs) / 1000).toFixed(1)} s`],
    ['tick messages to all of them', `${Math.round((numberOf(after[1], 'ticks') - numberOf(before[1], 'ticks')) / seconds).toLocaleString('en')} per second`],
    ['CPU of the server', `${Math.round((numberOf(after[0], 'cpuMs') - numberOf(before[0], 'cpuMs')) / seconds / 10)} % of a core`],
    ['memory of the server, empty and with all', `${megabytes(numberOf(empty, 'rss'))}, ${megabytes(numberOf(after[0], 'rss'))}`],
    ['from request to answer', `p50 ${numberOf(calm, 'p50Ms').toFixed(2)} ms, p99 ${numberOf(calm, 'p99Ms').toFixed(1)} ms`],
    ['the client that never reads', isCut ? `cut after ${(cutMs / 1000).toFixed(1)} s` : 'NOT cut'],
    ['memory of the server meanwhile', `at most ${megabytes(rssMost)}, buffers ${megabytes(externalMost)}`],
    ['from request to answer, after that', `p50 ${numberOf(late, 'p50Ms').toFixed(2)} ms, p99 ${numberOf(late, 'p99Ms').toFixed(1)} ms`],
    ['other clients that lost their connection', String(numberOf(late, 'ended'))],
  ];
  process.stdout.write('| what | figure |\n| --- | ---: |\n');
  for (const [name, value] of rows) process.stdout.write(`| ${name} | ${value} |\n`);
  return isCut && numberOf(late, 'ended') === 0 && numberOf(after[1], 'quietest') > 0;
}

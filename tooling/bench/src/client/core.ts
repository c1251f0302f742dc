import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from '../simulator/actor.js';
import type { Told } from '../simulator/actor.js';
import { median } from '../table.js';
import { CONTENDERS } from './contenders.js';
import type { ContenderName } from './contenders.js';

const clock = systemClock();
const PATIENCE_MS = 20_000;
const DOWN_MS = 3_000;
const WINDOW_MS = 1_000;

function timesOf(told: Told, key: string): readonly number[] {
  const value = told[key];
  return Array.isArray(value) ? value.filter((each): each is number => typeof each === 'number') : [];
}

/** The most messages in any sliding second. */
export function mostInWindow(timesMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  timesMs.forEach((atMs, index) => {
    while (atMs - (timesMs[first] ?? 0) >= WINDOW_MS) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

/** Waits until so many messages have arrived, or no more are to be expected. */
async function arrived(server: Actor, key: string, count: number, patienceMs = PATIENCE_MS): Promise<void> {
  const endMs = clock.monotonic() + patienceMs;
  while (numberOf(await server.ask('count'), key) < count && clock.monotonic() < endMs) await sleep(clock, 50);
}

async function withPair<T>(name: ContenderName, work: (server: Actor, client: Actor) => Promise<T>): Promise<T> {
  await using server = await Actor.start('stamp-process', {}, 'client');
  await using client = await Actor.start('contender-process', { name, port: server.ready['port'] }, 'client');
  return await work(server, client);
}

async function pacing(name: ContenderName): Promise<string> {
  return withPair(name, async (server, client) => {
    const { startMs } = await client.ask('stream500');
    await arrived(server, 'data', 500);
    const times = timesOf(await server.ask('stamps'), 'dataMs');
    const totalMs = (times.at(-1) ?? Number.NaN) - Number(startMs);
    return `| ${name} | ${times.length} | ${(totalMs / 1_000).toFixed(2)} s | ${mostInWindow(times)} |`;
  });
}

interface Latency {
  readonly text: string;
}

/** How long from the call to the arrival, in microseconds; every `each`-th call counts. */
async function latency(server: Actor, client: Actor, question: string, each: number): Promise<Latency> {
  await server.ask('stamps');
  const called = timesOf(await client.ask(question), 'calledMs');
  await arrived(server, 'orders', called.length, 2_000);
  const came = timesOf(await server.ask('stamps'), 'orderMs');
  if (came.length < called.length) return { text: `${came.length} of ${called.length} sent within 2 s` };
  const took = called.flatMap((atMs, index) => (index % each === each - 1 ? [((came[index] ?? Number.NaN) - atMs) * 1_000] : []));
  const sorted = [...took].sort((a, b) => a - b);
  return { text: `${median(took).toFixed(0)} us, p90 ${(sorted[Math.floor(sorted.length * 0.9)] ?? Number.NaN).toFixed(0)}` };
}

async function orders(name: ContenderName): Promise<string> {
  return withPair(name, async (server, client) => {
    const idle = await latency(server, client, 'orders', 1);
    const second = await latency(server, client, 'pairs', 2);
    await client.ask('lookUps');
    const behind = await latency(server, client, 'orders', 1);
    return `| ${name} | ${idle.text} | ${second.text} | ${behind.text} |`;
  });
}

async function restore(name: ContenderName): Promise<string> {
  return withPair(name, async (server, client) => {
    await client.ask('stream100');
    await arrived(server, 'data', 100);
    await server.ask('shut');
    await server.ask('stamps');
    await sleep(clock, DOWN_MS);
    await server.ask('open');
    await arrived(server, 'data', 100, name === 'IBApi' ? DOWN_MS : PATIENCE_MS);
    // Whatever is sent twice comes behind the hundredth.
    await sleep(clock, WINDOW_MS);
    const told = await server.ask('stamps');
    const times = timesOf(told, 'dataMs');
    const upMs = numberOf(told, 'upMs');
    const after = (index: number): string => (times[index] === undefined ? 'never' : `${((times[index] - upMs) / 1_000).toFixed(2)} s`);
    return `| ${name} | ${after(0)} | ${after(99)} | ${times.length} |`;
  });
}

async function table(title: string, head: string, run: (name: ContenderName) => Promise<string>): Promise<void> {
  process.stdout.write(`\n${title}\n\n| client | ${head} |\n| --- |${head.replaceAll(/[^|]+/g, ' ---: ')}|\n`);
  for (const name of CONTENDERS) process.stdout.write(`${await run(name)}\n`);
}

/** Pacing, orders and recovery of the connection against the library's own, counted at the server. */
export async function runCore(): Promise<boolean> {
  await table('500 market data requests at once, at 45 per second', 'arrived | all of them after | most in a sliding second', pacing);
  await table('From the call of an order to its arrival at the server', 'idle | second of two back to back | behind 10,000 look-ups', orders);
  await table(`100 streams after the gateway was down for ${DOWN_MS / 1_000} s, from the open port`, 'first asked again | all of them | requests in all', restore);
  return true;
}

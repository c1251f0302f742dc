import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from '../simulator/actor.js';
import type { Told } from '../simulator/actor.js';
import { median } from '../table.js';
import { ORDER_CLIENTS } from './order-client.js';
import type { OrderClientName } from './order-client.js';

const clock = systemClock();
const PATIENCE_MS = 2_000;

/** What one client showed, microseconds from the call to the arrival, by series. */
interface Shown {
  readonly idle: number[][];
  readonly behind: number[][];
  /** What the journal alone took, microseconds. */
  readonly commits: number[][];
  /** Orders that had not arrived two seconds after the last call. */
  missing: number;
  asked: number;
}

function timesOf(told: Told, key: string): readonly number[] {
  const value = told[key];
  return Array.isArray(value) ? value.filter((each): each is number => typeof each === 'number') : [];
}

/** The value that so large a part of them does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

async function measure(server: Actor, client: Actor, question: string, shown: Shown): Promise<number[]> {
  await server.ask('stamps');
  const called = timesOf(await client.ask(question), 'calledMs');
  const endMs = clock.monotonic() + PATIENCE_MS;
  while (numberOf(await server.ask('count'), 'orders') < called.length && clock.monotonic() < endMs) await sleep(clock, 20);
  const came = timesOf(await server.ask('stamps'), 'orderMs');
  shown.asked += called.length;
  shown.missing += called.length - came.length;
  // Orders arrive in the order of their calls.
  return came.map((atMs, index) => (atMs - (called[index] ?? Number.NaN)) * 1_000);
}

async function series(name: OrderClientName, shown: Shown): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-bench-'));
  try {
    await using server = await Actor.start('order-server-process', {}, 'orders');
    await using client = await Actor.start('order-client-process', { name, port: server.ready['port'], directory: path.join(directory, 'journal') }, 'orders');
    await measure(server, client, 'warmUp', { ...shown });
    await client.ask('commits');
    shown.idle.push(await measure(server, client, 'orders', shown));
    shown.commits.push(timesOf(await client.ask('commits'), 'commitsMs').map((ms) => ms * 1_000));
    await client.ask('lookUps');
    shown.behind.push(await measure(server, client, 'orders', shown));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function cell(runs: readonly (readonly number[])[]): string {
  const full = runs.filter((run) => run.length > 0);
  if (full.length < runs.length) return 'none within 2 s';
  return `${median(full.map((run) => quantile(run, 0.5))).toFixed(0)} / ${quantile(full.flat(), 0.99).toFixed(0)}`;
}

function medianOf(runs: readonly (readonly number[])[]): number {
  return median(runs.map((run) => quantile(run, 0.5)));
}

/**
 * From the call of an order to its arrival in another process: idle and behind 10,000 look-ups, with and without a journal, and with plain
 * `IBApi`, in turns. Resolves with whether look-ups in front keep orders within twice of idle, and whether the journal's commit is what it adds.
 */
export async function runOrders({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const rounds = quick ? 3 : 7;
  const all = new Map<OrderClientName, Shown>(ORDER_CLIENTS.map((name) => [name, { idle: [], behind: [], commits: [], missing: 0, asked: 0 }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, shown] of all) {
      process.stderr.write(`\rorders ${round + 1}/${rounds} ${name.padEnd(20)}`);
      await series(name, shown);
    }
  }
  process.stderr.write('\r'.padEnd(60) + '\r');
  process.stdout.write(`\nFrom the call of an order to its arrival at the server, microseconds, median / p99 (${rounds} interleaved series of 60 orders each)\n\n`);
  process.stdout.write("| client | idle | behind 10,000 look-ups | the journal's commit alone | not arrived within 2 s |\n| --- | ---: | ---: | ---: | ---: |\n");
  for (const [name, { idle, behind, commits, missing, asked }] of all) {
    const commit = name === 'IBApi' || name === 'no journal' ? '-' : cell(commits);
    process.stdout.write(`| ${name === 'IBApi' ? name : `Trading, ${name}`} | ${cell(idle)} | ${cell(behind)} | ${commit} | ${missing} of ${asked} |\n`);
  }
  return judged(all);
}

/** Behind look-ups within twice of idle; the commit is the only cost that the journal on the disk adds. A quarter of a millisecond is the machine's. */
function judged(all: ReadonlyMap<OrderClientName, Shown>): boolean {
  const SLACK_US = 250;
  const ours = [...all].filter(([name]) => name !== 'IBApi').map(([, shown]) => shown);
  const quickBehind = ours.every(({ idle, behind, missing }) => missing === 0 && medianOf(behind) <= 2 * medianOf(idle) + SLACK_US);
  const [sqlite, none] = [all.get('SQLite journal'), all.get('no journal')];
  if (sqlite === undefined || none === undefined) return false;
  // A disk that is waited for puts the process to sleep, and a busy machine takes its time to wake it.
  return quickBehind && medianOf(sqlite.idle) <= 1.5 * (medianOf(none.idle) + medianOf(sqlite.commits)) + SLACK_US;
}

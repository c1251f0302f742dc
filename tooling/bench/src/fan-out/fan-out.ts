import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from '../simulator/actor.js';
import type { Told } from '../simulator/actor.js';
import { median } from '../table.js';

const CLIENTS = 500;
const PER_SECOND = 10_000;
const KINDS = ['hub', 'bare'] as const;
/** The share of the messages per CPU second of a bare broadcast that the hub must reach. */
const PROMISED = 0.5;
const PROMISED_P99_MS = 50;
/** Of fifty clients: those that read nothing. */
const STALLED = 2;
const MOST_BUFFERED = 4 * 1024 * 1024;

interface Side {
  readonly server: Actor;
  readonly crowd: readonly Actor[];
}

async function side(kind: (typeof KINDS)[number], plan: Told): Promise<Side> {
  const server = await Actor.start('fan-out-server-process', { ...plan, kind, stalled: 0 }, 'fan-out');
  const crowd = await Promise.all([0, 1].map(() => Actor.start('fan-out-clients-process', { port: server.ready['port'], count: CLIENTS / 2, stalled: 0 }, 'fan-out')));
  return { server, crowd };
}

async function received(crowd: readonly Actor[], expected: number): Promise<void> {
  const clock = systemClock();
  const untilMs = clock.monotonic() + 30_000;
  for (;;) {
    let sum = 0;
    for (const actor of crowd) sum += numberOf(await actor.ask('count'), 'received');
    if (sum >= expected) return;
    if (clock.monotonic() > untilMs) throw new Error(`the clients got ${sum} of ${expected} messages`);
    await sleep(clock, 50);
  }
}

async function blast({ server, crowd }: Side): Promise<number> {
  for (const actor of crowd) await actor.ask('begin');
  const told = await server.ask('blast');
  const messages = numberOf(told, 'events') * CLIENTS;
  await received(crowd, messages);
  return messages / (numberOf(told, 'cpuMs') / 1000);
}

async function pace({ server, crowd }: Side): Promise<{ readonly p50: number; readonly p99: number; readonly worst: number }> {
  for (const actor of crowd) await actor.ask('time');
  const told = await server.ask('pace');
  await received(crowd, numberOf(told, 'events') * CLIENTS);
  const waits = await Promise.all(crowd.map((actor) => actor.ask('waits')));
  const most = (key: string): number => Math.max(...waits.map((wait) => numberOf(wait, key)));
  return { p50: most('p50'), p99: most('p99'), worst: most('worst') };
}

function line(cells: readonly (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

/** Fifty clients of six kinds and two that read nothing: what each kind costs, and that those two are cut in time. */
async function mixed(plan: Told): Promise<boolean> {
  await using server = await Actor.start('fan-out-server-process', { ...plan, kind: 'hub', watch: true, stalled: STALLED }, 'fan-out');
  await using crowd = await Actor.start('fan-out-clients-process', { port: server.ready['port'], count: 50, mixed: true, stalled: STALLED }, 'fan-out');
  await server.ask('pace');
  const bytes = await crowd.ask('bytes');
  process.stdout.write('\n| one client, for each change of the quote at 2,000 changes per second | messages | bytes |\n| --- | ---: | ---: |\n');
  const events = numberOf(plan, 'pacedEvents');
  for (const [name, sum] of Object.entries(bytes)) {
    if (typeof sum !== 'object' || sum === null || !('bytes' in sum) || !('messages' in sum) || !('clients' in sum)) continue;
    const clients = Math.max(1, Number(sum.clients) - (name.startsWith('all') ? 1 : 0));
    line([name, (Number(sum.messages) / clients / events).toFixed(3), (Number(sum.bytes) / clients / events).toFixed(1)]);
  }
  await server.ask('flood');
  const stats = await server.ask('stats');
  await crowd.ask('wake');
  let endings: unknown = [];
  for (let look = 0; look < 40 && !(Array.isArray(endings) && endings.length === STALLED); look += 1) {
    await sleep(systemClock(), 100);
    ({ endings } = await crowd.ask('endings'));
  }
  process.stdout.write(`\n${STALLED} clients that read nothing: cut ${numberOf(stats, 'cut')}, at most ${(numberOf(stats, 'mostBuffered') / 1024).toFixed(0)} KiB in wait for one, told ${JSON.stringify(endings)}\n`);
  return numberOf(stats, 'cut') === STALLED && numberOf(stats, 'mostBuffered') < MOST_BUFFERED;
}

/** One quote to 500 WebSocket clients, against a bare `ws` that sends the same bytes to all. Resolves with whether it is cheap and quick enough. */
export async function runFanOut(options: { readonly quick: boolean }): Promise<boolean> {
  const series = options.quick ? 3 : 5;
  const seconds = options.quick ? 3 : 10;
  const plan = { events: options.quick ? 200 : 600, pacedEvents: (PER_SECOND / CLIENTS) * seconds, pacedMs: seconds * 1000 };
  const sides = { hub: await side('hub', plan), bare: await side('bare', plan) };
  const rates: Record<(typeof KINDS)[number], number[]> = { hub: [], bare: [] };
  const waits: Record<(typeof KINDS)[number], { p50: number; p99: number; worst: number }[]> = { hub: [], bare: [] };
  try {
    for (const kind of KINDS) await blast(sides[kind]);
    for (let index = 0; index < series; index += 1) {
      // Interleaved: whatever the machine does to one, it does to the other, too.
      for (const kind of KINDS) {
        process.stderr.write(`\rfan-out ${index + 1}/${series} ${kind.padEnd(20)}`);
        rates[kind].push(await blast(sides[kind]));
        waits[kind].push(await pace(sides[kind]));
      }
    }
  } finally {
    process.stderr.write('\r'.padEnd(60) + '\r');
    for (const { server, crowd } of Object.values(sides)) {
      for (const actor of crowd) await actor[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    }
  }
  process.stdout.write(`\nfan-out: one quote to ${CLIENTS} clients (${series} interleaved series)\n\n`);
  line(['', 'messages per CPU second', 'of the bare broadcast', `at ${PER_SECOND.toLocaleString('en')} messages per second: p50`, 'p99', 'worst']);
  line(['---', '---:', '---:', '---:', '---:', '---:']);
  const share = median(rates.hub.map((rate, index) => rate / (rates.bare[index] ?? Number.NaN)));
  for (const kind of KINDS) {
    const of = (key: 'p50' | 'p99' | 'worst'): string => `${median(waits[kind].map((wait) => wait[key])).toFixed(1)} ms`;
    line([kind === 'hub' ? 'the hub of the daemon' : 'bare ws broadcast', Math.round(median(rates[kind])).toLocaleString('en'), kind === 'hub' ? share.toFixed(2) : '1', of('p50'), of('p99'), of('worst')]);
  }
  const isFair = await mixed({ events: 0, pacedEvents: 2000 * (options.quick ? 3 : 10), pacedMs: (options.quick ? 3 : 10) * 1000 });
  const isQuick = median(waits.hub.map((wait) => wait.p99)) < PROMISED_P99_MS;
  return share >= PROMISED && isQuick && isFair;
}

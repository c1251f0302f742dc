import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { Actor, numberOf } from '../simulator/actor.js';
import { median } from '../table.js';
import { SYMBOLS } from './quote-bytes.js';
import { READERS } from './quote-readers.js';
import type { ReaderName } from './quote-readers.js';

/** How the quotes come: as fast as the reader takes them, or at a rate that it can follow. */
const FEEDS = ['blast', 'pace'] as const;
type Feed = (typeof FEEDS)[number];

const PER_SECOND = 50_000;
/** How many times the messages per CPU second of IBApiNext must reach the consumer. */
const PROMISED = 3;

interface Run {
  readonly perCpuSecond: number;
  readonly delivered: number;
  readonly heapMegabytes: number;
}

async function lines(server: Actor): Promise<void> {
  while (numberOf(await server.ask('lines'), 'count') < SYMBOLS) await sleep(systemClock(), 50);
}

async function feedOnce(server: Actor, reader: Actor, feed: Feed): Promise<Run> {
  await reader.ask('begin');
  const { messages } = await server.ask(feed);
  const told = await reader.ask('end');
  const [sum, expected] = [told['sum'], numberOf(await server.ask('sum'), 'sum')];
  if (sum !== undefined && sum !== expected) throw new Error(`the consumer knows prices of ${JSON.stringify(sum)} in all, and ${expected} were sent`);
  return {
    perCpuSecond: Number(messages) / (numberOf(told, 'cpuMs') / 1000),
    delivered: numberOf(told, 'delivered') / Number(messages),
    heapMegabytes: numberOf(told, 'heapBytes') / 2 ** 20,
  };
}

async function run(name: ReaderName, quick: boolean): Promise<Readonly<Record<Feed, Run>>> {
  const fast = name !== 'IBApiNext';
  const rounds = (quick ? 4 : 10) * (fast ? 4 : 1);
  await using server = await Actor.start('quote-server-process', { rounds, seconds: quick ? 2 : 6, perSecond: PER_SECOND }, 'quotes');
  await using reader = await Actor.start('quote-reader-process', { name, port: server.ready['port'] }, 'quotes');
  await lines(server);
  await feedOnce(server, reader, 'blast');
  const blast = await feedOnce(server, reader, 'blast');
  await feedOnce(server, reader, 'pace');
  return { blast, pace: await feedOnce(server, reader, 'pace') };
}

/** The quotes of 100 symbols to their consumer, against `IBApiNext.getMarketData`. Resolves with whether they get there cheaply enough. */
export async function runQuotes(options: { readonly quick: boolean }): Promise<boolean> {
  const series = options.quick ? 3 : 5;
  const runs: Record<ReaderName, Readonly<Record<Feed, Run>>[]> = { MarketData: [], IBApiNext: [], frames: [] };
  for (let index = 0; index < series; index += 1) {
    // Interleaved: whatever the machine does to one reader, it does to the other, too.
    for (const name of READERS) {
      process.stderr.write(`\rquotes ${index + 1}/${series} ${name.padEnd(20)}`);
      runs[name].push(await run(name, options.quick));
    }
  }
  process.stderr.write('\r'.padEnd(60) + '\r');
  process.stdout.write(`\nquotes: ${SYMBOLS} symbols to their consumer (${series} interleaved series)\n`);
  let reached = true;
  for (const feed of FEEDS) {
    process.stdout.write(`\n| ${feed === 'blast' ? 'as fast as it reads' : `${PER_SECOND.toLocaleString('en')} messages per second`} | messages per CPU second | updates per message | heap after collection | IBApiNext CPU / this CPU |\n`);
    process.stdout.write('| --- | ---: | ---: | ---: | ---: |\n');
    for (const name of READERS) {
      const mine = runs[name].map((each) => each[feed]);
      const ratio = median(mine.map(({ perCpuSecond }, index) => perCpuSecond / (runs.IBApiNext[index]?.[feed].perCpuSecond ?? Number.NaN)));
      const cells = [
        name,
        Math.round(median(mine.map(({ perCpuSecond }) => perCpuSecond))).toLocaleString('en'),
        median(mine.map(({ delivered }) => delivered)).toFixed(3),
        `${median(mine.map(({ heapMegabytes }) => heapMegabytes)).toFixed(1)} MiB`,
        `${ratio.toFixed(1)}x`,
      ];
      process.stdout.write(`| ${cells.join(' | ')} |\n`);
      // What comes drop by drop costs both the same to read from the socket: there the bound is to be looked at.
      if (name === 'MarketData' && feed === 'blast' && ratio < PROMISED) reached = false;
    }
  }
  return reached;
}

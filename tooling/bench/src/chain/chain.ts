import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { leastChainTimeMs } from '@ibkit/market-data';
import { Actor, numberOf } from '../simulator/actor.js';
import type { Told } from '../simulator/actor.js';
import { median } from '../table.js';

const LINES = 100;
const EXPIRIES = 10;
const STRIKES_EACH_SIDE = 10;
/** Between two readings the limiter gets its tokens back. */
const REST_MS = 2500;
/** What is promised: so many times the least time. */
const MOST_RATIO = 1.2;

/** How a chain is read. The second reading of the same day has its definitions already. */
const READINGS = [
  { name: 'optionChain, nothing known', question: 'chain', lines: LINES - 1, isPromised: true },
  { name: 'optionChain, definitions of the day known', question: 'chain', lines: LINES - 1, isPromised: true },
  { name: 'by hand: 100 lines, wait for all, give all up, the next 100', question: 'batches', lines: LINES, isPromised: false },
] as const;

interface Sample {
  readonly reading: Told;
  readonly witness: Told;
}

function of(samples: readonly Sample[], pick: (sample: Sample) => number): number {
  return median(samples.map(pick));
}

function leastMs(lines: number, { reading, witness }: Sample): number {
  const contracts = numberOf(reading, 'contracts');
  // Whatever was sent besides the contracts and the cancels that make room: look-ups, and the line of the underlying.
  const lookUps = numberOf(witness, 'lookUps') + numberOf(witness, 'requests') - contracts;
  return leastChainTimeMs({ contracts, lines, lookUps });
}

async function series(): Promise<readonly Sample[]> {
  const clock = systemClock();
  await using server = await Actor.start('chain-server-process', { lines: LINES }, 'chain');
  await using reader = await Actor.start('chain-reader-process', { port: server.ready['port'], lines: LINES, expiries: EXPIRIES, strikesEachSide: STRIKES_EACH_SIDE }, 'chain');
  await server.ask('witness');
  const samples: Sample[] = [];
  for (const { question } of READINGS) {
    await sleep(clock, REST_MS);
    const reading = await reader.ask(question);
    samples.push({ reading, witness: await server.ask('witness') });
    // What was still open is given up now, and is no part of the next reading.
    await sleep(clock, REST_MS);
    await server.ask('witness');
  }
  return samples;
}

/** Reads a chain of 400 contracts over 100 lines, against the least time that lines and messages per second allow; counted at the server. */
export async function runChain({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const runs: (readonly Sample[])[] = [];
  for (let turn = 0; turn < (quick ? 1 : 5); turn += 1) runs.push(await series());
  process.stdout.write(`\nchain: ${EXPIRIES * STRIKES_EACH_SIDE * 4} contracts, ${LINES} lines, 45 messages per second (${runs.length} interleaved series)\n\n`);
  process.stdout.write('| way | complete | time | least time | ratio | messages | cancels in them | lines at most | in a sliding second at most | refused | CPU of the reader |\n| --- |');
  process.stdout.write(`${' ---: |'.repeat(10)}\n`);
  let reached = true;
  for (const [index, { name, lines, isPromised }] of READINGS.entries()) {
    const samples = runs.flatMap((run) => run[index] ?? []);
    const ratio = of(samples, (sample) => numberOf(sample.reading, 'tookMs') / leastMs(lines, sample));
    const count = (key: string): string => of(samples, ({ witness }) => numberOf(witness, key)).toFixed(0);
    const most = (key: string): number => Math.max(...samples.map(({ witness }) => numberOf(witness, key)));
    const complete = samples.every(({ reading }) => reading['complete'] === reading['contracts']);
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
    process.stdout.write(
      `| ${name} | ${of(samples, ({ reading }) => numberOf(reading, 'complete'))} of ${of(samples, ({ reading }) => numberOf(reading, 'contracts'))} | ${seconds(of(samples, ({ reading }) => numberOf(reading, 'tookMs')))} | ` +
        `${seconds(of(samples, (sample) => leastMs(lines, sample)))} | ${ratio.toFixed(2)}x | ${count('messages')} | ${count('cancels')} | ${most('mostLines')} | ${most('mostPerSecond')} | ${most('refused')} | ${seconds(of(samples, ({ reading }) => numberOf(reading, 'cpuMs')))} |\n`,
    );
    if (isPromised && (ratio > MOST_RATIO || !complete || most('mostLines') > LINES || most('refused') > 0)) reached = false;
  }
  return reached;
}

import process from 'node:process';
import { growth, heapMib } from '../soak.js';
import { runFaults } from './fault-run.js';

/** Heaps before this are of code that is still being loaded and compiled. */
const WARM_UP = 0.2;
const SAMPLES = 50;
const LIMIT_MIB = 2;

export interface FaultSoakOptions {
  readonly rounds: number;
  readonly seed: number;
}

/** Runs the faults and prints how it goes and how the heap grew. Resolves with whether everything was restored each time and the heap stayed level. */
export async function runFaultSoak({ rounds, seed }: FaultSoakOptions): Promise<boolean> {
  const every = Math.max(1, Math.floor(rounds / SAMPLES));
  const heaps: number[] = [];
  const times: number[] = [];
  process.stdout.write(`seed ${seed}: npm run soak -- faults --rounds ${rounds} --seed ${seed} plays the same faults again\n`);
  try {
    const { kinds, reconnects } = await runFaults({
      rounds,
      seed,
      onRound: (round, _planned, tookMs) => {
        times.push(tookMs);
        if (round % every !== 0) return;
        const heap = heapMib();
        if (round > rounds * WARM_UP) heaps.push(heap);
        if (round % (every * 5) === 0) process.stdout.write(`round ${round}: heap ${heap.toFixed(2)} MiB\n`);
      },
    });
    const sorted = times.sort((a, b) => a - b);
    const grown = growth(heaps);
    process.stdout.write(`${[...kinds].map(([kind, times]) => `${kind} ${times}`).join(', ')}\n`);
    process.stdout.write(
      `${rounds} faults, ${reconnects} reconnects: all streams restored each time, each once at the server, no timer or socket left; ` +
        `a round took ${(sorted[Math.floor(rounds / 2)] ?? 0).toFixed(0)} ms (median), ${(sorted.at(-1) ?? 0).toFixed(0)} ms at most\n` +
        `the heap grew by ${grown.toFixed(2)} MiB after the warm-up, server included; at most ${LIMIT_MIB} MiB are promised\n`,
    );
    return grown <= LIMIT_MIB;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

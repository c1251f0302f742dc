import process from 'node:process';
import { parseArgs } from 'node:util';
import { systemRandom } from '@ibkit/clock';
import { TARGETS, roundFor } from './fuzz.js';
import type { TargetName } from './fuzz.js';
import { FRAMES_PER_ROUND, shown } from './round.js';
import { smallest } from './smallest.js';
import { supervise } from './supervisor.js';

const USAGE = `usage: npm run fuzz -- ${TARGETS.join('|')} [--frames 1000000] [--seed N] [--round N]

  --frames  how many damaged frames to send (1000000)
  --seed    the same seed sends the same frames (a new one on every run)
  --round   only this round of the seed, ${FRAMES_PER_ROUND} frames: to play a failure again`;

function stop(reason: string): never {
  process.stderr.write(`${reason}\n${USAGE}\n`);
  process.exit(2);
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 0) stop(`--${name} must be a whole number of at least 0, got ${text ?? ''}`);
  return value;
}

function parse(): { readonly target: TargetName; readonly frames: number; readonly seed: number; readonly round: number | undefined } {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { frames: { type: 'string' }, seed: { type: 'string' }, round: { type: 'string' } } });
    const target = TARGETS.find((each) => each === positionals[0]);
    if (target === undefined || positionals.length > 1) stop(`say what to attack: ${TARGETS.join(' or ')}`);
    return {
      target,
      frames: whole('frames', values.frames, 1_000_000),
      seed: whole('seed', values.seed, Math.floor(systemRandom().next() * 2 ** 31)),
      round: values.round === undefined ? undefined : whole('round', values.round, 0),
    };
  } catch (error) {
    stop(error instanceof Error ? error.message : String(error));
  }
}

const { target, frames, seed, round } = parse();
const [firstRound, count] = round === undefined ? [0, frames] : [round, FRAMES_PER_ROUND];
process.stdout.write(`fuzz ${target}: ${count.toLocaleString('en')} damaged frames, seed ${seed}\n`);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const isTerminal = process.stderr.isTTY;
const result = await supervise({
  target,
  frames: count,
  seed,
  firstRound,
  onProgress: (done) => {
    if (isTerminal && done % (FRAMES_PER_ROUND * 50) === 0) process.stderr.write(`\r${done.toLocaleString('en')} frames `);
    else if (!isTerminal && done > 0 && done % (FRAMES_PER_ROUND * 1_000) === 0) process.stderr.write(`${done.toLocaleString('en')} frames\n`);
  },
});
if (isTerminal) process.stderr.write('\r'.padEnd(40) + '\r');
if (result.ok) {
  const { report } = result;
  process.stdout.write(`${report.frames.toLocaleString('en')} frames in ${report.seconds.toFixed(1)} s, ${Math.round(report.frames / report.seconds).toLocaleString('en')} per second\n`);
  process.stdout.write(`heap after the first tenth ${megabytes(report.heapAfterWarmUp)}, at the end ${megabytes(report.heapAtEnd)}\n`);
  for (const [name, value] of Object.entries(report.figures)) process.stdout.write(`${name}: ${value.toLocaleString('en')}\n`);
  process.stdout.write('nothing was disturbed\n');
} else {
  process.stdout.write(`FAILED in round ${result.round}: ${result.reason}\nplay it again with: npm run fuzz -- ${target} --seed ${seed} --round ${result.round}\n`);
  process.stdout.write('looking for the smallest input that fails...\n');
  const all = roundFor(target, seed, result.round).frames;
  const fails = async (some: readonly Uint8Array[]): Promise<boolean> => !(await supervise({ target, frames: some.length, seed, firstRound: result.round, only: some })).ok;
  if (await fails(all)) {
    const few = await smallest(all, fails);
    process.stdout.write(`${few.length} of ${all.length} frames are enough (length, then the payload with · for NUL):\n`);
    for (const frame of few) process.stdout.write(`${shown(frame)}\n`);
  } else {
    process.stdout.write(`the round alone does not fail: it needs what came before. Play the whole run again with --seed ${seed}.\n`);
  }
  process.exitCode = 1;
}

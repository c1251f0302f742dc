import process from 'node:process';
import { parseArgs } from 'node:util';
import { systemClock } from '@ibkit/clock';
import { runDaySoak } from './daemon-day/day-soak.js';
import { runFaultSoak } from './faults/fault-soak.js';
import { runSoak } from './soak.js';

const USAGE = 'usage: npm run soak [-- daemon-day | faults [--rounds NUMBER] [--seed NUMBER]]';

/** A whole number from 1 that was given as text. */
function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TypeError(`--${name} ${text} is no whole number from 1`);
}

async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '1000' }, seed: { type: 'string', default: String(1 + (systemClock().now() % 1_000_000_000)) } },
  });
  const [what, ...more] = positionals;
  if (what === undefined) return runSoak();
  if (what === 'daemon-day' && more.length === 0) return runDaySoak();
  if (what !== 'faults' || more.length > 0) throw new TypeError(`${[what, ...more].join(' ')} is no soak run`);
  return runFaultSoak({ rounds: wholeNumber('rounds', values.rounds), seed: wholeNumber('seed', values.seed) });
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exitCode = 2;
}

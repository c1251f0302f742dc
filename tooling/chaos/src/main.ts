import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '@ibkit/clock';
import { compare } from './compare/compare.js';
import { reportOf } from './compare/report.js';
import { builtProgram } from './daemon/program/daemon-program.js';
import { DaemonRun } from './daemon/run/daemon-run.js';
import { daemonSummary } from './daemon/run/daemon-summary.js';
import { runRounds } from './run-rounds.js';
import type { FailedRound, RunReport } from './run-rounds.js';

const USAGE = `usage: npm run chaos -- [--rounds 1000] [--seed N] [--round R] [--parallel N] [--script]

  --rounds    how many rounds to play (1000)
  --seed      the same seed makes the same plans (a new one on every run)
  --round     only this round of the seed, with its script: to play a failure again
  --parallel  how many rounds are played side by side (3)
  --script    print what happened in every round

       npm run chaos -- compare [--rounds 200] [--seed N] [--write FILE]

  the same rounds with ibkit and with plain IBApi; --write keeps the report (docs/chaos-report.md is one)

       npm run chaos -- daemon [--rounds 100] [--seed N] [--script]

  one daemon, killed so many times under a flow of orders`;

/** How many rounds are played when nobody says. */
const ROUNDS = { rounds: 1_000, compare: 200, daemon: 100 } as const;
/** In one round of so many a process is killed. */
const KILL_EVERY = 10;

function stop(reason: string): never {
  process.stderr.write(`${reason}\n${USAGE}\n`);
  process.exit(2);
}

function whole(name: string, text: string | undefined, { otherwise, min }: { readonly otherwise: number; readonly min: number }): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < min) stop(`--${name} must be a whole number of at least ${min}, got ${text ?? ''}`);
  return value;
}

interface Wanted {
  readonly what: 'rounds' | 'compare' | 'daemon';
  readonly write: string | undefined;
  readonly rounds: number;
  readonly seed: number;
  readonly round: number | undefined;
  readonly parallel: number;
  readonly script: boolean;
}

function parse(): Wanted {
  try {
    const text = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { rounds: text, seed: text, round: text, parallel: text, write: text, script: { type: 'boolean' } },
    });
    const what = positionals[0] === 'compare' || positionals[0] === 'daemon' ? positionals[0] : 'rounds';
    if (positionals.length > (what === 'rounds' ? 0 : 1)) stop(`${positionals.join(' ')} is not known`);
    return {
      what,
      write: values.write,
      rounds: whole('rounds', values.rounds, { otherwise: ROUNDS[what], min: 1 }),
      seed: whole('seed', values.seed, { otherwise: Math.floor(systemRandom().next() * 1_000_000), min: 0 }),
      round: values.round === undefined ? undefined : whole('round', values.round, { otherwise: 0, min: 0 }),
      parallel: whole('parallel', values.parallel, { otherwise: 3, min: 1 }),
      script: values.script ?? false,
    };
  } catch (error) {
    stop(error instanceof Error ? error.message : String(error));
  }
}

function tell(seed: number, { round, findings, script }: FailedRound): void {
  process.stdout.write(`\nFAILED in round ${round}; play it again with: npm run chaos -- --seed ${seed} --round ${round}\n`);
  for (const { kind, key, text } of findings) process.stdout.write(`  ${kind}${key === '' ? '' : ` (${key})`}: ${text}\n`);
  process.stdout.write(`what happened:\n${script.join('\n')}\n`);
}

function summary({ rounds, orders, fills, sessions, troubles, kills, failed, tookMs }: RunReport): string {
  const { user, system } = process.cpuUsage();
  const all = (counts: ReadonlyMap<string, number>): string => [...counts].sort().map(([name, count]) => `${name} ${count}`).join(', ');
  return [
    `troubles: ${all(troubles)}`,
    `kills: ${all(kills)}`,
    `${rounds} rounds: ${orders} orders arrived, ${fills} fills, ${sessions} sessions, ${[...kills.values()].reduce((sum, count) => sum + count, 0)} processes killed`,
    `${(tookMs / 1_000).toFixed(0)} s, ${((user + system) / 1e6).toFixed(0)} CPU seconds without the killed processes, ${cpus().length} cores, Node ${process.version}`,
    failed.length === 0 ? 'every order accounted for: none lost, none doubled, none late, every fill booked once' : `${failed.length} rounds FAILED`,
  ].join('\n');
}

function progress(done: number): void {
  if (done % 100 === 0) process.stderr.write(`${done} rounds\n`);
}

/** What a report has beside the comparison, from its first heading of a section on. */
async function otherSections(file: string): Promise<string> {
  const old = await readFile(file, 'utf8').catch(() => '');
  const from = old.indexOf('\n## ');
  return from < 0 ? '' : old.slice(from);
}

async function runCompare({ rounds, seed, parallel, write }: Wanted): Promise<void> {
  process.stdout.write(`chaos compare: ${rounds} rounds, seed ${seed}\n`);
  const comparison = await compare({
    rounds,
    seed,
    parallel,
    onRound: progress,
  });
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(systemClock().now());
  const text = reportOf(comparison, { seed, rounds, day, machine: `${cpus().length} shared cores, Node ${process.version}` });
  process.stdout.write(text);
  if (write !== undefined) await writeFile(write, text + (await otherSections(write)));
}

async function run({ rounds, seed, round, parallel, script }: Wanted): Promise<void> {
  process.stdout.write(`chaos: ${round === undefined ? `${rounds} rounds` : `round ${round}`}, seed ${seed}\n`);
  let done = 0;
  const report = await runRounds({
    seed,
    firstRound: round ?? 0,
    rounds: round === undefined ? rounds : 1,
    parallel,
    killEvery: KILL_EVERY,
    onRound: (played, result) => {
      done += 1;
      if (result.findings.length > 0) tell(seed, { round: played, findings: result.findings, script: result.script });
      else if (script || round !== undefined) process.stdout.write(`\nround ${played}\n${result.script.join('\n')}\n`);
      progress(done);
    },
  });
  process.stdout.write(`${summary(report)}\n`);
  // A client that refuses everything would be without fault.
  const isEmpty = round === undefined && report.orders < report.rounds;
  if (isEmpty) process.stdout.write('too few orders arrived for this to prove anything\n');
  if (report.failed.length > 0 || isEmpty) process.exitCode = 1;
}

async function runDaemon({ rounds, seed, script }: Wanted): Promise<void> {
  process.stdout.write(`chaos daemon: ${rounds} kills, seed ${seed}\n`);
  const report = await DaemonRun.play({
    program: builtProgram(),
    seed,
    rounds,
    onRound: (round, findings) => {
      for (const { kind, key, text } of findings) process.stdout.write(`FAILED in round ${round}: ${kind}${key === '' ? '' : ` (${key})`}: ${text}\n`);
      if ((round + 1) % 10 === 0) process.stderr.write(`${round + 1} kills\n`);
    },
  });
  if (script || report.findings.length > 0) process.stdout.write(`what happened:\n${report.script.join('\n')}\n`);
  process.stdout.write(`${daemonSummary(report)}\n`);
  const isEmpty = report.orders < report.wishes / 4;
  if (isEmpty) process.stdout.write('too few orders arrived for this to prove anything\n');
  if (report.findings.length > 0 || isEmpty) process.exitCode = 1;
}

const wanted = parse();
const RUNS = { rounds: run, compare: runCompare, daemon: runDaemon } as const;
await RUNS[wanted.what](wanted);

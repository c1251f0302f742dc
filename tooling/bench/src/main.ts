import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { planFor } from './plans.js';
import { runChain } from './chain/chain.js';
import { runCore } from './client/core.js';
import { runFanOut } from './fan-out/fan-out.js';
import { runGreeks } from './greeks/greeks.js';
import { runOrders } from './orders/orders.js';
import { runQuotes } from './quotes/quotes.js';
import { runHistory } from './history/history.js';
import { runRecording } from './recording/recording.js';
import { runCrowd } from './simulator/crowd.js';
import { runDay } from './simulator/day.js';
import { runFeed } from './simulator/feed.js';
import { runStart } from './start/start.js';
import type { WorkloadPlan } from './plans.js';
import { tableOf } from './table.js';
import type { Row } from './table.js';
import { WORKLOADS, blobOf } from './workloads.js';

/** What runs connections, the simulator or a disk instead of readers of prepared bytes; each resolves with whether it reached what it promises. */
const SIMULATIONS = {
  core: () => runCore(),
  chain: () => runChain({ quick }),
  'fan-out': () => runFanOut({ quick }),
  greeks: () => runGreeks({ quick }),
  orders: () => runOrders({ quick }),
  quotes: () => runQuotes({ quick }),
  history: () => runHistory({ quick }),
  recording: () => runRecording({ quick }),
  start: () => runStart({ quick }),
  'simulator-day': () => runDay({ full: options.includes('--full'), wallMs: quick ? 10_000 : 25_000 }),
  'simulator-feed': () => runFeed({ quick }),
  'simulator-crowd': () => runCrowd({ quick }),
} as const;

const FLAGS: readonly string[] = ['--quick', '--full'];
const NAMES: readonly string[] = [...WORKLOADS, ...Object.keys(SIMULATIONS)];
const USAGE = `usage: npm run bench -- [--quick] [--full] [${NAMES.join('|')}...]`;

const options = process.argv.slice(2);
const unknown = options.find((option) => !FLAGS.includes(option) && !NAMES.includes(option));
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is no option and no workload. ${USAGE}\n`);
  process.exit(2);
}
const quick = options.includes('--quick');
const isAll = options.every((option) => FLAGS.includes(option));

/** The script beside this one, built or not. */
function sibling(name: string): string {
  return fileURLToPath(new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
}

/** The first thing that a child tells. */
function told(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve(isRecord(message) ? message : {});
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`a process of the benchmark ended with ${code} before it told anything`));
    });
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function numberIn(message: Readonly<Record<string, unknown>>, key: string): number {
  const value = message[key];
  if (typeof value !== 'number') throw new TypeError(`a process of the benchmark told no ${key}`);
  return value;
}

async function runWorkload(plan: WorkloadPlan): Promise<readonly Row[]> {
  const { messages } = blobOf(plan.workload);
  const server = fork(sibling('blaster'), [plan.workload]);
  const samples = new Map<string, number[]>();
  try {
    const port = numberIn(await told(server), 'port');
    for (let series = 0; series < plan.series; series += 1) {
      // Interleaved: whatever the machine does to one subject, it does to its neighbours too.
      for (const { subject, warmUpRounds, rounds } of plan.subjects) {
        process.stderr.write(`\r${plan.workload} ${series + 1}/${plan.series} ${subject.padEnd(20)}`);
        const measurement = await told(fork(sibling('subject'), [subject, String(port), String(warmUpRounds), String(rounds)]));
        const list = samples.get(subject) ?? [];
        samples.set(subject, list);
        list.push(numberIn(measurement, 'cpuMs') / (rounds * messages));
      }
    }
  } finally {
    server.disconnect();
    process.stderr.write('\r'.padEnd(60) + '\r');
  }
  return plan.subjects.map(({ subject }) => ({ subject, cpuMsPerMessage: samples.get(subject) ?? [] }));
}

process.stdout.write(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})\n`);
for (const workload of WORKLOADS) {
  if (!isAll && !options.includes(workload)) continue;
  const plan = planFor(workload, quick);
  process.stdout.write(`\n${tableOf(plan, await runWorkload(plan))}\n`);
}
for (const [name, run] of Object.entries(SIMULATIONS)) {
  if (!isAll && !options.includes(name)) continue;
  if (await run()) continue;
  process.stderr.write(`${name} did not reach what it promises\n`);
  process.exitCode = 1;
}

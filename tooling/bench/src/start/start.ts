import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createSimulator } from '@ibkit/simulator';
import { median } from '../table.js';

/** Told by the child on its way out, on a channel of its own; loaded the cheapest way there is. */
const REPORT = "process.on('exit', () => { const { user, system } = process.cpuUsage(); require('node:fs').writeSync(3, String((user + system) / 1000)); });\n";

/** How much more CPU than `node -e 0` a start may take. */
const LIMITS = { help: 3, check: 8 } as const;

/** The built command line, wherever this file was built to. */
export function cliProgram(from = path.dirname(fileURLToPath(import.meta.url))): string {
  for (let directory = from; directory !== path.dirname(directory); directory = path.dirname(directory)) {
    const file = path.join(directory, 'apps', 'cli', 'dist', 'main.js');
    if (existsSync(file)) return file;
  }
  throw new Error('apps/cli is not built: npm run build');
}

/** CPU milliseconds of one process from its start to its end. */
export function cpuOf(report: string, argv: readonly string[], env: Readonly<Record<string, string | undefined>> = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--require', report, ...argv], { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stdio[3]?.on('data', (part: Buffer) => {
      text += part.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 && text !== '') resolve(Number(text));
      else reject(new Error(`${argv.join(' ')} ended with ${code}`));
    });
  });
}

/** What it costs to start the command line, as a multiple of `node -e 0`, interleaved. @returns whether `--help` keeps within 3 and `check` within 8 */
export async function runStart({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const series = quick ? 5 : 11;
  const program = cliProgram();
  const directory = mkdtempSync(path.join(tmpdir(), 'ibkit-start-'));
  const report = path.join(directory, 'report.cjs');
  writeFileSync(report, REPORT);
  const env = { ...process.env, IBKIT_STATE_DIR: path.join(directory, 'state'), XDG_CONFIG_HOME: directory };
  await using simulator = await createSimulator({ port: 0 });
  const subjects = { node: ['-e', '0'], help: [program, '--help'], check: [program, 'check', '--port', String(simulator.port)] } as const;
  const spent = { node: [] as number[], help: [] as number[], check: [] as number[] };
  try {
    for (let turn = 0; turn < series; turn += 1) {
      for (const name of ['node', 'help', 'check'] as const) spent[name].push(await cpuOf(report, subjects[name], env));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const ratio = (name: keyof typeof LIMITS): number => median(spent[name].map((ms, index) => ms / (spent.node[index] ?? Number.NaN)));
  process.stdout.write(`\nstart (${series} interleaved series)\n\n| what | CPU ms | times node -e 0 | limit |\n| --- | ---: | ---: | ---: |\n| node -e 0 | ${median(spent.node).toFixed(0)} | 1 | |\n`);
  for (const name of ['help', 'check'] as const) process.stdout.write(`| ibkit ${name === 'help' ? '--help' : name} | ${median(spent[name]).toFixed(0)} | ${ratio(name).toFixed(1)} | ${LIMITS[name]} |\n`);
  return ratio('help') <= LIMITS.help && ratio('check') <= LIMITS.check;
}

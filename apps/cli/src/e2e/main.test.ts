import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/fake-io.js';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program from its sources, in a process of its own. */
function ibkit(...argv: readonly (string | number)[]): { readonly child: Child; readonly ended: Promise<Ended>; firstLine(): Promise<string> } {
  const child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', 'src/main.ts', ...argv.map(String)], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: temporaryDirectory() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const seen = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const look of [...seen]) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    child,
    ended: new Promise((resolve) => {
      child.on('close', (exitCode, signal) => {
        resolve({ exitCode, signal, stdout, stderr });
      });
    }),
    firstLine: () =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const end = stdout.indexOf('\n');
          if (end >= 0) resolve(stdout.slice(0, end));
        };
        seen.add(look);
        child.on('close', () => {
          reject(new Error(`ended without a line: ${stderr}`));
        });
        look();
      }),
  };
}

let simulator: Simulator;

beforeAll(async () => {
  simulator = await createSimulator({ port: 0 });
});

afterAll(() => simulator.close());

describe('the process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends a stream and a simulator with 0 on %s, and leaves nothing', async (signal) => {
    const before = simulator.control.state().connections;
    const watching = ibkit('watch', 'SPY', '--json', '--port', simulator.port);
    const simulating = ibkit('simulate', '--port', 0, '--json');
    await watching.firstLine();
    expect(JSON.parse(await simulating.firstLine())).toMatchObject({ event: 'listening' });
    for (const { child } of [watching, simulating]) child.kill(signal);
    for (const ended of [await watching.ended, await simulating.ended]) {
      expect(ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
      for (const line of ended.stdout.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
    await expect.poll(() => simulator.control.state().connections).toBe(before);
  });

  it('ends quietly with 0 when the reader of its output has gone', async () => {
    const watching = ibkit('watch', 'SPY', '--port', simulator.port);
    await watching.firstLine();
    watching.child.stdout.destroy();
    expect(await watching.ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
  });

  it('exits with the code of the command, without a stack trace', async () => {
    const [unknown, refused, check] = await Promise.all([ibkit('chekc').ended, ibkit('check', '--port', 1).ended, ibkit('check', '--port', simulator.port).ended]);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: '', stderr: "ibkit: unknown command 'chekc' (Did you mean check?). See ibkit --help.\n" });
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).not.toContain('    at ');
    expect(check).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

/** util-linux and macOS have it; nothing needs to be compiled for it. */
const SCRIPT = ['/usr/bin/script', '/bin/script'].find((file) => existsSync(file));

describe.skipIf(SCRIPT === undefined || process.platform !== 'linux')('on a terminal', () => {
  it('draws the table, takes keys and leaves the terminal as it was', async () => {
    const command = `stty cols 100 rows 24; "${process.execPath}" --conditions=@ibkit/source --import tsx src/main.ts watch SPY AAPL --port ${simulator.port}; echo "exit $?"; stty -a | grep -o -- '-\\?icanon'`;
    const child = spawn(SCRIPT ?? 'script', ['-qec', `sh -c '${command.replaceAll("'", String.raw`'\''`)}'`, '/dev/null'], { cwd: ROOT, env: { PATH: process.env['PATH'], HOME: temporaryDirectory(), TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'ignore'] });
    let text = '';
    const ended = new Promise((resolve) => child.once('close', resolve));
    const drawn = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.includes('AAPL') && text.includes('SPY')) resolve();
      });
    });
    await Promise.race([drawn, ended]);
    child.stdin.write('s');
    child.stdin.write('q');
    await ended;
    expect(text).toContain('SYMBOL');
    expect(text).toContain('exit 0');
    expect(text).toMatch(/(?<!-)icanon/);
  });
});

/** Every package that loading a source file loads at once, through its static imports. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^;']* from )?'([^']+)'/gm)) {
    if (!specifier.startsWith('.')) packages.add(specifier);
    else if (specifier.endsWith('.js')) for (const name of loadedBy(path.resolve(path.dirname(file), specifier.replace(/\.js$/, '.ts')), seen)) packages.add(name);
  }
  return packages;
}

it('loads no broker package for its help', () => {
  expect([...loadedBy(path.join(ROOT, 'src/main.ts'))].sort()).toEqual(['commander', 'node:process', 'node:readline']);
});

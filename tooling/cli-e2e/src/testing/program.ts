import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@ibkit/clock';

const APPS = fileURLToPath(new URL('../../../../apps', import.meta.url));

/** The programs as they are published. There is no way back to their sources: what was not built is not tested. */
export const PROGRAMS = { ibkit: path.join(APPS, 'cli', 'dist', 'main.js'), ibkitd: path.join(APPS, 'daemon', 'dist', 'main.js') } as const;

/** How long a process may take before it is killed, milliseconds: far more than any needs on a busy machine. */
const DEADLINE_MS = 45_000;

/** What a process is given beside its words. */
export interface Surroundings {
  /** Where its user is at home; a fresh empty directory when it does not matter. */
  readonly home?: string | undefined;
  /** Of the environment, beside `HOME` and `PATH`; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** @defaultValue its home */
  readonly cwd?: string | undefined;
  /** What stands in the standard input, which is then at its end. */
  readonly input?: string | undefined;
  /** Runs until it is stopped: no deadline. */
  readonly lasting?: boolean | undefined;
}

/** How a process ended, and what it said. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that nobody else has. */
export function freshDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), 'ibkit-e2e-'));
}

/** The whole environment of a process. */
export function environment(home: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, ...env };
}

/** The file of a program. @throws Error that says what to do when it was not built */
export function builtProgram(name: keyof typeof PROGRAMS): string {
  const file = PROGRAMS[name];
  if (!existsSync(file)) throw new Error(`${file} is not there. These tests run what was built: npm run build`);
  return file;
}

/** A process that runs. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';
  #over = false;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, argv: readonly string[], { home = freshDirectory(), env, cwd = home, input, lasting = false }: Surroundings) {
    this.child = spawn(command, argv, { cwd, env: environment(home, env) });
    // It may have ended before it has read.
    this.child.stdin.on('error', () => undefined);
    if (input !== undefined) this.child.stdin.end(input);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#look();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#look();
    });
    const deadline = systemClock().setTimer(lasting ? Number.POSITIVE_INFINITY : DEADLINE_MS, () => {
      this.#err += `\nkilled: it did not end within ${DEADLINE_MS} ms\n`;
      this.child.kill('SIGKILL');
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (exitCode, signal) => {
        deadline.cancel();
        this.#over = true;
        this.#look();
        resolve({ exitCode, signal, stdout: this.#out, stderr: this.#err });
      });
    });
  }

  get stdout(): string {
    return this.#out;
  }

  get stderr(): string {
    return this.#err;
  }

  /** Resolves once `isThere` holds for what it has said. @throws Error when it ends first */
  async until(isThere: (said: { readonly stdout: string; readonly stderr: string }) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const there = isThere({ stdout: this.#out, stderr: this.#err });
        if (!there && !this.#over) return;
        this.#waiting.delete(look);
        if (there) resolve();
        else reject(new Error(`It ended too early. stdout: ${this.#out} stderr: ${this.#err}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The first whole line of its standard output. */
  async firstLine(): Promise<string> {
    await this.until(({ stdout }) => stdout.includes('\n'));
    return this.#out.slice(0, this.#out.indexOf('\n'));
  }

  /** Sends a signal, and waits for the end. */
  async stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<Ended> {
    if (!this.#over) this.child.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** Starts `ibkit ...argv`. */
export function startIbkit(argv: readonly string[], surroundings: Surroundings = {}): Running {
  return new Running(process.execPath, [builtProgram('ibkit'), ...argv], surroundings);
}

/** Starts `ibkitd ...argv`. */
export function startIbkitd(argv: readonly string[], surroundings: Surroundings = {}): Running {
  return new Running(process.execPath, [builtProgram('ibkitd'), ...argv], surroundings);
}

/** Runs `ibkit ...argv` to its end, with nothing in its standard input. */
export async function ibkit(argv: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return await startIbkit(argv, { input: '', ...surroundings }).ended;
}

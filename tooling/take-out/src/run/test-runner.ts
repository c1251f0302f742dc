import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { endStrays } from './strays.js';
import { readRun } from './test-run.js';
import type { TestQuestion, TestRun } from './test-run.js';

/** How long a test may take with a feature taken out, unless it says so itself. */
const TEST_LIMIT_MS = 20_000;
/** The same for tooling, whose tests run whole programs. */
const TOOLING_LIMIT_MS = 60_000;
const START_LIMIT_MS = 120_000;

function environment(temporary: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:VITEST|TEST$|npm_|NODE_ENV$|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), TMPDIR: temporary, CI: 'true' };
}

/** Runs tests of a private copy of the repository, with one warm Vitest for the member that was asked last. */
export class TestRunner implements AsyncDisposable {
  readonly #root: string;
  readonly #temporary: string;
  #child: ChildProcess | undefined;
  #member = '';

  /** @param root of the copy */
  constructor(root: string) {
    this.#root = root;
    // Short, since the path of a Unix socket must be.
    this.#temporary = `${root}.t`;
    mkdirSync(this.#temporary, { recursive: true });
  }

  async run({ file, pattern, changed, limitMs }: TestQuestion): Promise<TestRun> {
    const member = file.slice(0, file.lastIndexOf('/src/'));
    const child = await this.#childOf(member);
    const startedAt = performance.now();
    const answer = await this.#answer(child, limitMs, () => child.send({ file: path.join(this.#root, file), pattern, changed: changed.map((name) => path.join(this.#root, name)) }));
    const tookMs = Math.round(performance.now() - startedAt);
    if (answer !== undefined) return readRun(answer, tookMs);
    await this.close();
    return { tests: [], broken: [], hung: true, tookMs };
  }

  /** Ends what runs. The next question starts anew. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      await ended;
    }
    endStrays(this.#root);
  }

  /** The same at once, for a process that ends. */
  kill(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined && this.#child?.exitCode === null) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
    endStrays(this.#root);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #childOf(member: string): Promise<ChildProcess> {
    if (this.#child?.connected === true && this.#member === member) return this.#child;
    await this.close();
    const program = path.join(import.meta.dirname, 'vitest-child.mjs');
    const child = spawn(process.execPath, [program, String(member.startsWith('tooling/') ? TOOLING_LIMIT_MS : TEST_LIMIT_MS)], { cwd: path.join(this.#root, member), env: environment(this.#temporary), stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: process.platform !== 'win32' });
    child.on('error', () => undefined);
    const said: string[] = [];
    child.stderr?.on('data', (chunk) => said.push(String(chunk)));
    this.#child = child;
    this.#member = member;
    const ready = await this.#answer(child, START_LIMIT_MS, () => undefined);
    if (ready === undefined) throw new Error(`Vitest did not start in ${member}: ${said.join('').slice(-2000)}`);
    return child;
  }

  /** The next message of a child; none when it ends before, or does not say anything in time. */
  #answer(child: ChildProcess, limitMs: number, ask: () => unknown): Promise<unknown> {
    return new Promise((resolve) => {
      const settle = (answer: unknown): void => {
        clearTimeout(timer);
        child.off('message', settle);
        child.off('close', onClose);
        resolve(answer);
      };
      const onClose = (): void => {
        settle(undefined);
      };
      const timer = setTimeout(onClose, limitMs);
      child.once('message', settle);
      child.once('close', onClose);
      ask();
    });
  }
}

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { systemClock } from '@ibkit/clock';
import type { DaemonProgram } from './daemon-program.js';

/** Longer than a daemon may take that waits for everything it can wait for, real milliseconds. */
const STOP_MS = 30_000;
/** How many of its last words are kept. */
const LAST_WORDS = 40;

/** A daemon in a process of its own, to be killed. */
export class DaemonChild implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<readonly unknown[]>;
  readonly #errors: string[] = [];

  private constructor(program: DaemonProgram, args: readonly string[]) {
    this.#child = spawn(process.execPath, [...program.argv, ...args]);
    this.#ended = once(this.#child, 'close');
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.#errors.push(line);
      if (this.#errors.length > LAST_WORDS) this.#errors.shift();
    });
  }

  /** Resolves when its API is open. @throws Error with what it complained of, when it ended instead */
  static async start(program: DaemonProgram, args: readonly string[]): Promise<DaemonChild> {
    const child = new DaemonChild(program, args);
    const listening = once(createInterface({ input: child.#child.stdout }), 'line');
    const early = child.#ended.then(([code, signal]) => {
      throw new Error(`the daemon ended (${String(code ?? signal)}): ${child.lastWords.join('\n')}`);
    });
    await Promise.race([listening, early]);
    early.catch(() => undefined);
    return child;
  }

  /** The newest lines of its log. */
  get lastWords(): readonly string[] {
    return this.#errors;
  }

  /** `kill -9` in this very tick. */
  shoot(): void {
    this.#child.kill('SIGKILL');
  }

  /** Resolves when the system has forgotten it. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Asks it to end, and resolves with its exit code or the signal that ended it; one that does not end is killed. */
  async stop(): Promise<unknown> {
    this.#child.kill('SIGTERM');
    const timer = systemClock().setTimer(STOP_MS, () => {
      this.shoot();
    });
    const [code, signal] = await this.#ended;
    timer.cancel();
    return code ?? signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shoot();
    await this.#ended;
  }
}

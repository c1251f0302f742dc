import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Clock } from '@ibkit/clock';

/** What the daemon said once it listens. */
export interface DaemonAddress {
  readonly url: string;
  readonly tokenFile: string;
}

/** Longer than the daemon gives itself for a tidy end. */
export const KILL_AFTER_MS = 15_000;

function isListening(value: unknown): value is DaemonAddress {
  return typeof value === 'object' && value !== null && 'event' in value && value.event === 'listening' && 'url' in value && typeof value.url === 'string' && 'tokenFile' in value && typeof value.tokenFile === 'string';
}

/** The daemon as a child process. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  /** Resolves with the exit code, or the signal's name, once the child has gone. */
  readonly exited: Promise<number | string>;
  /** Resolves when the daemon listens; rejects when it ends before. */
  readonly listening: Promise<DaemonAddress>;
  #stopping: Promise<void> | undefined;

  constructor(clock: Clock, [program, ...first]: readonly [string, ...string[]], argv: readonly string[]) {
    this.#clock = clock;
    // In a group of its own: Ctrl-C on a terminal reaches the whole foreground group, and the daemon takes a second signal for
    // impatience. Its input is ours: however this process ends, the daemon notices and ends too.
    this.#child = spawn(program, [...first, '--json', '--stop-with-input', ...argv], { stdio: ['pipe', 'pipe', 'inherit'], detached: process.platform !== 'win32' });
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        resolve(code ?? signal ?? 1);
      });
      this.#child.once('error', () => {
        resolve(1);
      });
    });
    this.listening = new Promise((resolve, reject) => {
      if (this.#child.stdout !== null) {
        createInterface({ input: this.#child.stdout }).on('line', (line) => {
          let said: unknown;
          try {
            said = JSON.parse(line);
          } catch {
            // Not a document of the daemon: nothing to learn from it here.
            return;
          }
          if (isListening(said)) resolve({ url: said.url, tokenFile: said.tokenFile });
        });
      }
      void this.exited.then((code) => {
        reject(new Error(`the daemon ended before it listened (${code}); its message is above`));
      });
    });
  }

  /** Asks the daemon to end, waits until it has, and kills one that hangs. Safe to call twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = this.#clock.setTimer(KILL_AFTER_MS, () => {
      this.#child.kill('SIGKILL');
    });
    await this.exited;
    timer.cancel();
  }
}

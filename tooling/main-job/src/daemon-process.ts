import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the daemon said once it listens. */
export interface DaemonAddress {
  readonly url: string;
  readonly tokenFile: string;
}

const PROGRAM = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../apps/daemon/dist/main.js');

function isListening(value: unknown): value is DaemonAddress {
  return typeof value === 'object' && value !== null && 'event' in value && value.event === 'listening' && 'url' in value && typeof value.url === 'string' && 'tokenFile' in value && typeof value.tokenFile === 'string';
}

/** The daemon as a child process. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  /** Resolves with the exit code, or the signal's name, once the child has gone. */
  readonly exited: Promise<number | string>;
  /** Resolves when the daemon listens; rejects when it ends before. */
  readonly listening: Promise<DaemonAddress>;

  constructor(argv: readonly string[]) {
    this.#child = spawn(process.execPath, [PROGRAM, '--json', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
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

  /** Asks the daemon to end and waits until it has. Safe to call twice. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.exited;
  }
}

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the process tells of itself. */
export interface DaemonHealth {
  /** Bytes, after a collection. */
  readonly heapUsed: number;
  readonly cpuMs: number;
  /** Lines of its log so far: an order whose outcome is unknown is an error until it is known. */
  readonly warnings: number;
  readonly errors: number;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('message', resolve));
}

/** The daemon in a process of its own. */
export class DayDaemon implements AsyncDisposable {
  readonly url: string;
  readonly tokenFile: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, tokenFile: string) {
    this.#child = child;
    this.url = url;
    this.tokenFile = tokenFile;
  }

  /** Resolves when its API is open. @param args of `ibkitd` @param clockSpeed how much faster than ours its own clock goes */
  static async start(args: readonly string[], clockSpeed: number): Promise<DayDaemon> {
    const isSource = import.meta.url.endsWith('.ts');
    // Beside this file as a source, in a folder beside `soak-main` when it is built.
    const file = fileURLToPath(new URL(isSource ? './daemon-process.ts' : './daemon-day/daemon-process.js', import.meta.url));
    const child = fork(file, [String(clockSpeed), ...args], { execArgv: ['--expose-gc', ...(isSource ? ['--conditions=@ibkit/source', '--import', 'tsx'] : [])] });
    const told = await Promise.race([
      nextMessage(child),
      once(child, 'exit').then((end) => {
        throw new Error(`the daemon ended with ${String(end[0])} before its API was open`);
      }),
    ]);
    return new DayDaemon(child, String(fieldOf(told, 'url')), String(fieldOf(told, 'tokenFile')));
  }

  /** Its heap after a collection, and more. */
  async health(): Promise<DaemonHealth> {
    const answer = nextMessage(this.#child);
    this.#child.send('health');
    const told = await answer;
    return { heapUsed: Number(fieldOf(told, 'heapUsed')), cpuMs: Number(fieldOf(told, 'cpuMs')), warnings: Number(fieldOf(told, 'warnings')), errors: Number(fieldOf(told, 'errors')) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

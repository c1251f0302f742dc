import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock, Timer } from '@ibkit/clock';

/** The longest line that is looked at; more of it is left out. */
const LONGEST_LINE = 4_096;
const CHUNK = 65_536;

/** Where a tail begins: at the beginning of the file, or with what is written from now on. */
export interface LogTailOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly onLine: (line: string) => void;
  /** How often it is looked for more, milliseconds. */
  readonly everyMs: number;
}

/** Reads the lines of a file that somebody else writes, from its beginning on. */
export class LogTail implements AsyncDisposable {
  readonly #options: LogTailOptions;
  readonly #decoder = new TextDecoder();
  #position = 0;
  #rest = '';
  #timer: Timer | undefined;
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LogTailOptions) {
    this.#options = options;
    this.#schedule(0);
  }

  /** Reads what is there now. */
  async catchUp(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    await this.#reading;
  }

  /** Reads what is left, and stops. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#timer?.cancel();
    await this.catchUp();
    this.#closed = true;
    this.#timer?.cancel();
    if (this.#rest !== '') this.#options.onLine(this.#rest);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(
      delayMs,
      () => {
        void this.catchUp().then(() => {
          if (!this.#closed) this.#schedule(this.#options.everyMs);
        });
      },
      { keepAlive: false },
    );
  }

  async #read(): Promise<void> {
    if (this.#closed) return;
    try {
      const handle = await open(this.#options.file, 'r');
      try {
        const buffer = Buffer.alloc(CHUNK);
        for (;;) {
          const { bytesRead } = await handle.read(buffer, 0, CHUNK, this.#position);
          if (bytesRead === 0) return;
          this.#position += bytesRead;
          this.#take(this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
        }
      } finally {
        await handle.close();
      }
    } catch {
      // Not there yet, or gone: the next look sees.
    }
  }

  #take(text: string): void {
    const lines = `${this.#rest}${text}`.split(/\r?\n/u);
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.#options.onLine(line.slice(0, LONGEST_LINE));
  }
}

/** The last lines of a file, at most `lines`, from its last 256 KiB. */
export async function lastLines(file: string, lines: number): Promise<readonly string[]> {
  const most = 4 * CHUNK;
  const { size } = await stat(file);
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(most, size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, Math.max(0, size - most));
    const all = buffer.subarray(0, bytesRead).toString('utf8').split(/\r?\n/u);
    if (size > most) all.shift();
    if (all.at(-1) === '') all.pop();
    return all.slice(-lines);
  } finally {
    await handle.close();
  }
}

/** Removes all but the newest `keep` log files of a directory. */
export async function removeOldLogs(directory: string, keep: number): Promise<void> {
  let names: readonly string[];
  try {
    names = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort();
  } catch {
    return;
  }
  for (const name of names.slice(0, Math.max(0, names.length - keep))) await rm(path.join(directory, name), { force: true });
}

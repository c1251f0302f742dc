import { copyFile, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { Clock, Timer } from '@ibkit/clock';

/** The longest line that is looked at; more of it is left out. */
const LONGEST_LINE = 4_096;
const CHUNK = 65_536;

/** What a tail reads, and for whom. */
export interface LogTailOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly onLine: (line: string) => void;
  /** How often it is looked for more, milliseconds. */
  readonly everyMs: number;
  /** Where in the file it begins, bytes. @defaultValue 0 */
  readonly from?: number | undefined;
  /** A file that grew larger is set aside, and begins again, bytes. @defaultValue none */
  readonly maxBytes?: number | undefined;
}

/** Reads the lines of a file that somebody else writes. */
export class LogTail implements AsyncDisposable {
  readonly #options: LogTailOptions;
  #decoder = new TextDecoder();
  #position: number;
  #rest = '';
  #timer: Timer | undefined;
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LogTailOptions) {
    this.#options = options;
    this.#position = options.from ?? 0;
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
        // What comes while it is read is for the next look: a program that writes without end is not read without end.
        const { size } = await handle.stat();
        if (size < this.#position) this.#beginAgain();
        const buffer = Buffer.alloc(CHUNK);
        while (this.#position < size) {
          const { bytesRead } = await handle.read(buffer, 0, CHUNK, this.#position);
          if (bytesRead === 0) return;
          this.#position += bytesRead;
          this.#take(this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
        }
        if (size > (this.#options.maxBytes ?? Number.POSITIVE_INFINITY)) await this.#setAside();
      } finally {
        await handle.close();
      }
    } catch {
      // Not there yet, or gone: the next look sees.
    }
  }

  /** A program that floods its log must not fill the disk. It appends, so what it writes next stands at the beginning. */
  async #setAside(): Promise<void> {
    const { file } = this.#options;
    await copyFile(file, file.replace(/\.log$/u, '.earlier.log'));
    await truncate(file);
    this.#beginAgain();
  }

  /** The file was made shorter. */
  #beginAgain(): void {
    this.#position = 0;
    this.#rest = '';
    this.#decoder = new TextDecoder();
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
  for (const name of names.slice(0, Math.max(0, names.length - keep))) {
    try {
      await rm(path.join(directory, name), { force: true });
    } catch {
      // No log of ours, or no right: no reason not to start.
    }
  }
}

import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { UsageError } from '@ibkit/error-codes';
import { withFileLock } from './file-lock.js';

/** A log file that is rotated by size and age. */
export interface RotatingFileOptions {
  /**
   * The current file; older ones are beside it as `<path>.1`, the newest, to `<path>.<maxFiles>`. `{pid}` in it becomes the id of the process,
   * for programs that want a file for each.
   */
  readonly path: string;
  /** The size in bytes that the current file does not exceed, unless a single line does; at least 1024. @defaultValue 10485760 */
  readonly maxSizeBytes?: number | undefined;
  /** How many old files are kept, 0 to 1000. @defaultValue 5 */
  readonly maxFiles?: number | undefined;
  /** The age of the current file at which the next line rotates it, in milliseconds, at least 1000. @defaultValue no limit */
  readonly rotateAfterMs?: number | undefined;
  /** How long after their last line old files are kept, in milliseconds, at least 1000; looked at when a file is opened or rotated. @defaultValue no limit */
  readonly keepForMs?: number | undefined;
}

/** What a {@link RotatingFile} needs of its logger. */
export interface RotatingFilePorts {
  /** Hears of lines that could not be written and of rotations that failed. */
  readonly onError: (error: unknown) => void;
  /** Wall time in epoch milliseconds, for the limits of age. */
  readonly now: () => number;
}

const DEFAULT_MAX_SIZE_BYTES = 10_485_760;
const DEFAULT_MAX_FILES = 5;
const MIN_SIZE_BYTES = 1024;
const MOST_FILES = 1000;
const MIN_AGE_MS = 1000;

// Logs tell what an account does: for the owner only.
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

function whole(field: string, value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new UsageError({ field, value, rule: `must be a whole number from ${lowest} to ${highest}` });
}

function age(field: string, value: number | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (value >= MIN_AGE_MS && value < Number.POSITIVE_INFINITY) return value;
  throw new UsageError({ field, value, rule: `must be a finite number of milliseconds of at least ${MIN_AGE_MS}` });
}

/**
 * Appends lines to a file and rotates it by size and age.
 *
 * Writes are synchronous: a line that was logged is with the operating system, also when the process dies in the next statement.
 * Any number of threads and processes may write to one file: each looks before every line whether the file was rotated meanwhile, and a
 * lock beside the file lets one rotate at a time.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #maxSizeBytes: number;
  readonly #maxFiles: number;
  readonly #rotateAfterMs: number;
  readonly #keepForMs: number;
  readonly #ports: RotatingFilePorts;
  #descriptor: number | undefined;
  #inode = 0;
  #startedAtMs = 0;
  #rotateAboveBytes: number;

  /** @throws UsageError for options out of range, and the file system's error when the file cannot be opened. */
  constructor(options: RotatingFileOptions, ports: RotatingFilePorts) {
    this.#path = options.path.replaceAll('{pid}', String(process.pid));
    this.#maxSizeBytes = whole('file.maxSizeBytes', options.maxSizeBytes ?? DEFAULT_MAX_SIZE_BYTES, MIN_SIZE_BYTES, Number.MAX_SAFE_INTEGER);
    this.#maxFiles = whole('file.maxFiles', options.maxFiles ?? DEFAULT_MAX_FILES, 0, MOST_FILES);
    this.#rotateAfterMs = age('file.rotateAfterMs', options.rotateAfterMs);
    this.#keepForMs = age('file.keepForMs', options.keepForMs);
    this.#rotateAboveBytes = this.#maxSizeBytes;
    this.#ports = ports;
    mkdirSync(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
    this.#open();
    this.#removeExpired();
  }

  /** Appends one line with its line end. Failures go to `onError`. */
  write(line: string): void {
    if (this.#descriptor === undefined) return;
    const bytes = Buffer.from(line, 'utf8');
    try {
      const current = this.#follow();
      if (this.#isDue(current, bytes.length)) this.#rotate(bytes.length);
      this.#append(bytes);
    } catch (error) {
      this.#ports.onError(error);
    }
  }

  /** Brings what was written from the operating system's memory to the disk. */
  flush(): void {
    if (this.#descriptor !== undefined) fsyncSync(this.#descriptor);
  }

  /** Flushes and closes; closing twice does nothing. */
  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#descriptor = undefined;
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  #open(): Stats {
    const descriptor = openSync(this.#path, 'a', FILE_MODE);
    const found = fstatSync(descriptor);
    this.#descriptor = descriptor;
    this.#inode = found.ino;
    this.#startedAtMs = found.size === 0 || found.birthtimeMs === 0 ? this.#ports.now() : found.birthtimeMs;
    return found;
  }

  #reopen(): Stats {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    return this.#open();
  }

  /** The file as it is; opened anew when another thread or process, or an operator, has put another one in its place. */
  #follow(): Stats {
    const found = statSync(this.#path, { throwIfNoEntry: false });
    return found?.ino === this.#inode ? found : this.#reopen();
  }

  #isDue({ size }: Stats, moreBytes: number): boolean {
    if (size === 0) return false;
    return size + moreBytes > Math.max(this.#rotateAboveBytes, this.#maxSizeBytes) || this.#ports.now() - this.#startedAtMs >= this.#rotateAfterMs;
  }

  #append(bytes: Uint8Array): void {
    if (this.#descriptor === undefined) return;
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
  }

  #rotate(moreBytes: number): void {
    try {
      withFileLock(`${this.#path}.lock`, this.#ports.now, () => {
        // Another one may have been quicker.
        const current = this.#follow();
        if (this.#isDue(current, moreBytes)) this.#moveAside();
      });
    } catch (error) {
      // Too long is better than lost: the lines go on into the same file, which is tried again one size and age later.
      this.#rotateAboveBytes = this.#follow().size + this.#maxSizeBytes;
      this.#startedAtMs = this.#ports.now();
      this.#ports.onError(error);
    }
  }

  #moveAside(): void {
    this.#rotateAboveBytes = this.#maxSizeBytes;
    if (this.#maxFiles === 0) rmSync(this.#path, { force: true });
    else {
      rmSync(this.#old(this.#maxFiles), { force: true });
      for (let number = this.#maxFiles - 1; number >= 1; number -= 1) renameIfThere(this.#old(number), this.#old(number + 1));
      renameIfThere(this.#path, this.#old(1));
    }
    this.#reopen();
    this.#removeExpired();
  }

  #removeExpired(): void {
    if (this.#keepForMs === Number.POSITIVE_INFINITY) return;
    for (let number = 1; number <= this.#maxFiles; number += 1) {
      const found = statSync(this.#old(number), { throwIfNoEntry: false });
      if (found !== undefined && this.#ports.now() - found.mtimeMs > this.#keepForMs) rmSync(this.#old(number), { force: true });
    }
  }

  #old(number: number): string {
    return `${this.#path}.${number}`;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // Fewer files than the limit exist yet, or somebody removed one.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

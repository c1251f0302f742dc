import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '@ibkit/error-codes';

/** A log file that is rotated by size. */
export interface RotatingFileOptions {
  /** The current file; older ones are beside it as `<path>.1`, the newest, to `<path>.<maxFiles>`. */
  readonly path: string;
  /** The size in bytes that the current file does not exceed, unless a single line does; at least 1024. @defaultValue 10485760 */
  readonly maxSizeBytes?: number | undefined;
  /** How many old files are kept, 0 to 1000. @defaultValue 5 */
  readonly maxFiles?: number | undefined;
}

const DEFAULT_MAX_SIZE_BYTES = 10_485_760;
const DEFAULT_MAX_FILES = 5;
const MIN_SIZE_BYTES = 1024;
const MOST_FILES = 1000;

// Logs tell what an account does: for the owner only.
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

function whole(field: string, value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new UsageError({ field, value, rule: `must be a whole number from ${lowest} to ${highest}` });
}

/**
 * Appends lines to a file and rotates it by size.
 *
 * Writes are synchronous: a line that was logged is with the operating system, also when the process dies in the next statement.
 * One process per file: two would rotate it under each other.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #maxSizeBytes: number;
  readonly #maxFiles: number;
  readonly #onError: (error: unknown) => void;
  #descriptor: number | undefined;
  #sizeBytes = 0;
  #rotateAboveBytes: number;

  /** @throws UsageError for options out of range, and the file system's error when the file cannot be opened. */
  constructor(options: RotatingFileOptions, onError: (error: unknown) => void) {
    this.#path = options.path;
    this.#maxSizeBytes = whole('file.maxSizeBytes', options.maxSizeBytes ?? DEFAULT_MAX_SIZE_BYTES, MIN_SIZE_BYTES, Number.MAX_SAFE_INTEGER);
    this.#maxFiles = whole('file.maxFiles', options.maxFiles ?? DEFAULT_MAX_FILES, 0, MOST_FILES);
    this.#rotateAboveBytes = this.#maxSizeBytes;
    this.#onError = onError;
    mkdirSync(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
    this.#open();
  }

  /** Appends one line with its line end. Failures go to `onError`. */
  write(line: string): void {
    const bytes = Buffer.from(line, 'utf8');
    try {
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#rotateAboveBytes) this.#rotate();
      this.#append(bytes);
    } catch (error) {
      this.#onError(error);
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

  #open(): void {
    this.#descriptor = openSync(this.#path, 'a', FILE_MODE);
    this.#sizeBytes = fstatSync(this.#descriptor).size;
  }

  #append(bytes: Uint8Array): void {
    if (this.#descriptor === undefined) return;
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
    this.#sizeBytes += bytes.length;
  }

  /** When a rename fails, the lines go on into the same file, which is tried again one size later: too long is better than lost. */
  #rotate(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#rotateAboveBytes = this.#maxSizeBytes;
    try {
      if (this.#maxFiles === 0) rmSync(this.#path, { force: true });
      else {
        rmSync(this.#old(this.#maxFiles), { force: true });
        for (let number = this.#maxFiles - 1; number >= 1; number -= 1) renameIfThere(this.#old(number), this.#old(number + 1));
        renameIfThere(this.#path, this.#old(1));
      }
    } catch (error) {
      this.#rotateAboveBytes = this.#sizeBytes + this.#maxSizeBytes;
      this.#onError(error);
    } finally {
      this.#open();
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

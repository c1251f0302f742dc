import { rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { readIfThere, writePrivately } from '../tokens/private-file.js';

/** Where the daemon's file is made, and what it says. */
export interface DaemonFileOptions {
  readonly stateDir: string;
  /** Where the API listens. */
  readonly url: string;
  /** Wall-clock time, milliseconds. */
  readonly startedAtMs: number;
}

/** Listening everywhere is no address; from this machine it is this one. */
function callable(url: string): string {
  return url.replace(/^(https?:\/\/)0\.0\.0\.0(?=[:/]|$)/, '$1127.0.0.1').replace(/^(https?:\/\/)\[::\](?=[:/]|$)/, '$1[::1]');
}

/**
 * Tells programs of the same user where the daemon is: `daemon.json` in its state directory, `{ url, pid, startedAtMs }`, mode 0600, from when the
 * API answers until a clean end. After a crash it stays; its process id then belongs to nobody, so readers look at that first.
 */
export class DaemonFile {
  readonly #file: string;
  readonly #text: string;
  #removed: Promise<void> | undefined;

  private constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** Writes the file; what a dead daemon left is replaced. The caller holds the state directory. */
  static async write({ stateDir, url, startedAtMs }: DaemonFileOptions): Promise<DaemonFile> {
    const file = path.join(stateDir, 'daemon.json');
    const text = `${JSON.stringify({ url: callable(url), pid: process.pid, startedAtMs })}\n`;
    await writePrivately(file, text);
    return new DaemonFile(file, text);
  }

  /** Removes the file, unless it is another daemon's by now. Idempotent. */
  close(): Promise<void> {
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  async #remove(): Promise<void> {
    if ((await readIfThere(this.#file)) === this.#text) await rm(this.#file, { force: true });
  }
}

import { closeSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { DatabaseSync } from '@photostructure/sqlite';
import { isBusy } from '../database/sqlite-failure.js';

/**
 * A file that its owner's process keeps locked with the locks of the operating system, which end with the process, however it ends. An
 * empty SQLite database: SQLite locks files the same way on every system, and Node has no locks of its own. No lock by process ids, as
 * `@ibkit/process-lock` has for everybody without a database: the system's is right in every container of a machine and everywhere but on Linux, too.
 *
 * Nothing else may open the file: on POSIX systems closing it anywhere in the process lets the lock go.
 */
export class LockFile {
  readonly #file: string;
  readonly #database: InstanceType<typeof DatabaseSync>;

  private constructor(file: string, database: InstanceType<typeof DatabaseSync>) {
    this.#file = file;
    this.#database = database;
  }

  /** Locks the file that belongs to an owner, making it; `undefined` while another process has it. */
  static tryLock(directory: string, nonce: string): LockFile | undefined {
    const file = fileOf(directory, nonce);
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new LockFile(file, database);
    } catch (error) {
      database.close();
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  /** Unlocks and removes it. Idempotent. */
  close(): void {
    if (!this.#database.isOpen) return;
    // Windows removes no file that is open. Elsewhere the name goes first, so that only a file is removed which is ours.
    const closesFirst = process.platform === 'win32';
    if (closesFirst) this.#database.close();
    rmSync(this.#file, { force: true });
    if (!closesFirst) this.#database.close();
  }
}

function fileOf(directory: string, nonce: string): string {
  return path.join(directory, `owner-${nonce}.lock`);
}

import { closeSync, chmodSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import { DatabaseSync } from '@photostructure/sqlite';
import { isBusy, journalError } from './sqlite-failure.js';

/** A row as SQLite gives it: checked by whoever reads it. */
export type Row = Readonly<Record<string, unknown>>;

/** A value as SQLite takes it. */
export type SqlValue = string | number | null;

/** A prepared statement. */
export interface Statement {
  run(...values: readonly SqlValue[]): void;
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

/** How a {@link Database} is opened. */
export interface DatabaseOptions {
  readonly file: string;
  readonly clock: Clock;
  /** How long to wait for another writer, milliseconds. */
  readonly busyTimeoutMs: number;
  readonly readOnly: boolean;
}

/** How long to wait before asking again whether another writer is done, milliseconds. */
const RETRY_MS = 2;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

/** A number in a row; SQLite's own errors aside, anything else means that the schema is not what it was. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== 'number') throw new TypeError(`the column ${column} should hold a number`);
  return value;
}

/** A text in a row. */
export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new TypeError(`the column ${column} should hold text`);
  return value;
}

/**
 * One connection to the journal's file: owner-only modes, write-ahead log, every commit on the disk before it returns.
 *
 * Calls are synchronous and take as long as the disk does. They never wait for another writer: that is done between them, so that the
 * process goes on meanwhile.
 */
export class Database {
  readonly file: string;
  readonly #database: InstanceType<typeof DatabaseSync>;
  readonly #clock: Clock;
  readonly #busyTimeoutMs: number;
  readonly #readOnly: boolean;
  readonly #inode: number;

  private constructor({ file, clock, busyTimeoutMs, readOnly }: DatabaseOptions) {
    this.file = file;
    this.#clock = clock;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#readOnly = readOnly;
    if (!readOnly) makeOwnerOnly(file);
    this.#inode = statSync(file).ino;
    this.#database = new DatabaseSync(file, { timeout: 0, readOnly, enableForeignKeyConstraints: true });
  }

  /** @throws SystemError that names the file and says what to do. */
  static async open(options: DatabaseOptions): Promise<Database> {
    let database: Database | undefined;
    try {
      const opened = new Database(options);
      database = opened;
      await opened.retrying(() => {
        opened.#configure();
      });
      return opened;
    } catch (error) {
      database?.close();
      throw journalError(error, options.file);
    }
  }

  /** Runs statements that give nothing back. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  prepare(sql: string): Statement {
    const statement = this.#database.prepare(sql);
    return {
      run: (...values) => {
        statement.run(...values);
      },
      get: (...values) => {
        const row: unknown = statement.get(...values);
        return isRow(row) ? row : undefined;
      },
      all: (...values) => statement.all(...values).filter((row: unknown) => isRow(row)),
    };
  }

  /** The number that a pragma has. */
  pragma(name: string): number {
    return numberIn(this.prepare(`PRAGMA ${name}`).get(), name);
  }

  /** What a query gives as `count`. */
  count(sql: string): number {
    return numberIn(this.prepare(sql).get(), 'count');
  }

  /**
   * Runs `work` and commits it, or nothing of it. Synchronous; durable when it returns.
   * @throws what SQLite throws, also that another writer is at it: see {@link Database.retrying}.
   */
  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // Some failures, such as a full disk, have rolled it back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Runs `work` again as long as another writer is at it, until the time is up. */
  async retrying<T>(work: () => T): Promise<T> {
    const untilMs = this.#clock.monotonic() + this.#busyTimeoutMs;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || this.#clock.monotonic() >= untilMs) throw error;
      }
      await sleep(this.#clock, RETRY_MS);
    }
  }

  /**
   * Makes sure that the file is still where it was opened: SQLite goes on writing into a file that was deleted or replaced, and all of it
   * would be gone with the process.
   * @throws SystemError `IBKR_JOURNAL_GONE`.
   */
  checkInPlace(): void {
    const inode = statSync(this.file, { throwIfNoEntry: false })?.ino;
    if (inode === this.#inode) return;
    throw new SystemError({
      code: 'IBKR_JOURNAL_GONE',
      message: `The journal ${this.file} was ${inode === undefined ? 'removed' : 'replaced'} while it was in use. No order is sent with it any more`,
      tips: ['Put the file back, then start again. Its directory must be left alone while a program trades.'],
      details: { file: this.file },
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #configure(): void {
    // The answer is the mode that it has now: a file system without shared memory keeps the old one.
    const mode = textIn(this.prepare(this.#readOnly ? 'PRAGMA journal_mode' : 'PRAGMA journal_mode = WAL').get(), 'journal_mode');
    if (mode !== 'wal' && !this.#readOnly) {
      throw new SystemError({
        code: 'IBKR_JOURNAL_NOT_WRITABLE',
        message: `The file system of ${this.file} cannot keep a write-ahead log (it stays in mode ${mode}). No order is sent with it`,
        tips: ['Choose a directory on a local disk.'],
        details: { file: this.file },
      });
    }
    // FULL: the log is on the disk when a commit returns. The two others are what makes that true on macOS.
    this.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    // REPLACE would delete rows without the triggers that forbid it.
    this.exec('PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
  }
}

/** SQLite gives its log files the mode of the database, so that one is made first. */
function makeOwnerOnly(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

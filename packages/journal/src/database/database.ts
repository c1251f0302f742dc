import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
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

const ARGUMENT = 'ibkit_argument';
const ROW = 'ibkit_row';

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
  #arguments: readonly SqlValue[] = [];
  #rows: unknown[][] = [];

  private constructor({ file, clock, busyTimeoutMs, readOnly }: DatabaseOptions, timeout = 0) {
    this.file = file;
    this.#clock = clock;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#readOnly = readOnly;
    if (!readOnly) makeFile(file);
    this.#inode = statSync(file).ino;
    this.#database = new DatabaseSync(file, { timeout, readOnly, enableForeignKeyConstraints: true });
    // The library cannot finalize prepared statements, and a connection with one of them stays open after close() until the garbage is
    // collected. So there are none: values go in and out through these two functions.
    this.#database.function(ARGUMENT, { directOnly: true }, (index: number) => this.#arguments[index]);
    this.#database.function(ROW, { directOnly: true, varargs: true }, (...values: unknown[]) => this.#rows.push(values));
  }

  /**
   * @param inspect looks at the file before anything is changed in it, and throws when it is not ours
   * @throws SystemError that names the file and says what to do.
   */
  static async open(options: DatabaseOptions, inspect: (database: Database) => void): Promise<Database> {
    let database: Database | undefined;
    try {
      const opened = new Database(options);
      database = opened;
      await opened.retrying(() => {
        inspect(opened);
        opened.#configure();
      });
      return opened;
    } catch (error) {
      database?.close();
      throw journalError(error, options.file);
    }
  }

  /** Opens a file at once and for reading only: its calls wait for another writer themselves, and hold the process meanwhile. */
  static look(options: DatabaseOptions): Database {
    return new Database({ ...options, readOnly: true }, options.busyTimeoutMs);
  }

  /** Runs statements that give nothing back. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs one statement with the values for `?1`, `?2`, ... */
  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#arguments = values;
    this.#database.exec(sql.replaceAll(/\?(\d)/gu, (_all, number: string) => `${ARGUMENT}(${Number(number) - 1})`));
  }

  /**
   * Reads rows.
   * @param columns the expression of each column, by its name
   * @param rest what follows the columns: `FROM ...`. An order must be one in which the table is read anyway, such as that of its
   *   primary key: SQLite may compute columns before it sorts.
   */
  rows(columns: Readonly<Record<string, string>>, rest: string, ...values: readonly SqlValue[]): readonly Row[] {
    this.#rows = [];
    this.run(`SELECT ${ROW}(${Object.values(columns).join(', ')}) ${rest}`, ...values);
    const names = Object.keys(columns);
    return this.#rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  }

  /** The number that an expression has. */
  number(expression: string, rest = ''): number {
    return numberIn(this.rows({ value: expression }, rest)[0], 'value');
  }

  /** What a pragma says. */
  pragma(name: string): string | number {
    const value = this.rows({ value: name }, `FROM pragma_${name}`)[0]?.['value'];
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw new TypeError(`the pragma ${name} should have a value`);
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

  /** Reads everything as it is at one moment, whoever writes meanwhile. */
  reading<T>(work: () => T): T {
    this.#database.exec('BEGIN');
    try {
      return work();
    } finally {
      if (this.#database.isTransaction) this.#database.exec('COMMIT');
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
    if (!this.#readOnly) {
      this.exec('PRAGMA journal_mode = WAL');
      // Log files that are made later get the mode of the database.
      for (const file of [this.file, `${this.file}-wal`, `${this.file}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
    }
    const mode = this.pragma('journal_mode');
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

/** SQLite itself would make it with the modes of everything else. */
function makeFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

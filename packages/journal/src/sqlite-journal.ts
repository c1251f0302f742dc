import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { SystemError } from '@ibkit/error-codes';
import type { AppendGuard, AppendResult, Coordinator, Journal, JournalEntry, JournalHead, JournalRecord } from '@ibkit/gateway-trading';
import { Database } from './database/database.js';
import { knowsKey } from './database/knows-key.js';
import { MIGRATIONS, checkedVersion, migrate } from './database/migrations.js';
import { corruptError, journalError } from './database/sqlite-failure.js';
import { auditLines } from './audit/audit-export.js';
import type { AuditOptions } from './audit/audit-export.js';
import { EventTable, serialized } from './event-table.js';
import { resolveJournalOptions } from './options.js';
import type { ResolvedJournalOptions, SqliteJournalOptions } from './options.js';
import { DirectoryCoordinator } from './owner/directory-coordinator.js';
import { OwnerTable } from './owner/owner-table.js';
import { verifyChain } from './verify.js';
import type { Anchor, Verification } from './verify.js';

const FILE_NAME = 'journal.db';

/** Failures after which SQLite's own view of the file may be wrong: nothing is written any more until it is opened again. */
const FATAL: ReadonlySet<string> = new Set(['IBKR_JOURNAL_IO', 'IBKR_JOURNAL_CORRUPT', 'IBKR_JOURNAL_GONE', 'IBKR_JOURNAL_STORAGE']);

/**
 * The order journal in one SQLite file: every append is on the disk when it resolves, nothing that was written can be changed, every
 * record is chained to the one before it by its hash, and the rules of order ids, intents and keys are constraints of the database.
 *
 * An append takes as long as one commit of the disk, synchronously; what waits meanwhile is written together by `Trading`.
 */
export class SqliteJournal implements Journal, AsyncDisposable {
  /** The file itself. */
  readonly file: string;
  readonly #options: ResolvedJournalOptions;
  readonly #database: Database;
  readonly #events: EventTable;
  readonly #owner: OwnerTable;
  readonly #coordinator: DirectoryCoordinator;
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: ResolvedJournalOptions, database: Database) {
    this.#options = options;
    this.#database = database;
    this.file = database.file;
    this.#events = new EventTable(database);
    this.#owner = new OwnerTable(database);
    const { clock, watchEveryMs, readOnly } = options;
    this.#coordinator = new DirectoryCoordinator({ clock, watchEveryMs, readOnly, database, directory: path.dirname(database.file), table: this.#owner });
  }

  /** See {@link sqliteJournal}. */
  static async open(given: SqliteJournalOptions): Promise<SqliteJournal> {
    const options = resolveJournalOptions(given);
    const { clock, busyTimeoutMs, readOnly } = options;
    const file = fileIn(options);
    const database = await Database.open({ file, clock, busyTimeoutMs, readOnly }, readOnly ? checkReadable : checkOurs);
    try {
      if (!readOnly) {
        await database.retrying(() => {
          migrate(database);
        });
      }
      const journal = new SqliteJournal(options, database);
      if (!readOnly) await journal.#coordinator.clearDead();
      return journal;
    } catch (error) {
      database.close();
      throw journalError(error, file);
    }
  }

  /** One owner per directory: give it to `Trading` beside the journal. What it granted ends with {@link SqliteJournal.close}. */
  get coordinator(): Coordinator {
    return this.#coordinator;
  }

  /**
   * Writes the records in order, all or none; they are on the disk when it resolves. While the directory has an owner, only records of the
   * owner's term are taken.
   * @throws OrderError `IBKR_JOURNAL_RULE`; SystemError `IBKR_JOURNAL_LOCKED`, `IBKR_JOURNAL_DISK_FULL`, `IBKR_JOURNAL_NOT_WRITABLE`,
   *   `IBKR_JOURNAL_RECORD`, `IBKR_JOURNAL_CLOSED` with nothing written; `IBKR_JOURNAL_IO`, `IBKR_JOURNAL_CORRUPT`, `IBKR_JOURNAL_GONE`
   *   when that is not known: after these nothing is written until the journal is opened again.
   */
  async append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult> {
    this.#checkWritable();
    try {
      const prepared = serialized(records);
      return await this.#database.retrying(() => {
        // Asked before every attempt: much can happen while another program writes.
        this.#checkWritable();
        this.#database.checkInPlace();
        return this.#database.transaction((): AppendResult => {
          const head = this.#events.head();
          const owner = this.#owner.read();
          const foreign = owner.held ? guard.term !== owner.term : guard.term < owner.term;
          if (foreign || guard.term < head.term || guard.expectedSeq !== head.seq) {
            return { status: 'fenced', head: { seq: head.seq, term: Math.max(head.term, owner.term) } };
          }
          return { status: 'ok', seq: this.#events.insert(head, guard.term, prepared) };
        });
      });
    } catch (cause) {
      const error = journalError(cause, this.file);
      if (FATAL.has(error.code)) this.#failed ??= error;
      throw error;
    }
  }

  /**
   * Every entry from `fromSeq` on, each proven by the chain, up to the end at the time of the call.
   * @throws SystemError `IBKR_JOURNAL_CORRUPT` that names the first broken record; `IBKR_JOURNAL_NEWER`, `IBKR_JOURNAL_IO`.
   */
  async *read(fromSeq: number): AsyncGenerator<JournalEntry> {
    for (const { seq, term, record } of this.#chained(fromSeq)) yield await Promise.resolve({ seq, term, record });
  }

  // Reading is immediate, and a failure of it is a rejection.
  // eslint-disable-next-line @typescript-eslint/require-await
  async head(): Promise<JournalHead> {
    this.#checkOpen();
    const { seq, term } = this.#reading(() => this.#events.head());
    return { seq, term };
  }

  /**
   * Proves that nothing was changed, taken out or put in, and that the file itself is whole. Reads everything, in pieces.
   * @param anchor the `anchor` of an earlier verification that was kept elsewhere: a chain alone cannot show that its end was cut off,
   *   or that all of it was written anew
   * @throws SystemError `IBKR_JOURNAL_IO`, or `IBKR_JOURNAL_CORRUPT` when not even the file can be read.
   */
  async verify(anchor?: Anchor): Promise<Verification> {
    this.#checkOpen();
    try {
      return await verifyChain({ clock: this.#options.clock, database: this.#database, events: this.#events }, anchor);
    } catch (error) {
      throw journalError(error, this.file);
    }
  }

  /**
   * The audit trail as lines of text without line breaks at their ends: every decision, message and outcome, in order.
   * @throws SystemError `IBKR_JOURNAL_CORRUPT`, `IBKR_JOURNAL_NEWER`, `IBKR_JOURNAL_IO`.
   */
  async *audit(options: AuditOptions = {}): AsyncGenerator<string> {
    for (const line of auditLines(this.#chained(1), options)) yield await Promise.resolve(line);
  }

  /**
   * Whether the journal of a neighbour has an order of the account with this key that may have left; see {@link SqliteJournalOptions.neighbours}. Looks into their files
   * in this very tick, a millisecond or less each.
   * @throws SystemError `IBKR_JOURNAL_*` that names the file that cannot be read.
   */
  isKeyTaken(account: string, key: string): boolean {
    this.#checkOpen();
    return this.#options.neighbours().some((directory) => knowsKey({ file: path.join(directory, FILE_NAME), clock: this.#options.clock, account, key }));
  }

  /** Gives the ownership back and closes the file. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as {@link SqliteJournal.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#coordinator.close();
    } finally {
      this.#database.close();
    }
  }

  *#chained(fromSeq: number): Generator<ReturnType<EventTable['entry']>, void, undefined> {
    this.#checkOpen();
    const first = Math.max(1, fromSeq);
    const { seq: end } = this.#reading(() => this.#events.head());
    let [seq, prevHash] = [first, this.#reading(() => this.#events.hashAt(first - 1))];
    for (const rows of this.#reading(() => this.#events.pages(first, end))) {
      for (const row of rows) {
        const entry = this.#reading(() => this.#events.entry(row));
        if (entry.seq !== seq) throw corruptError(this.file, `record ${seq} is missing`);
        if (entry.prevHash !== prevHash) throw corruptError(this.file, `record ${seq} does not follow the one before it`);
        yield entry;
        [seq, prevHash] = [seq + 1, entry.hash];
        this.#checkOpen();
      }
    }
    if (seq !== end + 1 && first <= end) throw corruptError(this.file, `record ${seq} is missing`);
  }

  #reading<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw journalError(error, this.file);
    }
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return;
    throw new SystemError({ code: 'IBKR_JOURNAL_CLOSED', message: `The journal ${this.file} was closed` });
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (this.#failed !== undefined) throw this.#failed;
    if (!this.#options.readOnly) return;
    throw new SystemError({ code: 'IBKR_JOURNAL_NOT_WRITABLE', message: `The journal ${this.file} was opened for reading only` });
  }
}

/**
 * Opens the journal of a directory, and makes both when they are not there.
 * @throws SystemError that says what to do, with nothing changed: `IBKR_JOURNAL_NOT_WRITABLE`, `IBKR_JOURNAL_LOCKED`,
 *   `IBKR_JOURNAL_DISK_FULL`, `IBKR_JOURNAL_CORRUPT`, `IBKR_JOURNAL_NEWER` (written by a newer version), `IBKR_JOURNAL_IO`; UsageError.
 */
export function sqliteJournal(options: SqliteJournalOptions): Promise<SqliteJournal> {
  return SqliteJournal.open(options);
}

/** The real place, so that a link to the directory is the same journal. */
function fileIn({ directory }: ResolvedJournalOptions): string {
  return path.join(existsSync(directory) ? realpathSync(directory) : path.resolve(directory), FILE_NAME);
}

function checkOurs(database: Database): void {
  checkedVersion(database, MIGRATIONS.length);
}

function checkReadable(database: Database): void {
  const version = checkedVersion(database, MIGRATIONS.length);
  if (version === MIGRATIONS.length) return;
  throw new SystemError({
    code: 'IBKR_JOURNAL_NOT_WRITABLE',
    message: `The journal ${database.file} has version ${version} and must be brought to ${MIGRATIONS.length} before it is read: open it once for writing`,
    details: { file: database.file },
  });
}

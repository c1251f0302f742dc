import { randomUUID } from 'node:crypto';
import process from 'node:process';
import type { Clock, Timer } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import { leaseHeldError } from '@ibkit/gateway-trading';
import type { AcquireOptions, Coordinator, Lease, Leadership } from '@ibkit/gateway-trading';
import type { Database } from '../database/database.js';
import { journalError } from '../database/sqlite-failure.js';
import { LockFile } from './lock-file.js';
import { ownedLocks } from './owned-locks.js';
import type { Owner, OwnerTable } from './owner-table.js';

/** What a {@link DirectoryCoordinator} is made from. */
export interface DirectoryCoordinatorOptions {
  readonly clock: Clock;
  readonly directory: string;
  readonly database: Database;
  readonly table: OwnerTable;
  readonly watchEveryMs: number;
  readonly readOnly: boolean;
}

/** Each turn means that another process was a moment faster. */
const MAX_TURNS = 50;

/**
 * One owner per directory, over processes. The right lasts until it is released, the process ends in whatever way, or a person takes it
 * over: an owner that is stopped or asleep keeps it, since its lock belongs to the process and not to a clock. Which term is the present
 * one is in the journal's own database, so an owner that was replaced is refused by it.
 */
export class DirectoryCoordinator implements Coordinator {
  readonly #options: DirectoryCoordinatorOptions;
  readonly #watchers = new Set<(leadership: Leadership) => void>();
  readonly #leases = new Set<Lease>();
  #timer: Timer | undefined;
  #told: Leadership | undefined;
  #closed = false;

  constructor(options: DirectoryCoordinatorOptions) {
    this.#options = options;
  }

  async acquire({ above = 0, takeOver = false }: AcquireOptions = {}): Promise<Lease> {
    const { readOnly, database } = this.#options;
    if (readOnly) throw new SystemError({ code: 'IBKR_JOURNAL_NOT_WRITABLE', message: `The journal ${database.file} was opened for reading only` });
    try {
      return await this.#acquire(above, takeOver);
    } catch (error) {
      throw journalError(error, database.file);
    }
  }

  // Reading is immediate, and a failure of it is a rejection like that of any other storage.
  // eslint-disable-next-line @typescript-eslint/require-await
  async term(): Promise<number> {
    return this.#options.table.read().term;
  }

  watch(listener: (leadership: Leadership) => void): () => void {
    this.#watchers.add(listener);
    this.#told = this.#leadership();
    listener(this.#told);
    this.#schedule();
    return () => {
      this.#watchers.delete(listener);
      if (this.#watchers.size === 0) this.#stopWatching();
    };
  }

  /** Marks a right as free whose owner's process has ended. */
  async clearDead(): Promise<void> {
    const { table, database } = this.#options;
    const found = table.read();
    if (!found.held) return;
    const lock = this.#tryLock(found.nonce);
    if (lock === undefined) return;
    await database.retrying(() => {
      database.transaction(() => {
        table.release(found.nonce);
      });
    });
    this.#unlock(found.nonce, lock);
  }

  /** Gives back what was acquired here and tells watchers nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watchers.clear();
    this.#stopWatching();
    await Promise.all([...this.#leases].map((lease) => lease.release()));
  }

  async #acquire(above: number, takeOver: boolean): Promise<Lease> {
    const { database } = this.#options;
    const nonce = randomUUID();
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      if (this.#closed) throw new SystemError({ code: 'IBKR_JOURNAL_CLOSED', message: `The journal ${database.file} was closed` });
      const found = this.#options.table.read();
      const dead = found.held ? this.#tryLock(found.nonce) : undefined;
      try {
        if (found.held && dead === undefined && !takeOver) {
          throw leaseHeldError(`process ${found.pid} on this machine has it, in term ${found.term}`, { pid: found.pid, term: found.term });
        }
        const lease = await this.#grant(found, { nonce, above });
        if (lease !== undefined) return lease;
      } finally {
        if (dead !== undefined) this.#unlock(found.nonce, dead);
      }
    }
    throw leaseHeldError('others take it at the same moment, again and again');
  }

  /** Writes the new owner down, unless somebody else did so since `found` was read. */
  async #grant(found: Owner, { nonce, above }: { readonly nonce: string; readonly above: number }): Promise<Lease | undefined> {
    const { database, table, clock } = this.#options;
    // Held before anybody can read the name: nobody ever finds this owner's lock free.
    const lock = this.#tryLock(nonce);
    if (lock === undefined) return undefined;
    try {
      const term = await database.retrying(() =>
        database.transaction(() => {
          const now = table.read();
          if (now.term !== found.term || now.held !== found.held) return undefined;
          const next = Math.max(now.term, above, database.number('coalesce(max(term), 0)', 'FROM event')) + 1;
          table.grant({ term: next, nonce, pid: process.pid, atMs: Math.trunc(clock.now()) });
          return next;
        }),
      );
      if (term !== undefined) return this.#lease(term, nonce, lock);
    } catch (error) {
      this.#unlock(nonce, lock);
      throw error;
    }
    this.#unlock(nonce, lock);
    return undefined;
  }

  #lease(term: number, nonce: string, lock: LockFile): Lease {
    const { database, table } = this.#options;
    let over = false;
    const isHeld = (): boolean => {
      if (over) return false;
      try {
        database.checkInPlace();
        const owner = table.read();
        over = owner.nonce !== nonce || !owner.held;
        return !over;
      } catch {
        // Whoever cannot look must not send; the next look may say otherwise.
        return false;
      }
    };
    const release = async (): Promise<void> => {
      this.#leases.delete(lease);
      if (released) return;
      released = true;
      over = true;
      try {
        await database.retrying(() => {
          database.transaction(() => {
            table.release(nonce);
          });
        });
      } finally {
        // Unlocked after it says so. Should that fail, the next one finds the lock of a dead owner.
        this.#unlock(nonce, lock);
      }
      this.#look();
    };
    let released = false;
    const lease: Lease = { term, durationMs: Infinity, isHeld, renew: () => Promise.resolve(isHeld()), release };
    this.#leases.add(lease);
    this.#look();
    return lease;
  }

  #tryLock(nonce: string): LockFile | undefined {
    const owned = ownedLocks();
    if (owned.has(nonce)) return undefined;
    const lock = LockFile.tryLock(this.#options.directory, nonce);
    if (lock !== undefined) owned.add(nonce);
    return lock;
  }

  #unlock(nonce: string, lock: LockFile): void {
    lock.close();
    ownedLocks().delete(nonce);
  }

  #leadership(): Leadership {
    const { term, held } = this.#options.table.read();
    return { term, held };
  }

  #look(): void {
    if (this.#watchers.size === 0) return;
    try {
      const seen = this.#leadership();
      if (seen.term === this.#told?.term && seen.held === this.#told.held) return;
      this.#told = seen;
    } catch {
      // Told when it can be read again; who needs to be sure asks the lease.
      return;
    }
    for (const watcher of [...this.#watchers]) watcher(this.#told);
  }

  #schedule(): void {
    this.#timer ??= this.#options.clock.setTimer(
      this.#options.watchEveryMs,
      () => {
        this.#timer = undefined;
        this.#look();
        if (this.#watchers.size > 0) this.#schedule();
      },
      { keepAlive: false },
    );
  }

  #stopWatching(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

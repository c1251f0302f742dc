import { numberIn, textIn } from '../database/database.js';
import type { Database } from '../database/database.js';

/** Who owns a journal. */
export interface Owner {
  readonly term: number;
  /** Names the owner's lock file. */
  readonly nonce: string;
  readonly held: boolean;
  readonly pid: number;
}

/** The one row that says who owns a journal; its term never decreases. */
export class OwnerTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  read(): Owner {
    const row = this.#database.rows({ term: 'term', nonce: 'nonce', held: 'held', pid: 'pid' }, 'FROM owner WHERE id = 1')[0];
    return { term: numberIn(row, 'term'), nonce: textIn(row, 'nonce'), held: numberIn(row, 'held') === 1, pid: numberIn(row, 'pid') };
  }

  grant(owner: { readonly term: number; readonly nonce: string; readonly pid: number; readonly atMs: number }): void {
    this.#database.run('UPDATE owner SET term = ?1, nonce = ?2, held = 1, pid = ?3, acquired_ms = ?4 WHERE id = 1', owner.term, owner.nonce, owner.pid, owner.atMs);
  }

  release(nonce: string): void {
    this.#database.run('UPDATE owner SET held = 0 WHERE id = 1 AND nonce = ?1', nonce);
  }
}

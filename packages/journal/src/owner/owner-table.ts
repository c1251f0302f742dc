import { numberIn, textIn } from '../database/database.js';
import type { Database, Statement } from '../database/database.js';

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
  readonly #select: Statement;
  readonly #grant: Statement;
  readonly #release: Statement;

  constructor(database: Database) {
    this.#select = database.prepare('SELECT term, nonce, held, pid FROM owner WHERE id = 1');
    this.#grant = database.prepare('UPDATE owner SET term = ?, nonce = ?, held = 1, pid = ?, acquired_ms = ? WHERE id = 1');
    this.#release = database.prepare('UPDATE owner SET held = 0 WHERE id = 1 AND nonce = ?');
  }

  read(): Owner {
    const row = this.#select.get();
    return { term: numberIn(row, 'term'), nonce: textIn(row, 'nonce'), held: numberIn(row, 'held') === 1, pid: numberIn(row, 'pid') };
  }

  grant(owner: { readonly term: number; readonly nonce: string; readonly pid: number; readonly atMs: number }): void {
    this.#grant.run(owner.term, owner.nonce, owner.pid, owner.atMs);
  }

  release(nonce: string): void {
    this.#release.run(nonce);
  }
}

import { SystemError } from '@ibkit/error-codes';
import type { JournalHead, JournalRecord } from '@ibkit/gateway-trading';
import { CHAIN_START, canonicalText, chainHash, recordFrom } from './chain.js';
import { numberIn, textIn } from './database/database.js';
import type { Database, Row } from './database/database.js';
import { corruptError } from './database/sqlite-failure.js';

/** A record with its place in the chain. */
export interface ChainedEntry {
  readonly seq: number;
  readonly term: number;
  readonly record: JournalRecord;
  readonly prevHash: string;
  readonly hash: string;
}

/** Where the chain ends. */
export interface ChainHead extends JournalHead {
  readonly hash: string;
}

/** Why a stored record is not what was written. */
export interface ChainBreak {
  readonly seq: number;
  readonly reason: string;
}

/** Rows per query: each query is one pause of the process. */
const PAGE = 500;

const COLUMNS = { seq: 'seq', term: 'term', at_ms: 'at_ms', type: 'type', intent_id: 'intent_id', body: 'body', prev_hash: 'prev_hash', hash: 'hash' } as const;

/** The append-only table of records. */
export class EventTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  head(): ChainHead {
    const row = this.#database.rows({ seq: 'seq', term: 'term', hash: 'hash' }, 'FROM event ORDER BY seq DESC LIMIT 1')[0];
    if (row === undefined) return { seq: 0, term: 0, hash: CHAIN_START };
    return { seq: numberIn(row, 'seq'), term: numberIn(row, 'term'), hash: textIn(row, 'hash') };
  }

  /** Chains records behind the head. To be called in a transaction. */
  insert(head: ChainHead, term: number, records: readonly { readonly record: JournalRecord; readonly body: string }[]): number {
    let { seq, hash: prevHash } = head;
    for (const { record, body } of records) {
      seq += 1;
      const hash = chainHash({ prevHash, seq, term, body });
      this.#database.run(
        `INSERT INTO event (${Object.keys(COLUMNS).join(', ')}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
        seq, term, Math.trunc(record.atMs), record.type, intentOf(record), body, prevHash, hash,
      );
      prevHash = hash;
    }
    return seq;
  }

  /** The records from one number to another, a page at a time, unchecked. */
  *pages(fromSeq: number, toSeq: number): Generator<readonly Row[], void, undefined> {
    for (let next = fromSeq; next <= toSeq; ) {
      const rows = this.#page(next, toSeq);
      if (rows.length === 0) return;
      yield rows;
      next = numberIn(rows.at(-1), 'seq') + 1;
    }
  }

  /** The hash of a record; that of the start for 0. */
  hashAt(seq: number): string {
    if (seq === 0) return CHAIN_START;
    const row = this.#page(seq, seq)[0];
    return row === undefined ? CHAIN_START : textIn(row, 'hash');
  }

  #page(fromSeq: number, toSeq: number): readonly Row[] {
    return this.#database.rows(COLUMNS, `FROM event WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ${PAGE}`, fromSeq, toSeq);
  }

  /** A stored row as an entry, proven by its own hash. @throws SystemError `IBKR_JOURNAL_CORRUPT` or `IBKR_JOURNAL_NEWER`. */
  entry(row: Row): ChainedEntry {
    const [seq, term, body] = [numberIn(row, 'seq'), numberIn(row, 'term'), textIn(row, 'body')];
    const [prevHash, hash] = [textIn(row, 'prev_hash'), textIn(row, 'hash')];
    if (chainHash({ prevHash, seq, term, body }) !== hash) throw corruptError(this.#database.file, `record ${seq} is not what was written`);
    const record = recordFrom(body);
    if (record !== undefined) return { seq, term, record, prevHash, hash };
    throw new SystemError({
      code: 'IBKR_JOURNAL_NEWER',
      message: `Record ${seq} of the journal ${this.#database.file} is of a kind that this program does not know. No order is sent with it`,
      tips: ['Run the newer version of ibkit that wrote it.'],
      details: { file: this.#database.file, seq },
    });
  }
}

/** The order that a record is about. */
export function intentOf(record: JournalRecord): string | null {
  return 'intentId' in record ? (record.intentId ?? null) : null;
}

/** Serialises records before a transaction begins, so that a record that cannot be kept fails with nothing begun. */
export function serialized(records: readonly JournalRecord[]): readonly { readonly record: JournalRecord; readonly body: string }[] {
  return records.map((record) => {
    try {
      return { record, body: canonicalText(record) };
    } catch (cause) {
      throw new SystemError({
        code: 'IBKR_JOURNAL_RECORD',
        message: `A record cannot be kept, and nothing of this append was written: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      });
    }
  });
}

/** Compares a row with its place and with its own columns; `undefined` when all is well. */
export function breakOf(row: Row, expected: { readonly seq: number; readonly prevHash: string; readonly term: number }): ChainBreak | undefined {
  const { seq, prevHash, term } = expected;
  if (row['seq'] !== seq) return { seq, reason: `record ${seq} is missing` };
  if (row['prev_hash'] !== prevHash) return { seq, reason: 'it does not follow the record before it' };
  const [own, body] = [numberIn(row, 'term'), textIn(row, 'body')];
  if (chainHash({ prevHash, seq, term: own, body }) !== row['hash']) return { seq, reason: 'it is not what was written' };
  if (own < term) return { seq, reason: `its term ${own} is below ${term}` };
  const record = recordFrom(body);
  if (record === undefined) return { seq, reason: 'it is no record that this version knows' };
  const columns = row['type'] === record.type && row['at_ms'] === Math.trunc(record.atMs) && row['intent_id'] === intentOf(record);
  return columns ? undefined : { seq, reason: 'its columns differ from its record' };
}

import type { JournalRecord } from './journal-record.js';

/** A record in its place. */
export interface JournalEntry {
  /** Dense, from 1. */
  readonly seq: number;
  /** The writer's term. */
  readonly term: number;
  readonly record: JournalRecord;
}

/** Where a journal ends. */
export interface JournalHead {
  /** Of the last entry; 0 when there is none. */
  readonly seq: number;
  /** The highest term that ever wrote; 0 when nobody did. */
  readonly term: number;
}

/** Who writes, and after what. */
export interface AppendGuard {
  readonly term: number;
  /** The sequence number that the writer believes to be the last one. */
  readonly expectedSeq: number;
}

/** The answer to an append: durable, or fenced off because another writer was there. */
export type AppendResult =
  | { readonly status: 'ok'; /** Of the last record written. */ readonly seq: number }
  | { readonly status: 'fenced'; readonly head: JournalHead };

/**
 * Where everything about our orders is written before it is done.
 *
 * Several writers may exist over time, and two may believe that they are the one: an append succeeds only when its term is not
 * below the highest one seen and its expected sequence number is the last one, so that a writer that was replaced can write no more.
 */
export interface Journal {
  /**
   * Writes the records in order, all or none, and resolves when they are durable.
   * @throws OrderError `IBKR_JOURNAL_RULE`, with nothing written, for an order id that is not above every id that was staged or reserved
   *   for its client id before, for an intent that was staged before, and for a key that its account used before in the same attempt;
   *   whatever storage throws, and whether the records were written is then unknown to the caller.
   */
  append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult>;
  /** Every entry from `fromSeq` on, in order, up to the end at the time of the call. */
  read(fromSeq: number): AsyncIterable<JournalEntry>;
  head(): Promise<JournalHead>;
  /**
   * Whether another journal knows an order of this account with this key that may have left: that of another client id at the same gateway. Asked before an order
   * is written down, and once more when it is, before its first byte: so of two programs that use a key in the same moment at most one sends. A journal
   * that has no neighbours leaves it out.
   * @throws whatever storage throws; the order is refused then, because nobody knows.
   */
  isKeyTaken?(account: string, key: string): boolean;
}

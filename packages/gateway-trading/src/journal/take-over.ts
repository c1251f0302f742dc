import { fencedError, failedError } from './journal-writer.js';
import type { AppendResult, Journal, JournalEntry, JournalHead } from './journal.js';
import type { JournalRecord } from './journal-record.js';

/** What {@link takeOver} needs. */
export interface TakeOverOptions {
  readonly journal: Journal;
  /** The term that a coordinator has granted. @defaultValue the one behind the latest */
  readonly term?: number | undefined;
  /** Gets every entry, in order. */
  readonly onEntry: (entry: JournalEntry) => void;
  /** What to write behind the record of the new term, once everything that was there has been read. */
  readonly closing: () => readonly JournalRecord[];
  readonly now: () => number;
}

/** What was written to begin the term. */
export interface TakenOver {
  readonly head: JournalHead;
  readonly records: readonly JournalRecord[];
}

/** A writer of an earlier term that is still at it writes a few records at most before it meets the new term. */
const MAX_TURNS = 100;

/**
 * Reads a journal and begins a new term in it. Whoever had the right before may be writing at this moment: then what it wrote is read,
 * too, and the term begins behind it. From the record of the term on, the earlier writer is fenced.
 * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` when a writer of this term or a later one is there, `IBKR_JOURNAL_FAILED`; what reading throws.
 */
export async function takeOver({ journal, term, onEntry, closing, now }: TakeOverOptions): Promise<TakenOver> {
  let { seq, term: latest } = await journal.head();
  let read = 0;
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    for await (const entry of journal.read(read + 1)) {
      onEntry(entry);
      read = entry.seq;
      seq = Math.max(seq, entry.seq);
      latest = Math.max(latest, entry.term);
    }
    const own = term ?? latest + 1;
    const records: readonly JournalRecord[] = [{ type: 'term', atMs: now(), term: own }, ...closing()];
    let result: AppendResult;
    try {
      result = await journal.append(records, { term: own, expectedSeq: seq });
    } catch (cause) {
      throw failedError(cause);
    }
    if (result.status === 'ok') return { head: { seq: result.seq, term: own }, records };
    if (result.head.term >= own) break;
    ({ seq } = result.head);
  }
  throw fencedError();
}

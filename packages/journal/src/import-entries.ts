import { SystemError } from '@ibkit/error-codes';
import type { Journal, JournalEntry, JournalRecord } from '@ibkit/gateway-trading';

/**
 * Copies the entries of another journal, such as a file of an earlier version, into one that is new, or in which the same copy was
 * interrupted before: numbers and terms stay the same. Nobody may write into the target meanwhile.
 * @returns how many entries were copied now
 * @throws SystemError `IBKR_JOURNAL_NOT_EMPTY` when the target holds something else; what reading and appending throw.
 */
export async function importEntries(target: Journal, entries: Iterable<JournalEntry> | AsyncIterable<JournalEntry>): Promise<number> {
  const known: JournalEntry[] = [];
  for await (const entry of target.read(1)) known.push(entry);
  let batch: JournalRecord[] = [];
  let seq = known.length;
  let term = 0;
  let copied = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const result = await target.append(batch, { term, expectedSeq: seq });
    if (result.status === 'fenced') throw notEmpty(seq);
    copied += batch.length;
    seq = result.seq;
    batch = [];
  };
  for await (const entry of entries) {
    const there = known[entry.seq - 1];
    if (there !== undefined) {
      if (there.term !== entry.term || there.record.type !== entry.record.type || there.record.atMs !== entry.record.atMs) throw notEmpty(entry.seq);
      continue;
    }
    if (entry.term !== term) await flush();
    term = entry.term;
    batch.push(entry.record);
  }
  await flush();
  return copied;
}

function notEmpty(seq: number): SystemError {
  return new SystemError({
    code: 'IBKR_JOURNAL_NOT_EMPTY',
    message: `The journal cannot take the records of another one: it has records of its own, from number ${seq} on`,
    tips: ['Copy into a new directory.'],
  });
}

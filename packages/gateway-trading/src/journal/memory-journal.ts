import type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead } from './journal.js';
import type { JournalRecord } from './journal-record.js';
import { JournalRules } from './journal-rules.js';

/**
 * A journal that lives as long as the process: for tests, and for programs that accept that a crash forgets their keys and their
 * order id floor. Hand the same object to the next `Trading` to carry on.
 */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  const rules = new JournalRules();
  let term = 0;
  const head = (): JournalHead => ({ seq: entries.length, term });
  return {
    // Asynchronous, so that a rule that is broken rejects instead of throwing, as in a stored journal.
    // eslint-disable-next-line @typescript-eslint/require-await
    async append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult> {
      if (guard.term < term || guard.expectedSeq !== entries.length) return { status: 'fenced', head: head() };
      rules.note(records);
      term = guard.term;
      for (const record of records) entries.push({ seq: entries.length + 1, term, record: structuredClone(record) });
      return { status: 'ok', seq: entries.length };
    },
    async *read(fromSeq: number): AsyncGenerator<JournalEntry> {
      const end = entries.length;
      for (let index = Math.max(0, fromSeq - 1); index < end; index += 1) {
        const entry = entries[index];
        // A reader may be slow: hand the entries out one turn at a time, as a stored journal would.
        if (entry !== undefined) yield await Promise.resolve(entry);
      }
    },
    head: () => Promise.resolve(head()),
  };
}

import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { AppendGuard, AppendResult, Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';

/** How a {@link createSlowJournal} behaves. */
export interface SlowJournalOptions {
  readonly clock: Clock;
  /** The storage behind it. */
  readonly journal: Journal;
  /** How long each append takes before it is decided, milliseconds. */
  readonly appendMs: number;
}

/** A journal that is slow, that another writer can take over, and that can break: what stored and replicated ones are like. */
export interface SlowJournal extends Journal {
  /** Lets another writer begin the next term, so that the present one is fenced. */
  takeOver(): Promise<void>;
  /** Makes every later append throw. */
  break(error: Error): void;
}

/** Makes a {@link SlowJournal} around another journal. */
export function createSlowJournal({ clock, journal, appendMs }: SlowJournalOptions): SlowJournal {
  let broken: Error | undefined;
  return {
    async append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult> {
      await sleep(clock, appendMs);
      if (broken !== undefined) throw broken;
      return journal.append(records, guard);
    },
    read: (fromSeq) => journal.read(fromSeq),
    head: () => journal.head(),
    async takeOver(): Promise<void> {
      const { seq, term } = await journal.head();
      await journal.append([{ type: 'term', atMs: clock.now(), term: term + 1 }], { term: term + 1, expectedSeq: seq });
    },
    break(error: Error): void {
      broken = error;
    },
  };
}

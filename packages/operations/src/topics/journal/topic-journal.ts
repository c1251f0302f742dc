import type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead, JournalRecord } from '@ibkit/gateway-trading';

/** An entry of a journal, with its hash where the journal keeps one. */
export type TopicJournalEntry = JournalEntry & { readonly hash?: string | undefined };

/** The journal that durable topics are read from. Every `Journal` will do; one that tells of its appends is not asked all the time. */
export interface TopicJournal {
  read(fromSeq: number): AsyncIterable<TopicJournalEntry>;
  head(): Promise<JournalHead>;
  /** Calls `listener` after every append, until the returned function is called. */
  onAppended?(listener: () => void): () => void;
}

/** A journal that tells of its appends: the same journal for trading, and for the topics that follow it. */
export interface WatchedJournal extends Journal {
  onAppended(listener: () => void): () => void;
}

/** Wraps a journal so that topics hear of every record in the moment in which it is durable. Give the result to `Trading` and to `createTopics`. */
export function watchedJournal(journal: Journal): WatchedJournal {
  const listeners = new Set<() => void>();
  return {
    async append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult> {
      const result = await journal.append(records, guard);
      // Whoever appends goes on first: an order waits for nobody who only watches.
      if (result.status === 'ok') queueMicrotask(() => { for (const listener of [...listeners]) listener(); });
      return result;
    },
    read: (fromSeq) => journal.read(fromSeq),
    head: () => journal.head(),
    isKeyTaken: (account, key) => journal.isKeyTaken?.(account, key) ?? false,
    onAppended: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

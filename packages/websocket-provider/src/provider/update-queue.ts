import { UsageError } from '@ibkit/error-codes';
import type { Update } from './update.js';

interface Entry {
  update: Update;
  /** What a newer update replaces; absent for one that is kept. */
  readonly subject: string | undefined;
}

type Result = IteratorResult<Update, undefined>;

/**
 * Updates that wait to be taken in. Quotes and books are replaced by newer ones of the same subject; trades and bars are kept up to the capacity,
 * and what does not fit becomes one gap that says how many were left out.
 */
export class UpdateQueue implements AsyncIterableIterator<Update, undefined> {
  readonly #capacity: number;
  readonly #entries = new Set<Entry>();
  readonly #replaceable = new Map<string, Entry>();
  readonly #onReturn: () => void;
  #overflow: { readonly entry: Entry; missed: number } | undefined;
  #waiting: ((result: Result) => void) | undefined;
  #ended = false;

  constructor({ capacity, onReturn }: { readonly capacity: number; readonly onReturn: () => void }) {
    this.#capacity = capacity;
    this.#onReturn = onReturn;
  }

  /** How many wait. */
  get size(): number {
    return this.#entries.size;
  }

  /** @param subject what a newer update replaces an older one of; absent for updates that are kept */
  push(update: Update, subject?: string): void {
    if (this.#ended) return;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting({ done: false, value: update });
      return;
    }
    const known = subject === undefined ? undefined : this.#replaceable.get(subject);
    if (known !== undefined) known.update = update;
    // An end must arrive; there is one per subject.
    else if (this.#entries.size < this.#capacity || update.type === 'ended') this.#add({ update, subject });
    else this.#leaveOut(update);
  }

  /** Ends it when everything that waits was taken in. */
  end(): void {
    this.#ended = true;
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  next(): Promise<Result> {
    const [first] = this.#entries;
    if (first !== undefined) {
      this.#entries.delete(first);
      if (first.subject !== undefined) this.#replaceable.delete(first.subject);
      if (this.#overflow?.entry === first) this.#overflow = undefined;
      return Promise.resolve({ done: false, value: first.update });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    if (this.#waiting !== undefined) return Promise.reject(new UsageError({ code: 'IBKR_STREAM_READ_TWICE', field: 'updates()', rule: 'must be read by one reader: call it once for each' }));
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<Result> {
    this.#entries.clear();
    this.#replaceable.clear();
    this.end();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #add(entry: Entry): void {
    this.#entries.add(entry);
    if (entry.subject !== undefined) this.#replaceable.set(entry.subject, entry);
  }

  #leaveOut({ ticker, dataType, atMs }: Update): void {
    const missed = (this.#overflow?.missed ?? 0) + 1;
    const gap: Update = { type: 'gap', ticker, dataType, atMs, reason: `updates are not taken in fast enough: ${missed} of all tickers were left out`, fromMs: undefined, toMs: atMs, missed };
    if (this.#overflow === undefined) {
      const entry: Entry = { update: gap, subject: undefined };
      this.#entries.add(entry);
      this.#overflow = { entry, missed };
    } else {
      this.#overflow.missed = missed;
      this.#overflow.entry.update = gap;
    }
  }
}

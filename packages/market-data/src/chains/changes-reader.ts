/** Where a {@link ChangesReader} takes what it gives. */
export interface ChangesSource<Key, Update> {
  /** Makes the update of what changed since the last one. */
  readonly make: (changed: ReadonlySet<Key>) => Update;
  readonly onReturn: () => void;
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** Reads a table that changes faster than its reader: each read gives the latest state of everything that changed since the last one. */
export class ChangesReader<Key, Update> implements AsyncIterableIterator<Update> {
  readonly #source: ChangesSource<Key, Update>;
  readonly #waiting: Waiting<Update>[] = [];
  #changed = new Set<Key>();
  #ended = false;
  #error: Error | undefined;

  constructor(source: ChangesSource<Key, Update>) {
    this.#source = source;
  }

  /** These changed. */
  mark(changed: Iterable<Key>): void {
    if (this.#ended) return;
    for (const key of changed) this.#changed.add(key);
    if (this.#changed.size > 0) this.#waiting.shift()?.resolve({ done: false, value: this.#take() });
  }

  /** There will be no more; what was not read yet is still given. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiting of this.#waiting.splice(0)) this.#finish().then(waiting.resolve, waiting.reject);
  }

  next(): Promise<IteratorResult<Update, undefined>> {
    if (this.#changed.size > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return this.#finish();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<Update, undefined>> {
    this.#changed.clear();
    this.end(undefined);
    this.#error = undefined;
    this.#source.onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Update {
    const changed = this.#changed;
    this.#changed = new Set();
    return this.#source.make(changed);
  }

  /** The error is given once, then the quiet end. */
  #finish(): Promise<IteratorResult<Update, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }
}

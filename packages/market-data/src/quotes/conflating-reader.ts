/** Where a {@link ConflatingReader} reads. */
export interface LatestValue<T> {
  /** Counts up with every change, from 0 for "nothing yet". */
  readonly version: number;
  readonly value: T | undefined;
}

/**
 * Reads a value that changes faster than its reader: each read gives the latest value that was not read yet, so a slow reader
 * misses intermediate values and never the last one.
 */
export class ConflatingReader<T> implements AsyncIterableIterator<T> {
  readonly #source: () => LatestValue<T>;
  readonly #onReturn: () => void;
  readonly #waiting: { readonly resolve: (result: IteratorResult<T, undefined>) => void; readonly reject: (error: Error) => void }[] = [];
  #seen = 0;
  #ended = false;
  #error: Error | undefined;

  constructor(options: { readonly source: () => LatestValue<T>; readonly onReturn: () => void }) {
    this.#source = options.source;
    this.#onReturn = options.onReturn;
  }

  /** The value changed. */
  wake(): void {
    if (this.#waiting.length === 0) return;
    const value = this.#take();
    if (value !== undefined) this.#waiting.shift()?.resolve({ done: false, value });
  }

  /** There will be no more; a value that was not read yet is still given. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiting of this.#waiting.splice(0)) this.#finish().then(waiting.resolve, waiting.reject);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return this.#finish();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    // Whoever leaves the loop wants nothing more, not even the last value.
    this.#seen = Number.POSITIVE_INFINITY;
    this.end(undefined);
    this.#error = undefined;
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): T | undefined {
    const { version, value } = this.#source();
    if (version <= this.#seen) return undefined;
    this.#seen = version;
    return value;
  }

  /** The error is given once, then the quiet end. */
  #finish(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }
}

import { MarketDataError, UsageError } from '@ibkit/error-codes';
import { ItemQueue } from './item-queue.js';

/** Items that a {@link TickStream} holds for a slow reader when nothing else is said. */
export const DEFAULT_TICK_CAPACITY = 1_000_000;

/**
 * Every item of a stream, in the order of arrival, for one reader. Nothing is dropped: a reader that falls more than the capacity
 * behind gets what the stream holds, then a MarketDataError `IBKR_MARKET_DATA_OVERFLOW`.
 *
 * Leaving the loop ends the stream. An aborted signal and `close()` end it quietly at once, without what it holds.
 */
export interface TickStream<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  /** Items that arrived and were not read yet. */
  readonly held: number;
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): TickStream<T>;
  /** Ends the stream. Idempotent. */
  close(): Promise<void>;
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** The one implementation of {@link TickStream}, with the side of the producer. */
export class BoundedTickStream<T extends object> implements TickStream<T> {
  readonly #capacity: number;
  readonly #name: string;
  readonly #onEnd: () => void;
  readonly #held = new ItemQueue<T>();
  readonly #waiting = new ItemQueue<Waiting<T>>();
  #open = true;
  #error: Error | undefined;

  /** @throws {@link UsageError} when the capacity is not a whole number of at least 1. */
  constructor(options: { readonly capacity: number; readonly name: string; readonly onEnd: () => void }) {
    if (!Number.isSafeInteger(options.capacity) || options.capacity < 1) {
      throw new UsageError({ field: 'capacity', value: options.capacity, rule: 'must be a whole number of at least 1' });
    }
    this.#capacity = options.capacity;
    this.#name = options.name;
    this.#onEnd = options.onEnd;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Hands an item to the reader, or keeps it. */
  push(item: T): void {
    if (!this.#open) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting.resolve({ done: false, value: item });
    else if (this.#held.size < this.#capacity) this.#held.push(item);
    else this.end(this.#overflow());
  }

  /** Takes no more items. The reader gets what is held, then the error or the quiet end. */
  end(error?: Error): void {
    if (!this.#open) return;
    this.#open = false;
    this.#error = error;
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift()) {
      this.#finish().then(waiting.resolve, waiting.reject);
    }
    this.#onEnd();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#held.shift();
    if (item !== undefined) return Promise.resolve({ done: false, value: item });
    if (!this.#open) return this.#finish();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.#held.clear();
    this.#error = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  async close(): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The error is given once, then the quiet end. */
  #finish(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  #overflow(): MarketDataError {
    return new MarketDataError({
      code: 'IBKR_MARKET_DATA_OVERFLOW',
      message: `The reader of ${this.#name} fell ${this.#capacity} items behind; the stream ended so that nothing is lost unseen`,
      tips: ['Read faster, move the work out of the loop, or give a larger capacity.'],
      details: { capacity: this.#capacity },
    });
  }
}

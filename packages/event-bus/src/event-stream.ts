import { Fifo } from './fifo.js';

/**
 * What a stream does with an event that arrives while it already holds `capacity` unread ones.
 *
 * `fail` ends the stream with a {@link StreamOverflowError} after the held events were read: for facts that must not be lost.
 * `dropOldest` forgets the oldest unread event and counts it: for facts that the next one replaces.
 */
export type StreamOverflow = 'fail' | 'dropOldest';

/**
 * Events of one type, in order, for one consumer.
 *
 * Leaving a `for await` loop (break, return or throw) and disposal end the stream and release its listener.
 * Several `next()` calls may wait at once; they are served in the order of the calls.
 */
export interface EventStream<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  /** Events forgotten so far because the consumer was too slow; always 0 with overflow `fail`. */
  readonly dropped: number;
  /** Events that arrived and were not read yet, at most the capacity. */
  readonly held: number;
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends the stream, discarding what it holds. Idempotent. */
  return(): Promise<IteratorResult<T, undefined>>;
}

/** What the owner of a {@link BoundedStream} decides. */
export interface BoundedStreamOptions {
  readonly capacity: number;
  readonly overflow: StreamOverflow;
  /** Makes the error that ends a full stream with overflow `fail`. */
  readonly overflowError: () => Error;
  /** Called once, when the stream takes no more events. */
  readonly onEnd: () => void;
}

/** The producer's side of an {@link EventStream}. */
export class BoundedStream<T> implements EventStream<T> {
  readonly #options: BoundedStreamOptions;
  // Results are queued ready-made: an event that is itself `undefined` stays distinguishable from an empty queue.
  readonly #held = new Fifo<IteratorYieldResult<T>>();
  readonly #waiting = new Fifo<(result: IteratorResult<T, undefined>) => void>();
  #open = true;
  #error: Error | undefined;
  #dropped = 0;

  constructor(options: BoundedStreamOptions) {
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Hands one event to the consumer, or keeps it for later. */
  push(value: T): void {
    if (!this.#open) return;
    const result: IteratorYieldResult<T> = { done: false, value };
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting(result);
      return;
    }
    if (this.#held.size >= this.#options.capacity) {
      if (this.#options.overflow === 'fail') {
        this.end(this.#options.overflowError());
        return;
      }
      this.#held.shift();
      this.#dropped += 1;
    }
    this.#held.push(result);
  }

  /** Takes no more events. The consumer still reads what is held, then gets `error` or the quiet end. */
  end(error?: Error): void {
    if (!this.#open) return;
    this.#open = false;
    this.#error = error;
    // A consumer only waits while nothing is held, and then no error can be due: overflow needs a full buffer.
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift()) {
      waiting({ done: true, value: undefined });
    }
    this.#options.onEnd();
  }

  /** Ends quietly and at once: what is held is discarded, a pending error too. */
  discard(): void {
    this.end();
    this.#held.clear();
    this.#error = undefined;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const held = this.#held.shift();
    if (held !== undefined) return Promise.resolve(held);
    if (this.#open) {
      return new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.discard();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

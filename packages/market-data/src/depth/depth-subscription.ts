import type { Clock } from '@ibkit/clock';
import { EventBus } from '@ibkit/event-bus';
import type { DataGap } from '../connection-port.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { LatestValue } from '../streams/latest-value.js';
import type { LatestValues, WaitForValueOptions } from '../streams/latest-value.js';
import type { DepthBook } from './depth-book.js';
import type { DepthFault, DepthLine, DepthReader, DepthReset } from './depth-line.js';
import type { BookChange } from './order-book.js';

/** The facts that a {@link DepthSubscription} tells, by name. */
export interface DepthEvents {
  /** The book changed, also when it became stale. Changes of one turn of the event loop come together. */
  readonly book: DepthBook;
  /** One row changed: every change that the broker sent, in order. */
  readonly change: BookChange;
  /** Data flows again after a break: the changes in between were not seen. */
  readonly gap: DataGap;
  /** Every row is void; the book is filled anew. */
  readonly reset: DepthReset;
  /** A change did not fit the book: it is emptied and asked for again. */
  readonly fault: DepthFault;
  /** The last event; with the error when the subscription did not end by request. */
  readonly end: { readonly error: Error | undefined; readonly atMs: number };
}

/**
 * The order book of one contract, for one reader. A loop over it gives the latest book that the loop has not seen: a slow loop misses
 * intermediate books and never the last one. Leaving a loop ends the subscription. One that ends with an error throws it from the loop.
 */
export interface DepthSubscription extends LatestValues<DepthBook> {
  /** `resolving` until the contract is known and the book asked for. */
  readonly status: 'resolving' | 'open' | 'ended';
  /** The contract, once it is known. */
  readonly contract: ResolvedContract | undefined;
  /** Calls `listener` with every event of one kind from now on, until the returned function is called. */
  on<K extends keyof DepthEvents>(type: K, listener: (event: DepthEvents[K]) => void): () => void;
}

/** The one implementation of {@link DepthSubscription}. */
export class BookSubscription implements DepthSubscription, DepthReader {
  readonly #clock: Clock;
  readonly #rows: number;
  readonly #events: EventBus<DepthEvents>;
  readonly #latest: LatestValue<DepthBook>;
  readonly #stop = new AbortController();
  #line: DepthLine | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly clock: Clock;
    readonly name: string;
    readonly rows: number;
    readonly onEnded: () => void;
    readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
  }) {
    this.#clock = options.clock;
    this.#rows = options.rows;
    this.#events = new EventBus<DepthEvents>({ onListenerError: options.onListenerError });
    this.#latest = new LatestValue<DepthBook>({
      clock: options.clock,
      name: options.name,
      onEnd: (error) => {
        this.#ended(error);
        options.onEnded();
      },
    });
  }

  get status(): 'resolving' | 'open' | 'ended' {
    if (this.#latest.ended) return 'ended';
    return this.#line === undefined ? 'resolving' : 'open';
  }

  get contract(): ResolvedContract | undefined {
    return this.#line?.contract;
  }

  get current(): DepthBook | undefined {
    return this.#latest.current;
  }

  get error(): Error | undefined {
    return this.#latest.error;
  }

  /** Aborts when it ends: for whoever still works on opening it. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The book is asked for. */
  opened(line: DepthLine): void {
    this.#line = line;
    line.add(this);
    this.onBook();
  }

  on<K extends keyof DepthEvents>(type: K, listener: (event: DepthEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  waitFor(predicate: (book: DepthBook) => boolean, options?: WaitForValueOptions): Promise<DepthBook> {
    return this.#latest.waitFor(predicate, options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<DepthBook> {
    return this.#latest.iterate();
  }

  async close(): Promise<void> {
    this.end(undefined);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends it, once. */
  end(error: Error | undefined): void {
    this.#latest.end(error);
  }

  onBook(): void {
    if (this.#line === undefined || this.#latest.ended) return;
    const book = this.#line.book(this.#rows);
    this.#latest.set(book);
    this.#events.emit('book', book);
  }

  onChange(change: BookChange): void {
    if (change.position < this.#rows) this.#events.emit('change', change);
  }

  onGap(gap: DataGap): void {
    this.#events.emit('gap', gap);
  }

  onReset(reset: DepthReset): void {
    this.#events.emit('reset', reset);
  }

  onFault(fault: DepthFault): void {
    this.#events.emit('fault', fault);
  }

  onEnd(error: Error | undefined): void {
    this.end(error);
  }

  #ended(error: Error | undefined): void {
    this.#stop.abort();
    if (this.#line !== undefined) this.#closing = this.#line.remove(this);
    this.#events.emit('end', Object.freeze({ error, atMs: this.#clock.now() }));
    this.#events.close();
  }
}

import type { DataGap } from '../connection-port.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { LatestSubscription } from '../streams/latest-subscription.js';
import type { LatestSubscriptionOptions, SubscriptionEnd } from '../streams/latest-subscription.js';
import type { LatestValues } from '../streams/latest-value.js';
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
export class BookSubscription extends LatestSubscription<DepthBook, DepthEvents> implements DepthSubscription, DepthReader {
  readonly #rows: number;
  readonly #stop = new AbortController();
  #line: DepthLine | undefined;

  constructor(options: LatestSubscriptionOptions & { readonly rows: number }) {
    super(options);
    this.#rows = options.rows;
  }

  get status(): 'resolving' | 'open' | 'ended' {
    if (this.latest.ended) return 'ended';
    return this.#line === undefined ? 'resolving' : 'open';
  }

  get contract(): ResolvedContract | undefined {
    return this.#line?.contract;
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

  onBook(): void {
    if (this.#line === undefined || this.latest.ended) return;
    const book = this.#line.book(this.#rows);
    this.latest.set(book);
    this.events.emit('book', book);
  }

  onChange(change: BookChange): void {
    if (change.position < this.#rows) this.events.emit('change', change);
  }

  onGap(gap: DataGap): void {
    this.events.emit('gap', gap);
  }

  onReset(reset: DepthReset): void {
    this.events.emit('reset', reset);
  }

  onFault(fault: DepthFault): void {
    this.events.emit('fault', fault);
  }

  onEnd(error: Error | undefined): void {
    this.end(error);
  }

  protected ended(end: SubscriptionEnd): Promise<void> {
    this.#stop.abort();
    const closing = this.#line?.remove(this) ?? Promise.resolve();
    this.events.emit('end', end);
    return closing;
  }
}

import type { Clock, Timer } from '@ibkit/clock';
import { MarketDataError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { DataGap } from '../connection-port.js';
import type { OptionRight } from '../contracts/contract-query.js';
import type { ChainEntry } from './chain-entry.js';
import type { ChainFeed } from './chain-feed.js';
import type { ChainSink, OptionChainRecentre } from './chain-job.js';
import type { LeftOutOptions, OptionChainPartial, OptionChainProgress } from './chain-report.js';
import { ChangesReader } from './changes-reader.js';
import type { OptionClass } from './option-class.js';
import type { OptionChainRow } from './option-row.js';
import type { ChainUnderlying } from './underlying-watch.js';

/** A hole: of the whole chain, or of one contract. */
export interface OptionChainGap extends DataGap {
  /** The contract; `undefined` for the whole chain. */
  readonly conId: number | undefined;
}

/** The facts that an {@link OptionChainSubscription} tells, by name. */
export interface OptionChainEvents {
  /** These rows changed, also when they became stale. Changes of one turn of the event loop come together. */
  readonly rows: readonly OptionChainRow[];
  /** These contracts left the window: their last state. */
  readonly left: readonly OptionChainRow[];
  /** The window was put around a new price of the underlying. */
  readonly recentred: OptionChainRecentre;
  /** Data flows again after a break: what happened in between was not seen. */
  readonly gap: OptionChainGap;
  /** More rows are complete than before, or fewer. */
  readonly progress: OptionChainProgress;
  /** Everything in the window is complete; again each time after that was not so. */
  readonly complete: OptionChainProgress;
  /** `timeoutMs` are over and something is missing. The chain goes on. */
  readonly partial: OptionChainPartial;
  /** The last event; with the error when the subscription did not end by request. */
  readonly end: { readonly error: Error | undefined; readonly atMs: number };
}

/** What a loop over a chain gives: everything that changed since the last time, each row in its latest state. */
export interface OptionChainUpdate {
  readonly rows: readonly OptionChainRow[];
  /** Contracts that left the window since. */
  readonly left: readonly number[];
  /** Holes in the whole chain that ended since. */
  readonly gaps: readonly OptionChainGap[];
  readonly underlying: ChainUnderlying | undefined;
  readonly complete: boolean;
}

/**
 * The options on one underlying, followed.
 *
 * A loop over it gives what changed since the last turn: a slow loop misses intermediate states and never the last one. Leaving the loop ends
 * the subscription; one that ends with an error throws it from the loop.
 */
export interface OptionChainSubscription extends AsyncIterable<OptionChainUpdate>, AsyncDisposable {
  /** `loading` until the first contracts are known. */
  readonly status: 'loading' | 'open' | 'ended';
  readonly underlying: ChainUnderlying | undefined;
  /** The classes that were chosen, with everything that they list. */
  readonly classes: readonly OptionClass[];
  /** All rows by expiry, strike and right; empty after the end, since nobody keeps them true any more. */
  readonly rows: readonly OptionChainRow[];
  /** Strikes that do not exist in an expiry, or that the broker does not know any more. */
  readonly leftOut: readonly LeftOutOptions[];
  readonly progress: OptionChainProgress;
  readonly complete: boolean;
  /** Why it ended, when it did not end by request. */
  readonly error: Error | undefined;
  /** One row. `expiry` is `YYYY-MM-DD`. */
  row(expiry: string, strike: number, right: OptionRight): OptionChainRow | undefined;
  /** Calls `listener` with every event of one kind from now on, until the returned function is called. */
  on<K extends keyof OptionChainEvents>(type: K, listener: (event: OptionChainEvents[K]) => void): () => void;
  /**
   * Resolves once everything is complete, at once when it is.
   * @throws what ended the subscription.
   */
  whenComplete(): Promise<OptionChainProgress>;
  [Symbol.asyncIterator](): AsyncIterableIterator<OptionChainUpdate>;
  /** Ends the subscription. Resolves once the broker was told. */
  close(): Promise<void>;
}

/** Places for what is not a row in the list of changes. */
type Change = ChainEntry | { readonly left: number } | { readonly gap: OptionChainGap };

/** The one implementation of {@link OptionChainSubscription}. */
export class OptionChain implements OptionChainSubscription, ChainSink {
  readonly #clock: Clock;
  readonly #onEnded: (chain: OptionChain) => void;
  readonly #events: EventBus<OptionChainEvents>;
  readonly #readers = new Set<ChangesReader<Change, OptionChainUpdate>>();
  #feed: ChainFeed | undefined;
  #deadline: Timer | undefined;
  #ended = false;
  #error: Error | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(options: { readonly clock: Clock; readonly onEnded: (chain: OptionChain) => void; readonly onListenerError?: ((error: unknown, type: string) => void) | undefined }) {
    this.#clock = options.clock;
    this.#onEnded = options.onEnded;
    this.#events = new EventBus<OptionChainEvents>({ onListenerError: options.onListenerError });
  }

  get status(): 'loading' | 'open' | 'ended' {
    if (this.#ended) return 'ended';
    return this.progress.contracts === undefined ? 'loading' : 'open';
  }

  get underlying(): ChainUnderlying | undefined {
    return this.#feed?.underlying;
  }

  get classes(): readonly OptionClass[] {
    return (this.#feed?.classes ?? []).map(({ optionClass }) => optionClass);
  }

  get rows(): readonly OptionChainRow[] {
    return this.#ended ? [] : (this.#feed?.rows ?? []);
  }

  get leftOut(): readonly LeftOutOptions[] {
    return this.#feed?.leftOut ?? [];
  }

  get progress(): OptionChainProgress {
    return this.#feed?.progress ?? NO_PROGRESS;
  }

  get complete(): boolean {
    return !this.#ended && this.#feed?.isComplete === true;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  /** Begins with a feed, and has `partial` told after a while. */
  begin(feed: ChainFeed, timeoutMs: number): void {
    this.#feed = feed;
    this.#deadline = this.#clock.setTimer(timeoutMs, () => {
      if (!feed.isComplete) this.#events.emit('partial', feed.partial());
    }, { keepAlive: false });
    feed.start();
  }

  row(expiry: string, strike: number, right: OptionRight): OptionChainRow | undefined {
    return this.rows.find((row) => row.expiry === expiry && row.strike === strike && row.right === right);
  }

  on<K extends keyof OptionChainEvents>(type: K, listener: (event: OptionChainEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  whenComplete(): Promise<OptionChainProgress> {
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(this.#error ?? endedError());
      else if (this.complete) resolve(this.progress);
      else {
        const offs = [
          this.on('complete', (progress) => {
            for (const off of offs) off();
            resolve(progress);
          }),
          this.on('end', ({ error }) => {
            for (const off of offs) off();
            reject(error ?? endedError());
          }),
        ];
      }
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<OptionChainUpdate> {
    const reader = new ChangesReader<Change, OptionChainUpdate>({
      make: (changed) => this.#update(changed),
      onReturn: () => {
        this.end(undefined);
      },
    });
    if (this.#ended) reader.end(this.#error);
    else this.#readers.add(reader);
    return reader;
  }

  async close(): Promise<void> {
    this.end(undefined);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  changed(entries: ReadonlySet<ChainEntry>): void {
    this.#events.emit('rows', Object.freeze([...entries].map(({ row }) => row)));
    this.#mark(entries);
  }

  progressed(): void {
    this.#events.emit('progress', this.progress);
  }

  left(entries: readonly ChainEntry[]): void {
    this.#events.emit('left', Object.freeze(entries.map(({ row }) => row)));
    this.#mark(entries.map(({ contract }) => ({ left: contract.conId })));
  }

  recentred(event: OptionChainRecentre): void {
    this.#events.emit('recentred', event);
  }

  gap(gap: DataGap): void {
    const event = Object.freeze({ ...gap, conId: undefined });
    this.#events.emit('gap', event);
    this.#mark([{ gap: event }]);
  }

  rowGap(entry: ChainEntry, gap: DataGap): void {
    this.#events.emit('gap', Object.freeze({ ...gap, conId: entry.contract.conId }));
  }

  becameComplete(progress: OptionChainProgress): void {
    this.#events.emit('complete', progress);
  }

  settled(): void {
    // Only a chain that is read once comes to an end by itself.
  }

  failed(error: Error): void {
    this.end(error);
  }

  /** Ends the subscription, once. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#deadline?.cancel();
    this.#closing = this.#feed?.close() ?? Promise.resolve();
    this.#onEnded(this);
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
    this.#events.emit('end', Object.freeze({ error, atMs: this.#clock.now() }));
    this.#events.close();
  }

  #mark(changes: Iterable<Change>): void {
    const list = [...changes];
    for (const reader of [...this.#readers]) reader.mark(list);
  }

  #update(changed: ReadonlySet<Change>): OptionChainUpdate {
    const rows: OptionChainRow[] = [];
    const left: number[] = [];
    const gaps: OptionChainGap[] = [];
    for (const change of changed) {
      if ('left' in change) left.push(change.left);
      else if ('row' in change) rows.push(change.row);
      else gaps.push(change.gap);
    }
    const gone = new Set(left);
    return Object.freeze({
      rows: Object.freeze(rows.filter(({ conId }) => !gone.has(conId))),
      left: Object.freeze(left),
      gaps: Object.freeze(gaps),
      underlying: this.underlying,
      complete: this.complete,
    });
  }
}

const NO_PROGRESS: OptionChainProgress = Object.freeze({
  contracts: undefined, complete: 0, watched: 0, stale: 0, refused: 0, expiriesKnown: 0, expiries: 0, elapsedMs: 0, leastMs: 0, mostLines: 0,
}); // prettier-ignore

function endedError(): MarketDataError {
  return new MarketDataError({ code: 'IBKR_MARKET_DATA_ENDED', message: 'The subscription has ended' });
}

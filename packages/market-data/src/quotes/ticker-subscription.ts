import { abortReason } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { MarketDataError, TimeoutError, asError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { ServerMessageOf } from '@ibkit/wire';
import { plainLine } from '../broker-text/plain-text.js';
import { ConflatingReader } from './conflating-reader.js';
import type { DataGap } from '../connection-port.js';
import type { QuoteMode } from './market-data-mode.js';
import type { LineReader } from './line-readers.js';
import type { Quote } from './quote.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';

/** A headline about the contract of a ticker, without control characters. {@link MarketData.news} has the articles. */
export interface TickerNews {
  /** When it was published, epoch milliseconds. */
  readonly time: number;
  readonly providerCode: string;
  readonly articleId: string;
  readonly headline: string;
}

/** The facts that a {@link TickerSubscription} tells, by name. */
export interface TickerEvents {
  /** The quote changed, also when it became stale. Changes of one turn of the event loop come together. */
  readonly quote: Quote;
  /** Data flows again after a break: what happened in between was not seen. */
  readonly gap: DataGap;
  /** The broker announced another kind of data. */
  readonly mode: { readonly mode: QuoteMode; readonly atMs: number };
  /** A headline: only with the extra tick `news`. */
  readonly news: TickerNews;
  /** The last event; with the error when the subscription did not end by request. */
  readonly end: { readonly error: Error | undefined; readonly atMs: number };
}

/** How to wait for a quote. */
export interface WaitForQuoteOptions {
  /** @defaultValue no limit */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The quotes of one contract, for one reader.
 *
 * A loop over it gives the latest quote that the loop has not seen: a slow loop misses intermediate quotes and never the last one.
 * Leaving a loop ends the subscription; to wait for one quote and go on, use {@link TickerSubscription.waitFor}. A subscription
 * that ends with an error throws it from the loop.
 */
export interface TickerSubscription extends AsyncIterable<Quote>, AsyncDisposable {
  /** `resolving` until the contract is known and the line asked for. */
  readonly status: 'resolving' | 'open' | 'ended';
  /** The contract, once it is known. */
  readonly contract: ResolvedContract | undefined;
  /** The latest quote; `undefined` before the first value and after the end, since nobody keeps it true any more. */
  readonly current: Quote | undefined;
  /** Why it ended, when it did not end by request. */
  readonly error: Error | undefined;
  /** Calls `listener` with every event of one kind from now on, until the returned function is called. */
  on<K extends keyof TickerEvents>(type: K, listener: (event: TickerEvents[K]) => void): () => void;
  /**
   * Resolves with the first quote that fits, the present one included.
   * @throws TimeoutError after `timeoutMs`, the signal's reason, what ended the subscription, or what the predicate throws.
   */
  waitFor(predicate: (quote: Quote) => boolean, options?: WaitForQuoteOptions): Promise<Quote>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Quote>;
  /** Ends the subscription. The line at the broker is given up a little later, unless somebody else reads it. */
  close(): Promise<void>;
}

/** Where a ticker gets its quotes from. */
export interface TickerSource {
  readonly contract: ResolvedContract;
  readonly quote: Quote | undefined;
  release(): void;
}

/** The one implementation of {@link TickerSubscription}. */
export class Ticker implements TickerSubscription, LineReader {
  readonly #clock: Clock;
  readonly #onEnded: (ticker: Ticker) => void;
  readonly #events: EventBus<TickerEvents>;
  readonly #readers = new Set<ConflatingReader<Quote>>();
  readonly #stop = new AbortController();
  #source: TickerSource | undefined;
  #version = 0;
  #last: Quote | undefined;
  #status: 'resolving' | 'open' | 'ended' = 'resolving';
  #error: Error | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly onEnded: (ticker: Ticker) => void;
    readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
  }) {
    this.#clock = options.clock;
    this.#onEnded = options.onEnded;
    this.#events = new EventBus<TickerEvents>({ onListenerError: options.onListenerError });
  }

  get status(): 'resolving' | 'open' | 'ended' {
    return this.#status;
  }

  get contract(): ResolvedContract | undefined {
    return this.#source?.contract;
  }

  get current(): Quote | undefined {
    return this.#status === 'ended' ? undefined : this.#source?.quote;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  /** Aborts when the ticker ends: for whoever still works on opening it. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The line is open. */
  opened(source: TickerSource): void {
    if (this.#status === 'ended') {
      // The line ended while it was being opened.
      source.release();
      return;
    }
    this.#source = source;
    this.#status = 'open';
    if (source.quote !== undefined) this.onQuote();
  }

  on<K extends keyof TickerEvents>(type: K, listener: (event: TickerEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  waitFor(predicate: (quote: Quote) => boolean, options: WaitForQuoteOptions = {}): Promise<Quote> {
    const { signal, timeoutMs } = options;
    return new Promise((resolve, reject) => {
      const { current } = this;
      if (signal?.aborted === true) reject(abortReason(signal));
      else if (this.#status === 'ended') reject(this.#endError());
      else if (current !== undefined && predicate(current)) resolve(current);
      else {
        const settle = (run: () => void): void => {
          for (const off of offs) off();
          timer?.cancel();
          signal?.removeEventListener('abort', onAbort);
          run();
        };
        const onAbort = (): void => {
          settle(() => {
            if (signal !== undefined) reject(abortReason(signal));
          });
        };
        const offs = [
          this.on('quote', (quote) => {
            try {
              if (predicate(quote)) settle(() => { resolve(quote); });
            } catch (error) {
              settle(() => { reject(asError(error)); });
            }
          }),
          this.on('end', () => {
            settle(() => { reject(this.#endError()); });
          }),
        ];
        const timer = timeoutMs === undefined ? undefined : this.#clock.setTimer(timeoutMs, () => {
          settle(() => { reject(this.#tooLate(timeoutMs)); });
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Quote> {
    const reader = new ConflatingReader<Quote>({
      source: () => ({ version: this.#version, value: this.#last }),
      onReturn: () => {
        this.end(undefined);
      },
    });
    if (this.#status === 'ended') reader.end(this.#error);
    else this.#readers.add(reader);
    return reader;
  }

  close(): Promise<void> {
    this.end(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  onQuote(): void {
    const quote = this.#source?.quote;
    if (quote === undefined || this.#status === 'ended' || quote === this.#last) return;
    this.#last = quote;
    this.#version += 1;
    this.#events.emit('quote', quote);
    for (const reader of [...this.#readers]) reader.wake();
  }

  onMode(mode: QuoteMode): void {
    this.#events.emit('mode', Object.freeze({ mode, atMs: this.#clock.now() }));
  }

  onGap(gap: DataGap): void {
    this.#events.emit('gap', gap);
  }

  onNews({ timeStamp, providerCode, articleId, headline }: ServerMessageOf<'tickNews'>): void {
    const news = { time: timeStamp, providerCode: plainLine(providerCode), articleId: plainLine(articleId), headline: plainLine(headline) };
    this.#events.emit('news', Object.freeze(news));
  }

  onEnd(error: IbkrError | undefined): void {
    this.end(error);
  }

  /** Ends the subscription, once. */
  end(error: Error | undefined): void {
    if (this.#status === 'ended') return;
    // What arrived in this very turn was seen by the line and not yet by the readers.
    if (this.#source !== undefined) this.onQuote();
    this.#status = 'ended';
    this.#error = error;
    this.#source?.release();
    this.#stop.abort(error ?? endedError());
    this.#onEnded(this);
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
    this.#events.emit('end', Object.freeze({ error, atMs: this.#clock.now() }));
    this.#events.close();
  }

  #endError(): Error {
    return this.#error ?? endedError();
  }

  #tooLate(timeoutMs: number): TimeoutError {
    const what = this.#source?.contract.localSymbol ?? 'the contract';
    return new TimeoutError({
      code: 'IBKR_MARKET_DATA_TIMEOUT',
      message: `No quote of ${what} that fits came within ${timeoutMs} ms`,
      tips: ['The market may be closed, or the connection down: see the subscription status and the health of the connection.'],
    });
  }
}

function endedError(): MarketDataError {
  return new MarketDataError({ code: 'IBKR_MARKET_DATA_ENDED', message: 'The subscription has ended' });
}

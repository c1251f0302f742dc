import { UsageError } from '@ibkit/error-codes';
import type { ContractQuery, DataGap, MarketData, Quote, ResolvedContract, SubscribeTickerOptions, TickerSubscription } from '@ibkit/market-data';

/** What is stored about one subscription. */
export interface StoredMarketData {
  readonly requestId: number;
  /** The contract, once it is known. */
  readonly contract: ResolvedContract | undefined;
  /** The latest quote; `undefined` before the first. Look at `stale` and `mode`. */
  readonly quote: Quote | undefined;
  readonly status: 'resolving' | 'open' | 'ended';
  /** Why it ended, when nobody ended it. */
  readonly error: Error | undefined;
}

/** Told what happens to a subscription. */
export interface MarketDataListener {
  updated(requestId: number, quote: Quote): void;
  gap(requestId: number, gap: DataGap): void;
  ended(requestId: number, error: Error | undefined): void;
}

/** How to subscribe. */
export interface SubscribeMarketDataOptions extends SubscribeTickerOptions {
  /** Called with every quote, besides the event. */
  readonly onUpdate?: ((quote: Quote, requestId: number) => void) | undefined;
}

/** Quotes by request id: the numbers are this object's own, from 1 upwards, and stay the same over reconnects. */
export class MarketDataStore {
  readonly #data: MarketData;
  readonly #listener: MarketDataListener;
  readonly #tickers = new Map<number, TickerSubscription>();
  #lastId = 0;

  constructor(data: MarketData, listener: MarketDataListener) {
    this.#data = data;
    this.#listener = listener;
  }

  subscribe(contract: string | ContractQuery | ResolvedContract, { onUpdate, ...options }: SubscribeMarketDataOptions): number {
    const ticker = this.#data.subscribeTicker(contract, options);
    this.#lastId += 1;
    const requestId = this.#lastId;
    this.#tickers.set(requestId, ticker);
    ticker.on('quote', (quote) => {
      this.#listener.updated(requestId, quote);
      onUpdate?.(quote, requestId);
    });
    ticker.on('gap', (gap) => {
      this.#listener.gap(requestId, gap);
    });
    ticker.on('end', ({ error }) => {
      this.#listener.ended(requestId, error);
    });
    return requestId;
  }

  /** @throws {@link UsageError} for an id that was never given out, or whose subscription was ended by request. */
  async unsubscribe(requestId: number): Promise<void> {
    const ticker = this.#tickers.get(requestId);
    if (ticker === undefined) throw new UsageError({ field: 'requestId', value: requestId, rule: 'must be the number of a subscription' });
    this.#tickers.delete(requestId);
    await ticker.close();
  }

  get(requestId: number): StoredMarketData | undefined {
    const ticker = this.#tickers.get(requestId);
    return ticker === undefined ? undefined : { requestId, contract: ticker.contract, quote: ticker.current, status: ticker.status, error: ticker.error };
  }

  all(): readonly StoredMarketData[] {
    return [...this.#tickers.keys()].flatMap((requestId) => this.get(requestId) ?? []);
  }
}

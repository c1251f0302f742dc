import { ConnectionManager } from '@ibkit/core-connection';
import type { ConnectionOptions } from '@ibkit/core-connection';
import { UsageError } from '@ibkit/error-codes';
import type { MarketDataConnection } from '../connection-port.js';
import { MarketData } from '../market-data.js';
import { checkedMode } from './market-data-mode.js';
import type { MarketDataMode } from './market-data-mode.js';
import type { LatestPriceOptions } from './quote-looks.js';
import type { Quote } from './quote.js';
import type { TickerSubscription } from './ticker-subscription.js';

/** How a connection is opened. */
export interface FeedConnectOptions {
  /** @defaultValue the connection's */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue the connection's */
  readonly retryCount?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A connection that the feed can open and close. */
export interface FeedConnection extends MarketDataConnection {
  connect(options?: FeedConnectOptions): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
}

/** What both ways to make a {@link LiveDataFeed} take. */
export interface FeedSettings {
  /** What the broker may send where live data is not to be had. @defaultValue 'live' */
  readonly mode?: MarketDataMode | undefined;
}

/** A connection to use, or the options of one to make (`paperTrading`, `useGateway`, `host`, `port`, `clientId`, ...). */
export type LiveDataFeedOptions = FeedSettings & ({ readonly connection: FeedConnection } | (ConnectionOptions & { readonly connection?: undefined }));

/**
 * The latest prices of a list of symbols, with as little ceremony as possible: connect, subscribe, ask.
 * For quotes as a stream, other modes per symbol, or tick-by-tick use its {@link LiveDataFeed.marketData}.
 */
export class LiveDataFeed implements AsyncDisposable {
  readonly #connection: FeedConnection;
  readonly #endConnection: () => Promise<void>;
  readonly #marketData: MarketData;
  readonly #mode: MarketDataMode;
  readonly #tickers = new Map<string, TickerSubscription>();

  /** @throws {@link UsageError} for an option out of its range. */
  constructor(options: LiveDataFeedOptions = {}) {
    this.#mode = checkedMode(options.mode ?? 'live');
    if (options.connection === undefined) {
      const own = new ConnectionManager(options);
      this.#connection = own;
      this.#endConnection = () => own.close();
    } else {
      const { connection } = options;
      this.#connection = connection;
      this.#endConnection = () => connection.disconnect();
    }
    this.#marketData = new MarketData({ connection: this.#connection });
  }

  /** Everything else that the connection can tell about markets. */
  get marketData(): MarketData {
    return this.#marketData;
  }

  /** The symbols that are followed. */
  get symbols(): readonly string[] {
    return [...this.#tickers.keys()];
  }

  /** Opens the connection. @throws ConnectionError, TimeoutError, or the signal's reason, as the connection does. */
  async connect(options: FeedConnectOptions = {}): Promise<void> {
    await this.#connection.connect(options);
  }

  /** Closes the connection. What is subscribed goes on after the next {@link LiveDataFeed.connect}. */
  async disconnect(): Promise<void> {
    await this.#connection.disconnect();
  }

  isConnected(): boolean {
    return this.#connection.isConnected();
  }

  /**
   * Follows symbols, those that are followed already excepted. Resolves once the broker knows each of them.
   * @throws the error of the first symbol that cannot be followed, once all were tried: the others are followed.
   */
  async subscribe(symbols: readonly string[]): Promise<void> {
    const wanted = [...new Set(symbols.map(normalSymbol))].filter((symbol) => !this.#tickers.has(symbol));
    const outcomes = await Promise.allSettled(wanted.map((symbol) => this.#follow(symbol)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Stops following symbols. */
  async unsubscribe(symbols: readonly string[]): Promise<void> {
    for (const symbol of symbols.map(normalSymbol)) {
      const ticker = this.#tickers.get(symbol);
      this.#tickers.delete(symbol);
      await ticker?.close();
    }
  }

  /** What is known about a followed symbol; `undefined` for others, and before the first value. Look at `stale` and `mode`. */
  latestQuote(symbol: string): Quote | undefined {
    return this.#tickers.get(normalSymbol(symbol))?.current;
  }

  /**
   * The price of a symbol right now, followed or not.
   * @throws what {@link MarketData.getLatestPrice} throws: there is no answer rather than an old one.
   */
  async getLatestPrice(symbol: string, options: LatestPriceOptions = {}): Promise<number> {
    return this.#marketData.getLatestPrice(normalSymbol(symbol), { ...options, mode: options.mode ?? this.#mode });
  }

  /** Ends everything and closes the connection. Idempotent. */
  async close(): Promise<void> {
    this.#tickers.clear();
    await this.#marketData.close();
    await this.#endConnection();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #follow(symbol: string): Promise<void> {
    const contract = await this.#marketData.resolve(symbol);
    if (this.#tickers.has(symbol)) return;
    const ticker = this.#marketData.subscribeTicker(contract, { mode: this.#mode });
    this.#tickers.set(symbol, ticker);
    ticker.on('end', () => {
      if (this.#tickers.get(symbol) === ticker) this.#tickers.delete(symbol);
    });
  }
}

function normalSymbol(symbol: string): string {
  const text = symbol.trim().toUpperCase();
  if (text === '') throw new UsageError({ field: 'symbol', value: symbol, rule: 'must not be empty' });
  return text;
}

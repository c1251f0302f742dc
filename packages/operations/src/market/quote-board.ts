import type { Clock, Timer } from '@ibkit/clock';
import { MarketDataError, TimeoutError } from '@ibkit/error-codes';
import type { ContractQuery, MarketData, MarketDataMode, Quote, TickerSubscription } from '@ibkit/market-data';
import { notConnectedError } from '../not-connected.js';
import type { OperationsConnection } from '../options.js';

/** How a board behaves; times are milliseconds. */
export interface QuoteBoardOptions {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'subscribeTicker'>;
  readonly connection: Pick<OperationsConnection, 'state' | 'isConnected'>;
  /** How long a line stays open after it was last asked for. */
  readonly keepMs: number;
  /** How long the first answer may wait for data. */
  readonly waitMs: number;
  /** The most quotes followed at once: market data lines are few. */
  readonly maxQuotes: number;
}

/** Whose quote, and how it is asked for. */
export interface QuoteQuestion {
  readonly contract: string | ContractQuery;
  /** The worst kind of data that is taken. */
  readonly mode: MarketDataMode;
  readonly signal?: AbortSignal | undefined;
}

interface Followed {
  readonly ticker: TickerSubscription;
  timer: Timer;
  /** Somebody has waited for a price in vain: the next ones get what there is. */
  priceless: boolean;
}

function hasPrice({ bid, ask, last }: Quote): boolean {
  return bid !== undefined || ask !== undefined || last !== undefined;
}

/** Quotes for callers that ask now and then: one is followed from the first question until nobody has asked for a while. */
export class QuoteBoard implements AsyncDisposable {
  readonly #options: QuoteBoardOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: QuoteBoardOptions) {
    this.#options = options;
  }

  /** How many quotes are followed. */
  get size(): number {
    return this.#followed.size;
  }

  /**
   * The present quote. It says itself how old and of which kind it is; while the connection is down it is stale.
   * @throws UsageError for a contract that cannot be understood; ContractError for an unknown one; MarketDataError when too many quotes are
   *   followed or the data is refused; ConnectionError when there is no connection and nothing is known yet; TimeoutError when nothing came in time; the signal's reason.
   */
  async get({ contract, mode, signal }: QuoteQuestion): Promise<Quote> {
    signal?.throwIfAborted();
    const { connection } = this.#options;
    const followed = this.#follow(contract, mode);
    const { current } = followed.ticker;
    // While the connection is down nothing is worth a wait.
    if (current !== undefined && (hasPrice(current) || followed.priceless || !connection.isConnected())) return current;
    if (!connection.isConnected()) throw notConnectedError(connection);
    return await this.#firstPrice(followed, signal);
  }

  /** Gives every line up. Idempotent. */
  async close(): Promise<void> {
    const all = [...this.#followed.values()];
    this.#followed.clear();
    for (const { timer } of all) timer.cancel();
    await Promise.all(all.map(({ ticker }) => ticker.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #firstPrice(followed: Followed, signal: AbortSignal | undefined): Promise<Quote> {
    const { ticker } = followed;
    try {
      return await ticker.waitFor(hasPrice, { timeoutMs: this.#options.waitMs, signal });
    } catch (error) {
      const { current } = ticker;
      if (!(error instanceof TimeoutError) || current === undefined) throw error;
      followed.priceless = true;
      return current;
    }
  }

  #follow(contract: string | ContractQuery, mode: MarketDataMode): Followed {
    const { marketData, maxQuotes, keepMs } = this.#options;
    const key = JSON.stringify([mode, contract]);
    const known = this.#followed.get(key);
    if (known !== undefined) {
      known.timer.cancel();
      known.timer = this.#expire(key);
      return known;
    }
    if (this.#followed.size >= maxQuotes) {
      throw new MarketDataError({
        code: 'IBKR_QUOTES_EXHAUSTED',
        message: `${maxQuotes} quotes are followed already; one is released ${keepMs / 1000} s after it was last asked for.`,
        retryable: true,
        tips: ['Follow what you need all the time with the stream, and ask for fewer instruments in between.'],
      });
    }
    const followed: Followed = { ticker: marketData.subscribeTicker(contract, { mode }), timer: this.#expire(key), priceless: false };
    this.#followed.set(key, followed);
    followed.ticker.on('end', () => {
      // Refused or unknown: the next question starts anew instead of meeting a dead line.
      if (this.#followed.get(key) === followed) this.#forget(key);
    });
    return followed;
  }

  #expire(key: string): Timer {
    return this.#options.clock.setTimer(this.#options.keepMs, () => {
      this.#forget(key);
    }, { keepAlive: false });
  }

  #forget(key: string): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.#followed.delete(key);
    followed.timer.cancel();
    void followed.ticker.close();
  }
}

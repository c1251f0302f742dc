import type { Clock, Timer } from '@ibkit/clock';
import { ConnectionError, MarketDataError, TimeoutError, UsageError } from '@ibkit/error-codes';
import type { MarketData, Quote, TickerSubscription } from '@ibkit/market-data';

/** How a board behaves; times are milliseconds. */
export interface QuoteBoardOptions {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'subscribeTicker'>;
  /** Whether quotes can be had right now. */
  readonly connected: () => boolean;
  /** How long a line stays open after it was last asked for. @defaultValue 60000 */
  readonly keepMs?: number | undefined;
  /** How long the first answer may wait for data. @defaultValue 5000 */
  readonly waitMs?: number | undefined;
  /** The most symbols followed at once: market data lines are few. @defaultValue 80 */
  readonly maxSymbols?: number | undefined;
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

const SYMBOL = /^[A-Z][A-Z0-9 .-]{0,30}$/;

/** Quotes for callers that ask now and then: a symbol is followed from the first question until nobody has asked for a while. */
export class QuoteBoard {
  readonly #clock: Clock;
  readonly #marketData: Pick<MarketData, 'subscribeTicker'>;
  readonly #connected: () => boolean;
  readonly #keepMs: number;
  readonly #waitMs: number;
  readonly #maxSymbols: number;
  readonly #followed = new Map<string, Followed>();

  constructor(options: QuoteBoardOptions) {
    this.#clock = options.clock;
    this.#marketData = options.marketData;
    this.#connected = options.connected;
    this.#keepMs = options.keepMs ?? 60_000;
    this.#waitMs = options.waitMs ?? 5_000;
    this.#maxSymbols = options.maxSymbols ?? 80;
  }

  /** How many symbols are followed. */
  get size(): number {
    return this.#followed.size;
  }

  /**
   * The present quote. It says itself how old and of which kind it is; while the connection is down it is stale.
   * @throws UsageError for something that is no symbol; ContractError for an unknown one; MarketDataError when too many symbols are
   *   followed or the data is refused; ConnectionError when there is no connection and nothing is known yet; TimeoutError when nothing came in time.
   */
  async get(symbol: string, signal?: AbortSignal): Promise<Quote> {
    const name = symbol.trim().toUpperCase();
    if (!SYMBOL.test(name)) throw new UsageError({ field: 'symbol', value: symbol, rule: 'must be a ticker symbol such as AAPL' });
    const followed = this.#follow(name);
    const { current } = followed.ticker;
    // While the connection is down nothing is worth a wait.
    if (current !== undefined && (hasPrice(current) || followed.priceless || !this.#connected())) return current;
    if (!this.#connected()) {
      throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'There is no connection to the gateway and no quote from before. See /v1/status.', retryable: true });
    }
    return await this.#firstPrice(followed, signal);
  }

  async #firstPrice(followed: Followed, signal: AbortSignal | undefined): Promise<Quote> {
    const { ticker } = followed;
    try {
      return await ticker.waitFor(hasPrice, { timeoutMs: this.#waitMs, signal });
    } catch (error) {
      const { current } = ticker;
      if (!(error instanceof TimeoutError) || current === undefined) throw error;
      followed.priceless = true;
      return current;
    }
  }

  /** Gives every line up. */
  async close(): Promise<void> {
    const all = [...this.#followed.values()];
    this.#followed.clear();
    for (const { timer } of all) timer.cancel();
    await Promise.all(all.map(({ ticker }) => ticker.close()));
  }

  #follow(name: string): Followed {
    const known = this.#followed.get(name);
    if (known !== undefined) {
      known.timer.cancel();
      known.timer = this.#expire(name);
      return known;
    }
    if (this.#followed.size >= this.#maxSymbols) {
      throw new MarketDataError({ code: 'IBKR_DAEMON_TOO_MANY_SYMBOLS', message: `The daemon already follows ${this.#maxSymbols} symbols; one is released ${this.#keepMs / 1000} s after it was last asked for.`, retryable: true });
    }
    const followed: Followed = { ticker: this.#marketData.subscribeTicker(name), timer: this.#expire(name), priceless: false };
    this.#followed.set(name, followed);
    followed.ticker.on('end', () => {
      // Refused or unknown: the next question starts anew instead of meeting a dead line.
      if (this.#followed.get(name) === followed) this.#forget(name);
    });
    return followed;
  }

  #expire(name: string): Timer {
    return this.#clock.setTimer(this.#keepMs, () => {
      this.#forget(name);
    }, { keepAlive: false });
  }

  #forget(name: string): void {
    const followed = this.#followed.get(name);
    if (followed === undefined) return;
    this.#followed.delete(name);
    followed.timer.cancel();
    void followed.ticker.close();
  }
}

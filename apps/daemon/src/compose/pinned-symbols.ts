import type { Clock, Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { MarketData, TickerSubscription } from '@ibkit/market-data';
import type { DaemonLogger } from '../log.js';

/** How long after a symbol was refused it is asked for again, milliseconds. */
export const ASK_SYMBOL_AGAIN_MS = 60_000;

/** What {@link PinnedSymbols} is made from. */
export interface PinnedSymbolsOptions {
  readonly symbols: readonly string[];
  readonly marketData: Pick<MarketData, 'subscribeTicker'>;
  readonly clock: Clock;
  readonly log: DaemonLogger;
}

/**
 * The symbols that the configuration says to follow: their lines are open from the start on, whether somebody asks or not, also after a restart
 * of the daemon. One that the broker refuses is asked for again and again, and the log says so.
 */
export class PinnedSymbols {
  readonly #options: PinnedSymbolsOptions;
  readonly #tickers = new Map<string, TickerSubscription>();
  readonly #timers = new Map<string, Timer>();
  #closed = false;

  constructor(options: PinnedSymbolsOptions) {
    this.#options = options;
    for (const symbol of new Set(options.symbols)) this.#follow(symbol);
  }

  /** How many there are, and how many of them are followed right now. */
  get counts(): { readonly wanted: number; readonly followed: number } {
    return { wanted: this.#tickers.size + this.#timers.size, followed: [...this.#tickers.values()].filter(({ status }) => status === 'open').length };
  }

  /** Gives every line up. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    await Promise.all([...this.#tickers.values()].map((ticker) => ticker.close()));
    this.#tickers.clear();
  }

  #follow(symbol: string): void {
    const { marketData, clock, log } = this.#options;
    this.#timers.delete(symbol);
    const ticker = marketData.subscribeTicker(symbol);
    this.#tickers.set(symbol, ticker);
    ticker.on('end', ({ error }) => {
      if (this.#closed) return;
      this.#tickers.delete(symbol);
      log.warn({ symbol, code: isIbkrError(error) ? error.code : undefined }, `${symbol} is not followed, next attempt in ${ASK_SYMBOL_AGAIN_MS / 1000} s: ${error?.message ?? 'its line ended'}`);
      this.#timers.set(symbol, clock.setTimer(ASK_SYMBOL_AGAIN_MS, () => {
        this.#follow(symbol);
      }));
    });
  }
}

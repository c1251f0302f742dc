import { onAbort } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import { contractKey } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import type { ContractResolver } from '../contracts/contract-resolver.js';
import { lineKey } from '../contracts/resolved-contract.js';
import { genericTickIds } from './generic-tick.js';
import type { GenericTick } from './generic-tick.js';
import type { LineRegistry } from './line-registry.js';
import { checkedMode } from './market-data-mode.js';
import type { MarketDataMode } from './market-data-mode.js';
import { Ticker } from './ticker-subscription.js';
import type { TickerSubscription } from './ticker-subscription.js';

/** Options of {@link MarketData.subscribeTicker}. */
export interface SubscribeTickerOptions {
  /** Ticks that come only when asked for. @defaultValue none */
  readonly ticks?: readonly GenericTick[] | undefined;
  /** What is accepted where live data is not to be had. Each quote says what it is. @defaultValue 'live' */
  readonly mode?: MarketDataMode | undefined;
  /** Ends the subscription quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link Tickers} work with. */
export interface TickersDeps {
  readonly clock: Clock;
  readonly finder: ContractFinder;
  readonly resolver: Pick<ContractResolver, 'peek'>;
  readonly lines: LineRegistry;
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** The tickers of one `MarketData`, each with how its contract was named. */
export class Tickers {
  readonly #deps: TickersDeps;
  readonly #open = new Map<Ticker, string>();

  constructor(deps: TickersDeps) {
    this.#deps = deps;
  }

  /** See {@link MarketData.subscribeTicker}. @throws UsageError for a contract, tick or mode that cannot be understood. */
  subscribe(contract: ContractLike, { ticks = [], mode = 'live', signal }: SubscribeTickerOptions): TickerSubscription {
    const wants = { ticks: genericTickIds(ticks), mode: checkedMode(mode) };
    const key = contractKey(contract);
    const { clock, finder, lines, onListenerError } = this.#deps;
    const onAbort = (): void => {
      ticker.end(undefined);
    };
    const ticker = new Ticker({
      clock,
      onListenerError,
      onEnded: (ended) => {
        this.#open.delete(ended);
        signal?.removeEventListener('abort', onAbort);
      },
    });
    if (signal?.aborted === true) {
      ticker.end(undefined);
      return ticker;
    }
    this.#open.set(ticker, key);
    signal?.addEventListener('abort', onAbort, { once: true });
    finder.find(contract, ticker.signal, {
      found: (resolved) => {
        try {
          ticker.opened(lines.acquire(resolved, ticker, wants));
        } catch (error) {
          this.#endLater(ticker, error);
        }
      },
      failed: (error) => {
        ticker.end(error);
      },
    });
    return ticker;
  }

  /** A program that begins again at every end must not keep the event loop to itself, where the broker need not even be asked. */
  #endLater(ticker: Ticker, error: unknown): void {
    const timer = this.#deps.clock.setTimer(0, () => {
      off();
      ticker.end(asError(error));
    });
    const off = onAbort(ticker.signal, () => {
      timer.cancel();
    });
  }

  /** See {@link MarketData.unsubscribe}. @throws UsageError for a contract that cannot be understood. */
  async unsubscribe(contract: ContractLike): Promise<void> {
    const { resolver, lines } = this.#deps;
    const key = contractKey(contract);
    const resolved = resolver.peek(contract);
    for (const [ticker, askedFor] of [...this.#open]) {
      const same = resolved !== undefined && ticker.contract !== undefined && lineKey(resolved) === lineKey(ticker.contract);
      if (!same && askedFor !== key) continue;
      const line = ticker.contract === undefined ? undefined : lines.find(ticker.contract);
      ticker.end(undefined);
      await line?.close();
    }
    if (resolved !== undefined) await lines.find(resolved)?.close();
  }

  /** Ends all of them. */
  end(): void {
    for (const ticker of [...this.#open.keys()]) ticker.end(undefined);
  }
}

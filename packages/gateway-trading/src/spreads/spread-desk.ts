import type { TradingConnection } from '../broker/connection-port.js';
import type { ResolvedTradingOptions } from '../options.js';
import { prepareSpread } from './prepare-spread.js';
import type { SpreadOrder } from './spread-order.js';
import type { SpreadRequest } from './spread-request.js';

/** Makes one order of a spread: its legs are looked up, and its days are those of the broker. */
export class SpreadDesk {
  readonly #connection: TradingConnection;
  readonly #options: Pick<ResolvedTradingOptions, 'marketData' | 'brokerTimeZone'>;

  constructor(options: Pick<ResolvedTradingOptions, 'connection' | 'marketData' | 'brokerTimeZone'>) {
    this.#connection = options.connection;
    this.#options = options;
  }

  /** See `Trading.placeSpread`. */
  prepare(request: SpreadRequest, signal: AbortSignal | undefined): Promise<SpreadOrder> {
    const { marketData, brokerTimeZone } = this.#options;
    const resolve = marketData?.resolve?.bind(marketData);
    const today = brokerTimeZone.dateOf(this.#connection.serverNow?.() ?? this.#connection.clock.now());
    return prepareSpread(request, { source: resolve === undefined ? undefined : { resolve }, today, signal });
  }
}

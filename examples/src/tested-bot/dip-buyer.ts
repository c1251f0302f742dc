import type { OrderHandle, OrderRequest } from '@ibkit/gateway-trading';
import type { Quote } from '@ibkit/market-data';

/** What the bot needs of its surroundings: `Trading` fits, and so does anything with the same methods. */
export interface OrderPlacer {
  /** Resolves when an order may go: after an outage, when the session's orders and executions have been read. */
  ready(): Promise<void>;
  place(request: OrderRequest): Promise<OrderHandle>;
}

export interface DipBuyerOptions {
  readonly quotes: AsyncIterable<Quote>;
  readonly trading: OrderPlacer;
  readonly symbol: string;
  /** Buys once when somebody offers at this price or below. */
  readonly below: number;
  readonly quantity: number;
}

/** A bot to be tested: waits for a price and buys once. It never acts on a quote that nobody vouches for. @returns its order, `undefined` when the quotes ended first */
export async function buyTheDip({ quotes, trading, symbol, below, quantity }: DipBuyerOptions): Promise<OrderHandle | undefined> {
  for await (const { ask, stale, mode } of quotes) {
    if (stale || mode !== 'live' || ask === undefined || ask > below) continue;
    await trading.ready();
    return await trading.place({
      contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' },
      action: 'BUY',
      quantity,
      orderType: 'LMT',
      limitPrice: below, // whatever the price has become meanwhile
      key: `dip ${symbol} ${below}`, // the same idea is the same order, also after a restart
    });
  }
  return undefined;
}

import type { MarketEvent, Quote } from '../market/market.js';
import type { OrderTerms } from './order-rules.js';

/** A price at which an order trades, and whether it took it from the market or waited for it. */
export interface Match {
  readonly price: number;
  readonly liquidity: 'added' | 'removed';
}

/** What an order gets when it arrives (or arrives again, changed): the other side's price, if its limit allows that. */
export function matchOnArrival(terms: OrderTerms, quote: Quote): Match | undefined {
  const price = terms.action === 'BUY' ? quote.ask : quote.bid;
  if (price === undefined || !isWithinLimit(terms, price)) return undefined;
  return { price, liquidity: 'removed' };
}

/**
 * What a waiting order gets from an event. A limit order trades at its own price, as the first in the queue, when the other side reaches it or a trade goes
 * through it; a market order that found no price trades at the first one.
 */
export function matchOnEvent(terms: OrderTerms, event: MarketEvent): Match | undefined {
  if (event.kind === 'model') return undefined;
  if (event.kind === 'trade') {
    if (terms.lmtPrice === undefined || event.unreported) return undefined;
    const isThrough = terms.action === 'BUY' ? event.price < terms.lmtPrice : event.price > terms.lmtPrice;
    return isThrough ? { price: terms.lmtPrice, liquidity: 'added' } : undefined;
  }
  const price = terms.action === 'BUY' ? event.ask : event.bid;
  if (price === undefined || !isWithinLimit(terms, price)) return undefined;
  return terms.lmtPrice === undefined ? { price, liquidity: 'removed' } : { price: terms.lmtPrice, liquidity: 'added' };
}

function isWithinLimit(terms: OrderTerms, price: number): boolean {
  if (terms.lmtPrice === undefined) return true;
  return terms.action === 'BUY' ? price <= terms.lmtPrice : price >= terms.lmtPrice;
}

import { satisfies } from '../market-data-mode.js';
import type { MarketDataMode } from '../market-data-mode.js';
import type { Quote, QuoteField } from '../quote.js';
import type { Writable } from '../quote-writers.js';
import { isRefused, modeFor } from './acceptance.js';

/** What a market that is closed has no more of: somebody who quotes. */
const QUOTED = [
  'bid', 'bidSize', 'bidExchange', 'bidYield', 'ask', 'askSize', 'askExchange', 'askYield', 'navBid', 'navAsk',
  'oddLotBid', 'oddLotBidSize', 'oddLotBidExchange', 'oddLotAsk', 'oddLotAskSize', 'oddLotAskExchange',
] as const satisfies readonly QuoteField[]; // prettier-ignore

const LAST_ALONE = Object.freeze(['last' as const]);

/** A quote as far as somebody accepts it; the same object where that is all of it, `undefined` where it is nothing. */
export function acceptedQuote(quote: Quote, accepts: MarketDataMode): Quote | undefined {
  if (satisfies(quote.mode, accepts)) return quote;
  if (isRefused(quote.mode, accepts)) return undefined;
  const kept: Writable<Quote> = { ...quote, mode: modeFor(quote.mode, accepts), saidNone: quote.saidNone?.includes('last') === true ? LAST_ALONE : undefined };
  const times: Writable<Quote['fieldAtMs']> = { ...quote.fieldAtMs };
  for (const field of QUOTED) {
    Reflect.deleteProperty(kept, field);
    Reflect.deleteProperty(times, field);
  }
  if (quote.greeks !== undefined) kept.greeks = withoutSides(quote.greeks);
  if (quote.efp !== undefined) kept.efp = withoutSides(quote.efp);
  kept.fieldAtMs = Object.freeze(times);
  return Object.freeze(kept);
}

/** What was worked out from bid and ask is as frozen as they are. */
function withoutSides<T extends object>(bySide: T): Readonly<T> {
  const kept = { ...bySide };
  for (const side of ['bid', 'ask']) Reflect.deleteProperty(kept, side);
  return Object.freeze(kept);
}

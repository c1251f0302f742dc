import { MarketDataError } from '@ibkit/error-codes';
import { ageMs } from './quote.js';
import type { Quote, QuoteField } from './quote.js';

/** What a price may be to count as the latest. */
export interface PriceRule {
  readonly maxAgeMs: number;
  /** How long ago the last trade itself may have been, by the broker's time of it. @defaultValue any time */
  readonly trade?: { readonly maxAgeMs: number; /** The market's time, epoch milliseconds. */ readonly now: () => number } | undefined;
}

/** How long a last price may still come after bid and ask. */
const AFTER_BOTH_SIDES_MS = 1000;

/**
 * The latest price that a quote proves: the last trade, else the middle of bid and ask. `undefined` when neither is there and fresh
 * enough. The previous close is never taken for a price.
 */
export function provenPrice(quote: Quote, rule: PriceRule, nowMs: number): number | undefined {
  if (quote.stale) return undefined;
  const young = (field: QuoteField): boolean => (ageMs(quote, field, nowMs) ?? Number.POSITIVE_INFINITY) <= rule.maxAgeMs;
  if (quote.last !== undefined && young('last') && isRecentTrade(quote, rule)) return quote.last;
  if (quote.bid !== undefined && quote.ask !== undefined && young('bid') && young('ask')) return (quote.bid + quote.ask) / 2;
  return undefined;
}

/** After how long without more values the verdict stands: at once with a last price, soon with bid and ask. */
export function decidedIn(quote: Quote, rule: PriceRule): number | undefined {
  if (quote.last !== undefined && isRecentTrade(quote, rule)) return 0;
  return quote.bid !== undefined && quote.ask !== undefined ? AFTER_BOTH_SIDES_MS : undefined;
}

/** Whether the last trade was lately enough; one without a time is not when its age matters. */
function isRecentTrade({ lastTime }: Quote, { trade }: PriceRule): boolean {
  if (trade === undefined) return true;
  // Times of trades are whole seconds.
  return lastTime !== undefined && trade.now() - lastTime <= trade.maxAgeMs;
}

/** Why a fresh look at a contract proves no price. */
export function noPriceError(quote: Quote): MarketDataError {
  const what = quote.symbol;
  if (quote.stale) {
    return new MarketDataError({
      code: 'IBKR_MARKET_DATA_STALE',
      message: `The price of ${what} may be old: ${quote.staleReason ?? 'the data is stale'}`,
      retryable: true,
      tips: ['Ask again once the connection is recovered; a ticker subscription tells when its quote is fresh.'],
    });
  }
  return new MarketDataError({
    code: 'IBKR_MARKET_DATA_NO_PRICE',
    message: `The broker sent neither a last price nor both bid and ask of ${what}`,
    retryable: true,
    tips: ['The market may be closed or the contract not traded today.'],
    details: { mode: quote.mode },
  });
}

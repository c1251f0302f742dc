import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { OrderContract } from '../orders/contract.js';
import { decimalText } from '../orders/decimal.js';
import type { QuoteFact } from './check-guards.js';

/** Anything that knows the live price of a contract right now, and throws rather than give an old one. `MarketData` of `@ibkit/market-data` satisfies it. */
export interface QuoteSource {
  getLatestPrice(contract: OrderContract, options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined }): Promise<number>;
}

/** A look at the market at one moment. */
export interface QuoteLook {
  /** What is known of it now. */
  fact(): QuoteFact;
}

/** How long a look at the market may hold an order up, milliseconds. */
export const QUOTE_TIMEOUT_MS = 3_000;

/** TWS API: live data is not subscribed to; in all but the first wording delayed data is there. */
const NOT_SUBSCRIBED: ReadonlySet<number> = new Set([354, 10_089, 10_168, 10_186]);

function missing(error: unknown): QuoteFact {
  if (!isIbkrError(error)) return { missing: 'QUOTE_UNKNOWN' };
  if (error.code === 'IBKR_MARKET_DATA_STALE') return { missing: 'QUOTE_STALE' };
  return { missing: error.brokerCode !== undefined && NOT_SUBSCRIBED.has(error.brokerCode) ? 'QUOTE_DELAYED' : 'QUOTE_UNKNOWN' };
}

/**
 * Looks at the market once.
 * @throws only the signal's reason: no price is an answer too.
 */
export async function lookAtQuote(source: QuoteSource | undefined, contract: OrderContract, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined }): Promise<QuoteLook> {
  if (source === undefined) return { fact: () => ({ missing: 'QUOTE_UNKNOWN' }) };
  try {
    const price = await source.getLatestPrice(contract, { signal, timeoutMs: QUOTE_TIMEOUT_MS });
    const atMs = clock.monotonic();
    if (!Number.isFinite(price)) return { fact: () => ({ missing: 'QUOTE_UNKNOWN' }) };
    const text = decimalText(price);
    return { fact: () => ({ price: text, ageMs: clock.monotonic() - atMs }) };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const fact = missing(error);
    return { fact: () => fact };
  }
}

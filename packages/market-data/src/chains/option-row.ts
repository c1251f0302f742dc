import type { OptionRight } from '../contracts/contract-query.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { ImpliedVolatilityFailure } from '../greeks/implied-volatility.js';
import type { QuoteMode } from '../quotes/market-data-mode.js';
import type { Quote } from '../quotes/quote.js';

/** What a complete row has. */
export type OptionRowPart = 'bid' | 'ask' | 'greeks';

/** The Greeks of a row and where they come from. Units as in `quote.greeks` and `greeks()`. */
export interface OptionRowGreeks {
  /** `tws`: the broker's model. `local`: computed here from the middle of bid and ask, because the broker sent none. */
  readonly source: 'tws' | 'local';
  readonly impliedVolatility?: number | undefined;
  readonly delta: number;
  readonly gamma?: number | undefined;
  /** Per percentage point of volatility. */
  readonly vega?: number | undefined;
  /** Per calendar day. */
  readonly theta?: number | undefined;
  /** Per percentage point of the rate; local ones only. */
  readonly rho?: number | undefined;
  /** The option's price by the model. */
  readonly price?: number | undefined;
  readonly underlyingPrice?: number | undefined;
  /** When they were received or computed, epoch milliseconds. */
  readonly atMs: number;
}

/** Why a row has no Greeks of our own either. */
export type NoLocalGreeks = ImpliedVolatilityFailure | 'no-bid-or-ask' | 'no-underlying-price' | 'switched-off';

/** Why a row is not complete. */
export type IncompleteReason =
  /** No line was free for it yet. */
  | 'not-read'
  /** It has a line, and not everything has come. */
  | 'waiting'
  /** The broker was given its time and did not send what is missing. */
  | 'no-answer'
  /** Neither the broker nor the model here has Greeks for its prices. */
  | 'no-greeks'
  /** The broker refused it: see `error`. */
  | 'refused'
  /** What is known is from before a break. */
  | 'stale';

/** One contract of a chain at one moment; never changes. Absent is `undefined`, never 0 or -1. */
export interface OptionChainRow {
  readonly conId: number;
  readonly contract: ResolvedContract;
  /** `YYYY-MM-DD`, as the definitions list it. */
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly tradingClass: string;
  readonly bid?: number | undefined;
  readonly bidSize?: number | undefined;
  readonly ask?: number | undefined;
  readonly askSize?: number | undefined;
  readonly last?: number | undefined;
  readonly volume?: number | undefined;
  readonly openInterest?: number | undefined;
  /** The broker said that nobody bids. An absent bid alone may still come. */
  readonly noBid: boolean;
  /** The broker said that nobody asks. */
  readonly noAsk: boolean;
  readonly greeks?: OptionRowGreeks | undefined;
  /** Why there are no local Greeks, where they were tried. */
  readonly noLocalGreeks?: NoLocalGreeks | undefined;
  readonly mode: QuoteMode;
  /** Bid, ask (or that there is none) and Greeks are there, and nothing of it is from before a break. */
  readonly complete: boolean;
  readonly missing: readonly OptionRowPart[];
  readonly incompleteReason?: IncompleteReason | undefined;
  /** Whether a line is open for it now. Otherwise the values are those of `readAtMs`, and do not move. */
  readonly watched: boolean;
  /** When something was last received for it, epoch milliseconds. */
  readonly readAtMs?: number | undefined;
  readonly stale: boolean;
  readonly staleReason?: string | undefined;
  /** Breaks since it is in the chain: when it grows, something may have been missed. */
  readonly gaps: number;
  /** With what the broker refused it. */
  readonly error?: Error | undefined;
  /** The whole quote: all ticks that came, with their ages. */
  readonly quote?: Quote | undefined;
}

/** What a row lacks to be complete. */
export function missingParts(quote: Quote | undefined, greeks: OptionRowGreeks | undefined): readonly OptionRowPart[] {
  const none = quote?.saidNone;
  const missing: OptionRowPart[] = [];
  if (quote?.bid === undefined && none?.includes('bid') !== true) missing.push('bid');
  if (quote?.ask === undefined && none?.includes('ask') !== true) missing.push('ask');
  if (greeks === undefined) missing.push('greeks');
  return missing;
}

/** The broker's own Greeks of a quote, if its model gave any. */
export function brokerGreeks(quote: Quote | undefined): OptionRowGreeks | undefined {
  const model = quote?.greeks?.model;
  if (model?.delta === undefined) return undefined;
  const { impliedVolatility, delta, gamma, vega, theta, price, underlyingPrice, atMs } = model;
  return Object.freeze({ source: 'tws', impliedVolatility, delta, gamma, vega, theta, price, underlyingPrice, atMs });
}

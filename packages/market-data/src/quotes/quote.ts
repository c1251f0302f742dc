import type { MarketSession } from '../sessions/trading-hours.js';
import type { QuoteMode } from './market-data-mode.js';
import type { Dividends, FundamentalRatios, TradeSummary } from './tick-texts.js';

/** The fields of a quote that are numbers. Prices are in the contract's currency, sizes in its units. */
export const NUMERIC_QUOTE_FIELDS = [
  'bid', 'bidSize', 'ask', 'askSize', 'last', 'lastSize', 'volume', 'open', 'high', 'low', 'close', 'mark', 'lastRth', 'vwap',
  'lastTime', 'lastRegularTime', 'low13Week', 'high13Week', 'low26Week', 'high26Week', 'low52Week', 'high52Week', 'averageVolume', 'openInterest',
  'callOpenInterest', 'putOpenInterest', 'callVolume', 'putVolume', 'averageOptionVolume', 'futuresOpenInterest',
  'historicalVolatility', 'impliedVolatility', 'rtHistoricalVolatility', 'indexFuturePremium', 'auctionVolume', 'auctionPrice',
  'auctionImbalance', 'regulatoryImbalance', 'shortable', 'shortableShares', 'tradeCount', 'tradeRate', 'volumeRate',
  'shortTermVolume3Min', 'shortTermVolume5Min', 'shortTermVolume10Min', 'creditmanMark', 'slowMark', 'bidYield', 'askYield', 'lastYield', 'bondFactor',
  'navBid', 'navAsk', 'navLast', 'navFrozenLast', 'navHigh', 'navLow', 'navClose', 'navPriorClose', 'ipoEstimatedMidpoint', 'ipoFinalPrice',
  'oddLotBid', 'oddLotBidSize', 'oddLotAsk', 'oddLotAskSize',
] as const;

/** A field of a quote that is a number. */
export type NumericQuoteField = (typeof NUMERIC_QUOTE_FIELDS)[number];

/** The fields of a quote that are texts. */
export const TEXT_QUOTE_FIELDS = ['bidExchange', 'askExchange', 'lastExchange', 'oddLotBidExchange', 'oddLotAskExchange', 'socialAnalytics'] as const;

/** A field of a quote that is a text. */
export type TextQuoteField = (typeof TEXT_QUOTE_FIELDS)[number];

/** Whether shares can be had to sell short: `available` at least 1,000, `locate` when the broker finds some, `unavailable` none. */
export type Shortability = 'available' | 'locate' | 'unavailable';

/** Why trading is halted: by the regulator or for news (`general`), or because the price moved too fast (`volatility`). */
export type HaltReason = 'general' | 'volatility';

/** The fields of a quote that are neither numbers nor free texts. */
export interface DecodedQuoteFields {
  /** Whether trading is halted; absent when the broker has not said. */
  readonly halted?: boolean | undefined;
  readonly haltReason?: HaltReason | undefined;
  readonly shortability?: Shortability | undefined;
  /** The last trade, unreportable ones included. */
  readonly rtVolume?: TradeSummary | undefined;
  /** The last trade that was reported. */
  readonly rtTradeVolume?: TradeSummary | undefined;
  readonly dividends?: Dividends | undefined;
  readonly fundamentalRatios?: FundamentalRatios | undefined;
}

/** A field of a quote whose age is known. */
export type QuoteField = NumericQuoteField | TextQuoteField | keyof DecodedQuoteFields;

/** A value of a type that no field stands for, as the broker sent it. */
export interface RawTick {
  readonly value: number | string | OptionComputation | EfpQuote | undefined;
  /** The size that came with a price. */
  readonly size?: number | undefined;
  /** When it was received, epoch milliseconds. */
  readonly atMs: number;
}

/** A quote of an exchange of a future for its stock. TWS API: EFP ticks. */
export interface EfpQuote {
  /** The interest that the price means, in hundredths of a percent a year. */
  readonly basisPoints?: number | undefined;
  readonly impliedFuturesPrice?: number | undefined;
  readonly holdDays: number;
  /** `YYYY-MM-DD`, or as the broker wrote it. */
  readonly futureLastTradeDate: string;
  readonly dividendImpact?: number | undefined;
  readonly dividendsToLastTradeDate?: number | undefined;
  readonly atMs: number;
}

/** Which price of an exchange for physical. */
export type EfpSide = 'bid' | 'ask' | 'last' | 'open' | 'high' | 'low' | 'close';

/** One option computation of the broker. Absent is what it could not compute. */
export interface OptionComputation {
  /** Per year: 0.25 is 25 %. */
  readonly impliedVolatility?: number | undefined;
  readonly delta?: number | undefined;
  readonly gamma?: number | undefined;
  /** Per 1 percentage point of volatility. */
  readonly vega?: number | undefined;
  /** Per calendar day. */
  readonly theta?: number | undefined;
  /** The option's price that it was computed from or to. */
  readonly price?: number | undefined;
  /** Present value of the dividends until expiration. */
  readonly pvDividend?: number | undefined;
  readonly underlyingPrice?: number | undefined;
  /** When it was received, epoch milliseconds. */
  readonly atMs: number;
}

/** The broker's option computations: from bid, ask and last price, from its own model, and from a price or volatility of the user's. */
export interface QuoteGreeks {
  readonly bid?: OptionComputation | undefined;
  readonly ask?: OptionComputation | undefined;
  readonly last?: OptionComputation | undefined;
  readonly model?: OptionComputation | undefined;
  readonly custom?: OptionComputation | undefined;
}

/** Which computation of {@link QuoteGreeks}. */
export type GreeksSide = keyof QuoteGreeks;

/**
 * What is known about one contract at one moment; never changes. Absent is `undefined`, never 0 or -1.
 *
 * `stale` is true from the moment that a break in the connection is noticed until fresh data arrives after it. A quote that is not
 * stale holds nothing from before the last break; nor does any quote hold live and delayed values side by side.
 */
export interface Quote
  extends Readonly<Partial<Record<NumericQuoteField, number | undefined>>>, Readonly<Partial<Record<TextQuoteField, string | undefined>>>, DecodedQuoteFields {
  readonly symbol: string;
  readonly conId: number;
  readonly mode: QuoteMode;
  /**
   * Where in the trading hours of the contract the moment lies at which this quote was made, by the gateway's time. `unknown` when the broker
   * told no hours for it.
   */
  readonly session: MarketSession;
  /** When the newest of the values was received, epoch milliseconds. */
  readonly receivedAtMs: number;
  /** When each value was received, epoch milliseconds: see {@link ageMs}. */
  readonly fieldAtMs: Readonly<Partial<Record<QuoteField, number>>>;
  /** Time of the last trade by the broker, epoch milliseconds, whole seconds. */
  readonly lastTime?: number | undefined;
  readonly greeks?: QuoteGreeks | undefined;
  /** The sides that the broker said nobody quotes: that there is no bid is a fact then, where an absent bid alone may still come. */
  readonly saidNone?: readonly ('bid' | 'ask' | 'last')[] | undefined;
  readonly efp?: Readonly<Partial<Record<EfpSide, EfpQuote>>> | undefined;
  /** What came under tick types that have no field, by the number of the type: nothing that the broker sends is lost. */
  readonly raw?: Readonly<Record<number, RawTick>> | undefined;
  readonly stale: boolean;
  /** Why it is stale. */
  readonly staleReason?: string | undefined;
  /** Breaks since the line was opened: when it grows, something may have been missed. */
  readonly gaps: number;
  /** The smallest price step of the line, as the broker announced it for this line. */
  readonly minTick?: number | undefined;
}

/** The result of a one-off look: it started empty, so every value in it is fresh. */
export interface QuoteSnapshot extends Quote {
  /** Whether the broker said that this is all. False: the deadline came first, and there may be more. */
  readonly complete: boolean;
}

/**
 * How old a value of a quote is, in milliseconds; `undefined` when the quote does not have it, and when the clock was set back since,
 * so that nobody knows. It counts from when the value was received: a price that has not changed for a minute is a minute old.
 */
export function ageMs(quote: Pick<Quote, 'fieldAtMs'>, field: QuoteField, nowMs: number): number | undefined {
  const atMs = quote.fieldAtMs[field];
  return atMs === undefined || atMs > nowMs ? undefined : nowMs - atMs;
}

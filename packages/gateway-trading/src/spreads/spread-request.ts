import type { TimeInForce } from '../orders/terms/order-types.js';
import type { SpreadRight } from './payoff.js';

/** What every request for a spread says. One unit of the spread is always *bought*: its legs say what is bought and sold in it. */
export interface SpreadTerms {
  /** The symbol of the underlying: `AAPL`. */
  readonly symbol: string;
  /** Units of the spread, a whole number from 1. */
  readonly quantity: number;
  /** @defaultValue 'LMT' */
  readonly orderType?: 'LMT' | 'MKT' | undefined;
  /**
   * The most to pay for one unit of the underlying, all legs together: positive for a debit, negative for a credit: -1.20 means that you
   * want to be paid at least 1.20. Needed for `LMT`, refused for `MKT`.
   */
  readonly limitPrice?: number | undefined;
  /** @defaultValue 'DAY' */
  readonly tif?: TimeInForce | undefined;
  readonly account?: string | undefined;
  /** Makes a repeat harmless, as with any order. */
  readonly key?: string | undefined;
  /** Your own strategy tag. */
  readonly tag?: string | undefined;
  /** What tells this request from others under its key, as with any order. */
  readonly requestHash?: string | undefined;
  /** Where the spread is routed. @defaultValue 'SMART' */
  readonly exchange?: string | undefined;
  /** @defaultValue 'USD' */
  readonly currency?: string | undefined;
  /** Options on shares and indices (`OPT`), or on futures (`FOP`). @defaultValue 'OPT' */
  readonly secType?: 'OPT' | 'FOP' | undefined;
  /** Tells classes apart that trade side by side: `SPX` and `SPXW`. @defaultValue the only one that there is */
  readonly tradingClass?: string | undefined;
  /** The step of the net price. @defaultValue the smallest step of the legs */
  readonly minTick?: number | undefined;
}

/** Two options of one kind and day with different strikes: one is bought, one is sold. */
export interface VerticalSpreadRequest extends SpreadTerms {
  /** The last day of the options, `YYYY-MM-DD` or `YYYYMMDD`. */
  readonly expiry: string;
  readonly right: SpreadRight | 'CALL' | 'PUT';
  /** The strike that is bought. */
  readonly longStrike: number;
  /** The strike that is sold. */
  readonly shortStrike: number;
}

/** A put spread below and a call spread above, both sold: gains when the underlying stays between them. */
export interface IronCondorRequest extends SpreadTerms {
  readonly expiry: string;
  /** The put that is bought, the lowest strike. */
  readonly longPutStrike: number;
  /** The put that is sold. */
  readonly shortPutStrike: number;
  /** The call that is sold; the same strike as the put that is sold makes an iron butterfly. */
  readonly shortCallStrike: number;
  /** The call that is bought, the highest strike. */
  readonly longCallStrike: number;
}

/** A call and a put with one strike. */
export interface StraddleRequest extends SpreadTerms {
  readonly expiry: string;
  readonly strike: number;
  /** Whether both are bought (`long`) or both sold (`short`). @defaultValue 'long' */
  readonly side?: 'long' | 'short' | undefined;
}

/** A put below and a call above. */
export interface StrangleRequest extends SpreadTerms {
  readonly expiry: string;
  readonly putStrike: number;
  readonly callStrike: number;
  /** @defaultValue 'long' */
  readonly side?: 'long' | 'short' | undefined;
}

/** One strike, two days: the near one is sold and the far one bought (`long`), or the other way round. */
export interface CalendarSpreadRequest extends SpreadTerms {
  readonly right: SpreadRight | 'CALL' | 'PUT';
  readonly strike: number;
  readonly nearExpiry: string;
  readonly farExpiry: string;
  /** @defaultValue 'long' */
  readonly side?: 'long' | 'short' | undefined;
}

/** One below, two in the middle, one above: gains at the middle (`long`), or away from it (`short`). */
export interface ButterflyRequest extends SpreadTerms {
  readonly expiry: string;
  readonly right: SpreadRight | 'CALL' | 'PUT';
  readonly lowerStrike: number;
  readonly middleStrike: number;
  readonly upperStrike: number;
  /** @defaultValue 'long' */
  readonly side?: 'long' | 'short' | undefined;
}

/** Any of the spreads that can be placed by name. */
export type SpreadRequest =
  | ({ readonly kind: 'vertical' } & VerticalSpreadRequest)
  | ({ readonly kind: 'ironCondor' } & IronCondorRequest)
  | ({ readonly kind: 'straddle' } & StraddleRequest)
  | ({ readonly kind: 'strangle' } & StrangleRequest)
  | ({ readonly kind: 'calendar' } & CalendarSpreadRequest)
  | ({ readonly kind: 'butterfly' } & ButterflyRequest);

/** Which spread. */
export type SpreadKind = SpreadRequest['kind'];

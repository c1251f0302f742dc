import type { OptionRight } from '../market/instrument.js';

/** A contract of an option universe file: what happened to it on that day. Prices of 0 in the file are undefined. */
export interface UniverseContract {
  /** `YYYYMMDD`. */
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly open: number | undefined;
  readonly high: number | undefined;
  readonly low: number | undefined;
  readonly close: number | undefined;
  readonly volume: number;
  readonly openInterest: number;
  /** Yearly; undefined where the file says 0 or nothing. */
  readonly impliedVol: number | undefined;
}

/** The whole option chain of one underlying on one day. */
export interface OptionUniverse {
  readonly symbol: string;
  /** `YYYY-MM-DD`, New York. */
  readonly date: string;
  /** The prices of the underlying on its line; they may contradict each other. */
  readonly underlying: { readonly open: number; readonly close: number; readonly volume: number };
  readonly contracts: readonly UniverseContract[];
}

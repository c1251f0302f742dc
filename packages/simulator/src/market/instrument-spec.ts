import type { BondTerms, SecurityType } from './instrument.js';
import type { Shows } from './price-walk.js';

/** Prices an instrument off another one: `ratio * price ** power * exp(carry * years to expiry)`. */
export interface FollowRule {
  /** A stock, or another instrument with a price of its own. */
  readonly conId: number;
  /** Above 0. */
  readonly ratio: number;
  /** Not 0; below 0 it falls when the other rises. @defaultValue 1 */
  readonly power?: number | undefined;
  /** Yearly cost of holding the other until `expiry`. @defaultValue 0 */
  readonly carry?: number | undefined;
}

/**
 * An instrument that the simulator shall list, as plain data (JSON will do). Give `price` for a random walk of its own, or `follows`.
 * A stock with the symbol of a listed one takes its place. Options are not listed one by one: say `options: true` for a stock, an index or a future to get a whole chain.
 */
export interface InstrumentSpec {
  /** Of the underlying for futures and CFDs; the first currency of a pair. 1 to 12 capital letters, digits, `.`, `-` or space. */
  readonly symbol: string;
  readonly secType: Exclude<SecurityType, 'OPT' | 'FOP'>;
  /** Price to start from, above 0. Bonds: percent of the face value. */
  readonly price?: number | undefined;
  /** Yearly: 0.25 is 25 %. Above 0. @defaultValue 0.25; currencies 0.08, crypto 0.6, bonds 0.05 */
  readonly volatility?: number | undefined;
  readonly follows?: FollowRule | undefined;
  /** 1 to 539999999. @defaultValue made from the other fields, always the same for the same contract */
  readonly conId?: number | undefined;
  /** @defaultValue USD */
  readonly currency?: string | undefined;
  /** @defaultValue SMART for stocks, bonds and CFDs, CBOE for indexes, CME for futures, IDEALPRO for currencies, PAXOS for crypto */
  readonly exchange?: string | undefined;
  /** Listing exchange of a stock. @defaultValue NYSE */
  readonly primaryExch?: string | undefined;
  /** @defaultValue the symbol; `EUR.USD` for pairs and crypto, `ESZ6` for futures */
  readonly localSymbol?: string | undefined;
  /** @defaultValue the symbol; the local symbol for pairs */
  readonly tradingClass?: string | undefined;
  /** @defaultValue the local symbol */
  readonly longName?: string | undefined;
  /** Price increment, 0.00000001 to 20. @defaultValue 0.01; currencies 0.00005, bonds 0.001 */
  readonly minTick?: number | undefined;
  /** Units per contract, above 0; needed for futures. */
  readonly multiplier?: number | undefined;
  /** `YYYYMMDD`; needed for futures. */
  readonly expiry?: string | undefined;
  /** `YYYYMM` of a future. @defaultValue the month of its expiry */
  readonly contractMonth?: string | undefined;
  /** Underlying of a future. A CFD takes what it follows. */
  readonly underConId?: number | undefined;
  /** Smallest size and step of sizes, above 0. @defaultValue 1; crypto 0.00000001 */
  readonly sizeIncrement?: number | undefined;
  /** Quotes and trades come in 1 to 20 of these. @defaultValue 100 for stocks and CFDs, 100000 for currencies, 0.1 for crypto, 10 for bonds, else 1 */
  readonly lot?: number | undefined;
  /** @defaultValue `trades` for indexes, `quotes` for currencies, else `all` */
  readonly shows?: Shows | undefined;
  /** IANA zone of the trading hours. @defaultValue US/Eastern; US/Central for futures of CME */
  readonly timeZoneId?: string | undefined;
  /** Of a stock. @defaultValue COMMON */
  readonly stockType?: 'COMMON' | 'ETF' | undefined;
  /** Of a stock, index or future: whether it has an option chain. At most eight stocks, and four indexes and futures together, may ask for one. @defaultValue false */
  readonly options?: boolean | undefined;
  readonly industry?: string | undefined;
  readonly category?: string | undefined;
  readonly subcategory?: string | undefined;
  /** Needed for bonds. */
  readonly bond?: BondTerms | undefined;
}

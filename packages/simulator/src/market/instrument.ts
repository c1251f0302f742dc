/** Kinds of instrument that the simulator lists. */
export type SecurityType = 'STK' | 'OPT' | 'FOP' | 'IND' | 'FUT' | 'CASH' | 'CRYPTO' | 'BOND' | 'CFD';

/** Call or put. */
export type OptionRight = 'C' | 'P';

/** What makes a bond a bond. */
export interface BondTerms {
  readonly cusip: string;
  /** Percent per year. */
  readonly coupon: number;
  /** `YYYYMMDD`. */
  readonly maturity: string;
  /** `YYYYMMDD`. */
  readonly issueDate: string;
  readonly ratings: string;
  /** Such as `GOVT` or `CORP`. */
  readonly bondType: string;
}

/** One tradable thing. Immutable; compare by `conId`. Undefined option fields mean "not an option". */
export interface Instrument {
  /** The id that never changes for this instrument. */
  readonly conId: number;
  readonly symbol: string;
  readonly secType: SecurityType;
  readonly currency: string;
  /** The routing destination that clients see: `SMART` where there is routing, else the exchange. */
  readonly exchange: string;
  /** The listing exchange of a stock, such as `NASDAQ` or `ARCA`; empty for most others. */
  readonly primaryExch: string;
  /** Exchanges that a query or an order may name, `SMART` included. */
  readonly validExchanges: readonly string[];
  /** Symbol of the exchange; OCC form for options (`AAPL  261218C00200000`). */
  readonly localSymbol: string;
  readonly tradingClass: string;
  readonly marketName: string;
  readonly longName: string;
  readonly industry: string;
  readonly category: string;
  readonly subcategory: string;
  /** `COMMON` or `ETF`; undefined for all but stocks. */
  readonly stockType?: string | undefined;
  /** Price increment, in the currency. */
  readonly minTick: number;
  /** IANA zone of the trading hours. */
  readonly timeZoneId: string;
  /** Units per contract; undefined where it is one. */
  readonly multiplier?: number | undefined;
  /** Last trading day of an option or future, `YYYYMMDD`. */
  readonly expiry?: string | undefined;
  /** The day at whose open an option is settled, `YYYYMMDD`; undefined for one that is settled at the close of its last trading day. */
  readonly settledAtOpenOf?: string | undefined;
  /** Of an option on an index: exercised on its last day only, and paid out in cash. */
  readonly isCashSettled?: boolean | undefined;
  /** Of a future or an option on one, `YYYYMM`; may be later than the month of its expiry. */
  readonly contractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: OptionRight | undefined;
  /** The underlying of an option, future or CFD. */
  readonly underConId?: number | undefined;
  /** Contracts of an option that are open, where a file says so. */
  readonly openInterest?: number | undefined;
  /** Smallest size and step of sizes. @defaultValue 1 */
  readonly sizeIncrement?: number | undefined;
  readonly bond?: BondTerms | undefined;
}

/** Options on stocks and indexes (`OPT`), and on futures (`FOP`). */
export function isOption({ secType }: { readonly secType: string }): boolean {
  return secType === 'OPT' || secType === 'FOP';
}

/**
 * What a client says about the instrument it means. The fields and names are those of a contract on the wire, so a wire contract is a query.
 * Empty strings, 0 and undefined mean "not said"; `right` takes `C`, `P`, `CALL` or `PUT`, and `0` or `?` mean none.
 */
export interface ContractQuery {
  readonly conId?: number | undefined;
  readonly symbol?: string | undefined;
  readonly secType?: string | undefined;
  /** `YYYYMMDD` or `YYYYMM`. */
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: string | undefined;
  readonly multiplier?: string | number | undefined;
  readonly exchange?: string | undefined;
  readonly primaryExch?: string | undefined;
  readonly currency?: string | undefined;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
}

/** The option chain of an underlying at one exchange: a grid, every expiry has every strike. A chain from a file may have holes in it, as real ones. */
export interface OptionChain {
  readonly underConId: number;
  readonly exchange: string;
  readonly tradingClass: string;
  readonly multiplier: number;
  /** `YYYYMMDD`, ascending. */
  readonly expirations: readonly string[];
  /** Ascending. */
  readonly strikes: readonly number[];
}

/** One answer to a search by symbol. */
export interface SymbolMatch {
  readonly instrument: Instrument;
  /** What else exists on it, such as `OPT`. */
  readonly derivativeSecTypes: readonly SecurityType[];
}

/** Everything that can be named, found and traded. Fixed once made. */
export interface InstrumentUniverse {
  /** The stocks and funds, in the order of their symbols. */
  readonly underlyings: readonly Instrument[];
  /** Everything listed except options: stocks, indexes, futures, currencies, crypto, bonds, CFDs. */
  readonly listed: readonly Instrument[];
  byConId(conId: number): Instrument | undefined;
  /**
   * Every instrument that fits the query: none when unknown, several when it is ambiguous (such as an option without strike).
   * A conId alone is enough; else a symbol or a local symbol, and a security type unless a local symbol is given.
   */
  find(query: ContractQuery): readonly Instrument[];
  /** Stocks whose symbol or long name starts with the text, then those whose long name has a word that does; at most 16. */
  matching(pattern: string): readonly SymbolMatch[];
  /** The options on an underlying. */
  optionsOn(underConId: number): readonly Instrument[];
  /** The chains on an underlying, one per class and exchange; empty when it has no options. */
  optionChains(underConId: number): readonly OptionChain[];
}

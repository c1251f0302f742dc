/** The trades of one file in columns: a row is an index, and rows are in time order. */
export interface TradeColumns {
  readonly kind: 'trade';
  readonly symbol: string;
  /** `YYYY-MM-DD`, New York. */
  readonly date: string;
  readonly length: number;
  /** Milliseconds since midnight, New York. */
  readonly msOfDay: Uint32Array;
  readonly price: Float64Array;
  readonly size: Float64Array;
  /** Index into the table of exchanges. */
  readonly exchange: Uint8Array;
  /** Bits of the sale conditions. */
  readonly conditions: Uint32Array;
  /** 1 for a trade that the file marks as suspicious. */
  readonly suspicious: Uint8Array;
}

/** The quotes of one file in columns. A price of NaN means that there is none on this side. */
export interface QuoteColumns {
  readonly kind: 'quote';
  readonly symbol: string;
  readonly date: string;
  readonly length: number;
  readonly msOfDay: Uint32Array;
  readonly bid: Float64Array;
  readonly bidSize: Float64Array;
  readonly ask: Float64Array;
  readonly askSize: Float64Array;
}

/** What the replay files contain, ready to be played. Give it to `createMarket`. */
export interface ReplayData {
  readonly files: readonly { readonly path: string; readonly columns: TradeColumns | QuoteColumns }[];
  /** Symbols of all files, each once. */
  readonly symbols: readonly string[];
  /** 09:30 New York of the earliest day among the files, epoch milliseconds. */
  readonly startAtMs: number;
}

import type { BarSeries } from './bar-series.js';
import type { OptionUniverse } from './option-universe.js';

/** The trades of one file in columns: a row is an index, and rows are in time order. */
export interface TradeColumns {
  readonly kind: 'trade';
  readonly symbol: string;
  /** `YYYY-MM-DD`, New York. */
  readonly date: string;
  readonly length: number;
  /** Milliseconds since midnight, New York: 09:30 is always 34200000, so that they may be below 0 where the clocks change. */
  readonly msOfDay: Uint32Array | Int32Array;
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
  readonly msOfDay: Uint32Array | Int32Array;
  readonly bid: Float64Array;
  readonly bidSize: Float64Array;
  readonly ask: Float64Array;
  readonly askSize: Float64Array;
}

/** What the replay files contain, ready to be played. Give it to `createMarket`. */
export interface ReplayData {
  readonly files: readonly { readonly path: string; readonly columns: TradeColumns | QuoteColumns }[];
  /** Symbols with rows to play, each once. */
  readonly symbols: readonly string[];
  /**
   * 09:30 New York of the earliest day with rows to play, epoch milliseconds. Where there are bars alone: the end of the last one if that is in a regular session, else the
   * next regular open.
   */
  readonly startAtMs: number;
  /** The past as files of bars have it. @defaultValue none */
  readonly bars?: readonly BarSeries[] | undefined;
  /** Option chains. @defaultValue none */
  readonly universes?: readonly OptionUniverse[] | undefined;
}

import type { IbkrError } from '@ibkit/error-codes';

/** What a ticker is subscribed for. */
export const DATA_TYPES = ['TRADES', 'QUOTES', 'BARS', 'DEPTH'] as const;

/** One of {@link DATA_TYPES}. */
export type DataType = (typeof DATA_TYPES)[number];

/** What became of the market data that a quote comes from. */
export type QuoteMode = 'live' | 'frozen' | 'delayed' | 'delayed-frozen' | 'unknown';

interface UpdateOf<T extends string, D extends DataType = DataType> {
  readonly type: T;
  /** As it was subscribed, in capitals. */
  readonly ticker: string;
  readonly dataType: D;
  /** When it was received here, epoch milliseconds. */
  readonly atMs: number;
}

/** One trade, tick by tick: none is left out without a {@link GapUpdate}. */
export interface TradeUpdate extends UpdateOf<'trade', 'TRADES'> {
  readonly conId: number;
  readonly price: number;
  readonly size: number;
  readonly exchange: string;
  readonly conditions: string;
  /** The exchange's time, epoch milliseconds, in whole seconds. */
  readonly tradedAtMs: number;
}

/** The whole quote as it is now. A value that is not known is absent, never 0 or -1. */
export interface QuoteUpdate extends UpdateOf<'quote', 'QUOTES'> {
  readonly conId: number;
  /** Of the last trade. */
  readonly price: number | undefined;
  /** Of the last trade. */
  readonly size: number | undefined;
  readonly bid: number | undefined;
  readonly bidSize: number | undefined;
  readonly ask: number | undefined;
  readonly askSize: number | undefined;
  readonly volume: number | undefined;
  readonly open: number | undefined;
  readonly high: number | undefined;
  readonly low: number | undefined;
  readonly close: number | undefined;
  readonly mode: QuoteMode;
  readonly halted: boolean | undefined;
  /** True from a break anywhere between us and the broker until fresh data arrives. */
  readonly stale: boolean;
  readonly staleReason: string | undefined;
}

/** A bar as it grows, and once when it is complete. */
export interface BarUpdate extends UpdateOf<'bar', 'BARS'> {
  /** Its close so far. */
  readonly price: number;
  /** Its volume. */
  readonly size: number | undefined;
  /** Its beginning, epoch milliseconds. */
  readonly timeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | undefined;
  readonly complete: boolean;
}

/** One level of a book. */
export interface BookLevel {
  readonly price: number;
  readonly size: number;
}

/** The whole book as it is now. */
export interface DepthUpdate extends UpdateOf<'depth', 'DEPTH'> {
  readonly conId: number;
  /** The best bid. */
  readonly price: number | undefined;
  /** How much is bid there. */
  readonly size: number | undefined;
  /** Best first. */
  readonly bids: readonly BookLevel[];
  /** Best first. */
  readonly asks: readonly BookLevel[];
  readonly stale: boolean;
}

interface Priceless {
  readonly price?: undefined;
  readonly size?: undefined;
}

/** Something was missed for good: on the way, at the broker, or because updates were not taken in fast enough. */
export interface GapUpdate extends UpdateOf<'gap'>, Priceless {
  readonly reason: string;
  /** Epoch milliseconds, where it is known. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** How many updates, where it is known. */
  readonly missed: number | undefined;
}

/** What was told last is not fresh any more, until the next update of the ticker. */
export interface StaleUpdate extends UpdateOf<'stale'>, Priceless {
  readonly reason: string;
}

/** Nothing was missed in a break that a {@link StaleUpdate} told: it goes on. */
export interface ResumedUpdate extends UpdateOf<'resumed'>, Priceless {}

/** Nothing more comes for this ticker: it was refused, or the stream is over. */
export interface EndedUpdate extends UpdateOf<'ended'>, Priceless {
  readonly error: IbkrError | undefined;
}

/** What `updates()` gives. `price` and `size` are there on all of them, `undefined` where there is none. */
export type Update = TradeUpdate | QuoteUpdate | BarUpdate | DepthUpdate | GapUpdate | StaleUpdate | ResumedUpdate | EndedUpdate;

/** One trade, as far as bars need it: of a tick-by-tick stream, of the past, or of a recording. */
export interface BarTrade {
  readonly type: 'trade';
  /** Epoch milliseconds. */
  readonly time: number;
  readonly price: number;
  readonly size: number;
  readonly pastLimit?: boolean | undefined;
  readonly unreported?: boolean | undefined;
}

/**
 * A hole in the trades. With a reason it is one of a live stream: its times are those of our clock, so its place among the trades says what
 * it touches. Without one it is a range of the past in which nothing was recorded, by the times of the trades.
 */
export interface BarInputGap {
  readonly type: 'gap';
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason?: string | undefined;
}

/** What bars are made of. */
export type BarInput = BarTrade | BarInputGap;

/**
 * What ended a bar: a `trade` behind it, the `clock` (no trade has come behind it yet), its `size`, the end of the `session`, or the `end` of
 * the trades.
 */
export type BarEnding = 'trade' | 'clock' | 'size' | 'session' | 'end';

/** Why a bar may lack trades: they began (`start`) or ended (`end`) in the middle of it, there is a `gap` in it, or nobody knows the `hours` that it must keep to. */
export type BarFlaw = 'start' | 'gap' | 'end' | 'hours';

/** A bar that was made here, from trades. */
export interface TickBar {
  readonly type: 'bar';
  /** When it begins, epoch milliseconds: of time bars the beginning of their interval, of others the time of their first trade. */
  readonly time: number;
  /** When it ends, epoch milliseconds: of time bars the end of their interval, which is not part of it, of others the time of their last trade. */
  readonly endMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Volume-weighted average price; the close when nothing was traded. */
  readonly wap: number;
  /** Trades that begin in the bar. 0 for an interval without trades, and for a part of one trade that is larger than a volume bar. */
  readonly count: number;
  /** Whether it has every trade that belongs to it, as far as anybody can know. */
  readonly complete: boolean;
  /** Why not, when it is not. */
  readonly flaw?: BarFlaw | undefined;
  readonly endedBy: BarEnding;
  /** Trades that came after their bar was given out, and were left out; counted in the next bar. */
  readonly lateTrades: number;
}

/** A hole, at its place among the bars. */
export interface TickBarGap extends BarInputGap {
  /** Times as in the hole that was met. */
  readonly type: 'gap';
}

/** What a stream of bars carries. */
export type TickBarItem = TickBar | TickBarGap;

import type { BarQuery, HistoryBar } from '../history/bars.js';
import type { DataDays } from '../history/data-days.js';
import type { QuoteEvent, TradeEvent } from './market.js';
import type { TimeSpan } from './new-york-days.js';

/** What bars can be made of. `BID_ASK` is special: average bid, highest ask, lowest bid, average ask. */
export type HistoryKind = 'TRADES' | 'BID' | 'ASK' | 'MIDPOINT' | 'BID_ASK';

/** Prices of one second or one minute. */
export interface PriceSpan {
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Of trades; else 0. */
  readonly volume: number;
  /** Price times size of all trades. */
  readonly value: number;
  readonly trades: number;
  /** How long there was a quote, for averages of `BID_ASK`; milliseconds. */
  readonly quotedMs: number;
}

/** The past of one instrument, up to what of it has been seen: never the future. */
export interface PriceHistory {
  /** When its data begins, epoch milliseconds; undefined when there is none. */
  readonly headMs: number | undefined;
  /** Whether the instrument has this kind of data at all. */
  has(kind: HistoryKind): boolean;
  /**
   * Gives every second or minute within the range in which there is data, in order; the last one may still be going on. Units at the edges of the range have what of them is within it.
   * The span that is given is only valid until the next one.
   */
  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void;
  /** Gives every trade and every change of the quote within the range, in order. */
  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void;
  /** The bars of a query, where the past is made of bars itself. @defaultValue they are made of its spans */
  bars?(days: DataDays, query: BarQuery): readonly HistoryBar[];
}

/** The past of an instrument that has none. */
export const NO_HISTORY: PriceHistory = {
  headMs: undefined,
  has: () => false,
  spans: () => undefined,
  events: () => undefined,
};

/** A past that ends at an instant, such as the beginning of a halt. */
export function historyUntil(history: PriceHistory, untilMs: number): PriceHistory {
  const cut = ({ startMs, endMs }: TimeSpan): TimeSpan => ({ startMs: Math.min(startMs, untilMs), endMs: Math.min(endMs, untilMs) });
  return {
    ...(history.bars === undefined ? {} : { bars: (days, query) => (query.range.startMs < untilMs ? (history.bars?.(days, { ...query, range: cut(query.range) }) ?? []) : []) }),
    headMs: history.headMs,
    has: (kind) => history.has(kind),
    spans: (kind, unit, range, visit) => {
      if (range.startMs < untilMs) history.spans(kind, unit, cut(range), visit);
    },
    events: (range, visit) => {
      if (range.startMs < untilMs) history.events(cut(range), visit);
    },
  };
}

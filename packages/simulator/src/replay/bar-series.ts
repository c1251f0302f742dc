/** How long the bars of a file are: a fixed time within a day, a day, a week or a month. */
export interface StoredBarSize {
  readonly unit: 'time' | 'day' | 'week' | 'month';
  /** Length; nominal for days and longer. */
  readonly seconds: number;
}

/** What stored bars are made of. */
export type StoredBarKind = 'TRADES' | 'BID' | 'ASK' | 'MIDPOINT';

/** Bars of one symbol, size and kind, in columns and in order of time: the past as a file has it. */
export interface BarSeries {
  readonly symbol: string;
  readonly size: StoredBarSize;
  readonly kind: StoredBarKind;
  readonly length: number;
  /** When each begins, epoch milliseconds; for days and longer midnight in New York. */
  readonly startMs: Float64Array;
  /** When each is over, epoch milliseconds; for days and longer the regular close of the last day. */
  readonly endMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Average price by size; NaN where the file says none. */
  readonly wap: Float64Array;
  /** Number of trades; 0 where the file says none. */
  readonly count: Float64Array;
}

const FORM = /^(\d{1,4})\s*(secs?|mins?|hours?|days?|d|weeks?|w|months?|m)$/i;
const DAY_SECONDS = 86_400;

/** Said where a bar size is wrong. */
export const BAR_SIZE_RULE = "must be a bar size such as '30 secs', '5 mins', '1 hour' (up to 24 hours), '1 day', '1 week' or '1 month'";

/** Reads a bar size such as `5 mins`, `5mins`, `1 day` or `1W`; undefined when it is none. */
export function parseStoredSize(text: string): StoredBarSize | undefined {
  const match = FORM.exec(text.trim());
  const count = Number(match?.[1] ?? 0);
  if (match === null || count === 0) return undefined;
  const word = match[2] ?? '';
  const unit = word.toLowerCase();
  if (unit.startsWith('d')) return count === 1 ? { unit: 'day', seconds: DAY_SECONDS } : undefined;
  if (unit.startsWith('w')) return count === 1 ? { unit: 'week', seconds: 7 * DAY_SECONDS } : undefined;
  if (unit.startsWith('mo') || unit === 'm') return count === 1 ? { unit: 'month', seconds: 30 * DAY_SECONDS } : undefined;
  const seconds = count * (unit.startsWith('s') ? 1 : unit.startsWith('mi') ? 60 : 3_600);
  return seconds <= DAY_SECONDS ? { unit: 'time', seconds } : undefined;
}

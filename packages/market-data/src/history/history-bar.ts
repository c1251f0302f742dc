import { HistoricalDataError } from '@ibkit/error-codes';
import type { LocalDate, TimeZone } from '@ibkit/clock';
import type { WireBar } from '@ibkit/wire';
import { barSeconds, isDated } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import { parseTwsTime } from './history-dates.js';

/** One bar of the past. */
export interface HistoryBar {
  /** When the bar begins, epoch milliseconds UTC. For bars of a day and more: midnight of `date` in the contract's zone. */
  readonly time: number;
  /** The day of the session, for bars of a day and more: `YYYY-MM-DD`, without a zone to get wrong. For weeks and months as TWS dates them. */
  readonly date?: LocalDate | undefined;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Absent where the kind of data has none. */
  readonly volume?: number | undefined;
  /** Volume-weighted average price. */
  readonly wap?: number | undefined;
  /** Trades in the bar. */
  readonly count?: number | undefined;
  /** False while the bar was still going on when it was asked for: its values change. */
  readonly complete: boolean;
}

/** How bars are read. */
export interface BarReading {
  readonly barSize: BarSize;
  readonly timeZone: TimeZone;
  readonly nowMs: number;
}

/**
 * Reads a bar of the wire.
 * @throws {@link HistoricalDataError} `IBKR_HISTORICAL_UNREADABLE` for a date that cannot be understood: a bar at a guessed time is worse than none.
 */
export function readBar(bar: WireBar, { barSize, timeZone, nowMs }: BarReading, afterMs?: number): HistoryBar {
  const at = parseTwsTime(bar.date, { timeZone, nearMs: nowMs, afterMs });
  if (at === undefined) throw unreadable(bar.date);
  const dated = isDated(barSize);
  const date = at.kind === 'date' ? at.date : dated ? timeZone.dateOf(at.atMs) : undefined;
  const time = date === undefined && at.kind === 'instant' ? at.atMs : timeZone.instantOf(date ?? '', 0);
  return Object.freeze({
    time,
    date: dated ? date : undefined,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: known(bar.volume),
    wap: known(bar.wap),
    count: known(bar.count),
    complete: time + barSeconds(barSize) * 1000 <= nowMs,
  });
}

/** TWS API: -1 where a kind of data has no volume. */
function known(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : value;
}

function unreadable(date: string): HistoricalDataError {
  return new HistoricalDataError({
    code: 'IBKR_HISTORICAL_UNREADABLE',
    message: `The broker dated a bar "${date.slice(0, 60)}", which is none of the forms of TWS, or names a zone that is not known`,
    tips: ['Report the text: a new form must be added, not guessed.'],
  });
}

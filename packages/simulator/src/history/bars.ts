import { compactDay } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { DataDays } from './data-days.js';
import type { HistoryKind, PriceHistory, PriceSpan } from '../market/price-history.js';
import type { BarSize } from './bar-size.js';
import type { Duration } from './duration.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One bar of the past. */
export interface HistoryBar {
  /** When it begins, epoch milliseconds. */
  readonly startMs: number;
  /** The day that it begins on, `YYYYMMDD`, for bars of days and longer. */
  readonly day: string | undefined;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Volume-weighted average price; the close when nothing was traded. */
  readonly wap: number;
  readonly count: number;
}

/** Which bars are wanted. */
export interface BarQuery {
  readonly kind: HistoryKind;
  readonly size: BarSize;
  readonly range: TimeSpan;
  /** Regular sessions only. */
  readonly regularOnly: boolean;
}

function firstOfMonth(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

/** The first day of the day, week (Monday) or month that a day is in. */
function periodOf(days: DataDays, day: number, unit: BarSize['unit']): number {
  if (unit === 'week') return day - ((days.weekdayOf(day) + 6) % 7);
  return unit === 'month' ? firstOfMonth(day) : day;
}

function monthsBack(day: number, months: number): number {
  const date = new Date(day * DAY_MS);
  const target = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1));
  const lastOfTarget = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  return Date.UTC(target.getUTCFullYear(), target.getUTCMonth(), Math.min(date.getUTCDate(), lastOfTarget)) / DAY_MS;
}

/** The last instant that belongs to a session, when there is data in these only. */
function endWithin(days: DataDays, endMs: number, regularOnly: boolean): number {
  let day = days.dayOf(endMs) + 1;
  let hours = days.hoursOf(day, regularOnly);
  while (hours === undefined || hours.startMs >= endMs) {
    day -= 1;
    hours = days.hoursOf(day, regularOnly);
  }
  return Math.min(endMs, hours.endMs);
}

/** The trading date of an instant, or the one before it when there is none. */
function dateOf(days: DataDays, atMs: number, regularOnly: boolean): number {
  const day = days.dayOf(atMs);
  const next = days.hoursOf(day + 1, regularOnly);
  return next !== undefined && next.startMs <= atMs ? day + 1 : day;
}

/** Where the data of a day begins: sessions may begin on the evening before. */
function startOf(days: DataDays, day: number, regularOnly: boolean): number {
  return Math.min(days.midnightOf(day), days.hoursOf(day, regularOnly)?.startMs ?? Infinity);
}

/**
 * The span of time that a duration back from an end covers. Seconds are counted from the end, or from the last session before it; days are days with data; weeks, months
 * and years go back by the calendar. It begins where a bar begins.
 */
export function rangeOf(days: DataDays, duration: Duration, end: number, size: BarSize, regularOnly: boolean): TimeSpan {
  const endMs = endWithin(days, end, regularOnly);
  const lastDay = dateOf(days, endMs - 1, regularOnly);
  if (duration.unit === 'S') {
    const startMs = endMs - duration.count * 1_000;
    if (size.unit !== 'time') return { startMs: startOf(days, periodOf(days, dateOf(days, startMs, regularOnly), size.unit), regularOnly), endMs };
    return { startMs: barAround(days, days.dayOf(startMs), startMs, size.seconds * 1_000).startMs, endMs };
  }
  let first = lastDay;
  if (duration.unit === 'D') {
    for (let left = duration.count - 1; left > 0; left -= 1) {
      first -= 1;
      while (days.hoursOf(first, regularOnly) === undefined) first -= 1;
    }
  } else if (duration.unit === 'W') first = lastDay - duration.count * 7 + 1;
  else first = monthsBack(lastDay, duration.count * (duration.unit === 'Y' ? 12 : 1)) + 1;
  return { startMs: startOf(days, periodOf(days, first, size.unit), regularOnly), endMs };
}

/** The bar that has an instant: bars lie on the wall clock; on days on which it changes, those before four o'clock are counted from midnight. */
function barAround(days: DataDays, day: number, atMs: number, lengthMs: number): TimeSpan {
  const wallZero = days.midnightOf(day + 1) - DAY_MS;
  const morningMs = wallZero + 4 * HOUR_MS;
  const isNight = atMs < morningMs;
  const zero = isNight ? days.midnightOf(day) : wallZero;
  const wanted = zero + Math.floor((atMs - zero) / lengthMs) * lengthMs;
  const startMs = isNight || zero === days.midnightOf(day) ? wanted : Math.max(wanted, morningMs);
  const isChanging = zero !== wallZero || wallZero !== days.midnightOf(day);
  return { startMs, endMs: isNight && isChanging ? Math.min(wanted + lengthMs, morningMs) : wanted + lengthMs };
}

/** At most how many bars a query gives, without making them. */
export function barsExpected(days: DataDays, { size, range, regularOnly }: BarQuery): number {
  const perDay = size.unit === 'time' ? days.longestMs(regularOnly) / (size.seconds * 1_000) : DAY_MS / (size.seconds * 1_000);
  const first = days.dayOf(range.startMs);
  const spanDays = days.dayOf(range.endMs - 1) - first + 1;
  const dataDays = days.isDaily(regularOnly) ? spanDays : Math.ceil((spanDays * 5) / 7) + 2;
  return Math.ceil(Math.min(dataDays, (range.endMs - range.startMs) / DAY_MS + 1)) * (Math.ceil(perDay) + 1);
}

/** Adds spans up to one bar. */
class BarSum {
  readonly startMs: number;
  readonly day: string | undefined;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;
  #value = 0;
  #count = 0;
  #quotedMs = 0;
  #isEmpty = true;

  constructor(startMs: number, day: string | undefined) {
    this.startMs = startMs;
    this.day = day;
  }

  add(kind: HistoryKind, span: PriceSpan): void {
    const isAverage = kind === 'BID_ASK';
    if (this.#isEmpty) {
      this.#isEmpty = false;
      this.#open = isAverage ? 0 : span.open;
      this.#high = span.high;
      this.#low = span.low;
    }
    if (span.high > this.#high) this.#high = span.high;
    if (span.low < this.#low) this.#low = span.low;
    if (isAverage) {
      this.#open += span.open * span.quotedMs;
      this.#close += span.close * span.quotedMs;
      this.#quotedMs += span.quotedMs;
    } else {
      this.#close = span.close;
    }
    this.#volume += span.volume;
    this.#value += span.value;
    this.#count += span.trades;
  }

  bar(kind: HistoryKind): HistoryBar {
    const weight = kind === 'BID_ASK' ? Math.max(1, this.#quotedMs) : 1;
    const close = this.#close / weight;
    return {
      startMs: this.startMs,
      day: this.day,
      open: this.#open / weight,
      high: this.#high,
      low: this.#low,
      close,
      volume: this.#volume,
      wap: this.#volume > 0 ? this.#value / this.#volume : close,
      count: this.#count,
    };
  }
}

/** The bars of a query, oldest first. A bar without data is left out; the last one may still be going on. */
export function barsOf(history: PriceHistory, days: DataDays, query: BarQuery): readonly HistoryBar[] {
  if (history.bars !== undefined) return history.bars(days, query);
  const { kind, size, range, regularOnly } = query;
  const bars: HistoryBar[] = [];
  const head = history.headMs;
  if (head === undefined || !history.has(kind)) return bars;
  const lengthMs = size.seconds * 1_000;
  const unit = size.unit === 'time' && size.seconds < 60 ? 'second' : 'minute';
  let sum: BarSum | undefined;
  let endMs = 0;
  let period = Number.NaN;
  const finish = (): void => {
    if (sum !== undefined) bars.push(sum.bar(kind));
    sum = undefined;
  };
  const last = days.dayOf(range.endMs - 1) + 1;
  for (let day = Math.max(days.dayOf(range.startMs), days.dayOf(head)); day <= last; day += 1) {
    const hours = days.hoursOf(day, regularOnly);
    if (hours === undefined) continue;
    const span = { startMs: Math.max(hours.startMs, range.startMs), endMs: Math.min(hours.endMs, range.endMs) };
    if (span.endMs <= span.startMs) continue;
    if (size.unit === 'time') {
      history.spans(kind, unit, span, (piece) => {
        if (sum === undefined || piece.startMs >= endMs) {
          finish();
          const around = barAround(days, days.dayOf(piece.startMs), piece.startMs, lengthMs);
          endMs = Math.min(around.endMs, hours.endMs);
          sum = new BarSum(Math.max(around.startMs, hours.startMs), undefined);
        }
        sum.add(kind, piece);
      });
      finish();
    } else {
      const first = periodOf(days, day, size.unit);
      if (first !== period) finish();
      period = first;
      history.spans(kind, unit, span, (piece) => {
        sum ??= new BarSum(hours.startMs, compactDay(day));
        sum.add(kind, piece);
      });
    }
  }
  finish();
  return bars;
}

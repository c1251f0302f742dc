import { formatLocalDate, parseLocalDate } from '@ibkit/clock';
import type { LocalDate, TimeZone } from '@ibkit/clock';
import { barSeconds, isDated } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import { utcText } from './history-dates.js';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** What is wanted: every bar that begins in [`fromMs`, `toMs`). Epoch milliseconds. */
export interface HistoryRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly barSize: BarSize;
  /** The zone of the contract: in it days begin, and bars of a day and more are dated. */
  readonly timeZone: TimeZone;
}

/** One request of a plan. It asks for at least its window; what lies outside is another request's. */
export interface HistoryWindow {
  /** The bars that this request is for begin in [`fromMs`, `toMs`). */
  readonly fromMs: number;
  readonly toMs: number;
  /** For bars of a day and more, the same as dates, the last one not included. */
  readonly fromDate: LocalDate | undefined;
  readonly toDate: LocalDate | undefined;
  /** As the request carries it: `yyyymmdd-hh:mm:ss`, UTC. */
  readonly endDateTime: string;
  /** As the request carries it: `1800 S`, `6 D`, `1 Y`. */
  readonly duration: string;
}

type Unit = 'S' | 'D' | 'W' | 'M' | 'Y';

/** How bars of a size are asked for: how many seconds, or local days, belong to one request, and in what unit. */
interface Step {
  readonly unit: Unit;
  readonly most: number;
}

/** TWS API: valid durations per bar size (seconds 1 s to 1 min, days 5 s to 1 h, weeks 10 s to 4 h, months 30 s to 8 h, years 1 min to 1 day). */
const STEPS: Readonly<Record<BarSize, Step>> = {
  '1 secs': { unit: 'S', most: 1800 },
  '5 secs': { unit: 'S', most: 14_400 },
  '10 secs': { unit: 'S', most: 28_800 },
  '15 secs': { unit: 'S', most: 43_200 },
  '30 secs': { unit: 'S', most: 43_200 },
  '1 min': { unit: 'D', most: 5 },
  '2 mins': { unit: 'D', most: 10 },
  '3 mins': { unit: 'D', most: 14 },
  '5 mins': { unit: 'D', most: 21 },
  '10 mins': { unit: 'D', most: 30 },
  '15 mins': { unit: 'D', most: 30 },
  '20 mins': { unit: 'D', most: 60 },
  '30 mins': { unit: 'D', most: 60 },
  '1 hour': { unit: 'D', most: 120 },
  '2 hours': { unit: 'W', most: 182 },
  '3 hours': { unit: 'W', most: 182 },
  '4 hours': { unit: 'W', most: 182 },
  '8 hours': { unit: 'M', most: 300 },
  '1 day': { unit: 'Y', most: 5 * 365 },
  '1W': { unit: 'Y', most: 5 * 364 },
  '1M': { unit: 'Y', most: 5 * 365 },
};

/**
 * Splits a range into requests, oldest first. The windows follow each other without hole or overlap and join where bars begin: small bars at
 * multiples of the request's length in UTC, longer ones at midnight of the contract's zone, weeks on Mondays, months on their first day. Each
 * request asks for a little more than its window, because TWS counts days as sessions and not as 24 hours; what is outside is dropped on
 * arrival. Weeks and months that overlap the range are asked for whole.
 *
 * A generator, because years of small bars are ten thousands of requests.
 */
export function* planHistory(range: HistoryRange): Generator<HistoryWindow, undefined> {
  const { fromMs, toMs } = range;
  if (!(toMs > fromMs)) return undefined;
  if (isDated(range.barSize)) yield* datedWindows(range);
  else if (STEPS[range.barSize].unit === 'S') yield* secondWindows(range);
  else yield* dayWindows(range);
  return undefined;
}

/** How many requests {@link planHistory} makes. */
export function countWindows(range: HistoryRange): number {
  const { fromMs, toMs, barSize, timeZone } = range;
  if (!(toMs > fromMs)) return 0;
  const { unit, most } = STEPS[barSize];
  if (unit === 'S') return Math.ceil(toMs / (most * SECOND_MS)) - Math.floor(fromMs / (most * SECOND_MS));
  if (isDated(barSize)) return [...datedWindows(range)].length;
  return Math.ceil((dayNumber(timeZone.dateOf(toMs - 1)) - dayNumber(timeZone.dateOf(fromMs)) + 1) / most);
}

/** The first day behind the day, week or month that a bar is dated in, wherever in it TWS dates it. */
export function nextPeriod(date: LocalDate, barSize: BarSize): LocalDate {
  return dateOfDay(periodEnd(dayNumber(date), barSize));
}

/** A duration that reaches back at least so many milliseconds from now, and goes with the bar size. */
export function durationBack(barSize: BarSize, spanMs: number): string {
  const { unit } = STEPS[barSize];
  const spanDays = Math.ceil(spanMs / DAY_MS) + 1;
  if (unit !== 'S') return durationText(unit, spanDays);
  const seconds = Math.ceil(spanMs / SECOND_MS) + barSeconds(barSize);
  if (barSize === '1 secs') return `${Math.min(2000, seconds)} S`;
  return seconds <= 86_400 ? `${seconds} S` : durationText('D', spanDays);
}

function* secondWindows({ fromMs, toMs, barSize }: HistoryRange): Generator<HistoryWindow, undefined> {
  const lengthMs = STEPS[barSize].most * SECOND_MS;
  for (let startMs = fromMs; startMs < toMs; ) {
    const joinMs = (Math.floor(startMs / lengthMs) + 1) * lengthMs;
    const endMs = Math.min(joinMs, toMs);
    const askedToMs = wholeBar(endMs, barSize);
    const seconds = Math.ceil((askedToMs - startMs) / SECOND_MS);
    yield { fromMs: startMs, toMs: endMs, fromDate: undefined, toDate: undefined, endDateTime: utcText(askedToMs), duration: `${seconds} S` };
    startMs = endMs;
  }
  return undefined;
}

function* dayWindows({ fromMs, toMs, barSize, timeZone }: HistoryRange): Generator<HistoryWindow, undefined> {
  const { unit, most } = STEPS[barSize];
  for (let startMs = fromMs; startMs < toMs; ) {
    const first = dayNumber(timeZone.dateOf(startMs));
    const joinMs = timeZone.instantOf(dateOfDay(first + most), 0);
    const endMs = Math.min(joinMs, toMs);
    const days = dayNumber(timeZone.dateOf(endMs - 1)) - first + 1;
    // A bar that begins before the end may last longer than the range: it is asked for whole.
    const askedToMs = endMs === joinMs ? endMs : wholeBar(endMs + (barSeconds(barSize) > 900 ? barSeconds(barSize) * SECOND_MS : 0), '15 mins');
    yield { fromMs: startMs, toMs: endMs, fromDate: undefined, toDate: undefined, endDateTime: utcText(askedToMs), duration: durationText(unit, days + 1) };
    startMs = endMs;
  }
  return undefined;
}

function* datedWindows({ fromMs, toMs, barSize, timeZone }: HistoryRange): Generator<HistoryWindow, undefined> {
  const { most } = STEPS[barSize];
  const last = periodEnd(dayNumber(timeZone.dateOf(toMs - 1)), barSize);
  for (let day = periodStart(dayNumber(timeZone.dateOf(fromMs)), barSize); day < last; ) {
    const end = Math.min(periodStart(day + most, barSize), last);
    const [fromDate, toDate] = [dateOfDay(day), dateOfDay(end)];
    const endMs = timeZone.instantOf(toDate, 0);
    yield { fromMs: timeZone.instantOf(fromDate, 0), toMs: endMs, fromDate, toDate, endDateTime: utcText(endMs), duration: durationText('Y', end - day + 2) };
    day = end;
  }
  return undefined;
}

/** At least so many calendar days, in a unit. */
function durationText(unit: Unit, days: number): string {
  if (unit === 'D' && days <= 365) return `${days} D`;
  if (unit === 'W' && days <= 52 * 7) return `${Math.ceil(days / 7)} W`;
  if (unit === 'M' && days <= 12 * 28) return `${Math.ceil(days / 28)} M`;
  return `${Math.ceil(days / 365)} Y`;
}

/** The end of the small bar that an instant lies in, or the instant when a bar begins there. */
function wholeBar(atMs: number, barSize: BarSize): number {
  const lengthMs = barSeconds(barSize) * SECOND_MS;
  return Math.ceil(atMs / lengthMs) * lengthMs;
}

/** Days since 1970-01-01. */
function dayNumber(date: LocalDate): number {
  const { year, month, day } = parseLocalDate(date);
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

function dateOfDay(day: number): LocalDate {
  const date = new Date(day * DAY_MS);
  return formatLocalDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
}

/** The first day of the day, week or month that a day is in. */
function periodStart(day: number, barSize: BarSize): number {
  if (barSize === '1W') return day - ((((day + 3) % 7) + 7) % 7);
  if (barSize !== '1M') return day;
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

/** The first day behind the day, week or month that a day is in. */
function periodEnd(day: number, barSize: BarSize): number {
  if (barSize === '1W') return periodStart(day, barSize) + 7;
  if (barSize !== '1M') return day + 1;
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

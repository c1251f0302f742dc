import { TimeZone } from '@ibkit/clock';
import { isWeekday } from './holidays.js';
import { CALENDARS, sessionsOn } from './trading-calendar.js';
import type { SessionPair } from './trading-calendar.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** Thursday, 1 January 1970. */
const FIRST_WEEKDAY = 4;

/** Where the parts of a New York day begin and end, in hours of the wall clock: night, early session, regular session, late session, night. */
const PART_HOURS = [0, 4, 9.5, 16, 20, 24] as const;
/** Days whose parts are remembered. */
const MOST_DAYS = 20_000;

/** How many parts a day has. */
export const DAY_PARTS = PART_HOURS.length - 1;

/** The part of a trading day in which the exchanges hold their regular session. */
export const REGULAR_PART = 2;

/** A span of time, epoch milliseconds; `endMs` is not part of it. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The days of New York, numbered: day 0 is 1 January 1970. They are 23, 24 or 25 hours long; regular sessions are on the trading days of the stock exchanges,
 * until 13:00 when these close early.
 * Fast enough for decades of days: the offset is looked up once per month that has only one.
 */
export class NewYorkDays {
  readonly #zone = new TimeZone('America/New_York');
  /** Offsets in milliseconds of the months that have one only, by year * 12 + month. */
  readonly #months = new Map<number, number | undefined>();
  readonly #midnights = new Map<number, number>();
  readonly #parts = new Map<number, { readonly hours: readonly number[]; readonly isTrading: boolean }>();

  /** When the day begins, epoch milliseconds. */
  midnightOf(day: number): number {
    const known = this.#midnights.get(day);
    if (known !== undefined) return known;
    const midnight = day * DAY_MS - this.#offsetOn(day);
    this.#midnights.set(day, midnight);
    return midnight;
  }

  /** The day of an instant. */
  dayOf(atMs: number): number {
    // New York is four or five hours behind UTC.
    const day = Math.floor((atMs - 5 * HOUR_MS) / DAY_MS);
    return atMs >= this.midnightOf(day + 1) ? day + 1 : day;
  }

  /** Monday to Friday. */
  isWeekday(day: number): boolean {
    return isWeekday(day);
  }

  /** Whether the stock exchanges open: Monday to Friday, without their holidays. */
  isTradingDay(day: number): boolean {
    return this.#partsOf(day).isTrading;
  }

  /** The last trading day before a day. */
  tradingDayBefore(day: number): number {
    let before = day - 1;
    while (!this.isTradingDay(before)) before -= 1;
    return before;
  }

  /** When bars have their data: the regular session of a trading day, or without `regularOnly` the whole of any day. */
  hoursOf(day: number, regularOnly: boolean): TimeSpan | undefined {
    if (!regularOnly) return { startMs: this.midnightOf(day), endMs: this.midnightOf(day + 1) };
    return this.isTradingDay(day) ? this.regularSession(day) : undefined;
  }

  /** 0 is Sunday. */
  weekdayOf(day: number): number {
    return (((day + FIRST_WEEKDAY) % 7) + 7) % 7;
  }

  /** The longest span that {@link hoursOf} gives, but for the day on which the clocks go back. */
  longestMs(regularOnly: boolean): number {
    return (regularOnly ? 6.5 : 24) * HOUR_MS;
  }

  /** Whether {@link hoursOf} gives a span for every day. */
  isDaily(regularOnly: boolean): boolean {
    return !regularOnly;
  }

  /** The regular session of a trading day: 09:30 to 16:00, or to 13:00. */
  regularSession(day: number): TimeSpan {
    return this.partSpan(day, REGULAR_PART);
  }

  /** When a part of the day begins and ends. The clocks change at two in the morning, so that the first part carries the difference. */
  partSpan(day: number, part: number): TimeSpan {
    return { startMs: this.#boundary(day, part), endMs: this.#boundary(day, part + 1) };
  }

  /** The part of its day that an instant is in. */
  partOf(day: number, atMs: number): number {
    let part = DAY_PARTS - 1;
    while (part > 0 && atMs < this.#boundary(day, part)) part -= 1;
    return part;
  }

  /** The number of the minute (since 1970) in which a part begins, and how many it has. */
  partMinutes(day: number, part: number): { readonly first: number; readonly length: number } {
    const { startMs, endMs } = this.partSpan(day, part);
    return { first: startMs / MINUTE_MS, length: (endMs - startMs) / MINUTE_MS };
  }

  /** An hour of a day's wall clock, epoch milliseconds. Not for hours between midnight and three, when the clocks may change; below 0 it is of the evening before. */
  instantOf(day: number, hour: number): number {
    if (hour === 0) return this.midnightOf(day);
    return hour < 0 ? this.instantOf(day - 1, hour + 24) : this.midnightOf(day + 1) - (24 - hour) * HOUR_MS;
  }

  #boundary(day: number, part: number): number {
    return this.instantOf(day, this.#partsOf(day).hours[part] ?? 24);
  }

  #partsOf(day: number): { readonly hours: readonly number[]; readonly isTrading: boolean } {
    const known = this.#parts.get(day);
    if (known !== undefined) return known;
    const sessions = sessionsOn(CALENDARS.usStock, day);
    const parts = { hours: sessions === undefined ? PART_HOURS : partHours(sessions), isTrading: sessions !== undefined };
    if (this.#parts.size >= MOST_DAYS) this.#parts.clear();
    this.#parts.set(day, parts);
    return parts;
  }

  #offsetOn(day: number): number {
    const date = new Date(day * DAY_MS);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    if (!this.#months.has(month)) this.#months.set(month, this.#offsetOfMonth(date.getUTCFullYear(), date.getUTCMonth()));
    return this.#months.get(month) ?? this.#offsetNear(day * DAY_MS);
  }

  #offsetOfMonth(year: number, month: number): number | undefined {
    const first = this.#offsetNear(Date.UTC(year, month, 1));
    return first === this.#offsetNear(Date.UTC(year, month + 1, 1)) ? first : undefined;
  }

  /** The offset at midnight of the day that begins at `utcMs` in UTC: five hours later it is midnight or one o'clock, before the clocks change. */
  #offsetNear(utcMs: number): number {
    return this.#zone.offsetMs(utcMs + 5 * HOUR_MS);
  }
}

/** The parts of a trading day are its sessions and the nights around them. */
function partHours({ trading, liquid }: SessionPair): readonly number[] {
  return [0, trading.from, liquid.from, liquid.to, trading.to, 24];
}

let shared: NewYorkDays | undefined;

/** The days of New York, made once for all who do not need their own. */
export function newYorkDays(): NewYorkDays {
  shared ??= new NewYorkDays();
  return shared;
}

/** The day as `YYYYMMDD`. */
export function compactDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

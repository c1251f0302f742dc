import type { TimeSpan } from '../market/new-york-days.js';

/** When an instrument has data, trading date by trading date (counted from 1 January 1970 by the calendar of New York). The spans of later dates come later and never overlap. */
export interface DataDays {
  midnightOf(day: number): number;
  /** The day of an instant by the clock of New York. */
  dayOf(atMs: number): number;
  /** 0 is Sunday. */
  weekdayOf(day: number): number;
  /** The regular session of a trading date, or without `regularOnly` all of its data; undefined when it is none. May begin on the evening before. */
  hoursOf(day: number, regularOnly: boolean): TimeSpan | undefined;
  /** How long the span of a date is at most, milliseconds. */
  longestMs(regularOnly: boolean): number;
  /** Whether weekends are trading dates, too. */
  isDaily(regularOnly: boolean): boolean;
}

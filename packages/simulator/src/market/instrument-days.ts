import type { DataDays } from '../history/data-days.js';
import type { Instrument } from './instrument.js';
import type { NewYorkDays, TimeSpan } from './new-york-days.js';
import { calendarOf, sessionCalendar } from './session-hours.js';
import type { SessionCalendar } from './session-hours.js';

/** Whether a market keeps to the sessions of its exchanges (`calendar`), or trades round the clock on every day (`always`). */
export type SessionMode = 'always' | 'calendar';

/** When an instrument has data: in its regular sessions, or in the whole ones, which in a market that trades round the clock are the days of New York. */
export class InstrumentDays implements DataDays {
  readonly #days: NewYorkDays;
  readonly #calendar: SessionCalendar;
  readonly #mode: SessionMode;

  constructor(instrument: Instrument, days: NewYorkDays, mode: SessionMode) {
    this.#days = days;
    this.#calendar = sessionCalendar(calendarOf(instrument));
    this.#mode = mode;
  }

  midnightOf(day: number): number {
    return this.#days.midnightOf(day);
  }

  dayOf(atMs: number): number {
    return this.#days.dayOf(atMs);
  }

  weekdayOf(day: number): number {
    return this.#days.weekdayOf(day);
  }

  hoursOf(day: number, regularOnly: boolean): TimeSpan | undefined {
    if (!regularOnly && this.#mode === 'always') return this.#days.hoursOf(day, false);
    return this.#calendar.session(day, regularOnly ? 'liquid' : 'trading');
  }

  longestMs(regularOnly: boolean): number {
    if (!regularOnly && this.#mode === 'always') return this.#days.longestMs(false);
    return this.#calendar.longestMs(regularOnly ? 'liquid' : 'trading');
  }

  isDaily(regularOnly: boolean): boolean {
    return (!regularOnly && this.#mode === 'always') || this.#calendar.isDaily;
  }
}

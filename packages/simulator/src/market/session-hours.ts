import type { Instrument } from './instrument.js';
import { newYorkDays } from './new-york-days.js';
import type { NewYorkDays, TimeSpan } from './new-york-days.js';
import { CALENDARS, sessionsOn } from './trading-calendar.js';
import type { CalendarName, SessionHours, SessionPair, TradingCalendar } from './trading-calendar.js';

const HOUR_MS = 3_600_000;
const MOST_DAYS = 20_000;

/** Whole trading dates, or the regular session within them. */
export type SessionKind = keyof SessionPair;

type Spans = Readonly<Record<SessionKind, TimeSpan>>;

/**
 * The sessions of a calendar as instants. A trading date has one session that may begin on the evening before; sessions never overlap.
 * Dates are counted from 1 January 1970, by the calendar of New York.
 */
export class SessionCalendar {
  readonly #calendar: TradingCalendar;
  readonly #days: NewYorkDays;
  readonly #spans = new Map<number, Spans | undefined>();
  /** The answer of the last look-up holds within it. */
  #recent: { readonly startMs: number; readonly endMs: number; readonly isOpen: boolean } = { startMs: 0, endMs: 0, isOpen: false };

  constructor(calendar: TradingCalendar, days: NewYorkDays) {
    this.#calendar = calendar;
    this.#days = days;
  }

  /** The session of a trading date; undefined when it is none. */
  session(day: number, kind: SessionKind): TimeSpan | undefined {
    if (!this.#spans.has(day)) {
      if (this.#spans.size >= MOST_DAYS) this.#spans.clear();
      this.#spans.set(day, this.#make(day));
    }
    return this.#spans.get(day)?.[kind];
  }

  /** Whether an instant is within a session. */
  isOpen(atMs: number, kind: SessionKind = 'trading'): boolean {
    if (kind === 'trading') return this.#around(atMs).isOpen;
    const { startMs } = this.next(atMs, kind);
    return startMs <= atMs;
  }

  /** The session that is on at an instant, else the next one. */
  next(atMs: number, kind: SessionKind): TimeSpan {
    for (let day = this.#days.dayOf(atMs); ; day += 1) {
      const span = this.session(day, kind);
      if (span !== undefined && span.endMs > atMs) return span;
    }
  }

  /** The session that is on at an instant, else the last one before it. */
  last(atMs: number, kind: SessionKind): TimeSpan {
    for (let day = this.#days.dayOf(atMs) + 1; ; day -= 1) {
      const span = this.session(day, kind);
      if (span !== undefined && span.startMs <= atMs) return span;
    }
  }

  /** When an instant's state, open or closed, has begun and will end. Fast for instants that follow each other. */
  around(atMs: number): TimeSpan & { readonly isOpen: boolean } {
    return this.#around(atMs);
  }

  /** How long a session is at most, milliseconds. */
  longestMs(kind: SessionKind): number {
    const { from, to } = this.#calendar[kind];
    return (to - from) * HOUR_MS;
  }

  get isDaily(): boolean {
    return this.#calendar.everyDay === true;
  }

  #around(atMs: number): TimeSpan & { readonly isOpen: boolean } {
    const recent = this.#recent;
    if (atMs >= recent.startMs && atMs < recent.endMs) return recent;
    const last = this.last(atMs, 'trading');
    const isOpen = atMs < last.endMs;
    const endMs = isOpen ? last.endMs : this.next(atMs, 'trading').startMs;
    this.#recent = { startMs: isOpen ? last.startMs : last.endMs, endMs, isOpen };
    return this.#recent;
  }

  #make(day: number): Spans | undefined {
    const pair = sessionsOn(this.#calendar, day);
    const span = ({ from, to }: SessionHours): TimeSpan => ({ startMs: this.#days.instantOf(day, from), endMs: this.#days.instantOf(day, to) });
    return pair === undefined ? undefined : { trading: span(pair.trading), liquid: span(pair.liquid) };
  }
}

const calendars = new Map<CalendarName, SessionCalendar>();

/** A calendar by name, made once. */
export function sessionCalendar(name: CalendarName): SessionCalendar {
  const known = calendars.get(name);
  if (known !== undefined) return known;
  const calendar = new SessionCalendar(CALENDARS[name], newYorkDays());
  calendars.set(name, calendar);
  return calendar;
}

const BY_KIND: Readonly<Record<Instrument['secType'], CalendarName>> = {
  STK: 'usStock',
  CFD: 'usStock',
  OPT: 'usOption',
  FOP: 'usFuture',
  IND: 'usIndex',
  BOND: 'bond',
  FUT: 'usFuture',
  CASH: 'forex',
  CRYPTO: 'always',
};

/** The calendar that an instrument trades by. */
export function calendarOf({ secType, isCashSettled }: Pick<Instrument, 'secType' | 'isCashSettled'>): CalendarName {
  return secType === 'OPT' && isCashSettled === true ? 'usIndexOption' : BY_KIND[secType];
}

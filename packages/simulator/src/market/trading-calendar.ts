import { holidayOn, isWeekday } from './holidays.js';
import type { HolidayName } from './holidays.js';

/** Hours of a session by the clock of New York, as parts of the trading date; below 0 they begin on the evening before. */
export interface SessionHours {
  readonly from: number;
  readonly to: number;
}

/** The sessions of one trading date: `trading` is the whole of it, `liquid` the regular session within. */
export interface SessionPair {
  readonly trading: SessionHours;
  readonly liquid: SessionHours;
}

/** When a kind of instrument trades. Pure data: other markets are other rows of this table. */
export interface TradingCalendar extends SessionPair {
  /** Whether weekends are trading dates, too. */
  readonly everyDay?: boolean | undefined;
  /** Days without any session. */
  readonly closed: readonly HolidayName[];
  /** Days with other hours. */
  readonly short: readonly (SessionPair & { readonly days: readonly HolidayName[] })[];
}

const STOCK_HOLIDAYS = [
  'newYear', 'martinLutherKing', 'presidents', 'goodFriday', 'memorial', 'juneteenth', 'independence', 'labor', 'thanksgiving', 'christmas', 'unscheduled',
] as const satisfies readonly HolidayName[]; // prettier-ignore
const EARLY_CLOSES = ['independenceEve', 'thanksgivingFriday', 'christmasEve'] as const satisfies readonly HolidayName[];
/** Holidays on which futures trade until noon in Chicago. */
const HALF_DAYS = ['martinLutherKing', 'presidents', 'memorial', 'juneteenth', 'independence', 'labor', 'thanksgiving'] as const satisfies readonly HolidayName[];

const REGULAR: SessionHours = { from: 9.5, to: 16 };
const REGULAR_SHORT: SessionHours = { from: 9.5, to: 13 };
const ALL_DAY: SessionHours = { from: 0, to: 24 };

/** The names of the calendars. */
export type CalendarName = 'usStock' | 'usOption' | 'usIndex' | 'usIndexOption' | 'usFuture' | 'forex' | 'bond' | 'always';

/** The calendars that the simulator knows. */
export const CALENDARS: Readonly<Record<CalendarName, TradingCalendar>> = {
  // NYSE, Nasdaq and the others, with the early and the late session.
  usStock: {
    trading: { from: 4, to: 20 },
    liquid: REGULAR,
    closed: STOCK_HOLIDAYS,
    short: [{ days: EARLY_CLOSES, trading: { from: 4, to: 17 }, liquid: REGULAR_SHORT }],
  },
  usOption: { trading: REGULAR, liquid: REGULAR, closed: STOCK_HOLIDAYS, short: [{ days: EARLY_CLOSES, trading: REGULAR_SHORT, liquid: REGULAR_SHORT }] },
  usIndex: { trading: REGULAR, liquid: REGULAR, closed: STOCK_HOLIDAYS, short: [{ days: EARLY_CLOSES, trading: REGULAR_SHORT, liquid: REGULAR_SHORT }] },
  // Options on broad indexes trade a quarter of an hour longer than the stocks.
  usIndexOption: {
    trading: { from: 9.5, to: 16.25 },
    liquid: REGULAR,
    closed: STOCK_HOLIDAYS,
    short: [{ days: EARLY_CLOSES, trading: { from: 9.5, to: 13.25 }, liquid: REGULAR_SHORT }],
  },
  // CME and NYMEX: from the evening before, with an hour's break.
  usFuture: {
    trading: { from: -6, to: 17 },
    liquid: { from: 9.5, to: 17 },
    closed: ['newYear', 'goodFriday', 'christmas'],
    short: [
      { days: HALF_DAYS, trading: { from: -6, to: 13 }, liquid: { from: 9.5, to: 13 } },
      { days: EARLY_CLOSES, trading: { from: -6, to: 13.25 }, liquid: { from: 9.5, to: 13.25 } },
    ],
  },
  forex: { trading: { from: -6.75, to: 17 }, liquid: { from: -6.75, to: 17 }, closed: ['newYear', 'christmas'], short: [] },
  bond: {
    trading: { from: 8, to: 17 },
    liquid: { from: 8, to: 17 },
    closed: [...STOCK_HOLIDAYS, 'columbus', 'veterans'],
    short: [{ days: EARLY_CLOSES, trading: { from: 8, to: 14 }, liquid: { from: 8, to: 14 } }],
  },
  always: { trading: ALL_DAY, liquid: ALL_DAY, everyDay: true, closed: [], short: [] },
};

/** The sessions of a day (counted from 1 January 1970) as a trading date; undefined when it is none. */
export function sessionsOn(calendar: TradingCalendar, day: number): SessionPair | undefined {
  const holiday = calendar.everyDay === true && calendar.closed.length === 0 ? undefined : holidayOn(day);
  if ((calendar.everyDay !== true && !isWeekday(day)) || (holiday !== undefined && calendar.closed.includes(holiday))) return undefined;
  return holiday === undefined ? calendar : (calendar.short.find(({ days }) => days.includes(holiday)) ?? calendar);
}

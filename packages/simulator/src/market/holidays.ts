const DAY_MS = 86_400_000;
const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;
const SATURDAY = 6;
const SUNDAY = 0;

/** Days of the United States on which some market does not trade as usual: holidays, days before or after them, and days of mourning or storm. */
export type HolidayName =
  | 'newYear'
  | 'martinLutherKing'
  | 'presidents'
  | 'goodFriday'
  | 'memorial'
  | 'juneteenth'
  | 'independence'
  | 'labor'
  | 'columbus'
  | 'veterans'
  | 'thanksgiving'
  | 'christmas'
  | 'independenceEve'
  | 'thanksgivingFriday'
  | 'christmasEve'
  | 'unscheduled';

/** Days on which the stock exchanges stayed closed for once: three days of mourning and two of a hurricane. */
const UNSCHEDULED = ['2007-01-02', '2012-10-29', '2012-10-30', '2018-12-05', '2025-01-09'] as const;

/** Days are counted from 1 January 1970, as in new-york-days.ts. */
function dayOf(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date) / DAY_MS;
}

/** 0 is Sunday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** The n-th weekday of a month. */
function nth(year: number, month: number, weekday: number, place: number): number {
  const first = dayOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (place - 1) * 7;
}

function lastMonday(year: number, month: number): number {
  const last = dayOf(year, month + 1, 0);
  return last - ((weekdayOf(last) - MONDAY + 7) % 7);
}

/** Where a holiday with a fixed date is kept: one on a Saturday on the Friday before, one on a Sunday on the Monday after. */
function observed(day: number): number {
  if (weekdayOf(day) === SATURDAY) return day - 1;
  return weekdayOf(day) === SUNDAY ? day + 1 : day;
}

/** Easter Sunday of the Gregorian calendar. */
function easter(year: number): number {
  const century = Math.floor(year / 100);
  const golden = year % 19;
  const corrected = (19 * golden + century - Math.floor(century / 4) - Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - corrected - (year % 4)) % 7;
  const late = Math.floor((golden + 11 * corrected + 22 * weekday) / 451);
  const days = corrected + weekday - 7 * late + 114;
  return dayOf(year, Math.floor(days / 31), (days % 31) + 1);
}

/** A weekday that is not a holiday itself. */
function eve(day: number): number | undefined {
  const weekday = weekdayOf(day);
  return weekday >= MONDAY && weekday <= THURSDAY ? day : undefined;
}

function holidaysOf(year: number): ReadonlyMap<number, HolidayName> {
  const days = new Map<number, HolidayName>();
  const add = (name: HolidayName, day: number | undefined): void => {
    if (day !== undefined) days.set(day, name);
  };
  const newYear = dayOf(year, 1, 1);
  // The exchanges do not give the last day of a year away: New Year on a Saturday is not kept.
  add('newYear', weekdayOf(newYear) === SATURDAY ? undefined : observed(newYear));
  add('martinLutherKing', nth(year, 1, MONDAY, 3));
  add('presidents', nth(year, 2, MONDAY, 3));
  add('goodFriday', easter(year) - 2);
  add('memorial', lastMonday(year, 5));
  // A holiday of the exchanges since 2022.
  add('juneteenth', year >= 2022 ? observed(dayOf(year, 6, 19)) : undefined);
  add('independence', observed(dayOf(year, 7, 4)));
  add('independenceEve', eve(dayOf(year, 7, 3)));
  add('labor', nth(year, 9, MONDAY, 1));
  add('columbus', nth(year, 10, MONDAY, 2));
  const veterans = dayOf(year, 11, 11);
  add('veterans', weekdayOf(veterans) === SATURDAY ? undefined : observed(veterans));
  const thanksgiving = nth(year, 11, THURSDAY, 4);
  add('thanksgiving', thanksgiving);
  add('thanksgivingFriday', thanksgiving + 1);
  add('christmas', observed(dayOf(year, 12, 25)));
  add('christmasEve', eve(dayOf(year, 12, 24)));
  for (const date of UNSCHEDULED) if (date.startsWith(String(year))) add('unscheduled', Date.parse(date) / DAY_MS);
  return days;
}

const years = new Map<number, ReadonlyMap<number, HolidayName>>();
const MOST_YEARS = 200;

/** What a day (counted from 1 January 1970) is, when it is no ordinary one. Computed by rule, for any year; the one-off closures of the last twenty years are a list. */
export function holidayOn(day: number): HolidayName | undefined {
  const year = new Date(day * DAY_MS).getUTCFullYear();
  let known = years.get(year);
  if (known === undefined) {
    known = holidaysOf(year);
    if (years.size >= MOST_YEARS) years.clear();
    years.set(year, known);
  }
  return known.get(day);
}

/** Monday to Friday. */
export function isWeekday(day: number): boolean {
  const weekday = weekdayOf(day);
  return weekday >= MONDAY && weekday <= FRIDAY;
}

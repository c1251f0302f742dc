import { formatLocalDate, parseLocalDate } from '@ibkit/clock';
import type { LocalDate, TimeZone } from '@ibkit/clock';
import { twsTimeZone } from '../sessions/tws-time-zone.js';

/** A time as TWS wrote it, understood: an instant, or a day without a time. */
export type TwsTime =
  | { readonly kind: 'instant'; /** Epoch milliseconds UTC. */ readonly atMs: number }
  | { readonly kind: 'date'; /** `YYYY-MM-DD`, in the zone of the contract. */ readonly date: LocalDate };

/** What a text does not say by itself. */
export interface TwsTimeContext {
  /** The zone of readings without one: that of the contract or of the login. @defaultValue UTC */
  readonly timeZone?: TimeZone | undefined;
  /** An instant near the time that is read: only for texts without a year (`formatDate` 3), which mean the year nearest to it. */
  readonly nearMs?: number | undefined;
  /**
   * The time before this one in an ascending series, epoch milliseconds: a reading that occurs twice, when clocks go back, then means the
   * second time if the first is not later than this. @defaultValue the first
   */
  readonly afterMs?: number | undefined;
}

/** TWS API: `yyyymmdd` or, for bonds, `yyyy-mm-dd`, `yyyy/mm/dd`. */
const DAY = /^(\d{4})([-/]?)(\d{2})\2(\d{2})$/u;
const EPOCH_SECONDS = /^-?\d{9,11}$/u;
const EPOCH_MS = /^-?\d{12,14}$/u;
/** `yyyymmdd hh:mm:ss TZ`, without zone, with two spaces or a `;`, `yyyy-mm-dd hh:mm:ss.0`. */
const LOCAL = /^(\d{4})([-/]?)(\d{2})\2(\d{2})(?:\s+|;|T)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:\s*(\S.*))?$/u;
/** `yyyymmdd-hh:mm:ss`, since server version 214 with a `Z`. */
const DASHED = /^(\d{4})(\d{2})(\d{2})-(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?Z?$/u;
/** `mmdd hh:mm:ss TZ`. */
const YEARLESS = /^(\d{2})(\d{2})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\s+(\S.*))?$/u;

const DAY_MS = 86_400_000;
const LONGEST_SHIFT_MS = 3 * 3_600_000;

/**
 * Reads a date or time in any of the shapes in which TWS writes one: `yyyymmdd`, `yyyy-mm-dd`, `yyyymmdd hh:mm:ss` (one or two spaces, with
 * or without a zone), `yyyymmdd-hh:mm:ss` (UTC), `yyyy-mm-dd hh:mm:ss.0`, `mmdd hh:mm:ss TZ`, epoch seconds or milliseconds.
 * TWS API: date and time formats of bars, head timestamps, executions, news and contract dates.
 * @returns `undefined` for anything else: an unknown zone, a day that is not in the calendar, a time of day that does not exist
 */
export function parseTwsTime(text: string, context: TwsTimeContext = {}): TwsTime | undefined {
  const trimmed = text.trim();
  const day = DAY.exec(trimmed);
  if (day !== null) {
    const date = checkedDate(day[1], day[3], day[4]);
    return date === undefined ? undefined : { kind: 'date', date };
  }
  if (EPOCH_SECONDS.test(trimmed)) return { kind: 'instant', atMs: Number(trimmed) * 1000 };
  if (EPOCH_MS.test(trimmed)) return { kind: 'instant', atMs: Number(trimmed) };
  const atMs = dashed(trimmed) ?? local(trimmed, context) ?? yearless(trimmed, context);
  return atMs === undefined ? undefined : { kind: 'instant', atMs };
}

/**
 * The end or start of a sessions answer: `yyyymmdd-hh:mm:ss` in the zone that comes with it. TWS API: historicalSchedule.
 * @returns epoch milliseconds, `undefined` when the text has another form
 */
export function parseScheduleTime(text: string, timeZone: TimeZone): number | undefined {
  const match = DASHED.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hours, minutes, seconds] = match;
  return wallInstant({ date: checkedDate(year, month, day), msOfDay: timeOfDay({ hours, minutes, seconds }), timeZone });
}

/** An instant as requests carry it: `yyyymmdd-hh:mm:ss`, UTC. Parts of a second are cut off. */
export function utcText(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8)}`;
}

function dashed(text: string): number | undefined {
  const match = DASHED.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hours, minutes, seconds, fraction] = match;
  const date = checkedDate(year, month, day);
  const msOfDay = timeOfDay({ hours, minutes, seconds, fraction });
  return date === undefined || msOfDay === undefined ? undefined : Date.parse(`${date}T00:00:00Z`) + msOfDay;
}

function local(text: string, { timeZone, afterMs }: TwsTimeContext): number | undefined {
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [, year, , month, day, hours, minutes, seconds, fraction, zoneName] = match;
  const date = checkedDate(year, month, day);
  return wallInstant({ date, msOfDay: timeOfDay({ hours, minutes, seconds, fraction }), timeZone: zoneOf(zoneName, timeZone), afterMs });
}

function yearless(text: string, { timeZone, nearMs, afterMs }: TwsTimeContext): number | undefined {
  const match = YEARLESS.exec(text);
  if (match === null || nearMs === undefined) return undefined;
  const [, month, day, hours, minutes, seconds, zoneName] = match;
  const zone = zoneOf(zoneName, timeZone);
  const nearYear = new Date(nearMs).getUTCFullYear();
  const candidates = [nearYear - 1, nearYear, nearYear + 1]
    .map((year) => wallInstant({ date: checkedDate(String(year), month, day), msOfDay: timeOfDay({ hours, minutes, seconds }), timeZone: zone, afterMs }))
    .filter((atMs) => atMs !== undefined)
    .sort((a, b) => Math.abs(a - nearMs) - Math.abs(b - nearMs));
  return candidates[0];
}

/** The zone that is named, else the given one; none for a name that nobody knows. */
function zoneOf(name: string | undefined, otherwise: TimeZone | undefined): TimeZone | undefined {
  return name === undefined || name.trim() === '' ? otherwise ?? twsTimeZone('UTC') : twsTimeZone(name);
}

interface WallReading {
  readonly date: LocalDate | undefined;
  readonly msOfDay: number | undefined;
  readonly timeZone: TimeZone | undefined;
  readonly afterMs?: number | undefined;
}

function wallInstant({ date, msOfDay, timeZone, afterMs }: WallReading): number | undefined {
  if (date === undefined || msOfDay === undefined || timeZone === undefined) return undefined;
  const first = timeZone.instantOf(date, msOfDay);
  if (afterMs === undefined || first > afterMs) return first;
  return secondInstant(timeZone, first) ?? first;
}

/** The other instant at which the wall shows the same, when clocks go back in between. */
function secondInstant(timeZone: TimeZone, firstMs: number): number | undefined {
  const shiftMs = timeZone.offsetMs(firstMs) - timeZone.offsetMs(firstMs + DAY_MS);
  if (shiftMs <= 0 || shiftMs > LONGEST_SHIFT_MS) return undefined;
  const secondMs = firstMs + shiftMs;
  return timeZone.offsetMs(secondMs) === timeZone.offsetMs(firstMs) - shiftMs ? secondMs : undefined;
}

function checkedDate(year = '', month = '', day = ''): LocalDate | undefined {
  const date = formatLocalDate(Number(year), Number(month), Number(day));
  try {
    parseLocalDate(date);
    return date;
  } catch {
    // Not a day of the calendar.
    return undefined;
  }
}

interface TimeParts {
  readonly hours: string | undefined;
  readonly minutes: string | undefined;
  readonly seconds?: string | undefined;
  readonly fraction?: string | undefined;
}

function timeOfDay({ hours = '', minutes = '', seconds = '0', fraction = '0' }: TimeParts): number | undefined {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  return ((h * 60 + m) * 60 + s) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
}

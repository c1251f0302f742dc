import { formatLocalDate, parseLocalDate } from '@ibkit/clock';
import type { LocalDate, TimeZone } from '@ibkit/clock';

/** A stretch of time, epoch milliseconds; `toMs` is not part of it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a text of hours says. */
export interface HoursText {
  /** The sessions, by their beginning; none overlaps another. */
  readonly sessions: readonly Span[];
  /** The time of which the text tells at all: outside of the sessions in it there is no trading, beyond it nobody knows. */
  readonly known: Span | undefined;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const LAST_MINUTE = 1439;
const NOTHING: HoursText = Object.freeze({ sessions: Object.freeze([]), known: undefined });

const DAY = /^(\d{4})(\d{2})(\d{2}):(.*)$/u;
const DATED_POINT = /^(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})$/u;
const BARE_POINT = /^(\d{2})(\d{2})$/u;

/** A reading of the wall: a day, and minutes since its midnight. */
interface Reading {
  readonly date: LocalDate;
  readonly minute: number;
}

interface Session {
  readonly from: Reading;
  readonly to: Reading;
}

interface Day {
  readonly date: LocalDate;
  readonly sessions: readonly Session[];
}

/**
 * Reads the hours that TWS tells with a contract. TWS API, tradingHours and liquidHours: days divided by `;`, in each `CLOSED` or sessions divided
 * by `,`; a session is `20260521:1700-20260522:1600`, or in the old form `0700-1830` on the day of its entry, where one that ends before it
 * begins has begun on the evening before. An end at 2359 or 2400 is midnight. Nothing is known from the first day on that cannot be read.
 */
export function parseHoursText(text: string, timeZone: TimeZone): HoursText {
  const days = readableDays(text);
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return NOTHING;
  const spans = days.flatMap((day) => day.sessions.map(({ from, to }) => ({ fromMs: instantOf(from, timeZone), toMs: instantOf(to, timeZone) })));
  const sessions = withoutOverlaps(spans.filter(({ fromMs, toMs }) => toMs > fromMs));
  const known = { fromMs: beginOf(first, timeZone), toMs: endOf(last, days, timeZone) };
  return { sessions, known: known.toMs > known.fromMs ? known : undefined };
}

/** The days up to the first that cannot be read: a hole in the middle would pass for a holiday. */
function readableDays(text: string): readonly Day[] {
  const days: Day[] = [];
  for (const entry of text.split(';').map((part) => part.trim())) {
    if (entry === '') continue;
    const day = dayOf(entry);
    if (day === undefined) break;
    days.push(day);
  }
  return days.sort((a, b) => a.date.localeCompare(b.date));
}

/** What came before a session that began on the evening before is the session of another day, of which the text says nothing. */
function beginOf(day: Day, timeZone: TimeZone): number {
  const [first] = day.sessions;
  if (first === undefined || first.from.date === first.to.date) return timeZone.instantOf(day.date, 0);
  return instantOf(first.from, timeZone);
}

/** Where sessions begin in the evening, the evening of the last day may belong to a session that is not listed any more. */
function endOf(day: Day, days: readonly Day[], timeZone: TimeZone): number {
  const evenings = days.flatMap(({ sessions }) => sessions.filter(({ from, to }) => from.date < to.date).map(({ from }) => from.minute));
  if (evenings.length === 0) return timeZone.instantOf(day.date, DAY_MS);
  if (day.sessions.length === 0) return instantOf({ date: day.date, minute: Math.min(...evenings) }, timeZone);
  return Math.max(...day.sessions.map(({ to }) => instantOf(to, timeZone)));
}

function dayOf(entry: string): Day | undefined {
  const match = DAY.exec(entry);
  const date = match === null ? undefined : dateOf(match[1], match[2], match[3]);
  const text = match?.[4]?.trim();
  if (date === undefined || text === undefined) return undefined;
  if (text.toUpperCase() === 'CLOSED') return { date, sessions: [] };
  const sessions = text.split(',').map((part) => sessionOf(part.trim(), date)).filter((session) => session !== undefined);
  return sessions.length === text.split(',').length ? { date, sessions } : undefined;
}

function sessionOf(text: string, date: LocalDate): Session | undefined {
  const [fromText = '', toText = '', ...rest] = text.split('-');
  const from = readingOf(fromText, date);
  const to = readingOf(toText, from?.date ?? date);
  if (from === undefined || to === undefined || rest.length > 0) return undefined;
  const end = { ...to, minute: to.minute >= LAST_MINUTE ? LAST_MINUTE + 1 : to.minute };
  if (BARE_POINT.test(toText.trim()) && from.date === end.date && end.minute <= from.minute) {
    return end.minute === 0 ? { from, to: { ...end, minute: LAST_MINUTE + 1 } } : { from: { ...from, date: dayBefore(from.date) }, to: end };
  }
  // TWS API: the new form dates both ends; one that does not follow the other is damaged.
  return from.date < end.date || (from.date === end.date && from.minute < end.minute) ? { from, to: end } : undefined;
}

function readingOf(text: string, date: LocalDate): Reading | undefined {
  const dated = DATED_POINT.exec(text);
  const bare = BARE_POINT.exec(text);
  const day = dated === null ? date : dateOf(dated[1], dated[2], dated[3]);
  const [hours, minutes] = dated === null ? [bare?.[1], bare?.[2]] : [dated[4], dated[5]];
  if (day === undefined || hours === undefined || minutes === undefined) return undefined;
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) > 59 || minute > LAST_MINUTE + 1 ? undefined : { date: day, minute };
}

function dateOf(year = '', month = '', day = ''): LocalDate | undefined {
  const date = formatLocalDate(Number(year), Number(month), Number(day));
  try {
    parseLocalDate(date);
    return date;
  } catch {
    // Not a day of the calendar.
    return undefined;
  }
}

function dayBefore(date: LocalDate): LocalDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}

function instantOf({ date, minute }: Reading, timeZone: TimeZone): number {
  return timeZone.instantOf(date, minute * MINUTE_MS);
}

/** Sessions that overlap are one; sessions that only touch stay two. */
function withoutOverlaps(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a.fromMs - b.fromMs);
  const merged: Span[] = [];
  for (const span of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && span.fromMs < before.toMs) merged[merged.length - 1] = { fromMs: before.fromMs, toMs: Math.max(before.toMs, span.toMs) };
    else merged.push(span);
  }
  return merged;
}

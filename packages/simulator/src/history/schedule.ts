import { compactDay } from '../market/new-york-days.js';
import type { NewYorkDays, TimeSpan } from '../market/new-york-days.js';
import { ZonedPrinter } from './zoned-text.js';

const HOUR_MS = 3_600_000;
const EXTENDED_BEFORE_MS = 5.5 * HOUR_MS;
const EXTENDED_AFTER_MS = 4 * HOUR_MS;

/** The sessions in a span of time, `yyyymmdd-hh:mm:ss` in the given zone. */
export interface Schedule {
  readonly startDateTime: string;
  readonly endDateTime: string;
  readonly sessions: readonly { readonly startDateTime: string; readonly endDateTime: string; readonly refDate: string }[];
}

/** Regular sessions (09:30 to 16:00 New York), or extended ones (04:00 to 20:00), of the weekdays in a span; the last may be going on. */
export function scheduleOf(days: NewYorkDays, range: TimeSpan, zoneName: string, regularOnly: boolean): Schedule {
  const printer = new ZonedPrinter(zoneName);
  const print = (atMs: number): string => printer.local(atMs, '-');
  const sessions: { startDateTime: string; endDateTime: string; refDate: string }[] = [];
  for (let day = days.dayOf(range.startMs); day <= days.dayOf(range.endMs - 1); day += 1) {
    if (!days.isWeekday(day)) continue;
    const { startMs, endMs } = days.regularSession(day);
    const [opens, closes] = regularOnly ? [startMs, endMs] : [startMs - EXTENDED_BEFORE_MS, endMs + EXTENDED_AFTER_MS];
    sessions.push({ startDateTime: print(opens), endDateTime: print(closes), refDate: compactDay(day) });
  }
  return { startDateTime: sessions[0]?.startDateTime ?? '', endDateTime: sessions.at(-1)?.endDateTime ?? '', sessions };
}

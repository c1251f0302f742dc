import { compactDay } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { DataDays } from './data-days.js';
import { ZonedPrinter } from './zoned-text.js';

/** The sessions in a span of time, `yyyymmdd-hh:mm:ss` in the given zone. */
export interface Schedule {
  readonly startDateTime: string;
  readonly endDateTime: string;
  readonly sessions: readonly { readonly startDateTime: string; readonly endDateTime: string; readonly refDate: string }[];
}

/** The sessions that lie in a span of time, regular or whole ones; the last may be going on. `days` are the trading dates of the instrument's calendar. */
export function scheduleOf(days: DataDays, range: TimeSpan, zoneName: string, regularOnly: boolean): Schedule {
  const printer = new ZonedPrinter(zoneName);
  const print = (atMs: number): string => printer.local(atMs, '-');
  const sessions: { startDateTime: string; endDateTime: string; refDate: string }[] = [];
  for (let day = days.dayOf(range.startMs); day <= days.dayOf(range.endMs - 1) + 1; day += 1) {
    const session = days.hoursOf(day, regularOnly);
    if (session === undefined || session.startMs >= range.endMs || session.endMs <= range.startMs) continue;
    sessions.push({ startDateTime: print(session.startMs), endDateTime: print(session.endMs), refDate: compactDay(day) });
  }
  return { startDateTime: sessions[0]?.startDateTime ?? '', endDateTime: sessions.at(-1)?.endDateTime ?? '', sessions };
}

import { TimeZone } from '@ibkit/clock';
import { sessionCalendar } from '../market/session-hours.js';

/** The zone of the simulated exchanges. */
export const EXCHANGE_ZONE = 'America/New_York';

const DAY_MS = 86_400_000;

/** TWS API: `yyyymmdd-hh:mm:ss` is UTC; `yyyymmdd hh:mm:ss TZ` names a zone; the date, or the time, may be left out. */
const ORDER_TIME = /^(?:(\d{4})(\d{2})(\d{2}))?(?:(^|-|\s+)(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?:\s+([A-Za-z][\w/+-]*))?$/;

const zones = new Map<string, TimeZone>();

/** A zone by name, made once: building one is slow. @throws RangeError for an unknown zone. */
function zoneOf(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new TimeZone(name);
  zones.set(name, zone);
  return zone;
}

/**
 * The instant that a time of an order names; undefined when it cannot be read. A time without a zone is UTC, the zone in which the simulator prints times; a time
 * without a date is of today; a date without a time is its first or last instant in New York.
 */
export function orderTimeMs(text: string, nowMs: number, edge: 'start' | 'end'): number | undefined {
  const match = ORDER_TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, separator, hour, minute, second = '0', zoneName] = match;
  if (year === undefined && hour === undefined) return undefined;
  try {
    if (hour === undefined || minute === undefined) {
      const zone = zoneOf(zoneName ?? EXCHANGE_ZONE);
      const start = zone.instantOf(`${year ?? ''}-${month ?? ''}-${day ?? ''}`, 0);
      return edge === 'start' ? start : endOfDay(start, zone);
    }
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
    const zone = zoneOf(separator === '-' ? 'UTC' : (zoneName ?? 'UTC'));
    const date = year === undefined ? zone.dateOf(nowMs) : `${year}-${month ?? ''}-${day ?? ''}`;
    return zone.instantOf(date, ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000);
  } catch {
    return undefined;
  }
}

function dayAfter(zone: TimeZone, atMs: number, days: number): string {
  const { year, month, day } = zone.read(atMs);
  return new Date(Date.UTC(year, month - 1, day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The midnight, New York, that ends the day of an instant: in a market that trades round the clock days end there. */
export function endOfDay(atMs: number, zone: TimeZone = zoneOf(EXCHANGE_ZONE)): number {
  return zone.instantOf(dayAfter(zone, atMs, 1), 0);
}

/** The next opening (9:30 New York) or closing auction (16:00, or 13:00 before some holidays) of the stock exchanges, later than `nowMs`. */
export function nextAuction(auction: 'open' | 'close', nowMs: number): number {
  const calendar = sessionCalendar('usStock');
  const session = calendar.next(nowMs, 'liquid');
  if (auction === 'close') return session.endMs;
  return session.startMs > nowMs ? session.startMs : calendar.next(session.endMs, 'liquid').startMs;
}

import { TimeZone } from '@ibkit/clock';
import type { Instrument } from './instrument.js';
import { compactDay, newYorkDays } from './new-york-days.js';
import type { TimeSpan } from './new-york-days.js';
import { calendarOf, sessionCalendar } from './session-hours.js';
import type { SessionKind } from './session-hours.js';

/** Trading hours as TWS prints them: `20250521:0930-20250521:1600;20250524:CLOSED`. */
export interface HoursText {
  readonly timeZoneId: string;
  readonly tradingHours: string;
  readonly liquidHours: string;
}

const MINUTE_MS = 60_000;
const DAYS_SHOWN = 6;
const zones = new Map<string, TimeZone>();

function zoneOf(name: string): TimeZone {
  const zone = zones.get(name) ?? new TimeZone(name);
  zones.set(name, zone);
  return zone;
}

function print(zone: TimeZone, atMs: number): string {
  const { hour, minute } = zone.read(atMs);
  return `${zone.dateOf(atMs).replaceAll('-', '')}:${String(hour).padStart(2, '0')}${String(minute).padStart(2, '0')}`;
}

/** TWS API: a day that ends at midnight ends a minute before it. */
function spanText(zone: TimeZone, { startMs, endMs }: TimeSpan): string {
  const { hour, minute } = zone.read(endMs);
  return `${print(zone, startMs)}-${print(zone, hour === 0 && minute === 0 ? endMs - MINUTE_MS : endMs)}`;
}

/** The hours of an instrument's exchange for six days from the one of `atMs`, in the instrument's zone: its sessions, holidays and early closes. */
export function tradingHours(instrument: Instrument, atMs: number): HoursText {
  const calendar = sessionCalendar(calendarOf(instrument));
  const zone = zoneOf(instrument.timeZoneId);
  const today = newYorkDays().dayOf(atMs);
  const text = (kind: SessionKind): string =>
    Array.from({ length: DAYS_SHOWN }, (_, offset) => {
      const span = calendar.session(today + offset, kind);
      return span === undefined ? `${compactDay(today + offset)}:CLOSED` : spanText(zone, span);
    }).join(';');
  return { timeZoneId: instrument.timeZoneId, tradingHours: text('trading'), liquidHours: text('liquid') };
}

/** Whether an instant lies in one of the instrument's sessions (`trading`, or the narrower `liquid` ones). */
export function isOpen(instrument: Instrument, atMs: number, which: SessionKind = 'trading'): boolean {
  return sessionCalendar(calendarOf(instrument)).isOpen(atMs, which);
}

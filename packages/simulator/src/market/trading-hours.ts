import { TimeZone } from '@ibkit/clock';
import type { Instrument } from './instrument.js';

/** Trading hours as TWS prints them: `20250521:0930-20250521:1600;20250524:CLOSED`. */
export interface HoursText {
  readonly timeZoneId: string;
  readonly tradingHours: string;
  readonly liquidHours: string;
}

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 6;
const zones = new Map<string, TimeZone>();

function zoneOf(name: string): TimeZone {
  const zone = zones.get(name) ?? new TimeZone(name);
  zones.set(name, zone);
  return zone;
}

function sessionText(day: string, isWeekend: boolean, from: string, to: string): string {
  return isWeekend ? `${day}:CLOSED` : `${day}:${from}-${day}:${to}`;
}

/**
 * The hours of an instrument's exchange for six days from the one of `atMs`: the usual New York sessions, without holidays.
 * They are what clients expect to read; the simulated market itself trades round the clock.
 */
export function tradingHours(instrument: Instrument, atMs: number): HoursText {
  const { year, month, day } = zoneOf(instrument.timeZoneId).read(atMs);
  const trading: string[] = [];
  const liquid: string[] = [];
  for (let offset = 0; offset < DAYS_SHOWN; offset += 1) {
    const date = new Date(Date.UTC(year, month - 1, day) + offset * DAY_MS);
    const text = date.toISOString().slice(0, 10).replaceAll('-', '');
    const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
    const isStock = instrument.secType === 'STK';
    trading.push(sessionText(text, isWeekend, isStock ? '0400' : '0930', isStock ? '2000' : '1600'));
    liquid.push(sessionText(text, isWeekend, '0930', '1600'));
  }
  return { timeZoneId: instrument.timeZoneId, tradingHours: trading.join(';'), liquidHours: liquid.join(';') };
}

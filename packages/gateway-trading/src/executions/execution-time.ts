import { TimeZone, formatLocalDate } from '@ibkit/clock';

/** The three shapes (TWS API: Execution.time): `20230224  12:04:56`, `20250708 02:35:00 America/New_York`, and UTC: `20260415-16:20:50`, perhaps with a `Z`. */
const SHAPE = /^(\d{4})(\d{2})(\d{2})(-|\s+)(\d{2}):(\d{2}):(\d{2})(?:\s*Z|\s+([A-Za-z][\w+/-]*))?$/u;

/**
 * When an execution was, epoch milliseconds; `undefined` for a time that does not say its zone, which is the zone of the gateway's login,
 * and for one that cannot be read.
 */
export function executionTimeMs(text: string): number | undefined {
  const match = SHAPE.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 5, 6, 7].map((group) => Number(match[group]));
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const ofDayMs = ((hour ?? 0) * 3_600 + (minute ?? 0) * 60 + (second ?? 0)) * 1_000;
  const zone = match[8];
  if (match[4] === '-' || text.trim().endsWith('Z') || zone === 'UTC' || zone === 'GMT') return Date.UTC(year, month - 1, day) + ofDayMs;
  if (zone === undefined) return undefined;
  try {
    return new TimeZone(zone).instantOf(formatLocalDate(year, month, day), ofDayMs);
  } catch {
    // A zone that nobody knows.
    return undefined;
  }
}

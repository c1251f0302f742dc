import { TimeZone } from '@ibkit/clock';
import { fail } from './invalid-field.js';

/**
 * An instant: epoch milliseconds, or a text that says its zone, `20261120-15:30:00` (UTC) or `20261120 15:30:00 America/New_York`. A text
 * without a zone is refused, because it would mean whatever zone somebody chose on the login screen of the trading platform.
 */
export type OrderTime = number | string;

/** TWS API: with a dash it is UTC; with a blank it names a zone. */
const ORDER_TIME = /^(\d{4})(\d{2})(\d{2})(?:-(\d{2}):(\d{2}):(\d{2})| (\d{2}):(\d{2}):(\d{2}) ([A-Za-z][\w/+-]*))$/u;
const RULE = 'must be epoch milliseconds, or a time with its zone: 20261120-15:30:00 (UTC) or 20261120 15:30:00 America/New_York';
const SECOND_MS = 1000;

/** The instant in a text of the broker; `undefined` when it cannot be read or has no zone. */
export function instantOf(text: string): number | undefined {
  const match = ORDER_TIME.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', ...rest] = match;
  const [hour, minute, second] = rest[0] === undefined ? rest.slice(3, 6) : rest.slice(0, 3);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  try {
    return new TimeZone(rest[6] ?? 'UTC').instantOf(`${year}-${month}-${day}`, ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * SECOND_MS);
  } catch {
    return undefined;
  }
}

/** The form that means the same everywhere: UTC, to the second (TWS API: `yyyymmdd-hh:mm:ss`). */
export function utcText(atMs: number): string {
  const [date = '', time = ''] = new Date(Math.floor(atMs / SECOND_MS) * SECOND_MS).toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8)}`;
}

/** What is sent and kept for a time. @throws {@link UsageError} `IBKR_ORDER_INVALID` for a time that is unclear. */
export function orderTimeText(field: string, value: unknown): string {
  const atMs = typeof value === 'string' ? instantOf(value) : value;
  if (typeof atMs !== 'number' || !Number.isFinite(atMs) || Math.abs(atMs) > 253_402_300_799_000) fail(field, RULE, value);
  return utcText(atMs);
}

import { UsageError } from '@ibkit/error-codes';
import { DAILY_RESTART } from '@ibkit/wire';

/** A day of the week. */
export type Weekday = 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat';

/** The days from Sunday to Saturday, as `Date.getUTCDay()` counts them. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const satisfies readonly Weekday[];

/**
 * Why the link is expected to be away.
 *
 * - `session-restart`: TWS or IB Gateway restarts itself at the minute that its settings name; the port closes for one to three minutes.
 * - `server-reset`: the broker's servers of a region restart; the port stays open, and 1100 and 1102 come, perhaps several times.
 * - `weekend`: the long maintenance of all regions.
 * - `weekly-login`: the login of the week has expired; the port opens again only after a person has approved the second factor.
 */
export type RestartKind = 'session-restart' | 'server-reset' | 'weekend' | 'weekly-login';

/**
 * A time of the day, on some days of the week, at which the link is expected to be away. Plain data: keep it in a configuration file.
 * Times are readings of a clock on the wall of `timeZone`, so they move with its summer time.
 */
export interface RestartWindow {
  /** For events and logs: `server reset, North America`. */
  readonly name: string;
  readonly kind: RestartKind;
  /** An IANA zone, such as `America/New_York`. */
  readonly timeZone: string;
  /** When it begins, `HH:MM`. */
  readonly from: string;
  /** Its deadline, `HH:MM`: who is not back by then is in trouble. At or before `from` means the next day. */
  readonly until: string;
  /** The days on which it begins. @defaultValue every day */
  readonly days?: readonly Weekday[] | undefined;
}

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/u;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/**
 * Milliseconds from midnight to a time of the day in the form `HH:MM`.
 * @throws {@link UsageError} that names `field`.
 */
export function parseTimeOfDay(text: string, field: string): number {
  const match = TIME_OF_DAY.exec(text);
  if (match === null) throw new UsageError({ field, value: text, rule: 'must be a time of the day in the form HH:MM, 00:00 to 23:59' });
  return (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS;
}

function formatTimeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** When TWS or IB Gateway restarts itself. */
export interface SessionRestart {
  /** The minute in its settings (Configuration > Lock and Exit > Auto restart), `HH:MM`. @defaultValue '23:55' */
  readonly at?: string | undefined;
  /** The zone that was chosen at its login. @defaultValue 'America/New_York' */
  readonly timeZone?: string | undefined;
  /** How long it may take, in whole minutes from 1 to 1,439. @defaultValue 10 */
  readonly forMinutes?: number | undefined;
  /** @defaultValue every day */
  readonly days?: readonly Weekday[] | undefined;
}

/** The restart that applies when none is described: five minutes to midnight in New York, ten minutes at most. */
export const DEFAULT_SESSION_RESTART = DAILY_RESTART;

/**
 * The window of the daily restart of TWS or IB Gateway itself.
 * @throws {@link UsageError} that names the field, the value and the rule.
 */
export function sessionRestart(options: SessionRestart = {}): RestartWindow {
  const at = options.at ?? DEFAULT_SESSION_RESTART.at;
  const forMinutes = options.forMinutes ?? DEFAULT_SESSION_RESTART.forMinutes;
  const from = parseTimeOfDay(at, 'at') / MINUTE_MS;
  if (!Number.isInteger(forMinutes) || forMinutes < 1 || forMinutes >= DAY_MINUTES) {
    throw new UsageError({ field: 'forMinutes', value: forMinutes, rule: 'must be a whole number of minutes from 1 to 1439' });
  }
  return {
    name: 'daily restart',
    kind: 'session-restart',
    timeZone: options.timeZone ?? DEFAULT_SESSION_RESTART.timeZone,
    from: at,
    until: formatTimeOfDay((from + forMinutes) % DAY_MINUTES),
    days: options.days,
  };
}

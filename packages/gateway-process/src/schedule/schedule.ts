import { TimeZone, formatLocalDate, parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { DAILY_RESTART, WEEKLY_LOGIN } from '@ibkit/wire';

/** A day of the week. */
export type Weekday = 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat';

const WEEKDAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/u;
const DAY_MS = 86_400_000;

/** When the gateway restarts by itself, and when it wants a person. Readings of a clock on the wall of `timeZone`. */
export interface GatewaySchedule {
  /** An IANA zone: that of the gateway's login. @defaultValue 'America/New_York' */
  readonly timeZone?: string | undefined;
  /** The minute in its settings at which it restarts and keeps its login, `HH:MM`; `false` when it does not. @defaultValue '23:55' */
  readonly dailyRestart?: string | false | undefined;
  /** How long that may take, whole minutes from 1 to 720. @defaultValue 10 */
  readonly restartMinutes?: number | undefined;
  /**
   * When it logs in anew and a person must confirm, and in which zone (that of the schedule unless it is given). `false` when nobody follows it. A gateway
   * that waits for a time at which somebody is there (`coldRestart` of IBC) has that time here.
   * @defaultValue `WEEKLY_LOGIN` of `@ibkit/wire`: the login of the week ends on Sundays at 01:00 in New York, and a person has an hour
   */
  readonly weeklyLogin?: { readonly day: Weekday; readonly at: string; readonly forMinutes?: number | undefined; readonly timeZone?: string | undefined } | false | undefined;
  /** How long before either its coming is told, milliseconds: time to close the gate for orders. @defaultValue 60000 */
  readonly leadMs?: number | undefined;
  /** How long before the weekly login a person is reminded, milliseconds. @defaultValue a day, an hour */
  readonly remindersMs?: readonly number[] | undefined;
  /** When somebody is there to confirm a login, after one that nobody confirmed. @defaultValue none: a person must say so */
  readonly humanAt?: readonly string[] | undefined;
}

/** One thing that comes. */
export interface ScheduledEvent {
  readonly kind: 'dailyRestart' | 'weeklyLogin';
  readonly fromMs: number;
  /** Its deadline. */
  readonly untilMs: number;
}

/** A restart window in the form that `ConnectionManager` of `@ibkit/core-connection` takes as `restartWindows`. */
export interface ScheduledWindow {
  readonly name: string;
  readonly kind: 'session-restart' | 'weekly-login';
  readonly timeZone: string;
  readonly from: string;
  readonly until: string;
  readonly days?: readonly Weekday[] | undefined;
}

/** An answer, which holds from the instant that was asked about up to its beginning. */
interface Remembered {
  readonly askedMs: number;
  readonly fromMs: number;
}

interface Daily {
  readonly kind: ScheduledEvent['kind'];
  readonly zone: TimeZone;
  readonly minuteOfDay: number;
  readonly forMinutes: number;
  readonly day: Weekday | undefined;
}

function minuteOf(field: string, text: string): number {
  if (!TIME.test(text)) throw new UsageError({ field, value: text, rule: 'must be a time of the day in the form HH:MM, 00:00 to 23:59' });
  const [hour, minute] = text.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

function minutes(field: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 720) throw new UsageError({ field, value, rule: 'must be a whole number of minutes from 1 to 720' });
  return value;
}

function milliseconds(field: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new UsageError({ field, value, rule: 'must be a number of milliseconds of at least 0' });
  return value;
}

function clockText(minuteOfDay: number): string {
  const minute = minuteOfDay % 1_440;
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Answers when the gateway restarts and when it wants a person. The same question always has the same answer. */
export class Schedule {
  readonly leadMs: number;
  readonly remindersMs: readonly number[];
  readonly #zone: TimeZone;
  readonly #events: readonly Daily[];
  readonly #remembered = new Map<Daily, Remembered>();
  readonly #humanAt: readonly number[];

  /** @throws {@link UsageError} that names the field, the value and the rule; RangeError for a zone that is unknown */
  constructor(schedule: GatewaySchedule = {}) {
    const { dailyRestart = DAILY_RESTART.at, weeklyLogin = WEEKLY_LOGIN } = schedule;
    this.#zone = new TimeZone(schedule.timeZone ?? DAILY_RESTART.timeZone);
    this.leadMs = milliseconds('schedule.leadMs', schedule.leadMs ?? 60_000);
    this.remindersMs = (schedule.remindersMs ?? [DAY_MS, DAY_MS / 24]).map((each) => milliseconds('schedule.remindersMs', each));
    this.#humanAt = (schedule.humanAt ?? []).map((text) => minuteOf('schedule.humanAt', text));
    const daily: Daily[] = [];
    if (dailyRestart !== false) {
      daily.push({ kind: 'dailyRestart', zone: this.#zone, minuteOfDay: minuteOf('schedule.dailyRestart', dailyRestart), forMinutes: minutes('schedule.restartMinutes', schedule.restartMinutes ?? DAILY_RESTART.forMinutes), day: undefined });
    }
    if (weeklyLogin !== false) {
      if (!WEEKDAYS.includes(weeklyLogin.day)) throw new UsageError({ field: 'schedule.weeklyLogin.day', value: weeklyLogin.day, rule: `must be one of ${WEEKDAYS.join(', ')}` });
      const { day, at, forMinutes = WEEKLY_LOGIN.forMinutes, timeZone } = weeklyLogin;
      const zone = timeZone === undefined ? this.#zone : new TimeZone(timeZone);
      daily.push({ kind: 'weeklyLogin', zone, minuteOfDay: minuteOf('schedule.weeklyLogin.at', at), forMinutes: minutes('schedule.weeklyLogin.forMinutes', forMinutes), day });
    }
    this.#events = daily;
  }

  /** The first event of a kind, or of any, that begins after an instant. */
  next(afterMs: number, kind?: ScheduledEvent['kind']): ScheduledEvent | undefined {
    return this.#events
      .filter((event) => kind === undefined || event.kind === kind)
      .map((event) => this.#nextOf(event, afterMs))
      .sort((a, b) => a.fromMs - b.fromMs)[0];
  }

  /** The event that an instant lies in. */
  at(instantMs: number): ScheduledEvent | undefined {
    return this.#events.flatMap((event) => [this.#nextOf(event, instantMs - event.forMinutes * 60_000 - 1)]).find(({ fromMs, untilMs }) => fromMs <= instantMs && instantMs < untilMs);
  }

  /** When somebody is there next. */
  nextHuman(afterMs: number): number | undefined {
    return this.#humanAt.map((minuteOfDay) => this.#nextReading({ zone: this.#zone, minuteOfDay, day: undefined }, afterMs)).sort((a, b) => a - b)[0];
  }

  /** The events as restart windows of a connection. */
  windows(): readonly ScheduledWindow[] {
    return this.#events.map(({ kind, zone, minuteOfDay, forMinutes, day }) => ({
      name: kind === 'dailyRestart' ? 'daily restart of the gateway' : 'weekly login of the gateway',
      kind: kind === 'dailyRestart' ? 'session-restart' : 'weekly-login',
      timeZone: zone.name,
      from: clockText(minuteOfDay),
      until: clockText(minuteOfDay + forMinutes),
      ...(day === undefined ? {} : { days: [day] }),
    }));
  }

  #nextOf(event: Daily, afterMs: number): ScheduledEvent {
    const { kind, forMinutes } = event;
    const known = this.#remembered.get(event);
    const fromMs = known !== undefined && afterMs >= known.askedMs && afterMs < known.fromMs ? known.fromMs : this.#nextReading(event, afterMs);
    if (fromMs !== known?.fromMs) this.#remembered.set(event, { askedMs: afterMs, fromMs });
    return { kind, fromMs, untilMs: fromMs + forMinutes * 60_000 };
  }

  #nextReading({ zone, minuteOfDay, day }: Pick<Daily, 'zone' | 'minuteOfDay' | 'day'>, afterMs: number): number {
    const { year, month, day: dayOfMonth } = parseLocalDate(zone.dateOf(afterMs));
    for (let ahead = 0; ; ahead += 1) {
      const noon = new Date(Date.UTC(year, month - 1, dayOfMonth + ahead, 12));
      if (day !== undefined && WEEKDAYS[noon.getUTCDay()] !== day) continue;
      const date = formatLocalDate(noon.getUTCFullYear(), noon.getUTCMonth() + 1, noon.getUTCDate());
      const fromMs = zone.instantOf(date, minuteOfDay * 60_000);
      if (fromMs > afterMs) return fromMs;
    }
  }
}

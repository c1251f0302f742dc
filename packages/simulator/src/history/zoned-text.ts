import { TimeZone } from '@ibkit/clock';

/** TWS API: the zone that a time without one is taken in; this server's is UTC. */
export const SERVER_ZONE = 'UTC';

const DAY_MS = 86_400_000;
const LOCAL = /^(?:(\d{8})\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+([A-Za-z][\w+\-/]*))?$/;
const UTC = /^(\d{8})-(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const DAY_ONLY = /^(\d{8})$/;

const zones = new Map<string, TimeZone | undefined>();
const MOST_ZONES = 1_000;

/** The zone of a name; undefined when the runtime does not know it. */
function zoneOf(name: string): TimeZone | undefined {
  if (!zones.has(name) && zones.size < MOST_ZONES) {
    try {
      zones.set(name, new TimeZone(name));
    } catch {
      zones.set(name, undefined);
    }
  }
  return zones.get(name);
}

/** An instant that a client has named. */
export interface NamedInstant {
  readonly atMs: number;
  /** Whether the text said in which zone. */
  readonly zoned: boolean;
}

function dated(day: string): string | undefined {
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  const instant = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== date ? undefined : date;
}

function timeOfDay(hours: string, minutes: string, seconds = '0'): number | undefined {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h > 23 || m > 59 || s > 59 ? undefined : ((h * 60 + m) * 60 + s) * 1_000;
}

function instantOf(date: string | undefined, msOfDay: number | undefined, zoneName: string): number | undefined {
  const zone = zoneOf(zoneName);
  if (date === undefined || msOfDay === undefined || zone === undefined) return undefined;
  return zone.instantOf(date, msOfDay);
}

/**
 * Reads `yyyymmdd hh:mm:ss TZ`, the same without zone or date, or `yyyymmdd-hh:mm:ss` in UTC (TWS API). A day alone means its end in the server's zone.
 * Undefined when the text is none of these.
 */
export function parseInstant(text: string, nowMs: number): NamedInstant | undefined {
  const utc = UTC.exec(text);
  if (utc !== null) {
    const [, day = '', hours = '', minutes = '', seconds] = utc;
    const atMs = instantOf(dated(day), timeOfDay(hours, minutes, seconds), SERVER_ZONE);
    return atMs === undefined ? undefined : { atMs, zoned: true };
  }
  const only = DAY_ONLY.exec(text);
  if (only !== null) {
    const atMs = instantOf(dated(only[1] ?? ''), 0, SERVER_ZONE);
    return atMs === undefined ? undefined : { atMs: atMs + DAY_MS, zoned: false };
  }
  const local = LOCAL.exec(text);
  if (local === null) return undefined;
  const [, day, hours = '', minutes = '', seconds, zoneName = SERVER_ZONE] = local;
  const date = day === undefined ? zoneOf(zoneName)?.dateOf(nowMs) : dated(day);
  const atMs = instantOf(date, timeOfDay(hours, minutes, seconds), zoneName);
  return atMs === undefined ? undefined : { atMs, zoned: local[5] !== undefined };
}

/** Prints instants in one zone, quickly for instants that follow each other. */
export class ZonedPrinter {
  readonly zoneName: string;
  readonly #zone: TimeZone;
  /** The offset holds within this hour. */
  #hour = Number.NaN;
  #offsetMs = 0;

  constructor(zoneName: string) {
    this.zoneName = zoneName;
    this.#zone = zoneOf(zoneName) ?? new TimeZone(SERVER_ZONE);
  }

  /** `yyyymmdd hh:mm:ss` with the given separator between date and time. */
  local(atMs: number, separator = ' '): string {
    const hour = Math.floor(atMs / 3_600_000);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#offsetMs = this.#zone.offsetMs(hour * 3_600_000);
    }
    const [date = '', time = ''] = new Date(atMs + this.#offsetMs).toISOString().split('T');
    return `${date.replaceAll('-', '')}${separator}${time.slice(0, 8)}`;
  }

  /** `yyyymmdd hh:mm:ss TZ`. */
  full(atMs: number): string {
    return `${this.local(atMs)} ${this.zoneName}`;
  }
}

/** `yyyymmdd-hh:mm:ss` in UTC. */
export function utcText(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8)}`;
}

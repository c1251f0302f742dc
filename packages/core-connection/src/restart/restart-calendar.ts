import { TimeZone, formatLocalDate, parseLocalDate } from '@ibkit/clock';
import type { LocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { WEEKDAYS, parseTimeOfDay } from './restart-window.js';
import type { RestartWindow } from './restart-window.js';

/** One time that a window comes round. */
export interface RestartOccurrence {
  readonly window: RestartWindow;
  /** When it begins, epoch milliseconds. */
  readonly fromMs: number;
  /** Its deadline, epoch milliseconds: the first instant behind it. */
  readonly untilMs: number;
}

interface Compiled {
  readonly window: RestartWindow;
  readonly zone: TimeZone;
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly untilMs: number;
  readonly untilNextDay: boolean;
  readonly days: ReadonlySet<number>;
}

const DAY_MS = 86_400_000;
/** A window that comes once a week is found, whatever day it is and however long the days around a change of summer time are. */
const DAYS_AHEAD = 9;

/** An answer, and the span of instants for which it holds: from the first up to, not at, the second. */
interface Remembered {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly found: RestartOccurrence | undefined;
}

/**
 * Answers when the link is expected to be away. The same question always has the same answer; the last one is remembered, because every order asks.
 *
 * Over changes of summer time, windows keep their readings on the wall: a beginning that the change skips is as much later as the clock
 * was moved, and of a reading that comes twice the first counts.
 */
export class RestartCalendar {
  readonly windows: readonly RestartWindow[];
  readonly #compiled: readonly Compiled[];
  #inside: Remembered | undefined;
  #next: Remembered | undefined;

  /** @throws {@link UsageError} that names the window's field, the value and the rule. */
  constructor(windows: readonly RestartWindow[]) {
    const zones = new Map<string, TimeZone>();
    this.windows = Object.freeze([...windows]);
    this.#compiled = windows.map((window, index) => compile(window, `restartWindows[${index}]`, zones));
  }

  /** The window that `instantMs` lies in; of several the one that ends last. */
  at(instantMs: number): RestartOccurrence | undefined {
    if (!holds(this.#inside, instantMs)) {
      const found = this.#at(instantMs);
      // Nothing changes before this one is over or the next one begins.
      const untilMs = Math.min(found?.untilMs ?? Number.POSITIVE_INFINITY, this.next(instantMs)?.fromMs ?? Number.POSITIVE_INFINITY);
      this.#inside = { sinceMs: instantMs, untilMs, found };
    }
    return this.#inside?.found;
  }

  /** The first window that begins after `instantMs`; absent when there are no windows. */
  next(instantMs: number): RestartOccurrence | undefined {
    if (!holds(this.#next, instantMs)) {
      const found = this.#nextAfter(instantMs);
      this.#next = { sinceMs: instantMs, untilMs: found?.fromMs ?? Number.POSITIVE_INFINITY, found };
    }
    return this.#next?.found;
  }

  #at(instantMs: number): RestartOccurrence | undefined {
    let found: RestartOccurrence | undefined;
    for (const compiled of this.#compiled) {
      const today = compiled.zone.dateOf(instantMs);
      for (const date of [shiftDate(today, -1), today]) {
        const occurrence = occurrenceOn(compiled, date);
        if (occurrence === undefined || occurrence.fromMs > instantMs || occurrence.untilMs <= instantMs) continue;
        if (found === undefined || occurrence.untilMs > found.untilMs) found = occurrence;
      }
    }
    return found;
  }

  #nextAfter(instantMs: number): RestartOccurrence | undefined {
    let found: RestartOccurrence | undefined;
    for (const compiled of this.#compiled) {
      const occurrence = nextOf(compiled, instantMs);
      if (occurrence !== undefined && (found === undefined || occurrence.fromMs < found.fromMs)) found = occurrence;
    }
    return found;
  }

  /** Every window that begins from `fromMs` up to, but not at, `toMs`, in the order of their beginnings. */
  between(fromMs: number, toMs: number): RestartOccurrence[] {
    const found: RestartOccurrence[] = [];
    for (const compiled of this.#compiled) {
      const last = shiftDate(compiled.zone.dateOf(toMs), 1);
      for (let date = shiftDate(compiled.zone.dateOf(fromMs), -1); date <= last; date = shiftDate(date, 1)) {
        const occurrence = occurrenceOn(compiled, date);
        if (occurrence !== undefined && occurrence.fromMs >= fromMs && occurrence.fromMs < toMs) found.push(occurrence);
      }
    }
    return found.sort((a, b) => a.fromMs - b.fromMs);
  }
}

function compile(window: RestartWindow, path: string, zones: Map<string, TimeZone>): Compiled {
  const fromMs = parseTimeOfDay(window.from, `${path}.from`);
  const untilMs = parseTimeOfDay(window.until, `${path}.until`);
  if (untilMs === fromMs) throw new UsageError({ field: `${path}.until`, value: window.until, rule: `must differ from ${path}.from` });
  if (window.name.trim() === '') throw new UsageError({ field: `${path}.name`, value: window.name, rule: 'must not be empty' });
  const untilNextDay = untilMs < fromMs;
  const days = new Set((window.days ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day)));
  if (days.size === 0 || days.has(-1)) throw new UsageError({ field: `${path}.days`, value: window.days, rule: 'must name at least one day, sun to sat' });
  const lengthMs = untilNextDay ? untilMs + DAY_MS - fromMs : untilMs - fromMs;
  return { window, zone: zoneOf(window.timeZone, `${path}.timeZone`, zones), fromMs, untilMs, untilNextDay, lengthMs, days };
}

function zoneOf(name: string, field: string, zones: Map<string, TimeZone>): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  try {
    const zone = new TimeZone(name);
    zones.set(name, zone);
    return zone;
  } catch (cause) {
    throw new UsageError({ field, value: name, rule: 'must be an IANA time zone such as America/New_York', cause });
  }
}

function nextOf(compiled: Compiled, instantMs: number): RestartOccurrence | undefined {
  let date = shiftDate(compiled.zone.dateOf(instantMs), -1);
  for (let day = 0; day <= DAYS_AHEAD; day += 1) {
    const occurrence = occurrenceOn(compiled, date);
    if (occurrence !== undefined && occurrence.fromMs > instantMs) return occurrence;
    date = shiftDate(date, 1);
  }
  return undefined;
}

function occurrenceOn(compiled: Compiled, date: LocalDate): RestartOccurrence | undefined {
  const { zone, window, days, lengthMs, untilNextDay } = compiled;
  if (!days.has(weekdayOf(date))) return undefined;
  const fromMs = zone.instantOf(date, compiled.fromMs);
  const untilMs = zone.instantOf(untilNextDay ? shiftDate(date, 1) : date, compiled.untilMs);
  // A change that skips the beginning can move it behind the end.
  return { window, fromMs, untilMs: untilMs > fromMs ? untilMs : fromMs + lengthMs };
}

function utcOf(date: LocalDate): number {
  const { year, month, day } = parseLocalDate(date);
  return Date.UTC(year, month - 1, day);
}

function weekdayOf(date: LocalDate): number {
  return new Date(utcOf(date)).getUTCDay();
}

function shiftDate(date: LocalDate, days: number): LocalDate {
  const shifted = new Date(utcOf(date) + days * DAY_MS);
  return formatLocalDate(shifted.getUTCFullYear(), shifted.getUTCMonth() + 1, shifted.getUTCDate());
}

function holds(remembered: Remembered | undefined, instantMs: number): boolean {
  return remembered !== undefined && instantMs >= remembered.sinceMs && instantMs < remembered.untilMs;
}

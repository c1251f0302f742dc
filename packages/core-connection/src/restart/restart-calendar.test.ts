import { TimeZone } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { IBKR_WINDOWS } from './ibkr-windows.js';
import { RestartCalendar } from './restart-calendar.js';
import { sessionRestart } from './restart-window.js';
import type { RestartWindow } from './restart-window.js';

const at = (text: string): number => Date.parse(text);
const northAmerica = new RestartCalendar(IBKR_WINDOWS.northAmerica);

describe('a restart calendar', () => {
  it('knows the reset of North America in winter and in summer time', () => {
    expect(northAmerica.at(at('2026-01-14T05:14:59Z'))).toBeUndefined();
    expect(northAmerica.at(at('2026-01-14T05:15:00Z'))).toMatchObject({ window: { kind: 'server-reset' }, untilMs: at('2026-01-14T06:45:00Z') });
    expect(northAmerica.at(at('2026-07-14T04:15:00Z'))).toMatchObject({ untilMs: at('2026-07-14T05:45:00Z') });
    expect(northAmerica.at(at('2026-07-14T05:45:00Z'))).toBeUndefined();
  });

  it('shows its windows, and keeps them whatever becomes of the list that it was given', () => {
    const given = [sessionRestart({ at: '00:20', forMinutes: 5 })];
    const calendar = new RestartCalendar(given);
    given.pop();
    expect(calendar.windows).toEqual([sessionRestart({ at: '00:20', forMinutes: 5 })]);
  });

  it('leaves the days out that a window does not name', () => {
    // 2026-01-17 is a Saturday.
    expect(northAmerica.at(at('2026-01-17T05:30:00Z'))).toBeUndefined();
    expect(northAmerica.next(at('2026-01-16T07:00:00Z'))?.fromMs).toBe(at('2026-01-18T05:15:00Z'));
  });

  it('follows a window over midnight', () => {
    const weekend = new RestartCalendar(IBKR_WINDOWS.weekend);
    expect(weekend.at(at('2026-01-17T07:59:00Z'))).toMatchObject({ fromMs: at('2026-01-17T04:00:00Z'), untilMs: at('2026-01-17T08:00:00Z') });
    expect(weekend.next(at('2026-01-17T08:00:00Z'))?.fromMs).toBe(at('2026-01-24T04:00:00Z'));
  });

  it('takes the window that ends last when several go on', () => {
    const both = new RestartCalendar([sessionRestart({ at: '00:20', forMinutes: 5 }), ...IBKR_WINDOWS.northAmerica]);
    expect(both.at(at('2026-01-14T05:21:00Z'))?.window.kind).toBe('server-reset');
  });

  it('has a daily restart at five minutes to midnight unless told otherwise', () => {
    expect(sessionRestart()).toEqual({ name: 'daily restart', kind: 'session-restart', timeZone: 'America/New_York', from: '23:55', until: '00:05', days: undefined });
    expect(sessionRestart({ at: '23:45', timeZone: 'Europe/London', forMinutes: 3, days: ['mon'] })).toMatchObject({ until: '23:48', timeZone: 'Europe/London', days: ['mon'] });
  });

  it('keeps a window whose beginning is skipped, and counts the first of two readings', () => {
    const early: RestartWindow = { name: 'early', kind: 'session-restart', timeZone: 'America/New_York', from: '02:30', until: '03:10' };
    const spring = new RestartCalendar([early]).between(at('2026-03-08T05:00:00Z'), at('2026-03-09T05:00:00Z'));
    expect(spring).toMatchObject([{ fromMs: at('2026-03-08T07:30:00Z'), untilMs: at('2026-03-08T08:10:00Z') }]);
    const autumn = new RestartCalendar([{ ...early, from: '01:10', until: '01:40' }]).between(at('2026-11-01T04:00:00Z'), at('2026-11-02T05:00:00Z'));
    expect(autumn).toMatchObject([{ fromMs: at('2026-11-01T05:10:00Z'), untilMs: at('2026-11-01T05:40:00Z') }]);
  });

  it('is empty without windows', () => {
    const none = new RestartCalendar([]);
    expect([none.at(0), none.next(0), none.between(0, 1e12)]).toEqual([undefined, undefined, []]);
  });

  it.each([
    ['from', { from: '24:00' }],
    ['until', { until: '7:5' }],
    ['until', { from: '01:00', until: '01:00' }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
    ['days', { days: [] }],
    ['name', { name: ' ' }],
  ])('refuses a wrong %s by name', (field, wrong) => {
    const window = { name: 'x', kind: 'weekend', timeZone: 'UTC', from: '01:00', until: '02:00', ...wrong } as const;
    let caught: unknown;
    try {
      new RestartCalendar([window]);
    } catch (error) {
      caught = error;
    }
    expect(isIbkrError(caught) && caught.details['field']).toBe(`restartWindows[0].${field}`);
  });
});

const ALL: readonly RestartWindow[] = [
  ...IBKR_WINDOWS.northAmerica,
  ...IBKR_WINDOWS.europe,
  ...IBKR_WINDOWS.asia,
  ...IBKR_WINDOWS.weekend,
  ...IBKR_WINDOWS.weeklyLogin,
  sessionRestart(),
  sessionRestart({ at: '02:30', timeZone: 'America/New_York', forMinutes: 40 }),
  sessionRestart({ at: '01:30', timeZone: 'Europe/London', forMinutes: 60 }),
  sessionRestart({ at: '23:45', timeZone: 'Australia/Lord_Howe', forMinutes: 30 }),
];

const HOUR_MS = 3_600_000;

describe.each(ALL)('$name at $from $timeZone', (window) => {
  const calendar = new RestartCalendar([window]);
  const zone = new TimeZone(window.timeZone);
  const [fromMs, toMs] = [Date.UTC(2024, 11, 31, 12), Date.UTC(2029, 0, 1, 12)];
  const occurrences = calendar.between(fromMs, toMs);
  const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const nominalMs = ((minutesOf(window.until) - minutesOf(window.from) + 1440) % 1440) * 60_000;

  it('comes on each of its days in four years, once, and begins when the wall says so', () => {
    const daysPerWeek = window.days?.length ?? 7;
    expect(Math.abs(occurrences.length - (1461 * daysPerWeek) / 7)).toBeLessThanOrEqual(1);
    expect(new Set(occurrences.map((occurrence) => zone.dateOf(occurrence.fromMs))).size).toBe(occurrences.length);
    let skipped = 0;
    for (const occurrence of occurrences) {
      const { hour, minute } = zone.read(occurrence.fromMs);
      if (hour * 60 + minute !== minutesOf(window.from)) skipped += 1;
      expect(Math.abs(occurrence.untilMs - occurrence.fromMs - nominalMs)).toBeLessThanOrEqual(HOUR_MS);
      expect(occurrence.untilMs).toBeGreaterThan(occurrence.fromMs);
    }
    // A beginning that does not exist on the wall happens once a year at most.
    expect(skipped).toBeLessThanOrEqual(5);
  });

  it('answers the same through at and next as through between', () => {
    for (const [index, occurrence] of occurrences.entries()) {
      const justBefore = occurrence.fromMs - 1;
      expect(calendar.at(justBefore)).toBeUndefined();
      expect(calendar.next(justBefore)?.fromMs).toBe(occurrence.fromMs);
      expect(calendar.at(occurrence.fromMs)).toEqual(occurrence);
      expect(calendar.at(occurrence.untilMs - 1)).toEqual(occurrence);
      expect(calendar.at(occurrence.untilMs)).toBeUndefined();
      const following = occurrences[index + 1]?.fromMs ?? calendar.next(occurrence.fromMs)?.fromMs;
      expect(calendar.next(occurrence.fromMs)?.fromMs).toBe(following);
    }
  });
});

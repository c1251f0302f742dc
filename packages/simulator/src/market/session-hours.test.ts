import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactDay } from './new-york-days.js';
import { sessionCalendar } from './session-hours.js';
import { CALENDARS } from './trading-calendar.js';
import type { CalendarName } from './trading-calendar.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const NAMES: readonly CalendarName[] = ['usStock', 'usOption', 'usIndex', 'usIndexOption', 'usFuture', 'forex', 'bond', 'always'];
const instants = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2034, 11, 31) });

function day(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

function hours(name: CalendarName, date: string, kind: 'trading' | 'liquid' = 'trading'): string {
  const span = sessionCalendar(name).session(day(date), kind);
  return span === undefined ? 'closed' : `${new Date(span.startMs).toISOString().slice(0, 16)} ${new Date(span.endMs).toISOString().slice(0, 16)}`;
}

describe('sessions', () => {
  it('say of any instant the same, whichever way they are asked, and never overlap', () => {
    expect(Object.keys(CALENDARS)).toEqual(NAMES);
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.array(instants, { minLength: 3, maxLength: 3 }), (name, times) => {
        const calendar = sessionCalendar(name);
        for (const atMs of times) {
          const [last, next] = [calendar.last(atMs, 'trading'), calendar.next(atMs, 'trading')];
          const isOpen = calendar.isOpen(atMs);
          expect(isOpen).toBe(last.startMs <= atMs && atMs < last.endMs);
          expect(isOpen).toBe(next.startMs <= atMs);
          expect(last.endMs <= next.startMs || last.startMs === next.startMs).toBe(true);
          const around = calendar.around(atMs);
          expect(around.startMs <= atMs && atMs < around.endMs).toBe(true);
          expect(around.isOpen).toBe(isOpen);
          expect(!calendar.isOpen(atMs, 'liquid') || isOpen).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are those of the exchanges, by the clock of New York', () => {
    expect(hours('usStock', '2024-01-02')).toBe('2024-01-02T09:00 2024-01-03T01:00');
    expect(hours('usStock', '2024-01-02', 'liquid')).toBe('2024-01-02T14:30 2024-01-02T21:00');
    expect(hours('usStock', '2024-07-02', 'liquid')).toBe('2024-07-02T13:30 2024-07-02T20:00');
    expect([hours('usStock', '2024-07-03'), hours('usStock', '2024-07-03', 'liquid'), hours('usStock', '2024-07-04')]).toEqual(['2024-07-03T08:00 2024-07-03T21:00', '2024-07-03T13:30 2024-07-03T17:00', 'closed']);
    // Monday's session of a currency begins on Sunday at 17:15 and every other one after a quarter of an hour's break.
    expect([hours('forex', '2024-01-08'), hours('forex', '2024-01-09'), hours('forex', '2024-01-06')]).toEqual(['2024-01-07T22:15 2024-01-08T22:00', '2024-01-08T22:15 2024-01-09T22:00', 'closed']);
    expect([hours('usFuture', '2024-01-15'), hours('usFuture', '2024-03-29'), hours('usFuture', '2024-11-29')]).toEqual(['2024-01-14T23:00 2024-01-15T18:00', 'closed', '2024-11-28T23:00 2024-11-29T18:15']);
    expect([hours('bond', '2024-10-14'), hours('bond', '2024-11-11'), hours('usStock', '2024-10-14')]).toEqual(['closed', 'closed', '2024-10-14T08:00 2024-10-15T00:00']);
    expect([hours('usIndexOption', '2024-11-29'), hours('usOption', '2024-11-29')]).toEqual(['2024-11-29T14:30 2024-11-29T18:15', '2024-11-29T14:30 2024-11-29T18:00']);
    expect(hours('always', '2024-12-25')).toBe('2024-12-25T05:00 2024-12-26T05:00');
  });

  it('reach over the night on which the clocks change', () => {
    const calendar = sessionCalendar('usFuture');
    const monday = calendar.session(day('2024-03-11'), 'trading');
    expect(monday).toEqual({ startMs: Date.UTC(2024, 2, 10, 22), endMs: Date.UTC(2024, 2, 11, 21) });
    const always = sessionCalendar('always').session(day('2024-11-03'), 'trading');
    expect((always?.endMs ?? 0) - (always?.startMs ?? 0)).toBe(25 * HOUR_MS);
    expect(compactDay(day('2024-11-03'))).toBe('20241103');
  });
});

import { TimeZone } from '@ibkit/clock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALENDARS, sessionsOn } from './trading-calendar.js';
import { DAY_PARTS, NewYorkDays, compactDay } from './new-york-days.js';

const days = new NewYorkDays();
const zone = new TimeZone('America/New_York');
const DAY_MS = 86_400_000;
const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2035, 11, 31) });

describe('the days of New York', () => {
  it('are those of the time zone, in every year', () => {
    fc.assert(
      fc.property(instants, (atMs) => {
        const day = days.dayOf(atMs);
        expect(compactDay(day)).toBe(zone.dateOf(atMs).replaceAll('-', ''));
        expect(days.midnightOf(day)).toBe(zone.instantOf(zone.dateOf(atMs), 0));
        expect(days.weekdayOf(day)).toBe(new Date(day * DAY_MS).getUTCDay());
      }),
      { numRuns: 300 },
    );
  });

  it('fall into parts without a gap, the regular session at its wall-clock hours', () => {
    fc.assert(
      fc.property(instants, (atMs) => {
        const day = days.dayOf(atMs);
        const part = days.partOf(day, atMs);
        const { startMs, endMs } = days.partSpan(day, part);
        expect(startMs <= atMs && atMs < endMs).toBe(true);
        for (let at = 1; at < DAY_PARTS; at += 1) expect(days.partSpan(day, at).startMs).toBe(days.partSpan(day, at - 1).endMs);
        const { startMs: opens, endMs: closes } = days.regularSession(day);
        expect(zone.read(opens)).toMatchObject({ hour: 9, minute: 30 });
        expect(zone.read(closes)).toMatchObject({ hour: sessionsOn(CALENDARS.usStock, day)?.liquid.to ?? 16, minute: 0 });
      }),
      { numRuns: 200 },
    );
  });
});

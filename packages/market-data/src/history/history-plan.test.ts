import { TimeZone } from '@ibkit/clock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAR_SIZES, barSeconds, isDated } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import { parseTwsTime } from './history-dates.js';
import { countWindows, durationBack, planHistory } from './history-plan.js';
import type { HistoryRange, HistoryWindow } from './history-plan.js';

const DAY_MS = 86_400_000;
const zones = ['America/New_York', 'Europe/London', 'Asia/Tokyo', 'Asia/Kolkata', 'America/Chicago', 'UTC'].map((name) => new TimeZone(name));
const newYork = new TimeZone('America/New_York');

/** TWS API: the shortest and longest bars, in seconds, that go with a unit of duration, and the most of it. */
const LEGAL: Readonly<Record<string, readonly [least: number, most: number, count: number]>> = {
  S: [1, 60, 86_400], D: [5, 3600, 365], W: [10, 14_400, 52], M: [30, 28_800, 12], Y: [60, Number.POSITIVE_INFINITY, 68],
};
const UNIT_DAYS: Readonly<Record<string, number>> = { S: 1 / 86_400, D: 1, W: 7, M: 28, Y: 365 };

function endOf(window: HistoryWindow): number {
  const end = parseTwsTime(window.endDateTime);
  return end?.kind === 'instant' ? end.atMs : Number.NaN;
}

function reachMs(window: HistoryWindow): number {
  const [count = '', unit = ''] = window.duration.split(' ');
  return Number(count) * (UNIT_DAYS[unit] ?? Number.NaN) * DAY_MS;
}

const range: fc.Arbitrary<HistoryRange> = fc
  .record({
    barSize: fc.constantFrom<BarSize>(...BAR_SIZES),
    timeZone: fc.constantFrom(...zones),
    fromMs: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2026, 0, 1) }),
    bars: fc.integer({ min: 1, max: 40_000 }),
    odd: fc.integer({ min: 0, max: 86_399_999 }),
  })
  .map(({ barSize, timeZone, fromMs, bars, odd }) => ({ barSize, timeZone, fromMs, toMs: Math.min(fromMs + bars * Math.min(barSeconds(barSize), 86_400) * 1000 + odd, Date.UTC(2026, 10, 1)) }));

describe('planHistory', () => {
  it('covers the range exactly, without hole or overlap, oldest first', () => {
    fc.assert(
      fc.property(range, (wanted) => {
        const windows = [...planHistory(wanted)];
        expect(windows).toHaveLength(countWindows(wanted));
        const [first, last] = [windows[0], windows.at(-1)];
        if (isDated(wanted.barSize)) {
          expect((first?.fromDate ?? '') <= wanted.timeZone.dateOf(wanted.fromMs)).toBe(true);
          expect((last?.toDate ?? '') > wanted.timeZone.dateOf(wanted.toMs - 1)).toBe(true);
          for (const [index, window] of windows.entries()) if (index > 0) expect(window.fromDate).toBe(windows[index - 1]?.toDate);
        } else {
          expect(first?.fromMs).toBe(wanted.fromMs);
          expect(last?.toMs).toBe(wanted.toMs);
        }
        for (const [index, window] of windows.entries()) {
          expect(window.toMs).toBeGreaterThan(window.fromMs);
          if (index > 0) expect(window.fromMs).toBe(windows[index - 1]?.toMs);
        }
      }),
    );
  });

  it('makes requests that TWS takes, each reaching over its window and its last bar', () => {
    fc.assert(
      fc.property(range, (wanted) => {
        for (const window of planHistory(wanted)) {
          const [count = '', unit = ''] = window.duration.split(' ');
          const [least, most, limit] = LEGAL[unit] ?? [0, 0, 0];
          const seconds = barSeconds(wanted.barSize);
          expect(seconds >= least && seconds <= most && Number(count) >= 1 && Number(count) <= limit).toBe(true);
          if (seconds === 1) expect(Number(count)).toBeLessThanOrEqual(2000);
          const endMs = endOf(window);
          expect(endMs).toBeGreaterThanOrEqual(window.toMs);
          // Whole seconds on the wire: a part of one before the window holds the beginning of no bar of it.
          expect(endMs - reachMs(window)).toBeLessThanOrEqual(window.fromMs);
        }
      }),
    );
  });

  it('joins where bars begin', () => {
    fc.assert(
      fc.property(range, ({ barSize, timeZone, fromMs, toMs }) => {
        for (const [index, window] of [...planHistory({ barSize, timeZone, fromMs, toMs })].entries()) {
          if (index === 0) continue;
          const wallMs = window.fromMs + timeZone.offsetMs(window.fromMs);
          if (barSize === '1W') expect(new Date(wallMs).getUTCDay()).toBe(1);
          else if (barSize === '1M') expect(new Date(wallMs).getUTCDate()).toBe(1);
          else expect(wallMs % (barSeconds(barSize) * 1000)).toBe(0);
        }
      }),
    );
  });

  it('asks for a day of five-second bars in six requests', () => {
    const windows = [...planHistory({ barSize: '5 secs', timeZone: newYork, fromMs: Date.UTC(2026, 4, 20), toMs: Date.UTC(2026, 4, 21) })];
    expect(windows.map(({ endDateTime, duration }) => `${endDateTime} ${duration}`)).toEqual([
      '20260520-04:00:00 14400 S', '20260520-08:00:00 14400 S', '20260520-12:00:00 14400 S', '20260520-16:00:00 14400 S', '20260520-20:00:00 14400 S', '20260521-00:00:00 14400 S',
    ]);
  });

  it('asks for ten years of days in two requests, by local midnights', () => {
    const windows = [...planHistory({ barSize: '1 day', timeZone: newYork, fromMs: newYork.instantOf('2016-01-01', 0), toMs: newYork.instantOf('2025-12-25', 0) })];
    expect(windows.map(({ fromDate, toDate, duration }) => [fromDate, toDate, duration])).toEqual([['2016-01-01', '2020-12-30', '6 Y'], ['2020-12-30', '2025-12-25', '5 Y']]);
    expect(windows[1]?.endDateTime).toBe('20251225-05:00:00');
  });

  it('makes nothing of an empty range', () => {
    const empty = { barSize: '1 min', timeZone: newYork, fromMs: 1000, toMs: 1000 } as const;
    expect([...planHistory(empty)]).toEqual([]);
    expect(countWindows(empty)).toBe(0);
  });

  it('reaches back far enough from now, legally', () => {
    fc.assert(
      fc.property(fc.constantFrom<BarSize>(...BAR_SIZES), fc.integer({ min: 1, max: 400 * DAY_MS }), (barSize, spanMs) => {
        const [count = '', unit = ''] = durationBack(barSize, spanMs).split(' ');
        const [least, most, limit] = LEGAL[unit] ?? [0, 0, 0];
        const seconds = barSeconds(barSize);
        const isLegal = seconds >= least && seconds <= most && Number(count) <= limit;
        if (seconds > 60 || spanMs < 365 * DAY_MS) expect(isLegal).toBe(true);
        if (seconds > 1) expect(Number(count) * (UNIT_DAYS[unit] ?? 0) * DAY_MS).toBeGreaterThanOrEqual(spanMs);
      }),
    );
  });
});

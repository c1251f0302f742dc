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

/** Whether a window of whole days has the day of an instant. */
function wholePeriods(window: HistoryWindow | undefined, timeZone: TimeZone, atMs: number): boolean {
  const date = timeZone.dateOf(atMs);
  return (window?.fromDate ?? '9') <= date && date < (window?.toDate ?? '');
}

/** Whether TWS takes a request. */
function isLegal(duration: string, barSize: BarSize): boolean {
  const [count = '', unit = ''] = duration.split(' ');
  const [least, most, limit] = LEGAL[unit] ?? [0, 0, 0];
  const seconds = barSeconds(barSize);
  return seconds >= least && seconds <= most && Number(count) >= 1 && Number(count) <= (seconds === 1 ? 2000 : limit);
}

/** Whether a bar of a size begins at a wall reading. */
function isJoin(wallMs: number, barSize: BarSize): boolean {
  if (barSize === '1W') return new Date(wallMs).getUTCDay() === 1;
  return barSize === '1M' ? new Date(wallMs).getUTCDate() === 1 : wallMs % (barSeconds(barSize) * 1000) === 0;
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
        const { fromMs, toMs, timeZone } = wanted;
        const [from, to] = isDated(wanted.barSize) ? [wholePeriods(first, timeZone, fromMs), wholePeriods(last, timeZone, toMs - 1)] : [first?.fromMs === fromMs, last?.toMs === toMs];
        expect([from, to]).toEqual([true, true]);
        for (const [index, window] of windows.entries()) {
          expect(window.toMs).toBeGreaterThan(window.fromMs);
          expect([window.fromMs, window.fromDate]).toEqual(index === 0 ? [first?.fromMs, first?.fromDate] : [windows[index - 1]?.toMs, windows[index - 1]?.toDate]);
        }
      }),
    );
  });

  it('makes requests that TWS takes, each reaching over its window and its last bar', () => {
    fc.assert(
      fc.property(range, (wanted) => {
        for (const window of planHistory(wanted)) {
          expect(isLegal(window.duration, wanted.barSize)).toBe(true);
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
        const joins = [...planHistory({ barSize, timeZone, fromMs, toMs })].slice(1).map((window) => window.fromMs + timeZone.offsetMs(window.fromMs));
        expect(joins.filter((wallMs) => !isJoin(wallMs, barSize))).toEqual([]);
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
        const duration = durationBack(barSize, spanMs);
        const [count = '', unit = ''] = duration.split(' ');
        const most = barSeconds(barSize) === 1 ? 2_000_000 : spanMs;
        expect(Number(count) * (UNIT_DAYS[unit] ?? 0) * DAY_MS).toBeGreaterThanOrEqual(Math.min(spanMs, most));
        // A year of seconds is nothing that TWS gives: such a reach is not made.
        expect(barSeconds(barSize) < 60 && spanMs > 300 * DAY_MS ? true : isLegal(duration, barSize)).toBe(true);
      }),
    );
  });
});

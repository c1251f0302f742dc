import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holidayOn, isWeekday } from './holidays.js';
import { compactDay } from './new-york-days.js';
import { CALENDARS, sessionsOn } from './trading-calendar.js';

const DAY_MS = 86_400_000;

function daysOf(year: number): readonly number[] {
  const first = Date.UTC(year, 0, 1) / DAY_MS;
  const end = Date.UTC(year + 1, 0, 1) / DAY_MS;
  return Array.from({ length: end - first }, (_, offset) => first + offset);
}

function closedIn(year: number): readonly string[] {
  return daysOf(year)
    .filter((day) => isWeekday(day) && sessionsOn(CALENDARS.usStock, day) === undefined)
    .map(compactDay);
}

function earlyIn(year: number): readonly string[] {
  return daysOf(year)
    .filter((day) => sessionsOn(CALENDARS.usStock, day)?.liquid.to === 13)
    .map(compactDay);
}

describe('the holidays of the exchanges', () => {
  // As published by the exchange for these years.
  it.each([
    [2021, '20210101 20210118 20210215 20210402 20210531 20210705 20210906 20211125 20211224', '20211126'],
    [2022, '20220117 20220221 20220415 20220530 20220620 20220704 20220905 20221124 20221226', '20221125'],
    [2023, '20230102 20230116 20230220 20230407 20230529 20230619 20230704 20230904 20231123 20231225', '20230703 20231124'],
    [2024, '20240101 20240115 20240219 20240329 20240527 20240619 20240704 20240902 20241128 20241225', '20240703 20241129 20241224'],
    [2025, '20250101 20250109 20250120 20250217 20250418 20250526 20250619 20250704 20250901 20251127 20251225', '20250703 20251128 20251224'],
    [2026, '20260101 20260119 20260216 20260403 20260525 20260619 20260703 20260907 20261126 20261225', '20261127 20261224'],
    [2027, '20270101 20270118 20270215 20270326 20270531 20270618 20270705 20270906 20271125 20271224', '20271126'],
  ])('of %i follow from the rules', (year, closed, early) => {
    expect(closedIn(year).join(' ')).toBe(closed);
    expect(earlyIn(year).join(' ')).toBe(early);
  });

  it('never fall on a weekend and leave every year about 252 trading days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1971, max: 2120 }), (year) => {
        const open = daysOf(year).filter((day) => sessionsOn(CALENDARS.usStock, day) !== undefined);
        expect(open.length).toBeGreaterThanOrEqual(248);
        expect(open.length).toBeLessThanOrEqual(254);
        expect(daysOf(year).filter((day) => holidayOn(day) !== undefined && !isWeekday(day))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

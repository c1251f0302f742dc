import { TimeZone } from '@ibkit/clock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twsTimeZone } from '../sessions/tws-time-zone.js';
import { parseScheduleTime, parseTwsTime, utcText } from './history-dates.js';

const newYork = new TimeZone('America/New_York');
const instant = (atMs: number): unknown => ({ kind: 'instant', atMs });

describe('parseTwsTime', () => {
  it.each([
    ['20250708 02:35:00 America/New_York', Date.UTC(2025, 6, 8, 6, 35)],
    ['20250708 02:35:00 US/Eastern', Date.UTC(2025, 6, 8, 6, 35)],
    ['20230224  12:04:56', Date.UTC(2023, 1, 24, 17, 4, 56)],
    ['20230224 12:04:56', Date.UTC(2023, 1, 24, 17, 4, 56)],
    ['20260415-16:20:50', Date.UTC(2026, 3, 15, 16, 20, 50)],
    ['20260415-16:20:50Z', Date.UTC(2026, 3, 15, 16, 20, 50)],
    ['20231122 10:30:00 America/Los_Angeles', Date.UTC(2023, 10, 22, 18, 30)],
    ['20250620 08:30 US/Central', Date.UTC(2025, 5, 20, 13, 30)],
    ['20261218 08:30:00 US/Central', Date.UTC(2026, 11, 18, 14, 30)],
    ['20261218 09:30:00 EST', Date.UTC(2026, 11, 18, 14, 30)],
    ['20260618 09:30:00 EST (Eastern Standard Time)', Date.UTC(2026, 5, 18, 13, 30)],
    ['20260618 09:30:00 JST', Date.UTC(2026, 5, 18, 0, 30)],
    ['2026-04-15 16:20:50.0', Date.UTC(2026, 3, 15, 20, 20, 50)],
    ['2026-04-15 16:20:50.25', Date.UTC(2026, 3, 15, 20, 20, 50, 250)],
    ['1779283800', 1_779_283_800_000],
    ['1779283800123', 1_779_283_800_123],
    ['0520 09:30:00 US/Eastern', Date.UTC(2026, 4, 20, 13, 30)],
    [' 20260415-16:20:50 ', Date.UTC(2026, 3, 15, 16, 20, 50)],
  ])('reads %s', (text, atMs) => {
    expect(parseTwsTime(text, { timeZone: newYork, nearMs: Date.UTC(2026, 4, 21) })).toEqual(instant(atMs));
  });

  it.each([['20250620', '2025-06-20'], ['2025-06-20', '2025-06-20'], ['2025/06/20', '2025-06-20'], ['20240229', '2024-02-29']])('reads %s as a day, without a zone to move it', (text, date) => {
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC']) expect(parseTwsTime(text, { timeZone: new TimeZone(zone) })).toEqual({ kind: 'date', date });
  });

  it.each(['', 'now', '20250230', '20251301', '20250620 25:00:00', '20250620 10:61:00', '20250620 10:00:00 Mars/Olympus', '10:00:00', '0520 09:30:00', '2025062', '20250620-10:00:00 US/Eastern'])(
    'says that it does not know %j',
    (text) => {
      expect(parseTwsTime(text)).toBeUndefined();
    },
  );

  it('takes the year nearest to now where none is written', () => {
    const newYearsEve = parseTwsTime('1231 23:59:00 UTC', { nearMs: Date.UTC(2026, 0, 1) });
    expect(newYearsEve).toEqual(instant(Date.UTC(2025, 11, 31, 23, 59)));
    expect(parseTwsTime('0101 00:01:00 UTC', { nearMs: Date.UTC(2025, 11, 31) })).toEqual(instant(Date.UTC(2026, 0, 1, 0, 1)));
  });

  it('reads sessions in the zone that comes beside them', () => {
    expect(parseScheduleTime('20230313-09:30:00', newYork)).toBe(Date.UTC(2023, 2, 13, 13, 30));
    expect(parseScheduleTime('20230310-09:30:00', newYork)).toBe(Date.UTC(2023, 2, 10, 14, 30));
    expect(parseScheduleTime('20230313 09:30:00', newYork)).toBeUndefined();
  });

  it('writes instants for requests in UTC', () => {
    expect(utcText(Date.UTC(2026, 10, 1, 5, 30, 59, 999))).toBe('20261101-05:30:59');
  });
});

/** A wall reading of an instant, as TWS prints it. */
function wallText(atMs: number, zone: TimeZone): string {
  return utcText(atMs + zone.offsetMs(atMs)).replace('-', ' ');
}

/** Both changes of clocks of a year, in zones that change at night, in the other season, by half an hour, at midnight, and never. */
const CHANGES: readonly (readonly [zone: string, atMs: number])[] = [
  ['America/New_York', Date.UTC(2026, 2, 8, 7)], ['America/New_York', Date.UTC(2026, 10, 1, 6)],
  ['Europe/London', Date.UTC(2026, 2, 29, 1)], ['Europe/London', Date.UTC(2026, 9, 25, 1)],
  ['Australia/Sydney', Date.UTC(2026, 3, 4, 16)], ['Australia/Sydney', Date.UTC(2026, 9, 3, 16)],
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)], ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 30)],
  ['America/Santiago', Date.UTC(2026, 3, 5, 3)], ['America/Santiago', Date.UTC(2026, 8, 6, 4)],
  ['Asia/Tokyo', Date.UTC(2026, 2, 29, 1)],
];

describe('changes of the clock', () => {
  it('an ascending series of wall readings gives back its instants, over both changes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHANGES), fc.constantFrom(60, 300, 900, 1800), fc.integer({ min: 0, max: 30 }), ([zoneName, changeMs], seconds, ahead) => {
        const zone = new TimeZone(zoneName);
        const stepMs = seconds * 1000;
        const startMs = Math.floor((changeMs - 3 * 3_600_000) / stepMs) * stepMs - ahead * stepMs;
        let afterMs: number | undefined;
        for (let atMs = startMs; atMs < changeMs + 3 * 3_600_000; atMs += stepMs) {
          const read = parseTwsTime(`${wallText(atMs, zone)} ${zoneName}`, { afterMs });
          expect(read).toEqual(instant(atMs));
          afterMs = atMs;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('epoch seconds and the dashed form are never moved', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHANGES), fc.integer({ min: -20_000, max: 20_000 }), ([zoneName, changeMs], seconds) => {
        const atMs = changeMs + seconds * 1000;
        const context = { timeZone: new TimeZone(zoneName) };
        expect(parseTwsTime(String(atMs / 1000), context)).toEqual(instant(atMs));
        expect(parseTwsTime(utcText(atMs), context)).toEqual(instant(atMs));
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9 :\-./ZA-z]{0,30}$/u)), (text) => {
        const read = parseTwsTime(text, { timeZone: newYork, nearMs: 0 });
        expect(read?.kind !== 'instant' || Number.isFinite(read.atMs)).toBe(true);
      }),
    );
  });

  it('knows no zone by a guess', () => {
    expect(twsTimeZone('Middle/Earth')).toBeUndefined();
    expect(twsTimeZone('GB-Eire')?.name).toBe('GB-Eire');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSessionChange, sessionOf, tradingHoursOf } from './trading-hours.js';
import type { ContractHours } from './trading-hours.js';
import { twsTimeZone } from './tws-time-zone.js';

const at = (text: string): number => Date.parse(text);

const STOCK: ContractHours = {
  timeZoneId: 'US/Eastern',
  tradingHours: '20260305:0400-20260305:2000;20260306:0400-20260306:2000;20260307:CLOSED;20260308:CLOSED;20260309:0400-20260309:2000',
  liquidHours: '20260305:0930-20260305:1600;20260306:0930-20260306:1600;20260307:CLOSED;20260308:CLOSED;20260309:0930-20260309:1600',
};

const FUTURE: ContractHours = {
  timeZoneId: 'US/Central',
  tradingHours: '20260304:1700-20260305:1600;20260305:1700-20260306:1600;20260307:CLOSED;20260308:1700-20260309:1600;20260309:1700-20260310:1600',
  liquidHours: '20260305:0830-20260305:1600;20260306:0830-20260306:1600;20260307:CLOSED;20260309:0830-20260309:1600;20260310:0830-20260310:1600',
};

describe('sessionOf', () => {
  it.each([
    ['2026-03-05T04:59:59Z', 'unknown', 'unknown'],
    ['2026-03-05T05:00:00Z', 'closed', 'closed'],
    ['2026-03-05T09:00:00Z', 'extended', 'pre'],
    ['2026-03-05T14:29:59.999Z', 'extended', 'pre'],
    ['2026-03-05T14:30:00Z', 'regular', 'regular'],
    ['2026-03-05T21:00:00Z', 'extended', 'post'],
    ['2026-03-06T01:00:00Z', 'closed', 'closed'],
    ['2026-03-07T15:00:00Z', 'closed', 'closed'],
    // Clocks went forward on the eighth.
    ['2026-03-09T13:29:59Z', 'extended', 'pre'],
    ['2026-03-09T13:30:00Z', 'regular', 'regular'],
    ['2026-03-10T03:59:59Z', 'closed', 'closed'],
    ['2026-03-10T04:00:00Z', 'unknown', 'unknown'],
  ])('of a stock at %s is %s', (text, session, phase) => {
    expect([sessionOf(STOCK, at(text)), tradingHoursOf(STOCK).phaseAt(at(text))]).toEqual([session, phase]);
  });

  it.each([
    ['2026-03-04T22:59:59Z', 'unknown', 'unknown'],
    ['2026-03-04T23:00:00Z', 'extended', 'pre'],
    ['2026-03-05T14:30:00Z', 'regular', 'regular'],
    ['2026-03-05T22:00:00Z', 'closed', 'closed'],
    ['2026-03-05T23:00:00Z', 'extended', 'pre'],
    ['2026-03-08T21:59:59Z', 'closed', 'closed'],
    ['2026-03-08T22:00:00Z', 'extended', 'pre'],
    ['2026-03-10T20:59:59Z', 'regular', 'regular'],
    ['2026-03-10T21:00:00Z', 'unknown', 'unknown'],
  ])('of a future, whose day begins on the evening before, at %s is %s', (text, session, phase) => {
    expect([sessionOf(FUTURE, at(text)), tradingHoursOf(FUTURE).phaseAt(at(text))]).toEqual([session, phase]);
  });

  it('leaves the evening of a last day without trade open where sessions begin in the evening', () => {
    const hours = { ...FUTURE, tradingHours: '20260305:1700-20260306:1600;20260307:CLOSED;20260308:CLOSED' };
    expect([sessionOf(hours, at('2026-03-08T21:59:59Z')), sessionOf(hours, at('2026-03-08T22:00:00Z'))]).toEqual(['closed', 'unknown']);
  });

  it('reads the old form, breaks at noon, and sessions that began on the evening before', () => {
    const old = { timeZoneId: 'Japan', tradingHours: '20090507:0900-1130,1230-1500;20090508:CLOSED', liquidHours: '20090507:0900-1130,1230-1500;20090508:CLOSED' };
    const seen = ['T23:59:59Z', 'T00:00:00Z', 'T02:29:59Z', 'T02:30:00Z', 'T03:30:00Z', 'T06:00:00Z'].map((time, index) => sessionOf(old, at(`2009-05-0${index === 0 ? 6 : 7}${time}`)));
    expect(seen).toEqual(['closed', 'regular', 'regular', 'closed', 'regular', 'closed']);
    const globex = { timeZoneId: 'CST (Central Standard Time)', tradingHours: '20170516:1700-1515,1530-1600;20170517:CLOSED', liquidHours: '20170516:0830-1515;20170517:CLOSED' };
    const changes = ['2017-05-15T21:59:59Z', '2017-05-15T22:00:00Z', '2017-05-16T13:30:00Z', '2017-05-16T20:15:00Z', '2017-05-16T20:30:00Z', '2017-05-16T21:00:00Z'];
    expect(changes.map((text) => tradingHoursOf(globex).phaseAt(at(text)))).toEqual(['unknown', 'pre', 'regular', 'closed', 'pre', 'closed']);
  });

  it.each(['20260305:0000-20260305:2359;20260306:0000-20260306:2359', '20260305:0000-2400;20260306:0000-0000', '20260305:0000-20260306:0000;20260306:0000-20260307:0000'])(
    'knows no pause at midnight where trade goes round the clock: %s',
    (hours) => {
      const coin = { timeZoneId: 'UTC', tradingHours: hours, liquidHours: hours };
      expect([nextSessionChange(coin, at('2026-03-05T12:00:00Z')), sessionOf(coin, at('2026-03-05T23:59:30Z'))]).toEqual([at('2026-03-07T00:00:00Z'), 'regular']);
    },
  );

  it('takes the trading hours for the regular ones where there is one kind only', () => {
    const { tradingHours, timeZoneId } = STOCK;
    expect(sessionOf({ tradingHours, timeZoneId }, at('2026-03-05T09:00:00Z'))).toBe('regular');
    const { liquidHours } = STOCK;
    expect([sessionOf({ liquidHours, timeZoneId }, at('2026-03-05T14:30:00Z')), sessionOf({ liquidHours, timeZoneId }, at('2026-03-05T13:00:00Z'))]).toEqual(['regular', 'unknown']);
  });

  it.each(['US/Eastern', 'MET', 'Japan', 'GB-Eire', 'EST5EDT', 'EST', 'Hongkong', 'Israel', 'Australia/NSW', 'Asia/Calcutta', 'MET (Middle Europe Time)', 'JST', 'GMT'])('knows the zone %s', (timeZoneId) => {
    const zone = twsTimeZone(timeZoneId);
    const noon = zone?.instantOf('2026-07-01', 43_200_000) ?? 0;
    const hours = { timeZoneId, tradingHours: '20260701:1200-20260701:1300', liquidHours: '20260701:1200-20260701:1300' };
    expect([sessionOf(hours, noon - 1), sessionOf(hours, noon)]).toEqual(['closed', 'regular']);
  });

  it.each([
    [{}],
    [{ ...STOCK, timeZoneId: undefined }],
    [{ ...STOCK, timeZoneId: 'Middle/Earth' }],
    [{ ...STOCK, tradingHours: '', liquidHours: '' }],
    [{ ...STOCK, tradingHours: 'CLOSED', liquidHours: '20260305' }],
    [{ ...STOCK, tradingHours: '20260230:0400-20260230:2000', liquidHours: '20260305:2500-20260305:2600' }],
    [{ ...STOCK, tradingHours: '20260305:0400', liquidHours: '20260305:0930-20260305:1600-20260305:1700' }],
    [{ ...STOCK, tradingHours: '20260305:0400-20260305:0400', liquidHours: '20260305:0960-20260305:1600' }],
  ] as const)('says unknown where nobody can know: %j', (hours: ContractHours) => {
    expect([tradingHoursOf(hours).phaseAt(at('2026-03-05T15:00:00Z')), nextSessionChange(hours, at('2026-03-07T15:00:00Z'))]).toEqual(['unknown', undefined]);
  });

  it('says nothing of the days from one on that it cannot read, instead of calling them holidays', () => {
    const hours = { ...STOCK, tradingHours: `${STOCK.tradingHours ?? ''};2026031x:0400-2000;20260311:0400-20260311:2000` };
    expect([sessionOf(hours, at('2026-03-09T12:00:00Z')), sessionOf(hours, at('2026-03-10T12:00:00Z')), sessionOf(hours, at('2026-03-11T12:00:00Z'))]).toEqual(['extended', 'unknown', 'unknown']);
  });

  it('answers for any text and any instant without a fault', () => {
    const piece = fc.oneof(fc.constantFrom(';', ',', '-', ':', 'CLOSED', '20260305', '0930', '1600', '2400', '2359', ' '), fc.string({ maxLength: 3 }));
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, fc.double(), (tradingHours, liquidHours, atMs) => {
        const hours = { timeZoneId: 'US/Eastern', tradingHours, liquidHours };
        expect(['regular', 'extended', 'closed', 'unknown']).toContain(sessionOf(hours, atMs));
        const next = nextSessionChange(hours, atMs);
        expect(next === undefined || Number.isNaN(atMs) || next > atMs).toBe(true);
      }),
    );
  });
});

describe('nextSessionChange and nextOpen', () => {
  it('walk through a week and end where nothing is known any more', () => {
    const walked: string[] = [];
    for (let atMs: number | undefined = at('2026-03-06T12:00:00Z'); atMs !== undefined; atMs = nextSessionChange(STOCK, atMs)) walked.push(`${new Date(atMs).toISOString().slice(8, 16)} ${sessionOf(STOCK, atMs)}`);
    expect(walked).toEqual([
      '06T12:00 extended', '06T14:30 regular', '06T21:00 extended', '07T01:00 closed',
      '09T08:00 extended', '09T13:30 regular', '09T20:00 extended', '10T00:00 closed', '10T04:00 unknown',
    ]);
  });

  it('begin before the known days, too', () => {
    expect(nextSessionChange(STOCK, 0)).toBe(at('2026-03-05T05:00:00Z'));
    expect(tradingHoursOf(STOCK).nextOpen(0)).toBe(at('2026-03-05T09:00:00Z'));
    expect(tradingHoursOf(STOCK).nextOpen(at('2026-03-06T22:00:00Z'), { regular: true })).toBe(at('2026-03-09T13:30:00Z'));
    expect(tradingHoursOf(STOCK).nextOpen(at('2026-03-09T22:00:00Z'))).toBeUndefined();
  });
});

const ZONES = ['US/Eastern', 'US/Central', 'MET', 'GB-Eire', 'Japan', 'Australia/NSW', 'Asia/Kolkata', 'America/Sao_Paulo', 'Israel'];
const compact = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}`;

describe('hours over a change of the clocks', () => {
  // Two weeks around any day of 2026 hold both changes of every zone in one case or another.
  const week = fc.record({
    zone: fc.constantFrom(...ZONES),
    firstDay: fc.integer({ min: 20_454, max: 20_819 }),
    // From four o'clock on: the hour that occurs twice or never lies before.
    opens: fc.integer({ min: 300, max: 700 }),
    length: fc.integer({ min: 1, max: 700 }),
    overnight: fc.boolean(),
    instants: fc.array(fc.integer({ min: -1440, max: 1440 * 16 }), { minLength: 1, maxLength: 20 }),
  });

  it('agree with the clock on the wall of the exchange', () => {
    fc.assert(
      fc.property(week, ({ zone: timeZoneId, firstDay, opens, length, overnight, instants }) => {
        const zone = twsTimeZone(timeZoneId);
        if (zone === undefined) throw new Error(timeZoneId);
        const [from, to] = overnight ? [opens + 720, Math.max(240, opens + length - 720)] : [opens, opens + length];
        const entry = (_: unknown, index: number): string => `${compact(firstDay + index)}:${clock(Math.min(from, 1438))}-${compact(firstDay + index + (overnight ? 1 : 0))}:${clock(Math.min(to, 1438))}`;
        const text = Array.from({ length: 14 }, entry).join(';');
        const hours = { timeZoneId, tradingHours: text, liquidHours: text };
        for (const minutes of instants) {
          const atMs = firstDay * 86_400_000 + minutes * 60_000;
          const { hour, minute } = zone.read(atMs);
          const day = Date.parse(zone.dateOf(atMs)) / 86_400_000 - firstDay;
          const wall = hour * 60 + minute;
          const opensBy = wall >= Math.min(from, 1438);
          const closesBy = wall >= Math.min(to, 1438);
          const open = overnight ? (opensBy && day >= 0 && day < 14) || (!closesBy && day >= 1 && day < 15) : opensBy && !closesBy && day >= 0 && day < 14;
          const within = overnight ? (day > 0 || opensBy) && (day < 14 || (day === 14 && !closesBy)) : day >= 0 && day < 14;
          if (day < -1 || day > 15 || (overnight && (day < 0 || day > 14))) continue;
          expect([timeZoneId, new Date(atMs).toISOString(), sessionOf(hours, atMs)]).toEqual([timeZoneId, new Date(atMs).toISOString(), open ? 'regular' : within ? 'closed' : 'unknown']);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('tell each change of session at the instant of the change, and none in between', () => {
    fc.assert(
      fc.property(fc.constantFrom(STOCK, FUTURE), fc.integer({ min: at('2026-03-04T00:00:00Z'), max: at('2026-03-10T03:59:59Z') }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (hours, atMs, part) => {
        const next = nextSessionChange(hours, atMs);
        // Beyond the known days, where nothing changes any more.
        fc.pre(next !== undefined);
        expect(next).toBeGreaterThan(atMs);
        expect(sessionOf(hours, next)).not.toBe(sessionOf(hours, next - 1));
        expect(sessionOf(hours, Math.min(next - 1, Math.floor(atMs + (next - atMs) * part)))).toBe(sessionOf(hours, atMs));
      }),
    );
  });
});

describe('spanAt', () => {
  it.each([
    ['2026-03-05T15:00:00Z', { regular: true }, ['2026-03-05T14:30:00Z', '2026-03-05T21:00:00Z']],
    ['2026-03-05T15:00:00Z', {}, ['2026-03-05T09:00:00Z', '2026-03-06T01:00:00Z']],
    ['2026-03-05T21:00:00Z', { regular: true }, 'closed'],
    ['2026-03-10T04:00:00Z', {}, 'unknown'],
  ] as const)('at %s with %o is %o', (text, options, expected) => {
    expect(tradingHoursOf(STOCK).spanAt(at(text), options)).toEqual(typeof expected === 'string' ? expected : { fromMs: at(expected[0]), toMs: at(expected[1]) });
  });
});

describe('learn', () => {
  const day = (text: string): string => `202603${text}:0930-202603${text}:1600`;
  const hours = (...days: readonly string[]): ContractHours => ({ timeZoneId: 'UTC', tradingHours: days.map(day).join(';'), liquidHours: days.map(day).join(';') });
  const phases = (known: ReturnType<typeof tradingHoursOf>, ...days: readonly string[]): readonly string[] => days.map((text) => known.phaseAt(at(`2026-03-${text}T10:00:00Z`)));

  it('goes on with what a later look-up says, which counts from its first day', () => {
    const known = tradingHoursOf(hours('02', '03', '04'));
    expect(phases(known, '03', '04', '05')).toEqual(['regular', 'regular', 'unknown']);
    known.learn({ timeZoneId: 'UTC', tradingHours: '20260304:CLOSED;20260305:0930-20260305:1600', liquidHours: '20260304:CLOSED;20260305:0930-20260305:1600' });
    expect(phases(known, '03', '04', '05', '06')).toEqual(['regular', 'closed', 'regular', 'unknown']);
    expect(known.knownUntilMs).toBe(at('2026-03-06T00:00:00Z'));
  });

  it('takes no days for holidays of which nobody told', () => {
    const known = tradingHoursOf(hours('02', '03'));
    known.learn(hours('09', '10'));
    expect(phases(known, '03', '06', '09')).toEqual(['unknown', 'unknown', 'regular']);
  });

  it('keeps what it knows when a later look-up says nothing', () => {
    const known = tradingHoursOf(hours('02', '03'));
    known.learn({});
    known.learn({ tradingHours: 'nonsense', liquidHours: '' });
    expect(phases(known, '02', '03', '04')).toEqual(['regular', 'regular', 'unknown']);
  });
});

it('a stretch of time is open when some of it is, and unknown where nothing is known', () => {
  const hours = tradingHoursOf(STOCK);
  const between = (from: string, to: string, regular = true): string => hours.during(at(from), at(to), { regular });
  expect(between('2026-03-06T14:00:00Z', '2026-03-06T14:31:00Z')).toBe('open');
  expect(between('2026-03-07T12:00:00Z', '2026-03-07T13:00:00Z')).toBe('closed');
  expect(between('2020-01-01T12:00:00Z', '2020-01-01T13:00:00Z')).toBe('unknown');
});

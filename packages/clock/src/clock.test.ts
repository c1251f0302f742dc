import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeZone, abortReason, createScaledClock, formatLocalDate, parseLocalDate, seededRandom, sleep, systemClock, systemRandom, withDeadline } from './index.js';
import { createTestClock } from './testing.js';

describe('createTestClock', () => {
  it('fires timers in due order and shows each its own due time', async () => {
    const clock = createTestClock();
    const fired: [string, number][] = [];
    clock.setTimer(20, () => fired.push(['b', clock.monotonic()]));
    clock.setTimer(10, () => fired.push(['a', clock.monotonic()]));
    clock.setTimer(30, () => fired.push(['late', clock.monotonic()]));
    await clock.advance(25);
    expect(fired).toEqual([['a', 10], ['b', 20]]);
    expect(clock.pending).toBe(1);
  });

  it('lets a timer that a callback sets fire within the same advance', async () => {
    const clock = createTestClock();
    let fired = 0;
    clock.setTimer(5, () => clock.setTimer(5, () => (fired = clock.monotonic())));
    await clock.advance(10);
    expect(fired).toBe(10);
  });

  it('moves the wall clock without moving monotonic time', () => {
    const clock = createTestClock({ nowMs: 1000 });
    clock.setNow(50);
    expect([clock.now(), clock.monotonic()]).toEqual([50, 0]);
  });
});

describe('sleep', () => {
  it('rejects with the reason of its signal and leaves no timer', async () => {
    const clock = createTestClock();
    const stop = new AbortController();
    const waiting = sleep(clock, 1000, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });
});

describe('withDeadline', () => {
  it('rejects with the timeout error once the time is up', async () => {
    const clock = createTestClock();
    const waiting = withDeadline(clock, 100, new Promise(() => undefined), { timeoutError: () => new Error('too late') });
    await Promise.all([expect(waiting).rejects.toThrow('too late'), clock.advance(100)]);
  });

  it('passes the result on and leaves no timer', async () => {
    const clock = createTestClock();
    const result = await withDeadline(clock, 100, Promise.resolve(7), { timeoutError: () => new Error('too late') });
    expect(result).toBe(7);
    expect(clock.pending).toBe(0);
  });
});

describe('createScaledClock', () => {
  it('runs its timers speed times as fast as the base', async () => {
    const base = createTestClock();
    const clock = createScaledClock(base, { startAtMs: 0, speed: 60 });
    let firedAt = -1;
    clock.setTimer(60_000, () => (firedAt = clock.now()));
    await base.advance(999);
    expect(firedAt).toBe(-1);
    await base.advance(1);
    expect(firedAt).toBe(60_000);
  });

  it('stands still while paused and goes on where it stopped', async () => {
    const base = createTestClock();
    const clock = createScaledClock(base, { startAtMs: 0 });
    await base.advance(10);
    clock.pause();
    await base.advance(1000);
    expect(clock.now()).toBe(10);
    clock.resume();
    await base.advance(5);
    expect(clock.now()).toBe(15);
  });

  it('advances by hand in due order, with now at each due time', () => {
    const clock = createScaledClock(createTestClock(), { startAtMs: 0, paused: true });
    const fired: number[] = [];
    clock.setTimer(30, () => fired.push(clock.now()));
    clock.setTimer(10, () => {
      fired.push(clock.now());
      clock.setTimer(5, () => fired.push(clock.now()));
    });
    clock.advance(100);
    expect(fired).toEqual([10, 15, 30]);
    expect(clock.now()).toBe(100);
  });

  it('keeps time continuous over a change of speed', async () => {
    const base = createTestClock();
    const clock = createScaledClock(base, { startAtMs: 0, speed: 2 });
    await base.advance(10);
    clock.setSpeed(10);
    await base.advance(10);
    expect(clock.now()).toBe(120);
  });

  it('leaves nothing pending on the base after close', () => {
    const base = createTestClock();
    const clock = createScaledClock(base);
    clock.setTimer(10, () => undefined);
    clock.close();
    expect(base.pending).toBe(0);
  });

  it('rejects a speed that is not above 0', () => {
    expect(() => createScaledClock(createTestClock(), { speed: 0 })).toThrow(/above 0, got 0/);
  });

  it('fires every timer exactly once, never early, whatever the order of speeds and pauses', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('run' as const), ms: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ kind: fc.constant('speed' as const), ms: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constant('pause' as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant('resume' as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant('timer' as const), ms: fc.integer({ min: 0, max: 500 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const base = createTestClock();
        const clock = createScaledClock(base, { startAtMs: 0 });
        let set = 0;
        let fired = 0;
        let earliest = 0;
        for (const { kind, ms } of steps) {
          if (kind === 'run') await base.advance(ms);
          else if (kind === 'speed') clock.setSpeed(ms);
          else if (kind === 'pause') clock.pause();
          else if (kind === 'resume') clock.resume();
          else {
            set += 1;
            const dueAtMs = clock.monotonic() + ms;
            clock.setTimer(ms, () => {
              fired += 1;
              earliest = Math.min(earliest, clock.monotonic() - dueAtMs);
            });
          }
        }
        clock.resume();
        await base.advance(1000);
        expect(fired).toBe(set);
        expect(earliest).toBeGreaterThanOrEqual(-1e-5);
        expect(base.pending).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('systemClock', () => {
  it('never fires a cancelled timer and never runs backwards', () => {
    const clock = systemClock();
    const timer = clock.setTimer(0, () => expect.unreachable());
    timer.cancel();
    timer.cancel();
    const first = clock.monotonic();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(first);
  });

  it('rejects a delay that is not a number', () => {
    expect(() => systemClock().setTimer(Number.NaN, () => undefined)).toThrow(RangeError);
  });
});

describe('seededRandom', () => {
  it('repeats for the same seed and stays in [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const [a, b] = [seededRandom(seed), seededRandom(seed)];
        for (let i = 0; i < 20; i += 1) {
          const value = a.next();
          expect(value).toBe(b.next());
          expect(value >= 0 && value < 1).toBe(true);
        }
      }),
    );
  });
});

describe('systemRandom', () => {
  it('stays in [0, 1), and does not repeat itself', () => {
    const [random, other] = [systemRandom(), systemRandom()];
    const values = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? random : other).next());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(values).size).toBe(values.length);
  });
});

describe('a date without a time', () => {
  it('is read as it is written, and refused when the calendar does not have it', () => {
    expect([formatLocalDate(2024, 2, 29), formatLocalDate(987, 11, 3)]).toEqual(['2024-02-29', '0987-11-03']);
    expect([parseLocalDate('2024-02-29'), parseLocalDate('0987-11-03')]).toEqual([{ year: 2024, month: 2, day: 29 }, { year: 987, month: 11, day: 3 }]);
    for (const text of ['2023-02-29', '2024-13-01', '2024-04-31', '2024-00-10']) expect(() => parseLocalDate(text)).toThrow(/not a day of the calendar/);
    for (const text of ['20240229', '2024-2-29', '2024-02-29T00:00', '']) expect(() => parseLocalDate(text)).toThrow(/YYYY-MM-DD/);
  });
});

describe('TimeZone', () => {
  const newYork = new TimeZone('America/New_York');

  it('knows its name, and how far it is ahead of UTC at an instant', () => {
    expect([newYork.name, newYork.offsetMs(Date.UTC(2026, 0, 15)), newYork.offsetMs(Date.UTC(2026, 6, 15))]).toEqual(['America/New_York', -18_000_000, -14_400_000]);
  });

  it('finds the open of a summer and of a winter session', () => {
    const open = (9 * 60 + 30) * 60_000;
    expect(new Date(newYork.instantOf('2013-10-07', open)).toISOString()).toBe('2013-10-07T13:30:00.000Z');
    expect(new Date(newYork.instantOf('2013-12-02', open)).toISOString()).toBe('2013-12-02T14:30:00.000Z');
  });

  it('takes the first of two equal readings and moves a skipped one on', () => {
    expect(new Date(newYork.instantOf('2024-11-03', 90 * 60_000)).toISOString()).toBe('2024-11-03T05:30:00.000Z');
    expect(new Date(newYork.instantOf('2024-03-10', 150 * 60_000)).toISOString()).toBe('2024-03-10T07:30:00.000Z');
  });

  it('reads back what it wrote for every wall time that exists once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 4 * 3_600_000, max: 86_399_999 }), (day, msOfDay) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        const r = newYork.read(newYork.instantOf(date, msOfDay));
        expect(((r.hour * 60 + r.minute) * 60 + r.second) * 1000 + r.millisecond).toBe(msOfDay);
        expect(newYork.dateOf(newYork.instantOf(date, msOfDay))).toBe(date);
      }),
    );
  });

  it('names what is wrong with a zone and with a date', () => {
    expect(() => new TimeZone('Mars/Olympus')).toThrow(/IANA zone.*Mars/);
    expect(() => newYork.instantOf('2024-02-30', 0)).toThrow(/not a day/);
    expect(() => newYork.instantOf('20240230', 0)).toThrow(/YYYY-MM-DD/);
  });
});

describe('abortReason', () => {
  it.each([
    ['an error as it is', new Error('enough'), 'enough'],
    ['a text as the message', 'enough', 'enough'],
    ['anything else as the cause', { why: 'enough' }, 'The operation was aborted'],
    ['an empty text as the cause', '', 'The operation was aborted'],
  ])('gives %s', (_, reason, message) => {
    const error = abortReason(AbortSignal.abort(reason));
    expect(error.message).toBe(message);
    expect(reason instanceof Error ? error : error.cause).toBe(reason);
  });
});

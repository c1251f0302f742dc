import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_KINDS, LINE_PRIORITIES, LineBudget, lineLimits } from '../index.js';
import type { LineLease } from '../index.js';

const exhausted = expect.objectContaining({ code: 'IBKR_RATE_LINES_EXHAUSTED', retryable: true }) as unknown;

function fill(budget: LineBudget, count: number): LineLease[] {
  return Array.from({ length: count }, (_, index) => budget.take({ key: `line ${index}` }));
}

describe('lineLimits', () => {
  it.each([
    [100, 5, 3],
    [101, 10, 3],
    [400, 20, 3],
    [401, 25, 4],
    [1100, 55, 10],
    [1200, 60, 11],
    [100_000, 500, 60],
  ])('derives from %i lines %i tick-by-tick and %i depth streams', (lines, tickByTick, depth) => {
    expect(lineLimits(lines)).toEqual({ quotes: lines, tickByTick, depth });
  });
});

describe('LineBudget', () => {
  it('refuses before sending what the broker would refuse, with the numbers', () => {
    const budget = new LineBudget();
    fill(budget, 100);
    expect(() => budget.take({ key: 'AAPL@SMART' })).toThrow('100 of 100 market-data lines are taken: the subscription was not sent.');
    expect(budget.usage().quotes).toMatchObject({ limit: 100, used: 100, free: 0, refused: 1 });
    for (const key of ['1', '2', '3']) budget.take({ kind: 'depth', key });
    expect(() => budget.take({ kind: 'depth', key: '4' })).toThrow(exhausted);
  });

  it('gives a line back once, however often it is released', () => {
    const budget = new LineBudget({ lines: 2 });
    const [first] = fill(budget, 2);
    first?.release();
    first?.release();
    expect([first?.held, budget.usage().quotes.used]).toEqual([false, 1]);
    {
      using scoped = budget.take({ key: 'scoped' });
      expect(scoped.held).toBe(true);
    }
    expect(budget.usage().quotes).toMatchObject({ used: 1, keys: ['line 1'] });
  });

  it('takes back the newest line of the lowest priority below, if its holder allows it', () => {
    const budget = new LineBudget({ lines: 4 });
    const gone: string[] = [];
    const take = (key: string, priority: 'normal' | 'background'): LineLease => budget.take({ key, priority, onPreempted: () => gone.push(key) });
    const leases = [take('watch', 'normal'), take('old scan', 'background'), take('new scan', 'background'), budget.take({ key: 'firm', priority: 'background' })];
    budget.take({ key: 'order 1', priority: 'trading' });
    expect(gone).toEqual(['new scan']);
    budget.take({ key: 'order 2', priority: 'trading' });
    budget.take({ key: 'order 3', priority: 'trading' });
    expect([gone, leases.map(({ held }) => held)]).toEqual([['new scan', 'old scan', 'watch'], [false, false, false, true]]);
    expect(() => budget.take({ key: 'order 4', priority: 'trading' })).toThrow(exhausted);
    expect(() => budget.take({ key: 'peer', priority: 'background' })).toThrow(exhausted);
    leases[0]?.release(); // taken back already: frees nothing
    expect(budget.usage().quotes).toMatchObject({ used: 4, preempted: 3, byPriority: { trading: 3, normal: 0, background: 1 } });
  });

  it('leaves a line with a holder whose callback throws, and asks the next', () => {
    const budget = new LineBudget({ lines: 2 });
    const polite = budget.take({ key: 'polite', priority: 'background', onPreempted: () => undefined });
    const failing = (): never => {
      throw new Error('cannot cancel now');
    };
    const stubborn = budget.take({ key: 'stubborn', priority: 'background', onPreempted: failing });
    budget.take({ key: 'order', priority: 'trading' });
    expect([polite.held, stubborn.held]).toEqual([false, true]);
    expect(() => budget.take({ key: 'order', priority: 'trading' })).toThrow(expect.objectContaining({ cause: new Error('cannot cancel now') }) as Error);
  });

  it('takes nothing back when that would not make room', () => {
    const budget = new LineBudget({ lines: 5 });
    let asked = 0;
    const scan = budget.take({ key: 'scan', priority: 'background', onPreempted: () => (asked += 1) });
    const leases = fill(budget, 4);
    for (const lease of leases.slice(0, 2)) lease.refused();
    expect(budget.usage().quotes.limit).toBe(3);
    budget.take({ key: 'order', priority: 'trading' });
    expect([asked, scan.held]).toEqual([1, false]);
    expect(() => budget.take({ key: 'order', priority: 'trading' })).toThrow(exhausted);
  });

  it('keeps a reserve for trading', () => {
    const budget = new LineBudget({ lines: 10, reserve: 2 });
    fill(budget, 8);
    expect(() => budget.take({ key: 'more' })).toThrow('8 of 8 market-data lines');
    budget.take({ key: 'order', priority: 'trading' });
    expect(budget.usage().quotes.free).toBe(1);
  });

  it('believes the broker’s refusal for a while, and lets one through to see whether there is room again', async () => {
    const clock = createTestClock();
    const budget = new LineBudget({ clock });
    const leases = fill(budget, 40);
    leases[39]?.refused();
    leases[39]?.refused();
    expect(budget.usage().quotes).toMatchObject({ limit: 39, configured: 100, used: 39, refusedByBroker: 1 });
    expect(() => budget.take({ key: 'more' })).toThrow(exhausted);
    await clock.advance(60_000);
    expect(budget.usage().quotes.limit).toBe(100);
    for (const lease of leases) lease.release();
    budget.take({ key: 'alone' }).refused();
    expect(budget.take({ key: 'again' }).held).toBe(true);
  });

  it('asks for one instrument tick by tick only every 15 seconds', async () => {
    const clock = createTestClock();
    const budget = new LineBudget({ clock });
    const take = (key: string): LineLease => budget.take({ kind: 'tickByTick', key });
    take('AAPL').release();
    await clock.advance(5000);
    expect(() => take('AAPL')).toThrow(expect.objectContaining({ code: 'IBKR_RATE_INSTRUMENT_TOO_SOON', details: { kind: 'tickByTick', retryInMs: 10_000 } }) as Error);
    take('MSFT');
    await clock.advance(10_000);
    expect(take('AAPL').held).toBe(true);
  });

  it.each([
    [{ lines: 0 }, 'lines'],
    [{ lines: Number.NaN }, 'lines'],
    [{ tickByTick: -1 }, 'tickByTick'],
    [{ depth: 0.5 }, 'depth'],
    [{ reserve: 101 }, 'reserve must be an integer from 0 to 100, got 101'],
    [{ tickByTickGapMs: Number.NaN }, 'tickByTickGapMs'],
    [{ learnedForMs: Number.POSITIVE_INFINITY }, 'learnedForMs'],
  ])('refuses %o', (options, message) => {
    expect(() => new LineBudget(options)).toThrow(message);
  });

  it('never holds more than its limits, and counts every lease once, over any history', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom(...LINE_KINDS), priority: fc.constantFrom(...LINE_PRIORITIES), yields: fc.boolean() }),
      fc.record({ drop: fc.nat(), refused: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = createTestClock();
        const budget = new LineBudget({ clock, lines: 6, tickByTick: 2, depth: 3, reserve: 1 });
        const leases: LineLease[] = [];
        const errors: unknown[] = [];
        let key = 0;
        for (const action of steps) {
          if ('kind' in action) {
            try {
              leases.push(budget.take({ ...action, key: String((key += 1)), onPreempted: action.yields ? () => undefined : undefined }));
            } catch (error) {
              errors.push(error);
            }
          } else {
            const lease = leases[action.drop % (leases.length + 1)];
            if (action.refused) lease?.refused();
            else lease?.release();
          }
          const usage = budget.usage();
          for (const kind of LINE_KINDS) {
            expect(usage[kind].used).toBe(leases.filter((lease) => lease.kind === kind && lease.held).length);
            expect(usage[kind].used <= usage[kind].configured).toBe(true);
          }
        }
        expect(errors).toEqual(errors.map(() => exhausted));
      }),
    );
  });
});

import { seededRandom } from '@ibkit/clock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BACKOFF_OPTIONS, createBackoff } from './index.js';
import type { Backoff } from './index.js';

function ceilings(first: Backoff, count: number): number[] {
  const seen: number[] = [];
  for (let backoff = first; seen.length < count; backoff = backoff.next()) seen.push(backoff.ceilingMs);
  return seen;
}

describe('createBackoff', () => {
  it('doubles from 2 s up to 60 s by default', () => {
    expect(ceilings(createBackoff(), 7)).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('is not changed by taking the next step', () => {
    const first = createBackoff();
    first.next().next();
    expect([first.step, first.ceilingMs, first.next().step]).toEqual([0, DEFAULT_BACKOFF_OPTIONS.initialMs, 1]);
  });

  it('asks for no chance without jitter', () => {
    const never = { next: (): number => expect.unreachable('chance was asked') };
    expect(createBackoff({ initialMs: 100, jitter: 'none' }).next().delayMs(never)).toBe(200);
  });

  it('lets a late start move the default end', () => {
    expect(ceilings(createBackoff({ initialMs: 90_000 }), 2)).toEqual([90_000, 90_000]);
  });

  it('keeps every delay from 0 to the ceiling and every ceiling from the initial to the last, never falling', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer(),
        (initialMs, factor, above, seed) => {
          const maxMs = initialMs + above;
          const random = seededRandom(seed);
          let backoff = createBackoff({ initialMs, factor, maxMs });
          for (let step = 0; step < 30; step += 1) {
            const delayMs = backoff.delayMs(random);
            expect(delayMs >= 0 && delayMs <= backoff.ceilingMs).toBe(true);
            const next = backoff.next();
            expect(next.ceilingMs >= backoff.ceilingMs && next.ceilingMs <= maxMs).toBe(true);
            backoff = next;
          }
        },
      ),
    );
  });

  it('spreads full jitter over the whole range', () => {
    const random = seededRandom(7);
    const delays = Array.from({ length: 1000 }, () => createBackoff().delayMs(random));
    expect(Math.min(...delays)).toBeLessThan(100);
    expect(Math.max(...delays)).toBeGreaterThan(1900);
  });

  it.each([
    [{ initialMs: -1 }, 'initialMs'],
    [{ initialMs: Number.NaN }, 'initialMs'],
    [{ factor: 0.5 }, 'factor'],
    [{ maxMs: 1000 }, 'maxMs'],
    [{ maxMs: Number.POSITIVE_INFINITY }, 'maxMs'],
  ])('refuses %o', (options, field) => {
    expect(() => createBackoff(options)).toThrow(field);
  });
});

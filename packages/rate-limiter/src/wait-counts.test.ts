import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.js';
import { WAIT_BUCKETS_MS, WaitCounts } from './wait-counts.js';

const wait = fc.oneof(fc.constantFrom(...WAIT_BUCKETS_MS), fc.double({ min: 0, max: 100_000, noNaN: true }));

describe('counts of waits', () => {
  it('are kept between these bounds, as dashboards know them', () => {
    expect(WAIT_BUCKETS_MS).toEqual([1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]);
  });

  it('are those of a naive count', () => {
    fc.assert(
      fc.property(fc.array(wait), fc.nat({ max: 1000 }), (waits, atOnce) => {
        const counts = new WaitCounts();
        for (const waitedMs of waits) counts.add(waitedMs);
        const { counts: found, sumMs } = counts.histogram(waits.length + atOnce);
        const all = [...waits, ...Array.from({ length: atOnce }, () => 0)];
        const atMost = (bound: number): number => all.filter((waitedMs) => waitedMs <= bound).length;
        let sum = 0;
        for (const [bucket, bound] of [...WAIT_BUCKETS_MS, Number.POSITIVE_INFINITY].entries()) {
          sum += found[bucket] ?? Number.NaN;
          expect(sum).toBe(atMost(bound));
        }
        expect(sumMs).toBeCloseTo(waits.reduce((total, waitedMs) => total + waitedMs, 0), 3);
      }),
    );
  });

  it('hold every grant of a limiter, whether it waited or not, and nothing that gave up', async () => {
    const clock = createTestClock();
    await using limiter = new RateLimiter({ clock, perSecond: 2, reservePerSecond: 0, guardMs: 0 });
    const all = [limiter.acquire(), limiter.acquire(), limiter.acquire(), limiter.acquire({ deadlineMs: 10 })];
    await clock.advance(1500);
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    const { granted, waits } = limiter.stats();
    expect(granted.data).toBe(3);
    expect(waits.data.sumMs).toBe(1000);
    expect(waits.data.counts[0]).toBe(2);
    expect(waits.data.counts[WAIT_BUCKETS_MS.indexOf(1000)]).toBe(1);
    expect(waits.data.counts.reduce((sum, count) => sum + count)).toBe(3);
    expect(waits.order.counts.every((count) => count === 0)).toBe(true);
  });
});

import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.js';

describe('ServerClock', () => {
  it('is our own time until the gateway has told its own', () => {
    const clock = createTestClock({ nowMs: 5_000 });
    const server = new ServerClock(clock);
    expect([server.now(), server.offsetMs]).toEqual([5_000, undefined]);
  });

  it('is never further off than half a second, and gets better with every reply', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -100_000, max: 100_000 }), fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 20 }), async (offsetMs, gaps) => {
        const clock = createTestClock({ nowMs: 1_700_000_000_000 });
        const server = new ServerClock(clock);
        let worstMs = 500;
        for (const gapMs of gaps) {
          await clock.advance(gapMs);
          server.learn(Math.floor((clock.now() + offsetMs) / 1000));
          const errorMs = Math.abs(server.now() - clock.now() - offsetMs);
          expect(errorMs).toBeLessThanOrEqual(worstMs);
          worstMs = 500;
        }
      }),
      { numRuns: 50 },
    );
  });

  it('starts over when replies contradict what was learned', async () => {
    const clock = createTestClock({ nowMs: 0 });
    const server = new ServerClock(clock);
    server.learn(100);
    await clock.advance(1_000);
    server.learn(160);
    expect(server.now()).toBe(160_500);
    server.learn(Number.NaN);
    expect(server.now()).toBe(160_500);
    expect(server.learnedAtMs).toBe(1_000);
  });
});

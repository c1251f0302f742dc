import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { drained } from './drain.js';

describe('drained', () => {
  it('waits for what runs and what is in flight, and no longer than it may', async () => {
    const clock = createTestClock();
    const left = { running: 1, inFlight: 1 };
    const done = drained({ clock, deadlineMs: 1000, running: () => left.running, inFlight: () => left.inFlight });
    await clock.advance(500);
    left.running = 0;
    await clock.advance(100);
    left.inFlight = 0;
    await clock.advance(20);
    expect(await done).toEqual({ running: 0, inFlight: 0 });
    expect(clock.monotonic()).toBeLessThan(1000);
    const stuck = drained({ clock, deadlineMs: 1000, running: () => 0, inFlight: () => 2 });
    await clock.advance(1020);
    expect(await stuck).toEqual({ running: 0, inFlight: 2 });
    expect(clock.pending).toBe(0);
  });
});

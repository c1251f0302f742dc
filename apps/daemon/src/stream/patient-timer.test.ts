import { systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { patientTimer } from './patient-timer.js';

describe('a timer that is patient', () => {
  it('fires once, after its time, and not when it was cancelled', async () => {
    const clock = createTestClock();
    const fired: number[] = [];
    patientTimer(clock, 5000, () => fired.push(clock.monotonic()));
    const other = patientTimer(clock, 5000, () => fired.push(-1));
    await clock.advance(4999);
    other.cancel();
    expect(fired).toEqual([]);
    await clock.advance(20_000);
    expect([fired, clock.pending]).toEqual([[5000], 0]);
  });

  it('does not blame the far end for a loop that stood still: what came meanwhile is read first', async () => {
    const heard: string[] = [];
    const timer = patientTimer(systemClock(), 50, () => heard.push('nothing was said'));
    await new Promise<void>((resolve) => {
      // As a socket is read: behind the timers that are due.
      systemClock().setTimer(1, () => {
        // eslint-disable-next-line no-restricted-globals
        setImmediate(() => {
          heard.push('hello');
          timer.cancel();
          resolve();
        });
        const untilMs = systemClock().monotonic() + 100;
        while (systemClock().monotonic() < untilMs);
      });
    });
    expect(heard).toEqual(['hello']);
  });
});

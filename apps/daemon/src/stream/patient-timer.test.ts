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

  /* eslint-disable no-restricted-globals -- turns of the loop are what it is about */
  it('does not blame the far end for a loop that stood still: what came meanwhile is read first', async () => {
    const heard: string[] = [];
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        const timer = patientTimer(systemClock(), 50, () => heard.push('nothing was said'));
        // In the next turn of the loop, as a socket is read: behind the timers that are due.
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

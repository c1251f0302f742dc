import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';

/** A test clock of a busy machine. */
export interface StallingClock extends TestClock {
  /** Time passes and nothing runs: what is due meanwhile, and every timer that waits, comes that much later. */
  stall(ms: number): void;
}

/** @param pauseOf how long the machine does something else just before the clock is read, milliseconds. @defaultValue never */
export function createStallingClock(pauseOf: () => number = () => 0): StallingClock {
  const clock = createTestClock();
  let stalledMs = 0;
  const stall = (ms: number): void => {
    stalledMs += ms;
  };
  return {
    get pending() {
      return clock.pending;
    },
    now: () => clock.now() + stalledMs,
    monotonic: () => {
      stall(pauseOf());
      return clock.monotonic() + stalledMs;
    },
    setTimer: (delayMs, fire) => clock.setTimer(delayMs, fire),
    advance: (ms) => clock.advance(ms),
    settle: () => clock.settle(),
    setNow: (nowMs) => {
      clock.setNow(nowMs);
    },
    stall,
  };
}

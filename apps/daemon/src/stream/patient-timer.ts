import type { Clock, Timer } from '@ibkit/clock';

/** So often the loop gets round to reading what came, before somebody is said to have said nothing. */
const STEPS = 5;

/**
 * Fires after a time in which the far end could have been heard: while our own loop stood still, nobody could, and that uses up one step of it at most.
 * Keeps no process alive.
 */
export function patientTimer(clock: Clock, ms: number, fire: () => void): Timer {
  let left = STEPS;
  let timer: Timer | undefined;
  const step = (): void => {
    timer = clock.setTimer(ms / STEPS, () => {
      left -= 1;
      if (left > 0) step();
      else fire();
    }, { keepAlive: false });
  };
  const cancel = (): void => {
    timer?.cancel();
  };
  step();
  return { cancel, [Symbol.dispose]: cancel };
}

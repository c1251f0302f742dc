import { systemClock, withDeadline } from '@ibkit/clock';

/** Nothing that is awaited here takes a tenth of it; longer is a hang. */
export const PATIENCE_MS = 30_000;

const clock = systemClock();

/** Waits for `work`, but not for ever. @throws Error that names what did not come. */
export function patiently<T>(what: string, work: Promise<T>): Promise<T> {
  return withDeadline(clock, PATIENCE_MS, work, { timeoutError: () => new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`) });
}

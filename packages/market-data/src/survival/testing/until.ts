import { sleep, systemClock } from '@ibkit/clock';

/** Real time within which everything must be right again. Far more than it takes: only what hangs reaches it. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 5;

/** For the first connection: on a fast clock the default of 30 s is over before a busy machine has come to answer. */
export const PATIENT = { timeoutMs: 600_000, retryCount: 1_000 } as const;

/** Waits until nothing is missing. @throws Error that says what still is */
export async function until(missing: () => string | undefined): Promise<void> {
  const clock = systemClock();
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (let what = missing(); what !== undefined; what = missing()) {
    if (clock.monotonic() > deadline) throw new Error(`after ${PATIENCE_MS} ms ${what}`);
    await sleep(clock, LOOK_EVERY_MS);
  }
}

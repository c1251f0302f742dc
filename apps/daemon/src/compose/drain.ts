import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';

/** How often it is looked whether everything is done. */
const LOOK_EVERY_MS = 20;

/** What a tidy end waits for. */
export interface DrainOptions {
  readonly clock: Clock;
  /** The longest wait, milliseconds. */
  readonly deadlineMs: number;
  /** Requests that are being answered. */
  readonly running: () => number;
  /** Orders that are written down and of which nobody knows yet whether they have left. */
  readonly inFlight: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** Waits until nothing runs any more, or the time is up; cancels nothing. @returns what was still running */
export async function drained({ clock, deadlineMs, running, inFlight, signal }: DrainOptions): Promise<{ readonly running: number; readonly inFlight: number }> {
  const until = clock.monotonic() + deadlineMs;
  while ((running() > 0 || inFlight() > 0) && clock.monotonic() < until && signal?.aborted !== true) await sleep(clock, LOOK_EVERY_MS);
  return { running: running(), inFlight: inFlight() };
}

import type { Clock } from '@ibkit/clock';
import { TimeoutError } from '@ibkit/error-codes';

/** How long somebody waits. */
export interface WithinTimeOptions {
  readonly clock: Clock;
  readonly waitMs: number;
  /** For the error: `headlines`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs something that would wait out reconnects and pacing, for as long as somebody who asks once waits.
 * @throws TimeoutError `IBKR_TIMEOUT`, retryable; the signal's reason; whatever `run` throws
 */
export async function withinTime<T>({ clock, waitMs, what, signal }: WithinTimeOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = clock.setTimer(waitMs, () => {
    late.abort(new TimeoutError({ message: `No answer about ${what} came within ${waitMs} ms: the broker is slow, or its pacing rules make the request wait.`, tips: ['Ask again.', 'See /v1/status for the state of the connection.'] }));
  });
  try {
    return await run(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
  } finally {
    timer.cancel();
  }
}

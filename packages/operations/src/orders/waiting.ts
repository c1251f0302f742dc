import { abortReason, onAbort, sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';

/** How long somebody waits. */
export interface Patience {
  readonly clock: Clock;
  /** On the monotonic clock, milliseconds. */
  readonly deadlineMs: number;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal | undefined;
}

/** What is waited for; its signal aborts when nobody waits any more. */
export type Wait = (signal: AbortSignal) => Promise<unknown>;

/**
 * Waits for `work` until the deadline, and beyond it until there is `enough` to answer with. The work itself goes on.
 * @throws what `work` throws; the reason of the caller's signal.
 */
export async function untilEnough(work: Wait, enough: Wait, { clock, deadlineMs, signal }: Patience): Promise<void> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  let leave = (): void => undefined;
  const gone = new Promise<never>((_resolve, reject) => {
    if (signal === undefined) return;
    leave = onAbort(signal, () => {
      reject(abortReason(signal));
    });
  });
  const early = async (): Promise<void> => {
    await enough(stop.signal);
    await sleep(clock, Math.max(0, deadlineMs - clock.monotonic()), { signal: stop.signal });
  };
  try {
    await Promise.race([work(stop.signal), early(), gone]);
  } finally {
    stop.abort();
    leave();
  }
}

/** There is always enough. */
export function atOnce(): Promise<void> {
  return Promise.resolve();
}

import { onAbort } from './abort-watch.js';
import type { Clock } from './clock.js';

/** What every waiting function takes. */
export interface WaitOptions {
  /** Ends the wait early: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Why an aborted signal says it was aborted, as an Error: the reason itself, or one with the reason as its cause, and as its message when it is a text. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof Error) return reason;
  return new Error(typeof reason === 'string' && reason !== '' ? reason : 'The operation was aborted', { cause: reason });
}

/**
 * Resolves after `ms` monotonic milliseconds of `clock`.
 * @throws the signal's reason when it aborts first; the timer and the abort listener are gone in both cases.
 */
export function sleep(clock: Clock, ms: number, options: WaitOptions = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal));
      return;
    }
    const timer = clock.setTimer(ms, () => {
      stopWatching?.();
      resolve();
    });
    const stopWatching =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            timer.cancel();
            reject(abortReason(signal));
          });
  });
}

/**
 * Settles like `work`, unless `ms` pass or the signal aborts first: then it rejects, with `timeoutError()` or the signal's reason.
 * `work` itself is not stopped: give it a signal of its own when it can be.
 */
export function withDeadline<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  options: WaitOptions & { readonly timeoutError: () => Error },
): Promise<T> {
  const { signal, timeoutError } = options;
  return new Promise((resolve, reject) => {
    let stopWatching: (() => void) | undefined;
    const cleanUp = (): void => {
      timer.cancel();
      stopWatching?.();
    };
    const giveUp = (): void => {
      cleanUp();
      if (signal !== undefined) reject(abortReason(signal));
    };
    const timer = clock.setTimer(ms, () => {
      cleanUp();
      reject(timeoutError());
    });
    work.then(
      (value) => {
        cleanUp();
        resolve(value);
      },
      (error: unknown) => {
        cleanUp();
        reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
      },
    );
    if (signal?.aborted === true) giveUp();
    else if (signal !== undefined) stopWatching = onAbort(signal, giveUp);
  });
}

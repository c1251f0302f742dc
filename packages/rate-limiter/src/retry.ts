import { sleep, systemClock, systemRandom } from '@ibkit/clock';
import type { Clock, Random } from '@ibkit/clock';
import { UsageError, isIbkrError } from '@ibkit/error-codes';
import { createBackoff } from './backoff.js';
import type { Backoff } from './backoff.js';

/** What an operation is told about its attempt. */
export interface RetryAttempt {
  /** 1 for the first try. */
  readonly attempt: number;
  /** The signal that {@link retry} was given. */
  readonly signal: AbortSignal | undefined;
}

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Tries in all, the first included: an integer of at least 1, or Infinity. @defaultValue 3 */
  readonly attempts?: number | undefined;
  /** The first delay and how it grows. @defaultValue `createBackoff()`: up to 2 s, doubling, at most 60 s, full jitter */
  readonly backoff?: Backoff | undefined;
  /** Whether this failure is worth another try. @defaultValue errors of ibkit whose `retryable` is true */
  readonly shouldRetry?: ((error: unknown, attempt: number) => boolean) | undefined;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
  /** @defaultValue chance from the JavaScript engine */
  readonly random?: Random | undefined;
  /** Stops waiting and trying: the result rejects with the signal's reason. A try under way is stopped only by itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries `operation` until it succeeds, with growing random delays between the tries.
 *
 * Only for work that may be repeated: a lost answer is no proof that nothing happened, so never give it an order.
 * @throws the last failure, unchanged, when the tries are used up or `shouldRetry` says no; the signal's reason;
 * {@link UsageError} when `attempts` is out of range.
 */
export async function retry<T>(operation: (attempt: RetryAttempt) => T | PromiseLike<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 3, shouldRetry = isRetryable, clock = systemClock(), random = systemRandom(), signal } = options;
  if (!(attempts === Number.POSITIVE_INFINITY || (Number.isSafeInteger(attempts) && attempts >= 1))) {
    throw new UsageError({ field: 'attempts', value: attempts, rule: 'must be an integer of at least 1, or Infinity' });
  }
  let backoff = options.backoff ?? createBackoff();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await operation({ attempt, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= attempts || !shouldRetry(error, attempt)) throw error;
    }
    await sleep(clock, backoff.delayMs(random), { signal });
    backoff = backoff.next();
  }
}

function isRetryable(error: unknown): boolean {
  return isIbkrError(error) && error.retryable;
}

import { UsageError } from '@ibkit/error-codes';

/** How `connect` tries. */
export interface ConnectOptions {
  /** For the whole call, all attempts and waits included, in milliseconds above 0. @defaultValue 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Attempts after the first one that failed, a whole number from 0. @defaultValue 3 */
  readonly retryCount?: number | undefined;
  /** Stops waiting; connecting stops too, unless somebody else waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/** How `reconnect` tries. */
export interface ReconnectOptions {
  /** For the whole call, in milliseconds above 0. @defaultValue 30_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;
const DEFAULT_CONNECT_RETRIES = 3;

/** The time for a whole call. @throws {@link UsageError} for one that is none */
export function connectTimeout({ timeoutMs = DEFAULT_CONNECT_TIMEOUT_MS }: ReconnectOptions): number {
  if (timeoutMs > 0) return timeoutMs;
  throw new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: 'must be a number of milliseconds above 0' });
}

/** The attempts after the first. @throws {@link UsageError} for a number that is none */
export function connectRetries({ retryCount = DEFAULT_CONNECT_RETRIES }: ConnectOptions): number {
  if ((Number.isInteger(retryCount) && retryCount >= 0) || retryCount === Number.POSITIVE_INFINITY) return retryCount;
  throw new UsageError({ field: 'retryCount', value: retryCount, rule: 'must be a whole number from 0, or Infinity' });
}

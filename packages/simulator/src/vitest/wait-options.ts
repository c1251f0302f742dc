import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** How long to wait. */
export interface WaitOptions {
  /** Real milliseconds, above 0. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined;
  /** Gives up earlier; the wait rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the time is measured with. @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** {@link WaitOptions} with the defaults in place. @throws UsageError for a time that is not above 0. */
export function resolveWait({ timeoutMs = 5_000, signal, clock = systemClock() }: WaitOptions): { readonly timeoutMs: number; readonly signal: AbortSignal | undefined; readonly clock: Clock } {
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) throw new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: 'must be a finite number above 0' });
  return { timeoutMs, signal, clock };
}

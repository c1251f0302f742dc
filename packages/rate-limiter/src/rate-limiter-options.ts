import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { checkInteger } from './check-range.js';

/** Options of {@link RateLimiter}. */
export interface RateLimiterOptions {
  /** Where time comes from. @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
  /**
   * Messages per second of the bulk lanes together, an integer from 1 to 1000.
   *
   * TWS takes market-data lines / 2 messages per second on one connection, all types together: 50 with the usual 100 lines.
   * @defaultValue 45, a tenth below that
   */
  readonly perSecond?: number | undefined;
  /**
   * Messages per second on top that only cancels and orders may use, an integer from 0 to 1000.
   * @defaultValue 4, which keeps the sum below 50
   */
  readonly reservePerSecond?: number | undefined;
  /** Requests that may wait in one lane, an integer of at least 0. @defaultValue 10000 */
  readonly maxQueued?: number | undefined;
  /**
   * How much longer than a second the window is, 0 to 1000 ms: messages that left a second apart may arrive closer together.
   * @defaultValue 20
   */
  readonly guardMs?: number | undefined;
}

/** What holds when nothing else is said. */
export const DEFAULT_RATE_LIMITER_OPTIONS = Object.freeze({ perSecond: 45, reservePerSecond: 4, maxQueued: 10_000, guardMs: 20 });

/** {@link RateLimiterOptions} with every gap filled. */
export interface ResolvedRateLimiterOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly reservePerSecond: number;
  readonly maxQueued: number;
  readonly guardMs: number;
}

/**
 * Fills the gaps and checks the ranges.
 * @throws {@link UsageError} naming option, value and rule.
 */
export function resolveRateLimiterOptions(options: RateLimiterOptions): ResolvedRateLimiterOptions {
  const resolved = {
    clock: options.clock ?? systemClock(),
    perSecond: options.perSecond ?? DEFAULT_RATE_LIMITER_OPTIONS.perSecond,
    reservePerSecond: options.reservePerSecond ?? DEFAULT_RATE_LIMITER_OPTIONS.reservePerSecond,
    maxQueued: options.maxQueued ?? DEFAULT_RATE_LIMITER_OPTIONS.maxQueued,
    guardMs: options.guardMs ?? DEFAULT_RATE_LIMITER_OPTIONS.guardMs,
  };
  checkInteger('perSecond', resolved.perSecond, [1, 1000]);
  checkInteger('reservePerSecond', resolved.reservePerSecond, [0, 1000]);
  checkInteger('maxQueued', resolved.maxQueued, [0, Number.MAX_SAFE_INTEGER]);
  if (!(resolved.guardMs >= 0 && resolved.guardMs <= 1000)) {
    throw new UsageError({ field: 'guardMs', value: resolved.guardMs, rule: 'must be from 0 to 1000 milliseconds' });
  }
  return resolved;
}

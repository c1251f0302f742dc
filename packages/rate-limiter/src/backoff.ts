import type { Random } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** Options of {@link createBackoff}. */
export interface BackoffOptions {
  /** The longest first delay, in milliseconds. @defaultValue 2000 */
  readonly initialMs?: number | undefined;
  /** What each step multiplies it by, at least 1. @defaultValue 2 */
  readonly factor?: number | undefined;
  /** Where it stops growing, in milliseconds, at least `initialMs`. @defaultValue 60000 */
  readonly maxMs?: number | undefined;
  /**
   * `full` draws each delay evenly from 0 to the step's longest, so that many clients do not come back together; `none` takes the longest.
   * @defaultValue 'full'
   */
  readonly jitter?: 'full' | 'none' | undefined;
}

/** How long to wait before the next try. Immutable: keep the first one to start over. */
export interface Backoff {
  /** How many steps were taken: 0 at the start. */
  readonly step: number;
  /** The longest delay of this step, in milliseconds. */
  readonly ceilingMs: number;
  /** A delay for this step, in milliseconds. Chance is asked once with jitter `full` and not at all with `none`. */
  delayMs(random: Random): number;
  /** The next, longer step. */
  next(): Backoff;
}

/** What holds when nothing else is said. */
export const DEFAULT_BACKOFF_OPTIONS = Object.freeze({ initialMs: 2000, factor: 2, maxMs: 60_000, jitter: 'full' as const });

/**
 * Makes the first step of an exponential back-off.
 * @throws {@link UsageError} naming option, value and rule.
 * @example
 * ```ts
 * let backoff = createBackoff();
 * backoff.ceilingMs; // 2000
 * backoff = backoff.next();
 * backoff.ceilingMs; // 4000
 * ```
 */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const initialMs = options.initialMs ?? DEFAULT_BACKOFF_OPTIONS.initialMs;
  const factor = options.factor ?? DEFAULT_BACKOFF_OPTIONS.factor;
  // Asking for a later start alone must not fail on the default end.
  const maxMs = options.maxMs ?? Math.max(initialMs, DEFAULT_BACKOFF_OPTIONS.maxMs);
  const jitter = options.jitter ?? DEFAULT_BACKOFF_OPTIONS.jitter;
  if (!(initialMs >= 0 && initialMs < Number.POSITIVE_INFINITY)) {
    throw new UsageError({ field: 'initialMs', value: initialMs, rule: 'must be a finite number of milliseconds of at least 0' });
  }
  if (!(factor >= 1 && factor < Number.POSITIVE_INFINITY)) throw new UsageError({ field: 'factor', value: factor, rule: 'must be finite and at least 1' });
  if (!(maxMs >= initialMs && maxMs < Number.POSITIVE_INFINITY)) {
    throw new UsageError({ field: 'maxMs', value: maxMs, rule: 'must be a finite number of milliseconds, not below initialMs' });
  }
  return backoffStep({ step: 0, ceilingMs: initialMs, factor, maxMs, jitter });
}

interface BackoffState {
  readonly step: number;
  readonly ceilingMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: 'full' | 'none';
}

function backoffStep(state: BackoffState): Backoff {
  const { step, ceilingMs, factor, maxMs, jitter } = state;
  return Object.freeze({
    step,
    ceilingMs,
    delayMs: (random: Random) => (jitter === 'full' ? random.next() * ceilingMs : ceilingMs),
    next: () => backoffStep({ ...state, step: step + 1, ceilingMs: Math.min(maxMs, ceilingMs * factor) }),
  });
}

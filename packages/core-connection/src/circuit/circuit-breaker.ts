import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { ConnectionError, UsageError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import type { CircuitBreakerPolicy } from 'cockatiel';

/** Options of {@link CircuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Failures in a row after which nothing is let through, a whole number from 1. @defaultValue 5 */
  readonly failureThreshold?: number | undefined;
  /** How long nothing is let through before one trial is, in milliseconds above 0. @defaultValue 30_000 */
  readonly openMs?: number | undefined;
  /**
   * Which errors count. What does not count passes through unseen.
   * @defaultValue every error but `IBKR_CONNECT_REFUSED` (nothing listens there, so there is nobody to spare), `IBKR_CONNECT_CANCELLED`,
   *   `IBKR_SESSION_DISCONNECTED` and `IBKR_USAGE_...`
   */
  readonly isFailure?: ((error: Error) => boolean) | undefined;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
}

/** The defaults of {@link CircuitBreakerOptions}. */
export const DEFAULT_CIRCUIT_BREAKER = Object.freeze({ failureThreshold: 5, openMs: 30_000 });

/** `closed` lets everything through, `open` nothing, `halfOpen` one trial is under way. */
export type CircuitBreakerState = 'closed' | 'open' | 'halfOpen';

/** Something that was let through and has not ended yet. Only the first call counts. */
export interface CircuitTrial {
  succeeded(): void;
  failed(error: Error): void;
}

const STATES: Readonly<Record<CircuitState, CircuitBreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
  [CircuitState.HalfOpen]: 'halfOpen',
};

/**
 * Stops what keeps failing, so that a sick gateway is left alone: after some failures in a row nothing is let through for a while, then one
 * trial decides. Counting and the trial are cockatiel's; the waiting is done by our clock, so a set wall clock changes nothing.
 * Holds no timer: it looks at the clock when it is asked.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #openMs: number;
  readonly #policy: CircuitBreakerPolicy;
  readonly #listeners = new Set<(state: CircuitBreakerState) => void>();
  #openUntilMs = 0;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: CircuitBreakerOptions = {}) {
    const failureThreshold = options.failureThreshold ?? DEFAULT_CIRCUIT_BREAKER.failureThreshold;
    this.#openMs = options.openMs ?? DEFAULT_CIRCUIT_BREAKER.openMs;
    this.#clock = options.clock ?? systemClock();
    if (!Number.isSafeInteger(failureThreshold) || failureThreshold < 1) {
      throw new UsageError({ field: 'failureThreshold', value: failureThreshold, rule: 'must be a whole number from 1' });
    }
    if (!Number.isFinite(this.#openMs) || this.#openMs <= 0) {
      throw new UsageError({ field: 'openMs', value: this.#openMs, rule: 'must be a number of milliseconds above 0' });
    }
    const isFailure = options.isFailure ?? countsAsFailure;
    this.#policy = circuitBreaker(handleWhen(isFailure), {
      // Its own wait would read the wall clock; ours comes before it.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      breaker: new ConsecutiveBreaker(failureThreshold),
    });
    this.#policy.onBreak(() => {
      this.#openUntilMs = this.#clock.monotonic() + this.#openMs;
    });
    this.#policy.onStateChange((state) => {
      for (const listener of [...this.#listeners]) listener(STATES[state]);
    });
  }

  get state(): CircuitBreakerState {
    return STATES[this.#policy.state];
  }

  /** How long nothing is let through yet, in milliseconds; 0 when the next call may pass. */
  get retryAfterMs(): number {
    return this.state === 'open' ? Math.max(0, this.#openUntilMs - this.#clock.monotonic()) : 0;
  }

  /** Calls `listener` with each new state. Returns what stops that. */
  onStateChange(listener: (state: CircuitBreakerState) => void): () => void {
    const own = (state: CircuitBreakerState): void => {
      listener(state);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /**
   * Runs `work` unless the circuit is open, and counts how it ends.
   * @throws ConnectionError `IBKR_CIRCUIT_OPEN` with `details.retryAfterMs` when it is not let through; what `work` throws.
   */
  async execute<T>(work: () => T | Promise<T>): Promise<T> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    return this.#policy.execute(work);
  }

  /**
   * The same for work whose end is told by events.
   * @throws ConnectionError `IBKR_CIRCUIT_OPEN` with `details.retryAfterMs` when it is not let through.
   */
  acquire(): CircuitTrial {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    let succeeded: () => void = () => undefined;
    let failed: (error: Error) => void = () => undefined;
    const ended = new Promise<void>((resolve, reject) => {
      succeeded = resolve;
      failed = reject;
    });
    this.#policy.execute(() => ended).catch(() => {
      // Whoever holds the trial knows the error: it came from there.
    });
    return {
      succeeded: () => {
        succeeded();
      },
      failed: (error) => {
        failed(error);
      },
    };
  }

  #refusal(): IbkrError | undefined {
    const { retryAfterMs } = this;
    if (retryAfterMs <= 0 && this.state !== 'halfOpen') return undefined;
    const last: object | undefined = this.#policy.lastFailure;
    return circuitOpenError(retryAfterMs, last === undefined ? undefined : Reflect.get(last, 'error'));
  }
}

/** Nobody to spare, or our own doing. */
const UNCOUNTED: ReadonlySet<string> = new Set(['IBKR_CONNECT_REFUSED', 'IBKR_CONNECT_CANCELLED', 'IBKR_SESSION_DISCONNECTED']);

function countsAsFailure(error: Error): boolean {
  if (!isIbkrError(error)) return true;
  return !UNCOUNTED.has(error.code) && !error.code.startsWith('IBKR_USAGE');
}

/** The error for what an open circuit does not let through. */
export function circuitOpenError(retryAfterMs: number, cause: unknown): IbkrError {
  const why = cause instanceof Error ? ` The last failure: ${cause.message}` : '';
  const when = retryAfterMs > 0 ? `the next trial may start in ${Math.ceil(retryAfterMs)} ms` : 'a trial is under way';
  return new ConnectionError({
    code: 'IBKR_CIRCUIT_OPEN',
    message: `The circuit breaker is open after too many failures in a row: ${when}.${why}`,
    retryable: true,
    tips: ['Look at the gateway: it accepts connections but fails again and again. A restart of it is what usually helps.'],
    details: { retryAfterMs: Math.ceil(retryAfterMs) },
    cause,
  });
}

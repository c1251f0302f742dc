import type { Clock, Timer } from '@ibkit/clock';

export interface OutageAlarmOptions {
  readonly clock: Clock;
  /** How long an outage may last, in milliseconds; `Infinity` for ever. */
  readonly afterMs: number;
  /** How much longer it may last because of a known restart window, in milliseconds from now; asked when the alarm would ring. @defaultValue 0 */
  readonly holdMs?: (() => number) | undefined;
  readonly ring: (downMs: number) => void;
}

/** Looks again at least this often while it holds back: the clock on which windows end may be set. */
const MAX_HOLD_MS = 60_000;

/** Rings once per outage, when it has lasted too long and no known restart window explains it. */
export class OutageAlarm {
  readonly #options: OutageAlarmOptions;
  #sinceMs: number | undefined;
  #timer: Timer | undefined;

  constructor(options: OutageAlarmOptions) {
    this.#options = options;
  }

  /** The outage begins; does nothing while one is going on. */
  start(): void {
    if (this.#sinceMs !== undefined) return;
    const { clock, afterMs } = this.#options;
    this.#sinceMs = clock.monotonic();
    if (afterMs !== Number.POSITIVE_INFINITY) this.#arm(afterMs);
  }

  /** The outage is over. */
  stop(): void {
    this.#sinceMs = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(
      delayMs,
      () => {
        this.#due();
      },
      { keepAlive: false },
    );
  }

  #due(): void {
    const { clock, holdMs, ring } = this.#options;
    this.#timer = undefined;
    const hold = holdMs?.() ?? 0;
    if (hold > 0) this.#arm(Math.min(hold, MAX_HOLD_MS));
    else if (this.#sinceMs !== undefined) ring(clock.monotonic() - this.#sinceMs);
  }
}

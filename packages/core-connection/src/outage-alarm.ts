import type { Clock, Timer } from '@ibkit/clock';

/** Rings once per outage, when it has lasted too long. */
export class OutageAlarm {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #ring: (downMs: number) => void;
  #sinceMs: number | undefined;
  #timer: Timer | undefined;

  constructor(options: { readonly clock: Clock; readonly afterMs: number; readonly ring: (downMs: number) => void }) {
    this.#clock = options.clock;
    this.#afterMs = options.afterMs;
    this.#ring = options.ring;
  }

  /** The outage begins; does nothing while one is going on. */
  start(): void {
    if (this.#sinceMs !== undefined) return;
    const sinceMs = this.#clock.monotonic();
    this.#sinceMs = sinceMs;
    if (this.#afterMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimer(
      this.#afterMs,
      () => {
        this.#timer = undefined;
        this.#ring(this.#clock.monotonic() - sinceMs);
      },
      { keepAlive: false },
    );
  }

  /** The outage is over. */
  stop(): void {
    this.#sinceMs = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

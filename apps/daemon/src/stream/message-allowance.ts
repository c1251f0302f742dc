import type { Clock } from '@ibkit/clock';

/** How much a client may say: so many messages per second, and twice as many at once. */
export class MessageAllowance {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor({ clock, perSecond }: { readonly clock: Clock; readonly perSecond: number }) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = 2 * perSecond;
    this.#atMs = clock.monotonic();
  }

  /** Counts a message. Gives back whether it was still allowed. */
  take(): boolean {
    const nowMs = this.#clock.monotonic();
    const left = Math.min(2 * this.#perSecond, this.#left + ((nowMs - this.#atMs) * this.#perSecond) / 1000);
    this.#left = left - 1;
    this.#atMs = nowMs;
    return left >= 1;
  }
}

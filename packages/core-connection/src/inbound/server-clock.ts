import type { Clock } from '@ibkit/clock';

/** How far back a reply may have been on its way, at most; a slower one says too little about the time. */
const MAX_PLAUSIBLE_OFFSET_SPREAD_MS = 1_000;

/**
 * An estimate of the gateway's clock, learned from `currentTime` replies.
 *
 * A reply carries whole seconds: at the moment it was written, the gateway's time lay in `[time, time + 1 s)`. Each reply therefore
 * narrows the offset between the two clocks; replies that contradict each other (a clock was set, a simulator runs fast) start over.
 */
export class ServerClock {
  readonly #clock: Clock;
  #lowMs: number | undefined;
  #highMs = 0;
  #learnedAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a reply: `timeSeconds` is the gateway's epoch time in seconds. */
  learn(timeSeconds: number): void {
    if (!Number.isFinite(timeSeconds)) return;
    const nowMs = this.#clock.now();
    const low = timeSeconds * 1000 - nowMs;
    const high = low + MAX_PLAUSIBLE_OFFSET_SPREAD_MS;
    const agrees = this.#lowMs !== undefined && low <= this.#highMs && high >= this.#lowMs;
    this.#lowMs = agrees && this.#lowMs !== undefined ? Math.max(this.#lowMs, low) : low;
    this.#highMs = agrees ? Math.min(this.#highMs, high) : high;
    this.#learnedAtMs = nowMs;
  }

  /** The estimated time of the gateway, epoch milliseconds; our own time until the gateway has told its own. */
  now(): number {
    return this.#clock.now() + (this.offsetMs ?? 0);
  }

  /** Gateway time minus our time in milliseconds; absent until learned. */
  get offsetMs(): number | undefined {
    return this.#lowMs === undefined ? undefined : (this.#lowMs + this.#highMs) / 2;
  }

  /** When the gateway last told its time, epoch milliseconds of our clock. */
  get learnedAtMs(): number | undefined {
    return this.#learnedAtMs;
  }
}

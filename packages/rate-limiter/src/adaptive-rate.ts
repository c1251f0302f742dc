/** A rate that can be cut at once and then climbs back in even steps of one. */
export class AdaptiveRate {
  readonly #full: number;
  #cutTo: number;
  #cutAtMs = Number.NEGATIVE_INFINITY;
  #stepMs = 0;

  constructor(perSecond: number) {
    this.#full = perSecond;
    this.#cutTo = perSecond;
  }

  /** When the last cut was, -Infinity when there was none. */
  get cutAtMs(): number {
    return this.#cutAtMs;
  }

  /** Messages per second at this time, at least 1. */
  at(nowMs: number): number {
    if (this.#cutTo === this.#full) return this.#full;
    const missing = this.#full - this.#cutTo;
    let steps = Math.min(missing, Math.floor((nowMs - this.#cutAtMs) / this.#stepMs));
    // Division rounds: agree with the times of the steps, or a timer set for one would find it not there yet.
    while (steps < missing && this.#stepAtMs(steps + 1) <= nowMs) steps += 1;
    while (steps > 0 && this.#stepAtMs(steps) > nowMs) steps -= 1;
    return this.#cutTo + steps;
  }

  /** When the rate next rises after this time, Infinity when it is the full one. */
  nextRiseAtMs(nowMs: number): number {
    const rate = this.at(nowMs);
    return rate === this.#full ? Number.POSITIVE_INFINITY : this.#stepAtMs(rate - this.#cutTo + 1);
  }

  /** Multiplies the present rate by `factor` and climbs back to the full one within `recoverMs`. */
  cut(nowMs: number, factor: number, recoverMs: number): void {
    this.#cutTo = Math.max(1, Math.floor(this.at(nowMs) * factor));
    this.#cutAtMs = nowMs;
    this.#stepMs = recoverMs / Math.max(1, this.#full - this.#cutTo);
  }

  #stepAtMs(step: number): number {
    return this.#cutAtMs + step * this.#stepMs;
  }
}

/** Counts what happened within a sliding window, on the monotonic clock. */
export class RateWindow {
  readonly #perMs: number;
  /** Ascending. */
  readonly #times: number[] = [];

  constructor(perMs: number) {
    this.#perMs = perMs;
  }

  /** Notes one. */
  note(monotonicMs: number): void {
    this.#times.push(monotonicMs);
  }

  /** How many are within the window that ends now. */
  count(monotonicMs: number): number {
    const first = this.#times.findIndex((time) => time > monotonicMs - this.#perMs);
    this.#times.splice(0, first < 0 ? this.#times.length : first);
    return this.#times.length;
  }
}

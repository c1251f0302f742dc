/** The times of the last grants, in a ring: enough to know every sliding window that is still open. */
export class GrantWindow {
  readonly #times: Float64Array;
  #newest = -1;

  /** @param size how many grants back anybody will ask */
  constructor(size: number) {
    this.#times = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Notes a grant. */
  add(atMs: number): void {
    this.#newest = (this.#newest + 1) % this.#times.length;
    this.#times[this.#newest] = atMs;
  }

  /** When the `nth` newest grant was (1 is the newest), or -Infinity before there were so many. */
  nthNewest(nth: number): number {
    const size = this.#times.length;
    return this.#times[(this.#newest - nth + 1 + 2 * size) % size] ?? Number.NEGATIVE_INFINITY;
  }

  /** How many of the noted grants are later than `sinceMs`. */
  countAfter(sinceMs: number): number {
    let count = 0;
    for (const atMs of this.#times) if (atMs > sinceMs) count += 1;
    return count;
  }
}

/** Upper bounds of the buckets in milliseconds: from the same machine to a gateway that hangs. */
const BOUNDS_MS: readonly number[] = Object.freeze([1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]);

/** How long something took, as numbers. All in milliseconds. */
export interface LatencySnapshot {
  readonly count: number;
  readonly sumMs: number;
  readonly lastMs: number | undefined;
  readonly maxMs: number | undefined;
  /** How many took at most `leMs`; the last one, `Infinity`, counts all. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
}

/** Counts durations in buckets. */
export class LatencyHistogram {
  readonly #counts = BOUNDS_MS.map(() => 0);
  #count = 0;
  #sumMs = 0;
  #lastMs: number | undefined;
  #maxMs: number | undefined;

  observe(ms: number): void {
    this.#count += 1;
    this.#sumMs += ms;
    this.#lastMs = ms;
    this.#maxMs = Math.max(this.#maxMs ?? 0, ms);
    const bucket = BOUNDS_MS.findIndex((bound) => ms <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  snapshot(): LatencySnapshot {
    let sum = 0;
    const buckets = BOUNDS_MS.map((leMs, index) => {
      sum += this.#counts[index] ?? 0;
      return { leMs, count: sum };
    });
    buckets.push({ leMs: Number.POSITIVE_INFINITY, count: this.#count });
    return { count: this.#count, sumMs: this.#sumMs, lastMs: this.#lastMs, maxMs: this.#maxMs, buckets };
  }
}

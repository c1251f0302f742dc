/** Upper bounds of the buckets in which waits are counted, milliseconds; what waited longer is in one more. */
export const WAIT_BUCKETS_MS = Object.freeze([1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000] as const);

/** How long granted requests waited. */
export interface WaitHistogram {
  /** Grants by bucket, each in one: at most `WAIT_BUCKETS_MS[i]` and more than the bound before; the last one counts what waited longer than all. */
  readonly counts: readonly number[];
  /** All waits together, milliseconds. */
  readonly sumMs: number;
}

/** Counts waits. Requests that are granted at once are not told to it, so that they cost nothing. */
export class WaitCounts {
  readonly #counts = Array.from({ length: WAIT_BUCKETS_MS.length + 1 }, () => 0);
  #count = 0;
  #sumMs = 0;

  /** Counts one that waited. */
  add(waitedMs: number): void {
    let bucket = 0;
    for (const bound of WAIT_BUCKETS_MS) {
      if (waitedMs <= bound) break;
      bucket += 1;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += waitedMs;
  }

  /** A snapshot; of `granted` requests those that were not told waited for nothing. */
  histogram(granted: number): WaitHistogram {
    return { counts: this.#counts.map((count, bucket) => (bucket === 0 ? count + granted - this.#count : count)), sumMs: this.#sumMs };
  }
}

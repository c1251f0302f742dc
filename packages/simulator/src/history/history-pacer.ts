/** TWS API: the limits on queries for small bars. */
const WINDOW_MS = 600_000;
const MOST_IN_WINDOW = 60;
const SAME_QUERY_MS = 15_000;
const SAME_CONTRACT_MS = 2_000;
const MOST_OF_SAME_CONTRACT = 6;

/** A query as the limits see it. */
export interface PacedQuery {
  /** The same for two queries that ask for exactly the same. */
  readonly identity: string;
  /** The same for two queries of the same contract, exchange and kind of data. */
  readonly contract: string;
  /** BID_ASK counts twice. */
  readonly weight: number;
}

interface Passed extends PacedQuery {
  readonly atMs: number;
}

/**
 * The pacing of historical queries for bars of 30 seconds and less, head timestamps and past ticks: 60 in ten minutes, no identical one within 15 seconds, fewer than six of
 * one contract and kind within two seconds. A query that is refused does not count.
 */
export class HistoryPacer {
  readonly #now: () => number;
  #passed: Passed[] = [];

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the query may pass; then it counts. */
  pass(query: PacedQuery): boolean {
    const nowMs = this.#now();
    this.#passed = this.#passed.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const weight = this.#passed.reduce((sum, passed) => sum + passed.weight, 0);
    if (weight + query.weight > MOST_IN_WINDOW) return false;
    if (this.#passed.some(({ identity, atMs }) => identity === query.identity && atMs > nowMs - SAME_QUERY_MS)) return false;
    const same = this.#passed.filter(({ contract, atMs }) => contract === query.contract && atMs > nowMs - SAME_CONTRACT_MS);
    // TWS API: six or more within two seconds are too many.
    if (same.reduce((sum, passed) => sum + passed.weight, 0) + query.weight >= MOST_OF_SAME_CONTRACT) return false;
    this.#passed.push({ ...query, atMs: nowMs });
    return true;
  }
}

const WINDOW_MS = 600_000;
const SAME_CONTRACT_MS = 2_000;

/** The limits on queries for small bars. */
export interface HistoryPace {
  /** In ten minutes. */
  readonly historyQueries: number;
  /** So many within two seconds for the same contract are too many. */
  readonly sameContractQueries: number;
  readonly sameQueryMs: number;
}

/** TWS API: what a login may ask. */
const USUAL: HistoryPace = { historyQueries: 60, sameContractQueries: 6, sameQueryMs: 15_000 };

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
  readonly #pace: HistoryPace;
  #passed: Passed[] = [];

  /** @param now monotonic milliseconds */
  constructor(now: () => number, pace: HistoryPace = USUAL) {
    this.#now = now;
    this.#pace = pace;
  }

  /** Whether the query may pass; then it counts. */
  pass(query: PacedQuery): boolean {
    const nowMs = this.#now();
    const { historyQueries, sameContractQueries, sameQueryMs } = this.#pace;
    this.#passed = this.#passed.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const weight = this.#passed.reduce((sum, passed) => sum + passed.weight, 0);
    if (weight + query.weight > historyQueries) return false;
    if (this.#passed.some(({ identity, atMs }) => identity === query.identity && atMs > nowMs - sameQueryMs)) return false;
    const same = this.#passed.filter(({ contract, atMs }) => contract === query.contract && atMs > nowMs - SAME_CONTRACT_MS);
    // TWS API: six or more within two seconds are too many.
    if (same.reduce((sum, passed) => sum + passed.weight, 0) + query.weight > Math.max(0, sameContractQueries - 1)) return false;
    this.#passed.push({ ...query, atMs: nowMs });
    return true;
  }
}

import type { Clock } from '@ibkit/clock';

const HOUR_MS = 3_600_000;

/** Counts restarts: a gateway that restarts all day serves nobody, and logins that fail can lock an account. */
export class RestartBudget {
  readonly #clock: Clock;
  readonly #most: number;
  #atMs: readonly number[] = [];

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Restarts in the last hour. */
  get used(): number {
    const now = this.#clock.monotonic();
    this.#atMs = this.#atMs.filter((atMs) => now - atMs < HOUR_MS);
    return this.#atMs.length;
  }

  /** Restarts that are left in this hour. */
  get left(): number {
    return Math.max(0, this.#most - this.used);
  }

  /** Counts one; false when that would be one too many. */
  take(force = false): boolean {
    if (this.used >= this.#most && !force) return false;
    this.#atMs = [...this.#atMs, this.#clock.monotonic()];
    return true;
  }
}

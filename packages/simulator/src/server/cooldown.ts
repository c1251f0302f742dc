/** How many keys are remembered before the stale ones are looked for. */
const MOST_KEYS = 1_000;

/** Lets one thing of a kind pass per interval; what is refused does not count. */
export class Cooldown {
  readonly intervalMs: number;
  readonly #now: () => number;
  readonly #passedAtMs = new Map<string, number>();

  /**
   * @param intervalMs 0 lets everything pass
   * @param now monotonic milliseconds
   */
  constructor(intervalMs: number, now: () => number) {
    this.intervalMs = intervalMs;
    this.#now = now;
  }

  /** Whether `key` may pass at this moment; then it counts. */
  pass(key: string): boolean {
    const nowMs = this.#now();
    const lastMs = this.#passedAtMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < this.intervalMs) return false;
    if (this.#passedAtMs.size >= MOST_KEYS) this.#forget(nowMs);
    this.#passedAtMs.set(key, nowMs);
    return true;
  }

  #forget(nowMs: number): void {
    for (const [key, atMs] of this.#passedAtMs) if (nowMs - atMs >= this.intervalMs) this.#passedAtMs.delete(key);
  }
}

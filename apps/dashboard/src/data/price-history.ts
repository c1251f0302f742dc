/** Prices of the last minutes, for a chart. */
export class PriceHistory {
  readonly #keepMs: number;
  readonly #most: number;
  #times: number[] = [];
  #prices: (number | null)[] = [];

  constructor({ keepMs = 10 * 60_000, most = 2400 }: { readonly keepMs?: number | undefined; readonly most?: number | undefined } = {}) {
    this.#keepMs = keepMs;
    this.#most = most;
  }

  /** Seconds since 1970 and prices; `null` where the line is broken. */
  get points(): readonly [times: readonly number[], prices: readonly (number | null)[]] {
    return [this.#times, this.#prices];
  }

  /** @param price `null` breaks the line: what was between is not known */
  add(atMs: number, price: number | null): void {
    const last = this.#times.at(-1);
    if (last !== undefined && atMs / 1000 < last) return;
    if (price === null && (this.#prices.at(-1) ?? null) === null) return;
    this.#times.push(atMs / 1000);
    this.#prices.push(price);
    const from = (atMs - this.#keepMs) / 1000;
    const stays = this.#times.findIndex((time) => time >= from);
    const drop = Math.max(stays, this.#times.length - this.#most);
    // Rarely, so that a point costs the same however many there are.
    if (drop > this.#most / 10) {
      this.#times = this.#times.slice(drop);
      this.#prices = this.#prices.slice(drop);
    }
  }
}

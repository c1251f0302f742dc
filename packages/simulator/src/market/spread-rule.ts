/** Spreads in ticks that a level of prices may have, the narrow ones more often. */
const WIDTHS = [1, 1, 1, 1, 2, 2, 2, 3] as const;

/**
 * The ask that belongs to each bid: one to three ticks above it, by the level of the price. A higher bid never has a lower ask, so that the highest ask of a
 * span of time is the ask of its highest bid.
 */
export class SpreadRule {
  readonly #salt: number;

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** Ticks between the bid and its ask, 1 to 3. */
  width(bid: number): number {
    return Math.max(this.#level(bid), this.#level(bid - 1) - 1, this.#level(bid - 2) - 2);
  }

  /** The ask in ticks. */
  ask(bid: number): number {
    return bid + this.width(bid);
  }

  #level(bid: number): number {
    const hash = Math.imul((bid >> 3) ^ this.#salt, 0x9e3779b1);
    return WIDTHS[(hash ^ (hash >>> 15)) >>> 29] ?? 1;
  }
}

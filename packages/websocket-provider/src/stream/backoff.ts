import type { Random } from '@ibkit/clock';

/** Delays between attempts: doubling from the least to the most, each somewhere between half and all of it. */
export class Backoff {
  readonly #leastMs: number;
  readonly #mostMs: number;
  readonly #random: Random;
  #attempts = 0;

  constructor({ leastMs, mostMs, random }: { readonly leastMs: number; readonly mostMs: number; readonly random: Random }) {
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
    this.#random = random;
  }

  /** The delay before the next attempt, in milliseconds. */
  next(): number {
    const full = Math.min(this.#mostMs, this.#leastMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return full / 2 + (this.#random.next() * full) / 2;
  }

  /** The next attempt is a first one again. */
  reset(): void {
    this.#attempts = 0;
  }
}

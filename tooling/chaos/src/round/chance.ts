import { seededRandom } from '@ibkit/clock';
import type { Random } from '@ibkit/clock';

/** Chance in the forms that a plan needs it. */
export class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The chance of one round of a seed: the same on every machine, whatever the other rounds did. */
  static of(seed: number, round: number): Chance {
    const chance = new Chance(seededRandom(seed * 1_000_003 + round));
    // Neighbouring seeds begin alike.
    for (let skipped = 0; skipped < 8; skipped += 1) chance.next();
    return chance;
  }

  /** From 0 to below 1. */
  next(): number {
    return this.#random.next();
  }

  /** A whole number, both ends included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.#random.next() * (max - min + 1));
  }

  pick<T>(...values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.#random.next() * values.length)] ?? values[0];
  }

  /** Whether something with this probability happens. */
  happens(probability: number): boolean {
    return this.#random.next() < probability;
  }
}

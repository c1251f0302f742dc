import type { WindowContract } from './option-window.js';

/** What was read of one contract. */
export interface ReadVolatility {
  readonly volatility: number;
  readonly delta: number;
  readonly underlyingPrice: number;
}

/** A contract that was read, and what it said. */
export interface KnownVolatility extends ReadVolatility {
  readonly contract: WindowContract;
}

/** A delta is right as long as the underlying stays this near, as part of its price. */
const NEAR = 0.0025;

/** What the contracts that were read say about those that were not: deltas while they are right, else what their neighbours have. */
export class VolatilityMemory {
  readonly #reads = new Map<number, KnownVolatility>();
  readonly #byExpiry = new Map<string, Map<string, KnownVolatility>>();

  /** A contract was read. */
  learn(conId: number, contract: WindowContract, read: ReadVolatility): void {
    const { expiry, strike, right } = contract;
    const known = { ...read, contract };
    this.#reads.set(conId, known);
    const strikes = this.#byExpiry.get(expiry) ?? new Map<string, KnownVolatility>();
    this.#byExpiry.set(expiry, strikes);
    strikes.set(`${strike}${right}`, known);
  }

  /** The delta that was read, without its sign, if the underlying has not moved since. */
  delta(conId: number, underlyingPrice: number): number | undefined {
    const read = this.#reads.get(conId);
    return read !== undefined && isNear(read, underlyingPrice) ? Math.abs(read.delta) : undefined;
  }

  /** The nearest contract that was read: by strike in its own expiry, of its own kind if there is one, else in the nearest expiry. */
  nearest({ expiry, strike, right }: WindowContract): KnownVolatility | undefined {
    const known = this.#byExpiry.get(expiry) ?? this.#byExpiry.get(this.#nearestExpiry(expiry) ?? '');
    let nearest: KnownVolatility | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const one of known?.values() ?? []) {
      const distance = Math.abs(one.contract.strike - strike);
      // Puts and calls of one strike have the same volatility, and not the same delta.
      if (distance > least || (distance === least && one.contract.right !== right)) continue;
      least = distance;
      nearest = one;
    }
    return nearest;
  }

  #nearestExpiry(expiry: string): string | undefined {
    const at = Date.parse(expiry);
    return [...this.#byExpiry.keys()].sort((a, b) => Math.abs(Date.parse(a) - at) - Math.abs(Date.parse(b) - at))[0];
  }
}

/** Whether the underlying is still where it was when something was read. */
export function isNear({ underlyingPrice }: ReadVolatility, price: number): boolean {
  return Math.abs(price / underlyingPrice - 1) < NEAR;
}

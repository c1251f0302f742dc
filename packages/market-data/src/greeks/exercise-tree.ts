import type { ResolvedTerms } from './option-terms.js';

/** What a tree knows at its root. */
export interface TreeResult {
  price: number;
  delta: number;
  gamma: number;
}

/** One way in which the underlying can move in one step. */
interface Moves {
  readonly up: number;
  readonly down: number;
  /** Today's value of 1 in the state above and of 1 in the state below. */
  readonly upValue: number;
  readonly downValue: number;
}

/** Deviation of the logarithm until expiry between which the tree is built; outside the value does not change any more. */
const DEVIATION = { least: 1e-6, most: 20 } as const;

/** From this distance, in square roots of steps, the branches of Leisen and Reimer are one. */
const FARTHEST = 10;

/** What the multiplications along the tree may round, of the prices involved. */
export const ROUNDING = 1e-12;

/**
 * A binomial tree for American exercise. The steps are those of Leisen and Reimer (1996), whose error falls smoothly because the strike
 * stays between two final nodes. Dividends are escrowed: the tree is that of the underlying without them, and exercise pays what the
 * underlying is with those to come. It begins two steps before now, so that delta and gamma are read from three nodes of now.
 * Holds scratch memory that its calculations share, and no state between them.
 */
export class ExerciseTree {
  #values = new Float64Array(0);
  #ratios = new Float64Array(0);

  /** The price at the root alone. */
  price(terms: ResolvedTerms, volatility: number, steps: number): number {
    const moves = movesOf(terms, volatility, steps);
    this.#roll(terms, moves, { steps, extra: 0 });
    return this.#values[0] ?? 0;
  }

  /** Price, delta and gamma. */
  evaluate(terms: ResolvedTerms, volatility: number, steps: number): TreeResult {
    const moves = movesOf(terms, volatility, steps);
    this.#roll(terms, moves, { steps, extra: 2 });
    const [low = 0, price = 0, high = 0] = this.#values;
    const net = terms.underlying - terms.pvDividends;
    const above = net * (moves.up / moves.down - 1);
    const below = net * (1 - moves.down / moves.up);
    const slopeUp = (high - price) / above;
    const slopeDown = (price - low) / below;
    return {
      price,
      delta: (slopeUp * below + slopeDown * above) / (above + below),
      gamma: (2 * (slopeUp - slopeDown)) / (above + below),
    };
  }

  /** Leaves the values of now, from the lowest node up, at the beginning of the scratch memory. */
  #roll(terms: ResolvedTerms, moves: Moves, size: { readonly steps: number; readonly extra: 0 | 2 }): void {
    const { sign, strike, years, dividends } = terms;
    const { up, down, upValue, downValue } = moves;
    const { steps, extra } = size;
    const nodes = steps + extra + 1;
    if (this.#values.length < nodes) {
      this.#values = new Float64Array(nodes);
      this.#ratios = new Float64Array(nodes);
    }
    const values = this.#values;
    const ratios = this.#ratios;
    const ratio = up / down;
    let power = 1;
    for (let node = 0; node < nodes; node += 1) {
      ratios[node] = power;
      power *= ratio;
    }
    // The lowest node of now: one step down and one up is the way back from two steps earlier.
    let lowest = (terms.underlying - terms.pvDividends) * (extra === 0 ? 1 : down / up) * down ** steps;
    for (let node = 0; node < nodes; node += 1) values[node] = Math.max(sign * (lowest * (ratios[node] ?? 0) - strike), 0);
    for (let step = steps - 1; step >= 0; step -= 1) {
      lowest /= down;
      const offset = dividends.length === 0 ? -sign * strike : exerciseOffset(terms, (years * step) / steps, (years * (step + 1)) / steps);
      const scale = sign * lowest;
      const last = step + extra;
      let below = values[0] ?? 0;
      for (let node = 0; node <= last; node += 1) {
        const above = values[node + 1] ?? 0;
        const wait = upValue * above + downValue * below;
        const exercise = scale * (ratios[node] ?? 0) + offset;
        values[node] = wait > exercise ? wait : exercise;
        below = above;
      }
    }
  }
}

/**
 * What exercise within a step pays besides the underlying without its dividends. Calls are exercised just before an ex-date and puts just
 * after one: where one lies between two steps, its own instant counts and not the step's, or prices would jump with the number of steps.
 */
function exerciseOffset({ sign, strike, rate, dividends }: ResolvedTerms, fromYears: number, toYears: number): number {
  let pending = 0;
  for (const { years, amount } of dividends) if (years > fromYears) pending += amount * Math.exp(-rate * (years - fromYears));
  let best = sign * (pending - strike);
  for (const { years, amount } of dividends) {
    if (years <= fromYears) continue;
    if (years > toYears) break;
    const discount = Math.exp(-rate * (years - fromYears));
    const before = pending;
    pending -= amount * discount;
    best = Math.max(best, sign * ((sign === 1 ? before : pending) - strike * discount));
  }
  return best;
}

function movesOf(terms: ResolvedTerms, volatility: number, steps: number): Moves {
  const { underlying, pvDividends, strike, years, rate, carry } = terms;
  const deviation = Math.min(Math.max(volatility * Math.sqrt(years), DEVIATION.least), DEVIATION.most);
  const stepYears = years / steps;
  const discount = Math.exp(-rate * stepYears);
  const growth = Math.exp((rate - carry) * stepYears);
  const d1 = (Math.log((underlying - pvDividends) / strike) + (rate - carry) * years) / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  if (Math.max(Math.abs(d1), Math.abs(d2)) < FARTHEST * Math.sqrt(steps)) {
    const [chance, other] = chances(d2, steps);
    const [weight, otherWeight] = chances(d1, steps);
    return { up: (growth * weight) / chance, down: (growth * otherWeight) / other, upValue: discount * chance, downValue: discount * other };
  }
  // So far from the strike only the direction counts: steps around the forward price, whose chances are sound at any volatility.
  const swing = deviation / Math.sqrt(steps);
  const chance = 1 / (1 + Math.exp(swing));
  return { up: growth * Math.exp(swing), down: growth * Math.exp(-swing), upValue: discount * chance, downValue: discount * (1 - chance) };
}

/** Peizer and Pratt's inversion: the chance of a step up, and of one down without the rounding of `1 - chance`. */
function chances(distance: number, steps: number): readonly [number, number] {
  const scaled = distance / (steps + 1 / 3 + 0.1 / (steps + 1));
  const decay = Math.exp(-scaled * scaled * (steps + 1 / 6));
  const half = 0.5 * Math.sqrt(1 - decay);
  const small = (0.25 * decay) / (0.5 + half);
  return distance > 0 ? [1 - small, small] : [small, 1 - small];
}

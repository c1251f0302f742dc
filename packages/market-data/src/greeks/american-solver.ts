import { europeanGreeks } from './black-scholes.js';
import { europeanImpliedVolatility } from './european-solver.js';
import { ROUNDING } from './exercise-tree.js';
import { HIGHEST_VOLATILITY, exerciseValue } from './option-terms.js';
import type { ResolvedTerms } from './option-terms.js';
import type { PricingModel } from './pricing-model.js';
import { MOST_UNCERTAIN } from './volatility-solution.js';
import type { VolatilitySolution } from './volatility-solution.js';

/** Volatilities below are not told from none. */
const LOWEST_VOLATILITY = 1e-4;

/** The volatility is found to this. */
const TOLERANCE = 1e-9;

const MOST_ITERATIONS = 100;

/** The first step down from the European volatility is at least this. */
const LEAST_STEP = 0.002;

interface Point {
  readonly volatility: number;
  /** The model's price less the one that is sought. */
  readonly excess: number;
}

/**
 * Solves a tree for the volatility. The right to exercise early is never worth less than nothing, so the European volatility of the same price
 * is an upper end; the other is sought below it. Between them Chandrupatla's method (1997): inverse quadratic steps, bisection where they fail.
 */
export function americanImpliedVolatility(model: PricingModel, terms: ResolvedTerms, price: number): VolatilitySolution {
  const noise = ROUNDING * (terms.underlying + terms.strike);
  if (price <= exerciseValue(terms) + noise) return 'vega-too-small';
  let iterations = 0;
  const at = (volatility: number): Point => {
    iterations += 1;
    return { volatility, excess: model.price(terms, volatility) - price };
  };

  const european = europeanImpliedVolatility(terms, price);
  if (european === 'vega-too-small') return european;
  const start = typeof european === 'object' ? Math.max(european.volatility, LOWEST_VOLATILITY) : HIGHEST_VOLATILITY;
  let high = at(start);
  if (high.excess < 0) {
    if (high.excess > -noise) return certain(model, terms, { price, volatility: start, iterations });
    if (start === HIGHEST_VOLATILITY) return 'volatility-too-high';
    return 'not-converged';
  }
  const { vega } = europeanGreeks(terms, start);
  let step = Math.max(vega > 0 ? (1.5 * high.excess) / vega : start, LEAST_STEP);
  let low = high;
  while (low.excess > 0) {
    if (low.volatility <= LOWEST_VOLATILITY) return 'vega-too-small';
    high = low;
    low = at(Math.max(low.volatility - step, LOWEST_VOLATILITY));
    step *= 2;
  }
  const volatility = rootBetween(at, low, high);
  return volatility === undefined ? 'not-converged' : certain(model, terms, { price, volatility, iterations });
}

/** A flat price explains nothing: the solution must stand out of what the tree rounds. */
function certain(
  model: PricingModel,
  terms: ResolvedTerms,
  found: { readonly price: number; readonly volatility: number; readonly iterations: number },
): VolatilitySolution {
  const { price, volatility, iterations } = found;
  const move = Math.max(volatility * 1e-3, LOWEST_VOLATILITY);
  const slope = (model.price(terms, volatility + move) - price) / move;
  const noise = ROUNDING * (terms.underlying + terms.strike);
  return noise > MOST_UNCERTAIN * slope ? 'vega-too-small' : { volatility, iterations: iterations + 1 };
}

function rootBetween(at: (volatility: number) => Point, low: Point, high: Point): number | undefined {
  let one = high;
  let other = low;
  let last: Point;
  let part = one.excess / (one.excess - other.excess);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration += 1) {
    const width = other.volatility - one.volatility;
    const best = Math.abs(other.excess) < Math.abs(one.excess) ? other : one;
    const least = (0.5 * TOLERANCE) / Math.abs(width);
    if (best.excess === 0 || least > 0.5) return best.volatility;
    const point = at(one.volatility + Math.min(Math.max(part, least), 1 - least) * width);
    if (Math.sign(point.excess) === Math.sign(one.excess)) last = one;
    else {
      last = other;
      other = one;
    }
    one = point;
    part = fraction(one, other, last);
  }
  return undefined;
}

/** How far from the newest point to the other end of the bracket the next one goes. */
function fraction(one: Point, other: Point, last: Point): number {
  const place = (one.volatility - other.volatility) / (last.volatility - other.volatility);
  const height = (one.excess - other.excess) / (last.excess - other.excess);
  if (!(height ** 2 < place && (1 - height) ** 2 < 1 - place)) return 0.5;
  const lean = (one.excess / (other.excess - one.excess)) * (last.excess / (other.excess - last.excess));
  const reach = (last.volatility - one.volatility) / (other.volatility - one.volatility);
  return lean + reach * (one.excess / (last.excess - one.excess)) * (other.excess / (last.excess - other.excess));
}

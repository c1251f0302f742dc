import { europeanGreeks, europeanPrice, thetaOf } from './black-scholes.js';
import type { RawGreeks } from './black-scholes.js';
import { ExerciseTree, ROUNDING } from './exercise-tree.js';
import { atRate, exerciseValue } from './option-terms.js';
import type { ResolvedTerms } from './option-terms.js';

/** How far volatility and rate are moved for the derivatives that a tree does not show. */
const MOVE = { volatility: 0.01, rate: 0.005 } as const;

/** The same at exercise: the value is that of the moment, and follows the underlying alone. */
const AT_EXERCISE = { gamma: 0, vega: 0, theta: 0, rho: 0 } as const;

/**
 * Prices options: in closed form where nothing is gained by exercise before expiry, else on a tree of `steps` steps and one of half as many,
 * extrapolated, because the error of both falls as one over the steps. Reuses the memory of its tree: make one for many contracts.
 */
export class PricingModel {
  readonly #tree = new ExerciseTree();

  price(terms: ResolvedTerms, volatility: number): number {
    if (!isExercisedEarly(terms)) return europeanPrice(terms, volatility);
    const fine = this.#tree.price(terms, volatility, terms.steps);
    const least = Math.max(exerciseValue(terms), europeanPrice(terms, volatility));
    if (isExercised(terms, fine)) return least;
    const coarse = this.#tree.price(terms, volatility, halfOf(terms.steps));
    return Math.min(Math.max(extrapolated(terms.steps, fine, coarse), least), highestValue(terms));
  }

  greeks(terms: ResolvedTerms, volatility: number): RawGreeks {
    if (!isExercisedEarly(terms)) return europeanGreeks(terms, volatility);
    const { sign, steps } = terms;
    const fine = this.#tree.evaluate(terms, volatility, steps);
    const now = exerciseValue(terms);
    if (isExercised(terms, fine.price)) return { price: now, delta: sign, ...AT_EXERCISE };
    const coarse = this.#tree.evaluate(terms, volatility, halfOf(steps));
    const price = extrapolated(steps, fine.price, coarse.price);
    const european = europeanGreeks(terms, volatility);
    if (price <= european.price) return european;
    const steepest = terms.carry < 0 ? Number.POSITIVE_INFINITY : 1;
    const delta = sign * Math.min(Math.max(sign * extrapolated(steps, fine.delta, coarse.delta), 0), steepest);
    const gamma = Math.max(extrapolated(steps, fine.gamma, coarse.gamma), 0);
    const greeks = { price: Math.min(Math.max(price, now), highestValue(terms)), delta, gamma };
    return { ...greeks, vega: this.#vega(terms, volatility), theta: thetaOf(terms, volatility, greeks), rho: this.#rho(terms, volatility) };
  }

  #vega(terms: ResolvedTerms, volatility: number): number {
    const move = Math.min(MOVE.volatility, volatility / 2);
    if (move === 0) return 0;
    return Math.max((this.#smooth(terms, volatility + move) - this.#smooth(terms, volatility - move)) / (2 * move), 0);
  }

  #rho(terms: ResolvedTerms, volatility: number): number {
    const move = MOVE.rate;
    return (this.#smooth(atRate(terms, terms.rate + move), volatility) - this.#smooth(atRate(terms, terms.rate - move), volatility)) / (2 * move);
  }

  /** The price for differences: without bounds, which have corners. */
  #smooth(terms: ResolvedTerms, volatility: number): number {
    const { steps } = terms;
    return extrapolated(steps, this.#tree.price(terms, volatility, steps), this.#tree.price(terms, volatility, halfOf(steps)));
  }
}

/**
 * Whether exercise before expiry can pay. A call gives up the interest on the strike and gains the income of the underlying; a put the
 * other way round: without the gain it is never exercised early.
 */
export function isExercisedEarly({ american, sign, years, rate, carry, dividends }: ResolvedTerms): boolean {
  if (!american || years === 0) return false;
  return sign === 1 ? carry > 0 || rate < 0 || dividends.length > 0 : rate > 0 || carry < 0;
}

/** What no option of these terms can be worth more than, at any volatility. */
export function highestValue(terms: ResolvedTerms): number {
  const { american, sign, underlying, pvDividends, strike, years, rate, carry } = terms;
  const later = sign === 1 ? (underlying - pvDividends) * Math.exp(-carry * years) : strike * Math.exp(-rate * years);
  return american ? Math.max(later, sign === 1 ? underlying : strike) : later;
}

function isExercised(terms: ResolvedTerms, price: number): boolean {
  return price > 0 && price <= terms.sign * (terms.underlying - terms.strike) + ROUNDING * (terms.underlying + terms.strike);
}

/** An odd number near the half. */
function halfOf(steps: number): number {
  const half = (steps + 1) / 2;
  return half % 2 === 1 ? half : half - 1;
}

/** Removes the part of the error that falls as one over the steps. */
function extrapolated(steps: number, fine: number, coarse: number): number {
  const half = halfOf(steps);
  return (steps * fine - half * coarse) / (steps - half);
}

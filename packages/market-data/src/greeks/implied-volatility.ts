import { UsageError } from '@ibkit/error-codes';
import { americanImpliedVolatility } from './american-solver.js';
import { europeanImpliedVolatility } from './european-solver.js';
import { HIGHEST_VOLATILITY, exerciseValue, termsFor } from './option-terms.js';
import type { OptionTerms, ResolvedTerms } from './option-terms.js';
import { PricingModel, highestValue, isExercisedEarly } from './pricing-model.js';

/**
 * Why no volatility explains a price.
 *
 * - `below-intrinsic`: it is less than the option is worth without any volatility
 * - `above-bound`: it is as much as the option can be worth at any volatility, or more
 * - `volatility-too-high`: it takes more than 1,000 %
 * - `no-time-left`: the option has expired, or expires now
 * - `vega-too-small`: it says nothing about the volatility: many give this price, as of an option far in the money, or worth exercising now
 * - `not-converged`: the search came to no end
 */
export type ImpliedVolatilityFailure = 'below-intrinsic' | 'above-bound' | 'volatility-too-high' | 'no-time-left' | 'vega-too-small' | 'not-converged';

/** The volatility that explains a price, or why there is none. Never `NaN`. */
export type ImpliedVolatilityResult =
  | {
      readonly converged: true;
      /** Per year: 0.25 is 25 %. */
      readonly volatility: number;
      readonly iterations: number;
    }
  | { readonly converged: false; readonly reason: ImpliedVolatilityFailure; readonly message: string };

/** What the volatility of one option is sought from. */
export type QuotedOption = OptionTerms & {
  /** What the option costs, per unit of the underlying. */
  readonly price: number;
};

/** Prices differ when they differ by more than this part of the underlying and the strike: what arithmetic rounds. */
const ROUNDING = 2 ** -50;

/**
 * The volatility at which a model gives the price: the inverse of `optionPrice`.
 * @returns the volatility, or a reason: a price that nothing explains is ordinary market data, not a mistake of the caller
 * @throws {@link UsageError} naming the field, its value and the rule, when a field is no sensible number.
 */
export function impliedVolatility(option: QuotedOption): ImpliedVolatilityResult {
  return solveVolatility(new PricingModel(), termsFor(option)(option), checkedPrice('price', option.price));
}

/** {@link impliedVolatility} of checked terms. */
export function solveVolatility(model: PricingModel, terms: ResolvedTerms, price: number): ImpliedVolatilityResult {
  if (terms.years === 0) return failed('no-time-left', 'The option has expired: no volatility matters any more');
  const noise = ROUNDING * (terms.underlying + terms.strike);
  const least = lowestValue(terms);
  if (price < least - noise) {
    return failed('below-intrinsic', `The price ${price} is below ${least}, which the option is worth without any volatility`);
  }
  const most = highestValue(terms);
  if (price >= most - noise && price > least + noise) {
    return failed('above-bound', `The price ${price} is not below ${most}, the most that the option can be worth at any volatility`);
  }
  const solution = isExercisedEarly(terms) ? americanImpliedVolatility(model, terms, price) : europeanImpliedVolatility(terms, price);
  if (typeof solution === 'object') return { converged: true, ...solution };
  switch (solution) {
    case 'vega-too-small':
      return failed(solution, `The price ${price} says nothing about the volatility: vega is too small`);
    case 'volatility-too-high':
      return failed(solution, `The price ${price} takes a volatility above ${HIGHEST_VOLATILITY}`);
    case 'not-converged':
      return failed(solution, `The search for the volatility of the price ${price} came to no end`);
  }
}

/**
 * Checks the price of an option.
 * @throws {@link UsageError} when it is no finite number.
 */
export function checkedPrice(field: string, price: number): number {
  if (Number.isFinite(price)) return price;
  throw new UsageError({ field, value: price, rule: 'must be a finite number' });
}

function lowestValue(terms: ResolvedTerms): number {
  const { american, sign, underlying, pvDividends, strike, years, rate, carry } = terms;
  const atExpiry = Math.max(sign * ((underlying - pvDividends) * Math.exp(-carry * years) - strike * Math.exp(-rate * years)), 0);
  return american ? Math.max(atExpiry, exerciseValue(terms)) : atExpiry;
}

function failed(reason: ImpliedVolatilityFailure, message: string): ImpliedVolatilityResult {
  return { converged: false, reason, message };
}

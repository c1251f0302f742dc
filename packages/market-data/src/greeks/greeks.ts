import { PricingModel } from './pricing-model.js';
import { DAYS_PER_YEAR, checkedVolatility, termsFor } from './option-terms.js';
import type { RawGreeks } from './black-scholes.js';
import type { OptionTerms } from './option-terms.js';

/** What a model says about one option; per unit of the underlying, not times the multiplier. */
export interface OptionGreeks {
  /** In the currency of the strike. */
  readonly price: number;
  /** Change of the price per 1.00 of the underlying. */
  readonly delta: number;
  /** Change of delta per 1.00 of the underlying. */
  readonly gamma: number;
  /** Change of the price per percentage point of volatility (0.20 to 0.21), as in TWS. */
  readonly vega: number;
  /** Change of the price over one calendar day in which nothing else changes, as in TWS: mostly negative. */
  readonly theta: number;
  /** Change of the price per percentage point of the interest rate. Of an option on a future the future stands still. */
  readonly rho: number;
}

/** What prices one option: the contract, the market, and the volatility. */
export type PricedOption = OptionTerms & {
  /** Per year: 0.25 is 25 %; 0 to 10. With cash dividends it is that of the underlying without them. */
  readonly volatility: number;
};

const PERCENT = 0.01;

/**
 * The value of an option: Black-Scholes-Merton (of a future Black 1976) for European exercise, a Leisen-Reimer tree for American exercise.
 * An expired option is worth its exercise value.
 * @throws {@link UsageError} naming the field, its value and the rule.
 */
export function optionPrice(option: PricedOption): number {
  return new PricingModel().price(termsFor(option)(option), checkedVolatility('volatility', option.volatility));
}

/**
 * The value of an option and its Greeks, by the models of {@link optionPrice}. What is worth exercising now has delta 1 or -1 and nothing else.
 * @throws {@link UsageError} naming the field, its value and the rule.
 */
export function greeks(option: PricedOption): OptionGreeks {
  return inTradersUnits(new PricingModel().greeks(termsFor(option)(option), checkedVolatility('volatility', option.volatility)));
}

/** From the units of mathematics to those of {@link OptionGreeks}. */
export function inTradersUnits({ price, delta, gamma, vega, theta, rho }: RawGreeks): OptionGreeks {
  return { price, delta, gamma, vega: vega * PERCENT, theta: theta / DAYS_PER_YEAR, rho: rho * PERCENT };
}

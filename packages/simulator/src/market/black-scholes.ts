import type { OptionRight } from './instrument.js';

/** What the price of a European option depends on. */
export interface OptionInputs {
  readonly right: OptionRight;
  readonly undPrice: number;
  readonly strike: number;
  /** Years until expiry, above 0. */
  readonly years: number;
  /** Yearly, continuously compounded: 0.04 is 4 %. */
  readonly rate: number;
  /** What the underlying pays, yearly and continuously compounded: dividends of an index; for a future the rate itself (Black's model). @defaultValue 0 */
  readonly dividendYield?: number | undefined;
}

/** Price and its derivatives at one volatility. */
export interface OptionValues {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** Per volatility point (0.01). */
  readonly vega: number;
  /** Per calendar day. */
  readonly theta: number;
}

const DAYS_PER_YEAR = 365;
const SQRT_2 = Math.SQRT2;
const SQRT_2PI = Math.sqrt(2 * Math.PI);

function density(x: number): number {
  return Math.exp((-x * x) / 2) / SQRT_2PI;
}

/** Complementary error function for x at least 0, by a continued fraction far out and a series near 0: about 1e-15 relative. */
function complementaryError(x: number): number {
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** The normal distribution function. */
export function normalCdf(x: number): number {
  const tail = complementaryError(Math.abs(x) / SQRT_2) / 2;
  return x > 0 ? 1 - tail : tail;
}

/** Values of an option at a volatility above 0 (yearly; 0.25 is 25 %), by Black and Scholes. */
export function optionValues(inputs: OptionInputs, volatility: number): OptionValues {
  const { right, strike, years, rate, dividendYield = 0 } = inputs;
  // The model for an underlying that pays is that for one that does not, at its price less what it pays until expiry.
  const discount = Math.exp(-dividendYield * years);
  const undPrice = inputs.undPrice * discount;
  const spread = volatility * Math.sqrt(years);
  const d1 = (Math.log(undPrice / strike) + (rate + (volatility * volatility) / 2) * years) / spread;
  const d2 = d1 - spread;
  const paid = strike * Math.exp(-rate * years);
  const side = right === 'C' ? 1 : -1;
  const inside = normalCdf(side * d2);
  const price = side * (undPrice * normalCdf(side * d1) - paid * inside);
  const decay = (-undPrice * density(d1) * volatility) / (2 * Math.sqrt(years)) - side * rate * paid * inside + side * dividendYield * undPrice * normalCdf(side * d1);
  return {
    price: Math.max(0, price),
    delta: side * discount * normalCdf(side * d1),
    gamma: (discount * discount * density(d1)) / (undPrice * spread),
    vega: (undPrice * density(d1) * Math.sqrt(years)) / 100,
    theta: decay / DAYS_PER_YEAR,
  };
}

const LOWEST_VOLATILITY = 1e-4;
const HIGHEST_VOLATILITY = 10;

/** The volatility at which the option has this price; undefined when none between 0.01 % and 1000 % gives it. */
export function impliedVolatility(inputs: OptionInputs, price: number): number | undefined {
  let low = LOWEST_VOLATILITY;
  let high = HIGHEST_VOLATILITY;
  if (optionValues(inputs, low).price > price || optionValues(inputs, high).price < price) return undefined;
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (optionValues(inputs, middle).price < price) low = middle;
    else high = middle;
  }
  const volatility = (low + high) / 2;
  return volatility <= LOWEST_VOLATILITY * 2 ? undefined : volatility;
}

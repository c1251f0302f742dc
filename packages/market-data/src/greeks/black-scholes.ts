import { normalCdf, normalDensity } from './normal.js';
import type { ResolvedTerms } from './option-terms.js';

/**
 * A price and its derivatives in the units of mathematics: theta per year, vega and rho per 1.00.
 * Everything is per unit of the underlying, not times the contract's multiplier.
 */
export interface RawGreeks {
  price: number;
  delta: number;
  gamma: number;
  vega: number;
  theta: number;
  rho: number;
}

/** Below this the deviation of the logarithm until expiry counts as none. */
const NO_DEVIATION = 1e-12;

/**
 * Black, Scholes and Merton: European exercise. The dividends are taken out of the underlying first (escrowed),
 * and the volatility is that of what remains; a future is an underlying whose yield is the rate (Black 1976).
 */
export function europeanPrice(terms: ResolvedTerms, volatility: number): number {
  const { sign, strike, years, rate, carry } = terms;
  const asset = (terms.underlying - terms.pvDividends) * Math.exp(-carry * years);
  const cash = strike * Math.exp(-rate * years);
  const deviation = volatility * Math.sqrt(years);
  const d1 = firstDistance(terms, deviation);
  return Math.max(sign * (asset * normalCdf(sign * d1) - cash * normalCdf(sign * (d1 - deviation))), 0);
}

/** {@link europeanPrice} with its derivatives. */
export function europeanGreeks(terms: ResolvedTerms, volatility: number): RawGreeks {
  const { sign, underlying, strike, years, rate, carry, pvDividends } = terms;
  const net = underlying - pvDividends;
  const growth = Math.exp(-carry * years);
  const cash = strike * Math.exp(-rate * years);
  const deviation = volatility * Math.sqrt(years);
  const d1 = firstDistance(terms, deviation);
  const chance1 = normalCdf(sign * d1);
  const chance2 = normalCdf(sign * (d1 - deviation));
  const bell = deviation > NO_DEVIATION ? growth * normalDensity(d1) : 0;
  const price = Math.max(sign * (net * growth * chance1 - cash * chance2), 0);
  const delta = sign * growth * chance1;
  const gamma = bell === 0 ? 0 : bell / (net * deviation);
  return {
    price,
    delta,
    gamma,
    vega: net * bell * Math.sqrt(years),
    theta: years === 0 ? 0 : thetaOf(terms, volatility, { price, delta, gamma }),
    rho: terms.future ? -years * price : sign * years * cash * chance2 + delta * durationOfDividends(terms),
  };
}

/** How fast the value falls per year while the underlying stands still, from the equation of Black, Scholes and Merton. */
export function thetaOf(terms: ResolvedTerms, volatility: number, greeks: { readonly price: number; readonly delta: number; readonly gamma: number }): number {
  const { underlying, rate, carry, pvDividends } = terms;
  const net = underlying - pvDividends;
  return rate * greeks.price - (rate * underlying - carry * net) * greeks.delta - 0.5 * (volatility * net) ** 2 * greeks.gamma;
}

/** What the value of the dividends loses per 1.00 of rate. */
function durationOfDividends({ dividends, rate }: ResolvedTerms): number {
  let sum = 0;
  for (const { years, amount } of dividends) sum += years * amount * Math.exp(-rate * years);
  return sum;
}

/** `d1` of the formula; infinite when nothing can change until expiry, 0 when that is at the strike. */
function firstDistance({ underlying, pvDividends, strike, years, rate, carry }: ResolvedTerms, deviation: number): number {
  const distance = Math.log((underlying - pvDividends) / strike) + (rate - carry) * years;
  if (deviation > NO_DEVIATION) return distance / deviation + 0.5 * deviation;
  return distance === 0 ? 0 : Math.sign(distance) * Number.POSITIVE_INFINITY;
}

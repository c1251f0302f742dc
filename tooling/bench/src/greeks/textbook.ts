/** What a textbook has: the formula of Black and Scholes with a yield, and a polynomial for the normal distribution (Abramowitz and Stegun 26.2.17). */
export interface TextbookTerms {
  readonly call: boolean;
  readonly underlying: number;
  readonly strike: number;
  readonly years: number;
  readonly rate: number;
  readonly dividendYield: number;
}

/** The value and the Greeks: vega and rho per percentage point, theta per day. */
export interface TextbookValues {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
  readonly rho: number;
}

const SQRT_2_PI = Math.sqrt(2 * Math.PI);
const MOST_STEPS = 100;
const NEAR = 1e-8;

function density(x: number): number {
  return Math.exp(-0.5 * x * x) / SQRT_2_PI;
}

function normal(x: number): number {
  const k = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = density(x) * k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return x >= 0 ? 1 - tail : tail;
}

/** The values at a volatility. */
export function textbookValues({ call, underlying: s, strike: k, years: t, rate: r, dividendYield: q }: TextbookTerms, volatility: number): TextbookValues {
  const root = volatility * Math.sqrt(t);
  const d1 = (Math.log(s / k) + (r - q + 0.5 * volatility * volatility) * t) / root;
  const d2 = d1 - root;
  const dq = Math.exp(-q * t);
  const dr = Math.exp(-r * t);
  const sign = call ? 1 : -1;
  const [n1, n2] = [normal(sign * d1), normal(sign * d2)];
  return {
    price: sign * (s * dq * n1 - k * dr * n2),
    delta: sign * dq * n1,
    gamma: (dq * density(d1)) / (s * root),
    vega: (s * dq * density(d1) * Math.sqrt(t)) / 100,
    theta: (-(s * dq * density(d1) * volatility) / (2 * Math.sqrt(t)) - sign * r * k * dr * n2 + sign * q * s * dq * n1) / 365,
    rho: (sign * k * t * dr * n2) / 100,
  };
}

/** The volatility of a price, by the method of Newton; NaN where it does not find one. */
export function textbookVolatility(terms: TextbookTerms, price: number): number {
  let volatility = 0.3;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const values = textbookValues(terms, volatility);
    const error = values.price - price;
    if (Math.abs(error) < NEAR) return volatility;
    volatility -= error / (values.vega * 100);
    if (!(volatility > 0) || volatility > 10) return Number.NaN;
  }
  return Number.NaN;
}

import { normalCdf, normalDensity } from './normal.js';
import { HIGHEST_VOLATILITY } from './option-terms.js';
import type { ResolvedTerms } from './option-terms.js';
import { MOST_UNCERTAIN } from './volatility-solution.js';
import type { VolatilitySolution } from './volatility-solution.js';

const MOST_ITERATIONS = 200;
const EPSILON = 2 ** -52;

/** After a Newton step of this part the error is its square, and after a halving of that part nothing is left to halve. */
const CLOSE = { newton: 1e-9, halving: 1e-13 } as const;

/**
 * Solves Black, Scholes and Merton for the volatility. What is in the money is turned over by put-call parity, so that the price is time
 * value alone; its logarithm is then nearly as even in the volatility far from the money as near it, and Newton's method on it starts where
 * it bends (Manaster and Koehler 1982). A bracket around the solution catches the steps that would leave it.
 */
export function europeanImpliedVolatility(terms: ResolvedTerms, price: number): VolatilitySolution {
  const { sign, years } = terms;
  const asset = (terms.underlying - terms.pvDividends) * Math.exp(-terms.carry * years);
  const cash = terms.strike * Math.exp(-terms.rate * years);
  const inner = Math.max(sign * (asset - cash), 0);
  const unit = Math.sqrt(asset) * Math.sqrt(cash);
  const noise = 4 * EPSILON * (inner > 0 ? asset + cash : price);
  const target = (price - inner) / unit;
  if (price - inner <= noise) return 'vega-too-small';

  const distance = -Math.abs(Math.log(asset / cash));
  const root = Math.sqrt(years);
  const most = HIGHEST_VOLATILITY * root;
  if (timeValue(distance, most) < target) return 'volatility-too-high';
  let low = 0;
  let high = most;
  let deviation = Math.min(Math.max(Math.sqrt(-2 * distance), 2.5 * target), most);
  for (let iterations = 1; iterations <= MOST_ITERATIONS; iterations += 1) {
    const value = timeValue(distance, deviation);
    const slope = normalDensity(distance / deviation + 0.5 * deviation) * Math.exp(0.5 * distance);
    const excess = value > 0 ? Math.log(value / target) : Number.NEGATIVE_INFINITY;
    if (excess > 0) high = deviation;
    else low = deviation;
    const step = (excess * value) / slope;
    const newton = deviation - step;
    const next = newton > low && newton < high ? newton : 0.5 * (low + high);
    const found = Math.abs(step) <= CLOSE.newton * deviation ? newton : high - low <= CLOSE.halving * high ? next : undefined;
    if (found !== undefined) {
      // Prices in the money carry their time value in the last digits only.
      if (noise / unit > MOST_UNCERTAIN * root * slope) return 'vega-too-small';
      return { volatility: Math.min(found / root, HIGHEST_VOLATILITY), iterations };
    }
    deviation = next;
  }
  return 'not-converged';
}

/** The value out of the money, in units of the geometric mean of asset and cash; `distance` is the logarithm of their ratio, 0 or less. */
function timeValue(distance: number, deviation: number): number {
  const centre = distance / deviation;
  const half = 0.5 * deviation;
  return Math.exp(0.5 * distance) * normalCdf(centre + half) - Math.exp(-0.5 * distance) * normalCdf(centre - half);
}

import { decimalText, multiplyDecimals } from '../orders/decimal.js';

/** Call or put. */
export type SpreadRight = 'C' | 'P';

/** What decides the value of an option leg on its last day. */
export interface PayoffLeg {
  readonly right: SpreadRight;
  readonly strike: number;
  /** What holding one unit of the spread does with it. */
  readonly action: 'BUY' | 'SELL';
  /** Units of it in one unit of the spread. */
  readonly ratio: number;
}

/** An amount of money that is known, without an end, or not to be known beforehand. */
export type PayoffAmount =
  | { readonly kind: 'limited'; readonly amount: number }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'unknown'; readonly why: string };

/** What a spread comes to on its last day, in the price of one unit of the underlying. */
export interface Payoff {
  /** At most; below 0 when every price loses. */
  readonly maxGain: PayoffAmount;
  /** At most, as an amount that is lost; below 0 when every price gains. */
  readonly maxLoss: PayoffAmount;
  /** The prices of the underlying at which nothing is gained or lost, lowest first. */
  readonly breakEvens: readonly number[];
  /** Where the most is gained: the prices of the underlying from and to, `to` absent without an end. */
  readonly gainsMost: PriceRange | undefined;
  readonly losesMost: PriceRange | undefined;
}

/** Prices of the underlying; without `to` every price from `from` on. */
export interface PriceRange {
  readonly from: number;
  readonly to?: number | undefined;
}

/** Prices have far fewer decimals than this; what is beyond them is noise of binary fractions. */
const DECIMALS = 8;

/** Without the noise of binary fractions. */
export function cleanPrice(price: number): number {
  const clean = Number(price.toFixed(DECIMALS));
  return clean === 0 ? 0 : clean;
}

/** A product without the noise of binary fractions. */
export function exactProduct(...factors: readonly number[]): number {
  return Number(factors.map(decimalText).reduce(multiplyDecimals, '1'));
}

/** What the legs are worth on their last day with the underlying at a price, for one unit of the underlying. */
export function valueAtExpiry(legs: readonly PayoffLeg[], underlying: number): number {
  return legs.reduce((sum, { right, strike, action, ratio }) => {
    const worth = Math.max(0, right === 'C' ? underlying - strike : strike - underlying);
    return sum + (action === 'BUY' ? ratio : -ratio) * worth;
  }, 0);
}

/** How the value changes with the underlying above the highest strike: only calls are left there. */
function slopeAbove(legs: readonly PayoffLeg[]): number {
  return legs.reduce((slope, { right, action, ratio }) => slope + (right === 'C' ? (action === 'BUY' ? ratio : -ratio) : 0), 0);
}

/** The least and the most that the legs can be worth on their last day; infinite without an end. */
export function valueRange(legs: readonly PayoffLeg[]): { readonly least: number; readonly most: number } {
  const values = corners(legs).map((price) => cleanPrice(valueAtExpiry(legs, price)));
  const slope = slopeAbove(legs);
  return { least: slope < 0 ? Number.NEGATIVE_INFINITY : Math.min(...values), most: slope > 0 ? Number.POSITIVE_INFINITY : Math.max(...values) };
}

/** Between these prices of the underlying, and above the last, the value is a straight line. */
function corners(legs: readonly PayoffLeg[]): readonly number[] {
  return [...new Set([0, ...legs.map(({ strike }) => strike)])].sort((a, b) => a - b);
}

/**
 * What a spread whose legs all end on one day comes to on that day, when one unit of it was bought for `netPrice` (negative: one was
 * paid for taking it). Exact: the value is a line with corners at the strikes. Commissions are not in it.
 */
export function payoffOf(legs: readonly PayoffLeg[], netPrice: number): Payoff {
  const prices = corners(legs);
  const gains = prices.map((price) => cleanPrice(valueAtExpiry(legs, price) - netPrice));
  const slope = slopeAbove(legs);
  const most = Math.max(...gains);
  const least = Math.min(...gains);
  return {
    maxGain: slope > 0 ? { kind: 'unlimited' } : { kind: 'limited', amount: most },
    maxLoss: slope < 0 ? { kind: 'unlimited' } : { kind: 'limited', amount: least === 0 ? 0 : -least },
    breakEvens: breakEvens(prices, gains, slope),
    gainsMost: slope > 0 ? undefined : rangeOf(most, { prices, gains, slope }),
    losesMost: slope < 0 ? undefined : rangeOf(least, { prices, gains, slope }),
  };
}

interface Line {
  readonly prices: readonly number[];
  readonly gains: readonly number[];
  readonly slope: number;
}

/** The first stretch of prices at which the gain is the wanted one: a corner, or a level part. */
function rangeOf(wanted: number, { prices, gains, slope }: Line): PriceRange {
  const first = gains.indexOf(wanted);
  let last = first;
  while (gains[last + 1] === wanted) last += 1;
  const from = prices[first] ?? 0;
  return last === prices.length - 1 && slope === 0 ? { from } : { from, to: prices[last] };
}

function breakEvens(prices: readonly number[], gains: readonly number[], slope: number): readonly number[] {
  const found = new Set<number>();
  for (const [index, price] of prices.entries()) {
    const gain = gains[index] ?? 0;
    const next = gains[index + 1];
    const nextPrice = prices[index + 1];
    // A level part at zero is no point, but its ends are where it begins and ends.
    if (gain === 0) found.add(price);
    if (next !== undefined && nextPrice !== undefined && gain * next < 0) found.add(cleanPrice(price + ((nextPrice - price) * -gain) / (next - gain)));
    if (next === undefined && gain * slope < 0) found.add(cleanPrice(price - gain / slope));
  }
  return [...found].sort((a, b) => a - b);
}

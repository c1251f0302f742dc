/**
 * Powers of ten that are exact, so that dividing by one rounds once: a mantissa below 2^53 over one of them is the nearest double.
 */
export const POWERS_OF_TEN: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/** Veltkamp: times this, a double falls apart into two halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;
/** Far above what the arithmetic below can be wrong, far below what decides a rounding. */
const DOUBT = 2 ** -96;

function upperHalf(value: number): number {
  const scaled = value * SPLITTER;
  return scaled - (scaled - value);
}

/**
 * The double nearest to `(upper * 10^lowerDigits + lower) / 10^decimals`, or `undefined` when that is too close to call.
 *
 * Prices and Greeks that come from doubles have up to 17 digits, more than one mantissa holds. The quotient is computed with twice the
 * precision (Dekker's products); when adding and taking away a doubt gives the same double, it is the nearest one.
 *
 * @param upper the first digits, at most 10 of them
 * @param lower the `lowerDigits` digits behind them, at most 9 of them
 * @param decimals at most 22
 */
export function longDecimal(upper: number, lower: number, lowerDigits: number, decimals: number): number | undefined {
  const scale = POWERS_OF_TEN[lowerDigits] ?? 1;
  const divisor = POWERS_OF_TEN[decimals] ?? 1;
  // The mantissa as an exact sum of two doubles: both products are below 2^53 or that times a power of two.
  const top = Math.floor(upper / 0x2_00_00);
  const high = top * scale * 0x2_00_00;
  const low = (upper - top * 0x2_00_00) * scale + lower;
  const mantissa = high + low;
  const mantissaRest = low - (mantissa - high);
  const quotient = mantissa / divisor;
  const quotientUpper = upperHalf(quotient);
  const quotientLower = quotient - quotientUpper;
  const divisorUpper = upperHalf(divisor);
  const divisorLower = divisor - divisorUpper;
  const product = quotient * divisor;
  const productRest =
    quotientLower * divisorLower - (product - quotientUpper * divisorUpper - quotientLower * divisorUpper - quotientUpper * divisorLower);
  const correction = (mantissa - product - productRest + mantissaRest) / divisor;
  const doubt = quotient * DOUBT;
  const value = quotient + (correction - doubt);
  return value === quotient + (correction + doubt) ? value : undefined;
}

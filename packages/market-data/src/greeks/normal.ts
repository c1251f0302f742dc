/** 1 / sqrt(2 pi). */
const DENSITY_AT_ZERO = 0.3989422804014327;

/** Beyond this the integral below is 0 or 1 in double precision. */
const LIMIT = 38;

/** From here on the continued fraction is exact to double precision, and the rational approximation slowly less so. */
const FRACTION_FROM = 4;

/** Coefficients of the rational approximation of Hart et al., Computer Approximations (1968), no. 5666, highest power first.*/
const NUMERATOR = [0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376] as const;
const DENOMINATOR = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
] as const;

/** Depth of the continued fraction: more than double precision needs from {@link FRACTION_FROM} on. */
const FRACTION_LEVELS = 60;

/** The density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return DENSITY_AT_ZERO * Math.exp(-0.5 * x * x);
}

/** The chance that a standard normal variable is at most `x`; small chances keep their relative accuracy. `x` may be infinite. */
export function normalCdf(x: number): number {
  const tail = upperTail(Math.abs(x));
  return x > 0 ? 1 - tail : tail;
}

function upperTail(z: number): number {
  if (z > LIMIT) return 0;
  const bell = Math.exp(-0.5 * z * z);
  if (z < FRACTION_FROM) {
    let top = 0;
    for (const coefficient of NUMERATOR) top = top * z + coefficient;
    let bottom = 0;
    for (const coefficient of DENOMINATOR) bottom = bottom * z + coefficient;
    return (bell * top) / bottom;
  }
  let fraction = z;
  for (let level = FRACTION_LEVELS; level >= 1; level -= 1) fraction = z + level / fraction;
  return (bell * DENSITY_AT_ZERO) / fraction;
}

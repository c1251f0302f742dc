/**
 * Exact decimal arithmetic on text, for quantities and prices in the journal: a sum of fills in binary floating point
 * would leave an order of 0.3 that was filled as 0.1 + 0.2 open for ever.
 */

interface Scaled {
  readonly unscaled: bigint;
  readonly scale: number;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/u;
const EXPONENT = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/u;

function parse(text: string): Scaled {
  const match = DECIMAL.exec(text);
  if (match === null) throw new RangeError(`a decimal must be digits with at most one point, got ${JSON.stringify(text)}`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const unscaled = BigInt(whole + fraction);
  return { unscaled: sign === '-' ? -unscaled : unscaled, scale: fraction.length };
}

function print({ unscaled, scale }: Scaled): string {
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/u, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}

function aligned(a: string, b: string): { readonly left: bigint; readonly right: bigint; readonly scale: number } {
  const [x, y] = [parse(a), parse(b)];
  const scale = Math.max(x.scale, y.scale);
  return { left: x.unscaled * 10n ** BigInt(scale - x.scale), right: y.unscaled * 10n ** BigInt(scale - y.scale), scale };
}

/**
 * The shortest decimal text of a number, without an exponent: `0.00000001`, not `1e-8`.
 * @throws RangeError when `value` is not finite.
 */
export function decimalText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`a decimal must be finite, got ${value}`);
  const text = String(value);
  const match = EXPONENT.exec(text);
  if (match === null) return text === '-0' ? '0' : text;
  const [, sign = '', whole = '0', fraction = '', exponentText = '0'] = match;
  const shift = Number(exponentText);
  const digits = whole + fraction;
  if (shift >= fraction.length) return `${sign}${digits}${'0'.repeat(shift - fraction.length)}`;
  return print({ unscaled: BigInt(sign + digits), scale: fraction.length - shift });
}

/** The exact sum. */
export function addDecimals(a: string, b: string): string {
  const { left, right, scale } = aligned(a, b);
  return print({ unscaled: left + right, scale });
}

/** The exact product. */
export function multiplyDecimals(a: string, b: string): string {
  const [x, y] = [parse(a), parse(b)];
  return print({ unscaled: x.unscaled * y.unscaled, scale: x.scale + y.scale });
}

/** Negative, 0 or positive as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: string, b: string): number {
  const { left, right } = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether `value` is a whole multiple of `step`, which must be above 0. */
export function isMultipleOf(value: string, step: string): boolean {
  const { left, right } = aligned(value, step);
  return left % right === 0n;
}

/** Longer ones are no amounts of anybody. */
const LONGEST = 64;
const PARTS = /^[+-]?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/iu;

/** What a number is apart from its sign, however it is written. */
function digitsOf(text: string): string | undefined {
  const [, whole, fraction = '', exponent = '0'] = PARTS.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const all = whole + fraction;
  const digits = all.replace(/0+$/u, '');
  const significant = digits.replace(/^0+/u, '');
  return significant === '' ? '0' : `${significant}e${Number(exponent) - fraction.length + all.length - digits.length}`;
}

/**
 * Whether a decimal text is the number that programs with double precision make of it: a safe integer, or a decimal that is read back as it was written.
 * `9007199254740993` and `0.1000000000000000055` are not: they would be taken for other numbers without a word.
 */
export function isExactNumber(text: string): boolean {
  if (text.length > LONGEST) return false;
  const value = Number(text);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return false;
  const digits = digitsOf(text);
  return digits !== undefined && digits === digitsOf(String(value));
}

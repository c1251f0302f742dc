/**
 * A number as decimal text without an exponent: the shortest text that is this number and no other, as prices and sizes travel on the stream.
 * @throws RangeError for what is no finite number: such a value is not known, and is left out instead.
 */
export function decimalText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`A decimal text needs a finite number, got ${value}`);
  const text = String(Object.is(value, -0) ? 0 : value);
  const exponentAt = text.indexOf('e');
  return exponentAt === -1 ? text : withoutExponent(text.slice(0, exponentAt), Number(text.slice(exponentAt + 1)));
}

function withoutExponent(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

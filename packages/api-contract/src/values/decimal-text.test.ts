import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText } from './decimal-text.js';
import { decimalSchema } from './values.js';

describe('decimalText', () => {
  it('writes prices as people do', () => {
    expect([189.95, 0.1, -12.5, 100, 0, -0, 1e21, 1.5e-7, -2.5e-9, 123e-20, 1.2345e22].map(decimalText)).toEqual([
      '189.95', '0.1', '-12.5', '100', '0', '0', '1000000000000000000000', '0.00000015', '-0.0000000025', '0.00000000000000000123', '12345000000000000000000',
    ]);
  });

  it('is this number and no other', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalText(value);
        expect(decimalSchema.safeParse(text).success).toBe(true);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('refuses what is no number', () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) expect(() => decimalText(value)).toThrow(RangeError);
  });
});

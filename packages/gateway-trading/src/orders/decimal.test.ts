import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDecimals, compareDecimals, decimalText, isMultipleOf, multiplyDecimals } from './decimal.js';

describe('decimal text', () => {
  it('writes numbers without an exponent', () => {
    expect([1e-8, -2.5e-7, 1e21, 1.25e22, 0, -0, 100, 0.1].map(decimalText)).toEqual([
      '0.00000001', '-0.00000025', '1000000000000000000000', '12500000000000000000000', '0', '0', '100', '0.1',
    ]);
  });

  it('reads back as the number that it was written from', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(decimalText(value)) === value).toBe(true);
      }),
    );
  });

  it('refuses what is not a finite number', () => {
    expect(() => decimalText(Number.NaN)).toThrow(/finite, got NaN/u);
    expect(() => addDecimals('1e5', '1')).toThrow(/digits/u);
  });
});

describe('decimal arithmetic', () => {
  it('adds tenths exactly', () => {
    expect(addDecimals('0.1', '0.2')).toBe('0.3');
    expect(addDecimals('10', '-10.00')).toBe('0');
  });

  it('agrees with integers at every scale', () => {
    const amount = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [x, y] = [decimalText(a / 1000), decimalText(b / 1000)];
        expect(Number(addDecimals(x, y))).toBe((a + b) / 1000);
        expect(Math.sign(compareDecimals(x, y))).toBe(Math.sign(a - b));
        expect(Number(multiplyDecimals(decimalText(a), decimalText(b))) === a * b).toBe(true);
      }),
    );
  });

  it('knows the tick grid', () => {
    expect([isMultipleOf('190.12', '0.01'), isMultipleOf('190.125', '0.01'), isMultipleOf('-1.15', '0.05'), isMultipleOf('0', '0.05')]).toEqual([
      true, false, true, true,
    ]);
  });
});

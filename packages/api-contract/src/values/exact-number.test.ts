import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExactNumber } from './exact-number.js';

describe('isExactNumber', () => {
  it.each(['0', '-0', '1', '100', '0.1', '1.50', '00012', '0.30000000000000004', '9007199254740991', '-9007199254740991', '1e3', '1.5E-7', '1e-7', '0.00000010'])('takes %s', (text) => {
    expect(isExactNumber(text)).toBe(true);
  });

  it.each(['9007199254740993', '9007199254740992', '-9007199254740993', '0.1000000000000000055', '123456789.12345678901', '1e400', '-1e400', '1e-400', '1e16', '0.1'.padEnd(65, '0'), '', ' ', 'NaN', 'Infinity', '0x10', '1.', '.5', '1 ', '1e', '--1'])('refuses %s', (text) => {
    expect(isExactNumber(text)).toBe(false);
  });

  it('takes every double as programs write it, and nothing that is another number', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat({ max: 9 }), (value, digit) => {
      const text = String(value);
      expect(isExactNumber(text)).toBe(!Number.isInteger(value) || Number.isSafeInteger(value));
      // Far more digits than a double has.
      const longer = /^-?\d+\.\d+$/u.test(text) && digit > 0 ? `${text}${'0'.repeat(17)}${digit}` : '0.1000000000000000055';
      expect(isExactNumber(longer)).toBe(false);
    }));
  });
});

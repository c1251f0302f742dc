import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateKey } from './duplicate-key.js';

describe('duplicateKey', () => {
  it.each([
    ['{"action":"SELL","action":"BUY"}', 'action'],
    [String.raw`{"a":1,"\u0061":2}`, 'a'],
    ['{"a":[{"b":1},{"b":1,"c":{},"b":2}]}', 'b'],
    ['{"a":{"b":1},"b":{"a":1},"a":0}', 'a'],
    [String.raw`{"a\"b":1,"a\"b":2}`, 'a"b'],
    ['{"":1,"":2}', ''],
  ])('finds it in %s', (text, key) => {
    expect(duplicateKey(text)).toBe(key);
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, space) => {
      expect(duplicateKey(JSON.stringify(value, undefined, space))).toBeUndefined();
    })); // prettier-ignore
  });

  it('finds each one that is put in', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.jsonValue(), (object, value) => {
      const [first = ''] = Object.keys(object);
      expect(duplicateKey(`${JSON.stringify(object).slice(0, -1)},${JSON.stringify(first)}:${JSON.stringify(value)}}`)).toBe(first);
    })); // prettier-ignore
  });
});

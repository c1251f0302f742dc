import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from './json-fault.js';

describe('jsonFault', () => {
  it.each([
    ['{"action":"SELL","action":"BUY"}', 'action'],
    [String.raw`{"a":1,"\u0061":2}`, 'a'],
    ['{"a":[{"b":1},{"b":1,"c":{},"b":2}]}', 'a.1.b'],
    ['{"a":{"b":1},"b":{"a":1},"a":0}', 'a'],
    [String.raw`{"a\"b":1,"a\"b":2}`, 'a"b'],
    ['{"":1,"":2}', 'body'],
  ])('finds the key that is there twice in %s', (text, field) => {
    expect(jsonFault(text)).toMatchObject({ kind: 'twice', field });
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, space) => {
      const fault = jsonFault(JSON.stringify(value, undefined, space));
      // Whole numbers that are not safe, and deep ones, are written by programs, too.
      expect(fault === undefined || fault.kind === 'deep' || (fault.kind === 'inexact' && !Number.isSafeInteger(Number(fault.value)))).toBe(true);
    })); // prettier-ignore
  });

  it('finds each one that is put in', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ maxLength: 20 }), fc.string(), { minKeys: 1 }), fc.string(), (object, value) => {
      const [first = ''] = Object.keys(object);
      expect(jsonFault(`${JSON.stringify(object).slice(0, -1)},${JSON.stringify(first)}:${JSON.stringify(value)}}`)).toMatchObject({ kind: 'twice', field: first === '' ? 'body' : first });
    })); // prettier-ignore
  });

  it.each([
    ['{"ticket":{"quantity":9007199254740993}}', 'ticket.quantity', '9007199254740993', '9007199254740992'],
    ['{"ticket":{"limitPrice":0.1000000000000000055,"quantity":1}}', 'ticket.limitPrice', '0.1000000000000000055', '0.1'],
    ['{"legs":[{"ratio":1},{"ratio":-1e400}]}', 'legs.1.ratio', '-1e400', '-Infinity'],
    ['[1, 1e-400 ]', '1', '1e-400', '0'],
    ['123456789012345678901234567890', 'body', '123456789012345678901234567890', '1.2345678901234568e+29'],
  ])('finds the digits that would be lost in %s', (text, field, value, taken) => {
    expect(jsonFault(text)).toEqual({ kind: 'inexact', field, value, rule: expect.stringContaining(`taken for ${taken}`) as string });
  });

  it('takes numbers as programs write them, and none out of texts', () => {
    expect(jsonFault(JSON.stringify({ a: [0.1 + 0.2, 1e-7, -0, 5e-324, Number.MAX_SAFE_INTEGER], b: '9007199254740993', '9007199254740993': true, c: null }))).toBeUndefined();
  });

  it('finds nesting that nothing needs', () => {
    expect(jsonFault(`{"ticket":${'['.repeat(40)}${']'.repeat(40)}}`)).toMatchObject({ kind: 'deep', field: 'ticket' });
    expect(jsonFault('['.repeat(32) + ']'.repeat(32))).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChoice, parseDuration, parsePort, parsePositive, parseWhole } from './arguments.js';

describe('arguments', () => {
  it('reads what it is meant for', () => {
    expect(parsePort('--port', '4002')).toBe(4002);
    expect(parsePort('--port', '0', true)).toBe(0);
    expect(parseWhole('--count', '12', 1)).toBe(12);
    expect(parsePositive('--limit', '189.95')).toBe(189.95);
    expect(parsePositive('--limit', '.5')).toBe(0.5);
    expect(['500ms', '10s', '2m', '1h', '1.5'].map((text) => parseDuration('--for', text))).toEqual([500, 10_000, 120_000, 3_600_000, 1_500]);
    expect(parseChoice('--tif', 'DAY', ['DAY', 'GTC'])).toBe('DAY');
  });

  it('gives a value within its rule or a usage error, for every text', () => {
    const isFine = (parse: () => number, low: number, high: number): boolean => {
      try {
        const value = parse();
        return value >= low && value <= high;
      } catch (error) {
        return error instanceof Error && error.name === 'UsageError';
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)),
        (text) =>
          isFine(() => parsePort('--port', text), 1, 65_535) &&
          isFine(() => parseWhole('--count', text, 1), 1, Number.MAX_SAFE_INTEGER) &&
          isFine(() => parsePositive('--limit', text), Number.MIN_VALUE, Number.MAX_VALUE) &&
          isFine(() => parseDuration('--for', text), Number.MIN_VALUE, Number.MAX_VALUE),
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greeks, optionPrice } from './greeks.js';
import { impliedVolatility } from './implied-volatility.js';
import type { QuotedOption } from './implied-volatility.js';

const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

const right = fc.constantFrom('C' as const, 'P' as const);
const style = fc.constantFrom('european' as const, 'american' as const);

const put = { right: 'P', underlying: 100, strike: 100, expiryYears: 0.5, rate: 0.05 } as const;

function reasonOf(option: QuotedOption): string {
  const result = impliedVolatility(option);
  return result.converged ? `converged at ${result.volatility}` : result.reason;
}

describe('impliedVolatility', () => {
  it('finds the volatility that made a European price, from 1 % to 500 % and for days and years', () => {
    fc.assert(
      fc.property(right, between(60, 160), between(0.003, 3), between(-0.03, 0.15), between(0, 0.1), between(0.01, 5), (side, underlying, expiryYears, rate, dividendYield, volatility) => {
        const option = { right: side, underlying, strike: 100, expiryYears, rate, dividendYield } as const;
        // Less than that, and the last digits of the price say little.
        fc.pre(greeks({ ...option, volatility }).vega > 1e-6);
        const result = impliedVolatility({ ...option, price: optionPrice({ ...option, volatility }) });
        expect(result).toMatchObject({ converged: true });
        expect(result.converged ? Math.abs(result.volatility - volatility) : 1).toBeLessThan(1e-7);
        expect(result.converged ? result.iterations : 99).toBeLessThan(30);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds it for prices far out of the money, down to the smallest', () => {
    const option = { right: 'C', underlying: 100, strike: 400, expiryYears: 0.25, rate: 0.02 } as const;
    for (const volatility of [0.15, 0.2, 0.3, 0.6]) {
      const price = optionPrice({ ...option, volatility });
      const result = impliedVolatility({ ...option, price });
      expect(result.converged ? result.volatility : result.reason).toBeCloseTo(volatility, 6);
    }
    expect(optionPrice({ ...option, volatility: 0.15 })).toBeLessThan(1e-60);
  });

  it('finds the volatility that made an American price, also with cash dividends and on futures', () => {
    const income = fc.constantFrom<Partial<QuotedOption>>({ dividendYield: 0.03 }, { dividends: [{ amount: 1, years: 0.1 }, { amount: 1, years: 0.35 }] }, { underlyingKind: 'future' });
    fc.assert(
      fc.property(right, between(80, 125), between(0.02, 1.5), between(0, 0.1), income, between(0.08, 1.5), (side, underlying, expiryYears, rate, paid, volatility) => {
        const option = { right: side, style: 'american', underlying, strike: 100, expiryYears, rate, steps: 51, ...paid } as const;
        const price = optionPrice({ ...option, volatility });
        fc.pre(price > (side === 'C' ? underlying - 100 : 100 - underlying) * 1.001 && greeks({ ...option, volatility }).vega > 1e-3);
        const result = impliedVolatility({ ...option, price });
        expect(result).toMatchObject({ converged: true });
        // Two volatilities may give one price within what the tree rounds; the price counts.
        const found = result.converged ? result.volatility : Number.NaN;
        expect(Math.abs(optionPrice({ ...option, volatility: found }) - price)).toBeLessThan(1e-6);
        // Cash dividends leave waves in the price of so small a tree.
        expect(Math.abs(found - volatility)).toBeLessThan(paid.dividends === undefined ? 1e-3 : 0.03);
        expect(result.converged ? result.iterations : 99).toBeLessThan(30);
      }),
      { numRuns: 150 },
    );
  });

  it('answers anything with a volatility that explains the price, or a reason: never NaN, never an exception', () => {
    const amount = fc.oneof(between(1e-6, 1e12), between(50, 200));
    fc.assert(
      fc.property(
        right, style, amount, amount, fc.oneof(between(0, 100), between(0, 1e-6), between(0, 2)), between(-1, 2), between(-1, 2), fc.oneof(between(-10, 1e12), between(0, 100)),
        (side, exercise, underlying, strike, expiryYears, rate, dividendYield, price) => {
          const option = { right: side, style: exercise, underlying, strike, expiryYears, rate, dividendYield, steps: 25 } as const;
          const result = impliedVolatility({ ...option, price });
          const text = result.converged ? '' : `${result.reason}: ${result.message}`;
          expect(text).not.toMatch(/NaN|Infinity|undefined|not-converged/);
          const volatility = result.converged ? result.volatility : 1;
          expect(volatility).toBeGreaterThan(0);
          expect(volatility).toBeLessThanOrEqual(10);
          const again = result.converged ? optionPrice({ ...option, volatility }) : price;
          expect(Math.abs(again - price)).toBeLessThanOrEqual(1e-6 * Math.max(Math.abs(price), 1e-3 * (underlying + strike)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says why there is none', () => {
    expect(reasonOf({ ...put, price: -1 })).toBe('below-intrinsic');
    expect(reasonOf({ ...put, underlying: 80, price: 15 })).toBe('below-intrinsic');
    expect(reasonOf({ ...put, style: 'american', underlying: 80, price: 19 })).toBe('below-intrinsic');
    expect(reasonOf({ ...put, price: 98 })).toBe('above-bound');
    expect(reasonOf({ ...put, style: 'american', price: 100 })).toBe('above-bound');
    expect(reasonOf({ ...put, right: 'C', price: 100 })).toBe('above-bound');
    expect(reasonOf({ ...put, expiryYears: 0, price: 3 })).toBe('no-time-left');
    expect(reasonOf({ ...put, expiryYears: 1e-6, price: 3 })).toBe('volatility-too-high');
    expect(reasonOf({ ...put, style: 'american', expiryYears: 1e-6, price: 3 })).toBe('volatility-too-high');
    expect(reasonOf({ ...put, price: 0 })).toBe('vega-too-small');
    // At the exercise value every volatility up to some height gives the same price.
    expect(reasonOf({ ...put, style: 'american', underlying: 60, price: 40 })).toBe('vega-too-small');
    const deep = { ...put, right: 'C', underlying: 1000, expiryYears: 0.02 } as const;
    expect(reasonOf({ ...deep, price: optionPrice({ ...deep, volatility: 0.2 }) })).toBe('vega-too-small');
  });

  it('says in words what was wrong with the price', () => {
    const result = impliedVolatility({ ...put, underlying: 80, price: 15 });
    expect(result.converged ? '' : result.message).toMatch(/^The price 15 is below 17\.5\d+, which the option is worth without any volatility$/);
  });

  it('refuses a price that is no number', () => {
    for (const price of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => impliedVolatility({ ...put, price })).toThrow(`price must be a finite number, got ${price}`);
    }
  });
});

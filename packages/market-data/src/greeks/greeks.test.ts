import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greeks, optionPrice } from './greeks.js';
import type { OptionGreeks, PricedOption } from './greeks.js';

const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

const right = fc.constantFrom('C' as const, 'P' as const);

/** Ordinary options: neither far from the strike nor without time. */
const ordinary = fc.record({
  right,
  underlying: between(80, 125),
  strike: fc.constant(100),
  expiryYears: between(0.1, 2),
  rate: between(-0.02, 0.12),
  dividendYield: between(0, 0.1),
  volatility: between(0.1, 0.8),
});

const cashDividends = fc.array(fc.record({ amount: between(0, 2), years: between(0.01, 2) }), { maxLength: 6 });

/** Anything that is allowed. */
const extreme = fc.record({
  right,
  style: fc.constantFrom('european' as const, 'american' as const),
  underlying: fc.oneof(between(1e-6, 1e12), between(50, 200)),
  strike: fc.oneof(between(1e-6, 1e12), between(50, 200)),
  expiryYears: fc.oneof(between(0, 100), between(0, 1e-6), fc.constant(0)),
  rate: between(-1, 2),
  dividendYield: between(-1, 2),
  volatility: fc.oneof(between(0, 10), between(0, 1e-6), fc.constant(0), fc.constant(5)),
  steps: fc.constant(25),
});

function difference(at: (move: number) => number, move: number): number {
  return (at(move) - at(-move)) / (2 * move);
}

/** What finite differences of the price say the Greeks are. */
function differences(option: PricedOption & { readonly expiryYears: number }, moves: { readonly underlying: number; readonly other: number }): Omit<OptionGreeks, 'price'> {
  const price = (change: Partial<PricedOption>): number => optionPrice({ ...option, ...change });
  const { underlying, volatility, rate, expiryYears } = option;
  const { underlying: h, other } = moves;
  const later = (move: number): Partial<PricedOption> => ({
    expiryYears: expiryYears - move,
    dividends: option.dividends?.map(({ amount, years = 0 }) => ({ amount, years: years - move })),
  });
  return {
    delta: difference((move) => price({ underlying: underlying + move }), h),
    gamma: (price({ underlying: underlying + h }) - 2 * price({}) + price({ underlying: underlying - h })) / h ** 2,
    vega: difference((move) => price({ volatility: volatility + move }), other) / 100,
    theta: difference((move) => price(later(move)), other) / 365,
    rho: difference((move) => price({ rate: rate + move }), other) / 100,
  };
}

function expectNear(actual: Omit<OptionGreeks, 'price'>, expected: Omit<OptionGreeks, 'price'>, tolerance: { readonly relative: number; readonly absolute: number }): void {
  for (const name of ['delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
    const allowed = tolerance.absolute + tolerance.relative * Math.abs(expected[name]);
    expect(Math.abs(actual[name] - expected[name]), `${name}: ${actual[name]} and ${expected[name]}`).toBeLessThan(allowed);
  }
}

describe('European exercise', () => {
  it('keeps put-call parity in the price and in every Greek', () => {
    fc.assert(
      fc.property(ordinary, cashDividends, fc.boolean(), (option, dividends, cash) => {
        const terms = cash ? { ...option, dividendYield: 0, dividends } : option;
        const call = greeks({ ...terms, right: 'C' });
        const put = greeks({ ...terms, right: 'P' });
        const { underlying, strike, rate, expiryYears } = option;
        const due = cash ? dividends.filter(({ years }) => years < expiryYears) : [];
        const pv = due.reduce((sum, { amount, years }) => sum + amount * Math.exp(-rate * years), 0);
        const growth = Math.exp(-terms.dividendYield * expiryYears);
        expect(call.price - put.price).toBeCloseTo((underlying - pv) * growth - strike * Math.exp(-rate * expiryYears), 9);
        expect(call.delta - put.delta).toBeCloseTo(growth, 12);
        expect(call.gamma).toBeCloseTo(put.gamma, 12);
        expect(call.vega).toBeCloseTo(put.vega, 12);
      }),
    );
  });

  it('has the Greeks that finite differences of its price show', () => {
    fc.assert(
      fc.property(ordinary, cashDividends, fc.boolean(), (option, dividends, cash) => {
        // A dividend that leaves or enters the life of the option within the difference is a jump, and no slope.
        const inside = dividends.map(({ amount, years }) => ({ amount, years: Math.min(Math.max(years, 0.02), option.expiryYears - 0.02) }));
        const terms = cash ? { ...option, dividendYield: 0, dividends: inside } : option;
        expectNear(greeks(terms), differences(terms, { underlying: 0.02, other: 1e-4 }), { relative: 1e-4, absolute: 1e-6 });
      }),
    );
  });

  it('has the Greeks of finite differences on futures too', () => {
    fc.assert(
      fc.property(ordinary, (option) => {
        const terms = { ...option, dividendYield: 0, underlyingKind: 'future' as const };
        expectNear(greeks(terms), differences(terms, { underlying: 0.02, other: 1e-4 }), { relative: 1e-4, absolute: 1e-6 });
      }),
    );
  });
});

describe('American exercise', () => {
  const style = 'american' as const;

  it('is worth at least European exercise and exercise now, and at most the underlying or the strike', () => {
    fc.assert(
      fc.property(ordinary, cashDividends, fc.boolean(), (option, dividends, cash) => {
        const terms = cash ? { ...option, dividendYield: 0, dividends } : option;
        const price = optionPrice({ ...terms, style });
        expect(price).toBeGreaterThanOrEqual(optionPrice(terms));
        expect(price).toBeGreaterThanOrEqual(option.right === 'C' ? option.underlying - 100 : 100 - option.underlying);
        expect(price).toBeLessThanOrEqual(option.right === 'C' ? option.underlying : 100 * Math.max(1, Math.exp(-option.rate * option.expiryYears)));
        expect(greeks({ ...terms, style }).price).toBeCloseTo(price, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('is worth as much as European exercise where nothing is gained by exercise', () => {
    fc.assert(
      fc.property(ordinary, (option) => {
        const call = { ...option, right: 'C' as const, rate: Math.abs(option.rate), dividendYield: 0 };
        expect(optionPrice({ ...call, style })).toBe(optionPrice(call));
        const put = { ...option, right: 'P' as const, rate: -Math.abs(option.rate) };
        expect(greeks({ ...put, style })).toEqual(greeks(put));
      }),
    );
  });

  it('swaps call and put with underlying and strike, rate and yield', () => {
    fc.assert(
      fc.property(ordinary, (option) => {
        const call = optionPrice({ ...option, right: 'C', style });
        const { underlying, strike, rate, dividendYield } = option;
        const put = optionPrice({ ...option, right: 'P', style, underlying: strike, strike: underlying, rate: dividendYield, dividendYield: rate });
        expect(Math.abs(call - put)).toBeLessThan(0.02);
      }),
      { numRuns: 60 },
    );
  });

  it('has the Greeks that finite differences of its price show', () => {
    fc.assert(
      // At a rate of 0 early exercise begins to pay, and rho has a corner.
      fc.property(ordinary, between(0.01, 0.12), (option, rate) => {
        const terms = { ...option, rate, style };
        const exercise = (option.right === 'C' ? 1 : -1) * (option.underlying - 100);
        // Where exercise now is best or nearly, gamma and theta jump: their differences straddle the edge.
        fc.pre(optionPrice(terms) > exercise + 3);
        // Second differences enlarge what a tree is off by: they are taken from a finer one.
        expectNear(greeks(terms), differences({ ...terms, steps: 601 }, { underlying: 1.5, other: 5e-3 }), { relative: 0.1, absolute: 0.01 });
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('is delta 1 or -1 and nothing else where exercise now is best', () => {
    const option = { right: 'P', style, underlying: 50, strike: 100, expiryYears: 1, rate: 0.08, volatility: 0.2 } as const;
    expect(greeks(option)).toEqual({ price: 50, delta: -1, gamma: 0, vega: 0, theta: 0, rho: 0 });
  });

  it('waits with a call for the day before the dividend', () => {
    const call = { right: 'C', style, underlying: 100, strike: 80, expiryYears: 0.5, rate: 0.03, volatility: 0.15 } as const;
    // Sure to be exercised before the payment: worth the underlying with it less the strike of that day.
    expect(optionPrice({ ...call, dividends: [{ amount: 15, years: 0.2 }] })).toBeCloseTo(100 - 80 * Math.exp(-0.03 * 0.2), 1);
    expect(optionPrice({ ...call, dividends: [{ amount: 15, years: -0.1 }] })).toBe(optionPrice(call));
    expect(optionPrice({ ...call, dividends: [{ amount: 15, years: 0.6 }] })).toBe(optionPrice(call));
  });
});

describe('both', () => {
  it.each(['european', 'american'] as const)('%s: is worth more with more volatility and, of a call, with a lower strike', (style) => {
    fc.assert(
      fc.property(ordinary, between(0.005, 0.2), (option, more) => {
        const terms = { ...option, style };
        const price = optionPrice(terms);
        expect(optionPrice({ ...terms, volatility: option.volatility + more })).toBeGreaterThan(price - 0.002);
        const lower = optionPrice({ ...terms, strike: 100 - more * 10 });
        expect(option.right === 'C' ? lower - price : price - lower).toBeGreaterThan(-0.002);
      }),
      { numRuns: 60 },
    );
  });

  it('gives finite numbers in sane ranges for everything that is allowed', () => {
    fc.assert(
      fc.property(extreme, (option) => {
        const values = greeks(option);
        for (const value of Object.values(values)) expect(Number.isFinite(value)).toBe(true);
        expect(values.price).toBeGreaterThanOrEqual(0);
        expect(values.gamma).toBeGreaterThanOrEqual(0);
        expect(values.vega).toBeGreaterThanOrEqual(0);
        expect(values.delta * (option.right === 'C' ? 1 : -1)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 400 },
    );
  });

  it('is worth the exercise at expiry and without volatility the discounted forward', () => {
    const option = { right: 'C', underlying: 110, strike: 100, rate: 0.05, volatility: 0.3 } as const;
    expect(greeks({ ...option, expiryYears: 0 })).toEqual({ price: 10, delta: 1, gamma: 0, vega: 0, theta: 0, rho: 0 });
    expect(greeks({ ...option, style: 'american', right: 'P', expiryYears: 0 })).toMatchObject({ price: 0, gamma: 0 });
    expect(optionPrice({ ...option, expiryYears: 1, volatility: 0 })).toBeCloseTo(110 - 100 * Math.exp(-0.05), 10);
    expect(optionPrice({ ...option, expiryYears: 1e-9 })).toBeCloseTo(10, 6);
  });

  it('takes instants as well as years, and what has expired as expired', () => {
    const nowMs = Date.UTC(2026, 0, 2, 15);
    const yearMs = 365 * 24 * 60 * 60 * 1000;
    const option = { right: 'C', underlying: 100, strike: 100, rate: 0.05, volatility: 0.3, nowMs } as const;
    const byTime = { ...option, expiryAtMs: nowMs + yearMs / 2, dividends: [{ amount: 1, atMs: nowMs + yearMs / 4 }] };
    expect(greeks(byTime)).toEqual(greeks({ ...option, expiryYears: 0.5, dividends: [{ amount: 1, years: 0.25 }] }));
    expect(optionPrice({ ...option, expiryAtMs: nowMs - 1 })).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { greeks, optionPrice } from './greeks.js';
import { impliedVolatility } from './implied-volatility.js';
import { normalCdf } from './normal.js';

const DAYS = 365;

/** `digits` as printed in the book: half a unit of the last one may differ. */
function expectPrinted(value: number, printed: string): void {
  expect(value.toFixed(printed.split('.')[1]?.length ?? 0)).toBe(printed);
}

describe('Hull, Options, Futures and Other Derivatives', () => {
  it('prices a call and a put on a stock without dividends (Black-Scholes-Merton model, first example)', () => {
    const option = { underlying: 42, strike: 40, rate: 0.1, volatility: 0.2, expiryYears: 0.5 };
    expectPrinted(optionPrice({ ...option, right: 'C' }), '4.76');
    expectPrinted(optionPrice({ ...option, right: 'P' }), '0.81');
  });

  it('prices a call on a stock with two cash dividends', () => {
    const dividends = [
      { amount: 0.5, years: 2 / 12 },
      { amount: 0.5, years: 5 / 12 },
    ];
    expectPrinted(optionPrice({ right: 'C', underlying: 40, strike: 40, rate: 0.09, volatility: 0.3, expiryYears: 0.5, dividends }), '3.67');
  });

  it('prices a call on an index with a dividend yield', () => {
    expectPrinted(optionPrice({ right: 'C', underlying: 930, strike: 900, rate: 0.08, dividendYield: 0.03, volatility: 0.2, expiryYears: 2 / 12 }), '51.83');
  });

  it('prices a call on a currency and finds its implied volatility', () => {
    const option = { right: 'C', underlying: 1.6, strike: 1.6, rate: 0.08, dividendYield: 0.11, expiryYears: 4 / 12 } as const;
    expectPrinted(optionPrice({ ...option, volatility: 0.2 }), '0.0639');
    expectPrinted(optionPrice({ ...option, volatility: 0.1 }), '0.0285');
    const result = impliedVolatility({ ...option, price: 0.043 });
    expect(result).toMatchObject({ converged: true });
    expectPrinted(result.converged ? result.volatility : 0, '0.141');
  });

  it('prices a put on a future with the model of Black', () => {
    expectPrinted(optionPrice({ right: 'P', underlying: 20, underlyingKind: 'future', strike: 20, rate: 0.09, volatility: 0.25, expiryYears: 4 / 12 }), '1.12');
  });

  it('finds the implied volatility of a call', () => {
    const result = impliedVolatility({ right: 'C', underlying: 21, strike: 20, rate: 0.1, expiryYears: 0.25, price: 1.875 });
    expectPrinted(result.converged ? result.volatility : 0, '0.235');
  });

  it('knows the Greeks of the call of its chapter on them', () => {
    const values = greeks({ right: 'C', underlying: 49, strike: 50, rate: 0.05, volatility: 0.2, expiryYears: 0.3846 });
    expectPrinted(values.price, '2.40');
    expectPrinted(values.delta, '0.522');
    expectPrinted(values.gamma, '0.066');
    expectPrinted(values.theta * DAYS, '-4.31');
    expectPrinted(values.vega * 100, '12.1');
    expectPrinted(values.rho * 100, '8.91');
  });

  it('prices an American put (binomial trees: 4.278 with 100 steps, 4.283 with 500)', () => {
    const option = { right: 'P', underlying: 50, strike: 50, rate: 0.1, volatility: 0.4, expiryYears: 5 / 12 } as const;
    expectPrinted(optionPrice(option), '4.08');
    expect(Math.abs(optionPrice({ ...option, style: 'american' }) - 4.283)).toBeLessThan(0.002);
  });
});

describe('Haug, The Complete Guide to Option Pricing Formulas', () => {
  it('prices with the generalised formula of Black and Scholes', () => {
    expectPrinted(optionPrice({ right: 'C', underlying: 60, strike: 65, expiryYears: 0.25, rate: 0.08, volatility: 0.3 }), '2.1334');
    expectPrinted(optionPrice({ right: 'P', underlying: 100, strike: 95, expiryYears: 0.5, rate: 0.1, dividendYield: 0.05, volatility: 0.2 }), '2.4648');
    const future = { underlying: 19, underlyingKind: 'future', strike: 19, expiryYears: 0.75, rate: 0.1, volatility: 0.28 } as const;
    expectPrinted(optionPrice({ ...future, right: 'C' }), '1.7011');
    expectPrinted(optionPrice({ ...future, right: 'P' }), '1.7011');
    expectPrinted(optionPrice({ right: 'C', underlying: 1.56, strike: 1.6, expiryYears: 0.5, rate: 0.06, dividendYield: 0.08, volatility: 0.12 }), '0.0291');
  });

  it('prices with escrowed cash dividends', () => {
    const dividends = [
      { amount: 2, years: 0.25 },
      { amount: 2, years: 0.5 },
    ];
    expectPrinted(optionPrice({ right: 'C', underlying: 100, strike: 90, expiryYears: 0.75, rate: 0.1, volatility: 0.25, dividends }), '15.6465');
  });

  it('knows the Greeks', () => {
    const future = { underlying: 105, underlyingKind: 'future', strike: 100, expiryYears: 0.5, rate: 0.1, volatility: 0.36 } as const;
    expectPrinted(greeks({ ...future, right: 'C' }).delta, '0.5946');
    expectPrinted(greeks({ ...future, right: 'P' }).delta, '-0.3566');
    expectPrinted(greeks({ right: 'C', underlying: 55, strike: 60, expiryYears: 0.75, rate: 0.1, volatility: 0.3 }).gamma, '0.0278');
    const index = { right: 'C', underlying: 55, strike: 60, expiryYears: 0.75, rate: 0.105, dividendYield: 0.0355, volatility: 0.3 } as const;
    expectPrinted(greeks(index).vega * 100, '18.5027');
    const put = { right: 'P', underlying: 430, strike: 405, expiryYears: 1 / 12, rate: 0.07, dividendYield: 0.05, volatility: 0.2 } as const;
    expectPrinted(greeks(put).theta * DAYS, '-31.1924');
    expectPrinted(greeks({ right: 'C', underlying: 72, strike: 75, expiryYears: 1, rate: 0.09, volatility: 0.19 }).rho * 100, '38.7325');
  });

  it('prices an American call before one cash dividend, which has an exact formula (Roll, Geske, Whaley): 4.3860', () => {
    const option = {
      right: 'C', style: 'american', underlying: 80, strike: 82, expiryYears: 1 / 3, rate: 0.06, volatility: 0.3, dividends: [{ amount: 4, years: 0.25 }],
    } as const;
    expect(Math.abs(optionPrice(option) - 4.386)).toBeLessThan(0.012);
    expect(Math.abs(optionPrice({ ...option, steps: 1001 }) - 4.386)).toBeLessThan(0.002);
    expectPrinted(optionPrice({ ...option, style: 'european' }), '3.5107');
  });

  it('prices American calls and puts on futures near the approximation of Barone-Adesi and Whaley, which is within about 1 %', () => {
    const printed = [
      // volatility, years, calls at 90, 100, 110, puts at 90, 100, 110
      [0.15, 0.1, 0.0206, 1.8771, 10.0089, 10, 1.877, 0.041],
      [0.25, 0.1, 0.3159, 3.128, 10.3919, 10.2533, 3.1277, 0.4562],
      [0.35, 0.1, 0.9495, 4.3777, 11.1679, 10.8787, 4.3777, 1.2402],
      [0.15, 0.5, 0.8208, 4.0842, 10.8087, 10.5595, 4.0842, 1.0822],
      [0.25, 0.5, 2.7437, 6.8015, 13.017, 12.4419, 6.8014, 3.3226],
      [0.35, 0.5, 5.0063, 9.5106, 15.5689, 14.6945, 9.5104, 5.8823],
    ] as const;
    for (const [volatility, expiryYears, ...values] of printed) {
      const ours = (['C', 'P'] as const).flatMap((right) =>
        [90, 100, 110].map((underlying) =>
          optionPrice({ right, style: 'american', underlying, underlyingKind: 'future', strike: 100, rate: 0.1, volatility, expiryYears }),
        ),
      );
      ours.forEach((value, index) => {
        const approximation = values[index] ?? Number.NaN;
        expect(Math.abs(value - approximation)).toBeLessThan(0.0125 * approximation + 0.0005);
      });
    }
  });
});

describe('Longstaff and Schwartz, Valuing American Options by Simulation (2001)', () => {
  it.each([
    // their finite differences allow exercise on 50 days a year, so that they lie a little below
    [36, 0.2, 1, 4.478], [36, 0.2, 2, 4.84], [36, 0.4, 1, 7.101], [36, 0.4, 2, 8.508],
    [40, 0.2, 1, 2.314], [40, 0.2, 2, 2.885], [40, 0.4, 1, 5.312], [40, 0.4, 2, 6.92],
    [44, 0.2, 1, 1.11], [44, 0.2, 2, 1.69], [44, 0.4, 1, 3.948], [44, 0.4, 2, 5.647],
  ])('prices the American put at %d with volatility %d and %d years: %d', (underlying, volatility, expiryYears, printed) => {
    const price = optionPrice({ right: 'P', style: 'american', underlying, strike: 40, rate: 0.06, volatility, expiryYears });
    expect(Math.abs(price - printed)).toBeLessThan(0.01);
  });
});

describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [-1, 0.15865525393145705],
    [-3.9, 4.8096344017602614e-5],
    [-5, 2.866515718791939e-7],
    [-10, 7.61985302416047e-24],
    [-37, 5.725571222524577e-300],
    [Number.NEGATIVE_INFINITY, 0],
  ])('is exact at %d, also in the tail', (x, value) => {
    expect(Math.abs(normalCdf(x) - value)).toBeLessThanOrEqual(1e-12 * value);
    expect(normalCdf(-x)).toBeCloseTo(1 - value, 15);
  });
});

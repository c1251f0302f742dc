import { UsageError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { greeks } from './greeks.js';
import type { PricedOption } from './greeks.js';

const option: PricedOption = { right: 'C', underlying: 100, strike: 100, expiryYears: 0.5, rate: 0.05, volatility: 0.2 };
const byTime = { ...option, expiryYears: undefined };

describe('what an option is described with', () => {
  it.each<[string, unknown, string]>([
    ['underlying', { ...option, underlying: 0 }, 'underlying must be a number from 0.000001 to 1000000000000, got 0'],
    ['underlying', { ...option, underlying: Number.NaN }, 'underlying must be a number from 0.000001 to 1000000000000, got NaN'],
    ['strike', { ...option, strike: -5 }, 'strike must be a number from 0.000001 to 1000000000000, got -5'],
    ['right', { ...option, right: 'call' }, `right must be 'C' or 'P', got "call"`],
    ['style', { ...option, style: 'bermudan' }, `style must be 'european' or 'american', got "bermudan"`],
    ['underlyingKind', { ...option, underlyingKind: 'stock' }, `underlyingKind must be 'spot' or 'future', got "stock"`],
    ['rate', { ...option, rate: 5 }, 'rate must be a number from -1 to 2, got 5'],
    ['dividendYield', { ...option, dividendYield: 3 }, 'dividendYield must be a number from -1 to 2, got 3'],
    ['volatility', { ...option, volatility: 25 }, 'volatility must be a number from 0 to 10, got 25'],
    ['volatility', { ...option, volatility: undefined }, 'volatility must be a number from 0 to 10, got undefined'],
    ['steps', { ...option, steps: 100 }, 'steps must be an odd number from 25 to 2001, got 100'],
    ['expiryYears', { ...option, expiryYears: -0.1 }, 'expiryYears must be a number from 0 to 100, got -0.1'],
    ['expiryYears', byTime, 'expiryYears must be given, or expiryAtMs together with nowMs'],
    ['expiryYears', { ...option, expiryAtMs: 1, nowMs: 0 }, 'expiryYears must not be given together with expiryAtMs, got 0.5'],
    ['nowMs', { ...byTime, expiryAtMs: 1 }, 'nowMs must be given together with expiryAtMs'],
    ['nowMs', { ...byTime, expiryAtMs: 1, nowMs: Number.NaN }, 'nowMs must be epoch milliseconds, got NaN'],
    ['expiryAtMs', { ...byTime, expiryAtMs: Number.NaN, nowMs: 0 }, 'expiryAtMs must be epoch milliseconds, got NaN'],
    ['expiryAtMs', { ...byTime, expiryAtMs: 1e15, nowMs: 0 }, 'expiryAtMs must be a number from 0 to 100 years from nowMs, got 31709.7'],
    ['dividends[1].amount', { ...option, dividends: [{ amount: 1, years: 0.1 }, { amount: -1, years: 0.1 }] }, 'dividends[1].amount must be a number from 0 to 1000000000000, got -1'],
    ['dividends[0]', { ...option, dividends: [{ amount: 1 }] }, 'dividends[0] must have either atMs or years'],
    ['nowMs', { ...option, dividends: [{ amount: 1, atMs: 5 }] }, 'nowMs must be given together with dividends[0].atMs'],
    ['dividends', { ...option, dividends: [{ amount: 120, years: 0.1 }] }, 'dividends must be worth less than the underlying (100) until expiry, got 119.4'],
    ['dividendYield', { ...option, dividendYield: 0.02, dividends: [{ amount: 1, years: 0.1 }] }, 'dividendYield must not be given together with dividends, got 0.02'],
    ['dividendYield', { ...option, underlyingKind: 'future', dividendYield: 0.02 }, 'dividendYield must not be given for a future: it pays none, got 0.02'],
    ['dividends', { ...option, underlyingKind: 'future', dividends: [{ amount: 1, years: 0.1 }] }, 'dividends must not be given for a future: it pays none, got an array of 1'],
  ])('names %s when it is wrong (%#)', (field, wrong, message) => {
    let thrown: unknown;
    try {
      // Callers without types get the same answer.
      Reflect.apply(greeks, undefined, [wrong]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect(thrown instanceof UsageError ? thrown.message : '').toContain(message);
    expect(thrown).toMatchObject({ details: { field } });
  });
});

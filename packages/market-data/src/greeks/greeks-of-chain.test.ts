import { describe, expect, it } from 'vitest';
import { greeks, optionPrice } from './greeks.js';
import { greeksOfChain } from './greeks-of-chain.js';
import type { ChainRow } from './greeks-of-chain.js';

const NOW_MS = Date.UTC(2026, 0, 2, 15);
const DAY_MS = 24 * 60 * 60 * 1000;
const market = { underlying: 100, rate: 0.04, nowMs: NOW_MS, dividends: [{ amount: 0.5, atMs: NOW_MS + 20 * DAY_MS }] };

/** Both rights, 25 strikes, 4 expiries, a smile. */
function chain(): (ChainRow & { readonly volatility: number })[] {
  return (['C', 'P'] as const).flatMap((right) =>
    [7, 30, 91, 365].flatMap((days) =>
      Array.from({ length: 25 }, (_, index) => {
        const strike = 76 + index * 2;
        return { right, strike, expiryAtMs: NOW_MS + days * DAY_MS, volatility: 0.2 + ((strike - 100) / 100) ** 2 };
      }),
    ),
  );
}

describe('greeksOfChain', () => {
  it.each(['european', 'american'] as const)('gives each row what it gets alone: %s', (style) => {
    const rows = chain();
    const results = greeksOfChain(rows, { ...market, style });
    expect(results).toEqual(rows.map((row) => ({ ok: true, row, volatility: row.volatility, greeks: greeks({ ...market, style, ...row }) })));
  });

  it.each(['european', 'american'] as const)('finds the volatilities of prices: %s', (style) => {
    const rows = chain().map(({ volatility, ...row }) => ({ ...row, made: volatility, price: optionPrice({ ...market, style, ...row, volatility }) }));
    const results = greeksOfChain(rows, { ...market, style });
    const found = results.filter((result) => result.ok);
    expect(found.length).toBeGreaterThan(160);
    for (const { row, volatility } of found) expect(volatility).toBeCloseTo(row.made, 4);
    // What is worth its exercise, or next to nothing, has no volatility.
    const reasons = results.map((result) => (result.ok ? 'ok' : result.reason));
    expect(reasons.filter((reason) => reason !== 'ok' && reason !== 'vega-too-small')).toEqual([]);
  });

  it('says which rows have none and why, and goes on', () => {
    const row = { right: 'P', strike: 100, expiryAtMs: NOW_MS + 30 * DAY_MS } as const;
    const results = greeksOfChain([row, { ...row, price: 200 }, { ...row, expiryAtMs: NOW_MS - DAY_MS, price: 1 }, { ...row, strike: 120, price: 2 }, { ...row, price: 3 }], market);
    expect(results.map((result) => (result.ok ? 'ok' : result.reason))).toEqual(['no-price', 'above-bound', 'no-time-left', 'below-intrinsic', 'ok']);
    expect(results[0]?.row).toBe(row);
  });

  it('names the row and field of a mistake', () => {
    const row = { right: 'P', strike: 100, expiryYears: 0.1, volatility: 0.2 } as const;
    expect(() => greeksOfChain([row, { ...row, strike: 0 }], market)).toThrow('rows[1].strike must be a number');
    expect(() => greeksOfChain([row, { ...row, volatility: -1 }], market)).toThrow('rows[1].volatility must be a number from 0 to 10, got -1');
    expect(() => greeksOfChain([{ ...row, price: 1 }], market)).toThrow('rows[0].volatility must not be given together with price');
    expect(() => greeksOfChain([{ ...row, volatility: undefined, price: Number.NaN }], market)).toThrow('rows[0].price must be a finite number, got NaN');
    expect(greeksOfChain([], market)).toEqual([]);
  });
});

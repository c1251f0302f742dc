import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanPrice, payoffOf, valueAtExpiry, valueRange } from './payoff.js';
import type { PayoffLeg } from './payoff.js';
import { butterfly, ironCondor, straddle, strangle, verticalSpread } from './spread-plan.js';

const DAY = '2026-12-18';
/** Strikes and prices on the grid that options have, so that a search over the grid finds every corner. */
const cents = fc.integer({ min: -5_000, max: 5_000 }).map((value) => value / 100);
const strike = fc.integer({ min: 1, max: 100 });
const leg = fc.record<PayoffLeg>({
  right: fc.constantFrom('C', 'P'),
  strike,
  action: fc.constantFrom('BUY', 'SELL'),
  ratio: fc.integer({ min: 1, max: 3 }),
});
const legs = fc.array(leg, { minLength: 1, maxLength: 6 });
const HIGHEST = 100;

/** By brute force: the gain at every whole price from 0 to far above the highest strike; corners are at whole prices. */
function gains(of: readonly PayoffLeg[], netPrice: number): readonly number[] {
  return Array.from({ length: 3 * HIGHEST + 1 }, (_, price) => cleanPrice(valueAtExpiry(of, price) - netPrice));
}

describe('the payoff of option legs', () => {
  it('has the greatest gain and loss that a search over all prices finds', () => {
    fc.assert(fc.property(legs, cents, (of, netPrice) => {
      const all = gains(of, netPrice);
      const { maxGain, maxLoss } = payoffOf(of, netPrice);
      const rising = (all.at(-1) ?? 0) - (all.at(-2) ?? 0);
      expect(maxGain).toEqual(rising > 0 ? { kind: 'unlimited' } : { kind: 'limited', amount: Math.max(...all) });
      expect(maxLoss).toEqual(rising < 0 ? { kind: 'unlimited' } : { kind: 'limited', amount: cleanPrice(-Math.min(...all)) });
    }));
  });

  it('breaks even where the gain is nothing, and wherever its sign changes', () => {
    fc.assert(fc.property(legs, cents, (of, netPrice) => {
      const { breakEvens } = payoffOf(of, netPrice);
      for (const price of breakEvens) expect(Math.abs(valueAtExpiry(of, price) - netPrice)).toBeLessThan(1e-6);
      const all = gains(of, netPrice);
      // Between two neighbouring whole prices the gain is a straight line.
      const crossed = all.flatMap((gain, price) => (gain * (all[price + 1] ?? gain) < 0 ? [price] : []));
      expect(crossed.filter((price) => !breakEvens.some((point) => point > price && point < price + 1))).toEqual([]);
      const last = all.at(-1) ?? 0;
      const slope = last - (all.at(-2) ?? 0);
      expect(breakEvens.some((point) => point > 3 * HIGHEST)).toBe(last * slope < 0);
      expect([...breakEvens].sort((a, b) => a - b)).toEqual(breakEvens);
    }));
  });

  it('says at which prices the most is gained and lost', () => {
    fc.assert(fc.property(legs, cents, (of, netPrice) => {
      const { maxGain, maxLoss, gainsMost, losesMost } = payoffOf(of, netPrice);
      for (const [amount, range, sign] of [[maxGain, gainsMost, 1], [maxLoss, losesMost, -1]] as const) {
        const ends = range === undefined ? [] : [range.from, range.to ?? 10 * HIGHEST];
        const expected = amount.kind === 'limited' ? [amount.amount, amount.amount] : [];
        expect(ends.map((price) => cleanPrice(sign * (valueAtExpiry(of, price) - netPrice)))).toEqual(expected);
      }
    }));
  });

  it('is never outside of what the legs can be worth', () => {
    fc.assert(fc.property(legs, fc.integer({ min: 0, max: 3 * HIGHEST }), (of, price) => {
      const { least, most } = valueRange(of);
      const value = cleanPrice(valueAtExpiry(of, price));
      expect(value).toBeGreaterThanOrEqual(least);
      expect(value).toBeLessThanOrEqual(most);
    }));
  });
});

describe('the formulas of the books', () => {
  const twoStrikes = fc.tuple(strike, strike).filter(([a, b]) => a !== b);

  it('hold for vertical spreads: width less premium, premium, strike plus or minus premium', () => {
    fc.assert(fc.property(twoStrikes, fc.constantFrom<'C' | 'P'>('C', 'P'), fc.double({ min: 0.01, max: 0.99, noNaN: true }), ([longStrike, shortStrike], right, share) => {
      const { legs: of, width = 0 } = verticalSpread({ expiry: DAY, right, longStrike, shortStrike });
      const { least, most } = valueRange(of);
      expect([least, most]).toEqual((right === 'C') === longStrike < shortStrike ? [0, width] : [-width, 0]);
      const netPrice = cleanPrice(Math.round((least + share * width) * 100) / 100);
      const { maxGain, maxLoss, breakEvens } = payoffOf(of, netPrice);
      const isDebit = least === 0;
      const premium = Math.abs(netPrice);
      expect(maxGain).toEqual({ kind: 'limited', amount: isDebit ? cleanPrice(width - premium) : premium });
      expect(maxLoss).toEqual({ kind: 'limited', amount: isDebit ? premium : cleanPrice(width - premium) });
      fc.pre(premium !== 0 && premium !== width);
      const anchor = isDebit ? longStrike : shortStrike;
      expect(breakEvens).toEqual([cleanPrice(right === 'C' ? anchor + premium : anchor - premium)]);
    }));
  });

  it('hold for iron condors: credit, wider side less credit, short strikes plus or minus credit', () => {
    const { legs: of, width } = ironCondor({ expiry: DAY, longPutStrike: 90, shortPutStrike: 95, shortCallStrike: 105, longCallStrike: 112 });
    expect(width).toBe(7);
    expect(valueRange(of)).toEqual({ least: -7, most: 0 });
    expect(payoffOf(of, -2.1)).toEqual({
      maxGain: { kind: 'limited', amount: 2.1 },
      maxLoss: { kind: 'limited', amount: 4.9 },
      breakEvens: [92.9, 107.1],
      gainsMost: { from: 95, to: 105 },
      losesMost: { from: 112 },
    });
  });

  it('hold for straddles and strangles, bought and sold', () => {
    expect(payoffOf(straddle({ expiry: DAY, strike: 100 }).legs, 7.35)).toMatchObject({ maxGain: { kind: 'unlimited' }, maxLoss: { kind: 'limited', amount: 7.35 }, breakEvens: [92.65, 107.35], losesMost: { from: 100, to: 100 } });
    expect(payoffOf(straddle({ expiry: DAY, strike: 100, side: 'short' }).legs, -7.35)).toMatchObject({ maxGain: { kind: 'limited', amount: 7.35 }, maxLoss: { kind: 'unlimited' }, breakEvens: [92.65, 107.35] });
    expect(payoffOf(strangle({ expiry: DAY, putStrike: 95, callStrike: 105 }).legs, 3)).toMatchObject({ maxLoss: { kind: 'limited', amount: 3 }, breakEvens: [92, 108], losesMost: { from: 95, to: 105 } });
  });

  it('hold for butterflies: wing less debit at the middle, debit beyond the wings', () => {
    for (const right of ['C', 'P'] as const) {
      expect(payoffOf(butterfly({ expiry: DAY, right, lowerStrike: 95, middleStrike: 100, upperStrike: 105 }).legs, 1.2)).toEqual({
        maxGain: { kind: 'limited', amount: 3.8 },
        maxLoss: { kind: 'limited', amount: 1.2 },
        breakEvens: [96.2, 103.8],
        gainsMost: { from: 100, to: 100 },
        losesMost: { from: 0, to: 95 },
      });
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inWindow, needsPrice, shouldRecentre, strikesInWindow } from './option-window.js';

const ALL = { strikes: { from: 0, to: Number.POSITIVE_INFINITY }, right: undefined, moneyness: undefined, delta: undefined, strikesEachSide: undefined } as const;
const strikes = Array.from({ length: 41 }, (_, index) => 80 + index);
const contracts = strikes.flatMap((strike) => (['C', 'P'] as const).map((right) => ({ expiry: '2026-05-22', strike, right })));
const nothing = { centre: undefined, deltaOf: () => undefined, isIn: () => false };

describe('a window', () => {
  it('of lists and ranges needs no price', () => {
    expect(needsPrice(ALL)).toBe(false);
    expect([...strikesInWindow(strikes, { ...ALL, strikes: { list: [90, 90.5, 100] } }, undefined)]).toEqual([90, 100]);
    expect(inWindow(contracts, { ...ALL, strikes: { from: 99, to: 100 }, right: 'P' }, nothing)).toEqual([
      { expiry: '2026-05-22', strike: 99, right: 'P' },
      { expiry: '2026-05-22', strike: 100, right: 'P' },
    ]);
  });

  it('around a price holds nothing without one', () => {
    for (const around of [{ moneyness: { from: 0.9, to: 1.1 } }, { strikesEachSide: 3 }, { delta: { from: 0, to: 1 } }]) {
      expect(needsPrice({ ...ALL, ...around })).toBe(true);
      expect(inWindow(contracts, { ...ALL, ...around }, nothing)).toEqual([]);
    }
  });

  it('of so many strikes has them on both sides, a strike at the price above', () => {
    expect([...strikesInWindow(strikes, { ...ALL, strikesEachSide: 2 }, 100.4)]).toEqual([99, 100, 101, 102]);
    expect([...strikesInWindow(strikes, { ...ALL, strikesEachSide: 1 }, 100)]).toEqual([99, 100]);
    expect([...strikesInWindow(strikes, { ...ALL, strikesEachSide: 2 }, 500)]).toEqual([119, 120]);
    expect([...strikesInWindow(strikes, { ...ALL, strikesEachSide: 2 }, 1)]).toEqual([80, 81]);
  });

  it('by delta lets go a little later than it takes', () => {
    const view = { centre: 100, deltaOf: ({ strike }: { readonly strike: number }) => (strike - 80) / 40 };
    const wants = { ...ALL, right: 'C', delta: { from: 0.25, to: 0.5 } } as const;
    const fresh = inWindow(contracts, wants, { ...view, isIn: () => false }).map(({ strike }) => strike);
    expect([fresh[0], fresh.at(-1)]).toEqual([90, 100]);
    const moved = { ...view, deltaOf: ({ strike }: { readonly strike: number }) => (strike - 80) / 40 + 0.015 };
    expect(inWindow(contracts, wants, { ...moved, isIn: ({ strike }) => fresh.includes(strike) }).map(({ strike }) => strike)).toContain(100);
    expect(inWindow(contracts, wants, { ...moved, isIn: () => false }).map(({ strike }) => strike)).not.toContain(100);
  });

  it('is put around a new price by a quarter of its half, and not before', () => {
    const wants = { ...ALL, moneyness: { from: 0.9, to: 1.1 } };
    expect([102.4, 102.6, 97.6, 97.4].map((price) => shouldRecentre(wants, { centre: 100, price }, strikes))).toEqual([false, true, false, true]);
    const few = { ...ALL, strikesEachSide: 4 };
    expect([100.9, 101.1].map((price) => shouldRecentre(few, { centre: 100, price }, strikes))).toEqual([false, true]);
    expect(shouldRecentre(ALL, { centre: 100, price: 150 }, strikes)).toBe(false);
  });

  it('never swings: after it was put around a price, a step back smaller than the hysteresis changes nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.3, noNaN: true }), fc.array(fc.double({ min: -0.02, max: 0.02, noNaN: true }), { maxLength: 60 }), (half, moves) => {
        const wants = { ...ALL, moneyness: { from: 1 - half, to: 1 + half } };
        let centre = 100;
        let price = 100;
        for (const move of moves) {
          price *= 1 + move;
          const limit = Math.max(0.001, half / 4);
          const before = centre;
          if (shouldRecentre(wants, { centre, price }, strikes)) centre = price;
          // What is at the money is well inside, and a step back that is too small changes nothing.
          expect(Math.abs(price / centre - 1)).toBeLessThan(limit + 1e-9);
          const back = price + (before - price) * 0.2;
          expect(shouldRecentre(wants, { centre: price, price: back }, strikes)).toBe(Math.abs(back - price) / price >= limit);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('holds exactly what fits', () => {
    fc.assert(
      fc.property(fc.double({ min: 50, max: 150, noNaN: true }), fc.double({ min: 0.5, max: 1, noNaN: true }), fc.double({ min: 1, max: 1.5, noNaN: true }), (centre, from, to) => {
        const held = strikesInWindow(strikes, { ...ALL, moneyness: { from, to } }, centre);
        for (const strike of strikes) expect(held.has(strike)).toBe(strike / centre >= from && strike / centre <= to);
      }),
      { numRuns: 50 },
    );
  });
});

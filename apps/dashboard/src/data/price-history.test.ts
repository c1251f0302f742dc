import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PriceHistory } from './price-history.js';

it('keeps times in order, breaks the line where nothing is known, and stays small', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.option(fc.double({ min: 1, max: 10, noNaN: true }))), { maxLength: 400 }), (steps) => {
      const history = new PriceHistory({ keepMs: 60_000, most: 100 });
      let atMs = 0;
      for (const [stepMs, price] of steps) {
        atMs += stepMs;
        history.add(atMs, price);
      }
      const [times, prices] = history.points;
      expect(times.length).toBe(prices.length);
      expect(times.length).toBeLessThanOrEqual(111);
      expect([...times].sort((a, b) => a - b)).toEqual(times);
      expect(prices.some((price, index) => price === null && prices[index + 1] === null)).toBe(false);
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderIds } from './order-ids.js';

describe('OrderIds', () => {
  it('gives out the id that is wanted when the broker takes it and nobody had it, else the next one', () => {
    const ids = new OrderIds();
    ids.promise(1, 5);
    expect(ids.take(1, 5)).toBe(5);
    expect([ids.take(1, 5), ids.take(1, 4), ids.take(1, 20), ids.take(1)]).toEqual([6, 7, 20, 21]);
    ids.observe(1, 30);
    expect([ids.take(1, 30), ids.isTaken(1, 30), ids.isTaken(1, 31), ids.take(2)]).toEqual([31, false, true, 1]);
    // Ours begin above what is only promised, which others may count on.
    ids.promise(3, 5);
    expect(ids.take(3)).toBe(6);
  });

  it('never gives out an id twice, nor one at or below what was seen or below what was promised', () => {
    const step = fc.record({ what: fc.constantFrom('observe', 'promise', 'take', 'wanted'), id: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ids = new OrderIds();
        let seen = 0;
        let promised = 0;
        const wrong: number[] = [];
        const take = (wanted?: number): void => {
          const taken = ids.take(1, wanted);
          if (taken <= seen || taken < promised) wrong.push(taken);
          seen = Math.max(seen, taken);
        };
        for (const { what, id } of steps) {
          if (what === 'observe') {
            ids.observe(1, id);
            seen = Math.max(seen, id);
          } else if (what === 'promise') {
            ids.promise(1, id);
            promised = Math.max(promised, id);
          } else take(what === 'wanted' ? id : undefined);
        }
        expect(wrong).toEqual([]);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depthChanges } from './depth-changes.js';
import type { DepthChange } from './depth-changes.js';

const level = fc.record({ price: fc.integer({ min: 1, max: 5 }).map(String), size: fc.integer({ min: 1, max: 3 }).map(String) });
const book = fc.record({ bids: fc.array(level, { maxLength: 6 }), asks: fc.array(level, { maxLength: 6 }) });

/** As a reader of a recording builds the book. */
function applied(before: readonly { price: string; size: string }[], changes: readonly DepthChange[]): readonly { price: string; size: string }[] {
  const rows = [...before];
  for (const { operation, position, price, size } of changes) {
    if (operation === 'delete') rows.splice(position, 1);
    else rows.splice(position, operation === 'update' ? 1 : 0, { price: String(price), size: String(size) });
  }
  return rows;
}

describe('depthChanges', () => {
  it('makes the second book of the first', () => {
    fc.assert(
      fc.property(book, book, (before, after) => {
        const changes = depthChanges(before, after);
        expect(applied(before.bids, changes.filter(({ side }) => side === 'bid'))).toEqual(after.bids);
        expect(applied(before.asks, changes.filter(({ side }) => side === 'ask'))).toEqual(after.asks);
        expect(depthChanges(after, after)).toEqual([]);
      }),
    );
  });
});

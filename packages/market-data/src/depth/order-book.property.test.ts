import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderBook } from './order-book.js';
import type { BookChange, DepthLevel, DepthOperation, DepthSide } from './order-book.js';

const ROWS = 5;

const level = fc.record({ price: fc.integer({ min: -5, max: 200 }).map((ticks) => ticks / 4), size: fc.nat({ max: 50 }), marketMaker: fc.constantFrom('NASDAQ', 'ARCA', undefined) });
const side = fc.constantFrom<DepthSide>('bid', 'ask');

/** Any change, sensible or not. */
const anyChange: fc.Arbitrary<BookChange> = fc.record({
  side,
  operation: fc.constantFrom<DepthOperation>('insert', 'update', 'delete'),
  position: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: ROWS + 1 }) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1.5, Number.NaN, 1000) }),
  level: fc.oneof({ weight: 8, arbitrary: level }, { weight: 1, arbitrary: fc.constantFrom<DepthLevel>({ price: Number.NaN, size: 1 }, { price: 1, size: -1 }, { price: 1, size: Number.NaN }) }),
});

/** The book as an array of whole rows per side, without any cleverness. */
class Model {
  readonly sides: Record<DepthSide, DepthLevel[]> = { bid: [], ask: [] };

  /** Whether the change could be made. */
  apply({ side: name, operation, position, level: row }: BookChange): boolean {
    const rows = this.sides[name];
    if (!(Number.isInteger(position) && position >= 0)) return false;
    if (operation !== 'delete' && !(Number.isFinite(row.price) && Number.isFinite(row.size) && row.size >= 0)) return false;
    if (position >= ROWS) return true;
    if (operation === 'insert' ? position > rows.length : position >= rows.length) return false;
    const before = rows.slice(0, position);
    const after = rows.slice(operation === 'insert' ? position : position + 1);
    this.sides[name] = [...before, ...(operation === 'delete' ? [] : [row]), ...after].slice(0, ROWS);
    return true;
  }
}

describe('OrderBook', () => {
  it('agrees with a plain model over any changes, and refuses exactly those that do not fit', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 120 }), (changes) => {
        const book = new OrderBook(ROWS);
        const model = new Model();
        for (const change of changes) {
          const made = model.apply(change);
          expect(book.apply(change) === undefined).toBe(made);
          expect(book.bids).toEqual(model.sides.bid);
          expect(book.asks).toEqual(model.sides.ask);
        }
        const sorted = (rows: readonly DepthLevel[], sign: number): boolean => rows.map(({ price }) => price * sign).every((price, index, all) => index === 0 || price >= (all[index - 1] ?? 0));
        expect(book.ordered).toBe(sorted(model.sides.bid, -1) && sorted(model.sides.ask, 1));
        const [bid] = model.sides.bid;
        const [ask] = model.sides.ask;
        expect(book.crossed).toBe(bid !== undefined && ask !== undefined && bid.price >= ask.price);
        expect(book.full).toBe(model.sides.bid.length === ROWS && model.sides.ask.length === ROWS);
      }),
    );
  });

  it('is the book of the broker after any way from one book to the next, seen through fewer rows', () => {
    const ladder = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: ROWS + 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(side, ladder), { maxLength: 20 }), (steps) => {
        const book = new OrderBook(ROWS);
        const faults: unknown[] = [];
        const make = (change: BookChange): void => {
          faults.push(...[book.apply(change)].filter((fault) => fault !== undefined));
        };
        const broker: Record<DepthSide, number[]> = { bid: [], ask: [] };
        for (const [name, prices] of steps) {
          const target = prices.toSorted((a, b) => (name === 'bid' ? b - a : a - b));
          // The broker takes away what is gone, from behind, and inserts what is new; it knows more rows than we asked for.
          const rows = broker[name];
          for (let position = rows.length - 1; position >= 0; position -= 1) {
            if (target.includes(rows[position] ?? 0)) continue;
            rows.splice(position, 1);
            make({ side: name, operation: 'delete', position, level: { price: 0, size: 0 } });
            // A row that moves up from beyond ours is sent like a new one.
            const up = rows[ROWS - 1];
            if (position < ROWS && up !== undefined) make({ side: name, operation: 'insert', position: ROWS - 1, level: { price: up, size: up } });
          }
          target.forEach((price, position) => {
            if (rows[position] === price) return;
            rows.splice(position, 0, price);
            make({ side: name, operation: 'insert', position, level: { price, size: price } });
          });
          expect((name === 'bid' ? book.bids : book.asks).map(({ price }) => price)).toEqual(target.slice(0, ROWS));
          expect([book.ordered, faults]).toEqual([true, []]);
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instrument } from '../../market/instrument.js';
import type { Quote } from '../../market/market.js';
import { DELETE, INSERT, changesBetween, depthBookOf } from './depth-book.js';
import type { DepthBookOptions, DepthChange, DepthLevel } from './depth-book.js';

const INSTRUMENT: Instrument = {
  conId: 265598,
  symbol: 'AAPL',
  secType: 'STK',
  currency: 'USD',
  exchange: 'SMART',
  primaryExch: 'NASDAQ',
  validExchanges: ['SMART'],
  localSymbol: 'AAPL',
  tradingClass: 'NMS',
  marketName: 'NMS',
  longName: 'APPLE INC',
  industry: '',
  category: '',
  subcategory: '',
  minTick: 0.01,
  timeZoneId: 'US/Eastern',
};

const quotes: fc.Arbitrary<Quote> = fc
  .record({ bid: fc.integer({ min: 2, max: 60 }), spread: fc.integer({ min: 1, max: 4 }), bidSize: fc.integer({ min: 1, max: 20 }), askSize: fc.integer({ min: 1, max: 20 }) })
  .map(({ bid, spread, bidSize, askSize }) => ({ bid: bid / 100, ask: (bid + spread) / 100, bidSize: bidSize * 100, askSize: askSize * 100 }));

const books: fc.Arbitrary<DepthBookOptions> = fc.record({
  instrument: fc.constant(INSTRUMENT),
  quote: quotes,
  rows: fc.integer({ min: 1, max: 12 }),
  makers: fc.constantFrom(['ARCA'], ['NASDAQ', 'ARCA'], ['NASDAQ', 'ARCA', 'BATS', 'IEX']),
  pulse: fc.nat({ max: 20 }),
});

/** What a client does with the changes. */
function applied(rows: readonly DepthLevel[], changes: readonly DepthChange[]): readonly DepthLevel[] {
  const book = [...rows];
  for (const { position, operation, level } of changes) {
    if (operation === INSERT) book.splice(position, 0, level);
    else if (operation === DELETE) book.splice(position, 1);
    else book[position] = level;
  }
  return book;
}

describe('a book', () => {
  it('has the quote as its best rows, no more rows than asked for, prices in order and no maker twice at one price', () => {
    fc.assert(
      fc.property(books, (options) => {
        const { bids, asks } = depthBookOf(options);
        const { quote, rows } = options;
        expect([bids[0]?.price, bids[0]?.size, asks[0]?.price, asks[0]?.size]).toEqual([quote.bid, quote.bidSize, quote.ask, quote.askSize]);
        expect(Math.max(bids.length, asks.length)).toBeLessThanOrEqual(rows);
        expect(bids.map(({ price }) => price)).toEqual(bids.map(({ price }) => price).toSorted((a, b) => b - a));
        expect(asks.map(({ price }) => price)).toEqual(asks.map(({ price }) => price).toSorted((a, b) => a - b));
        const all = [...bids, ...asks];
        expect(new Set(all.map(({ price, maker }) => `${price} ${maker}`)).size).toBe(all.length);
        expect(all.every(({ size, price }) => size > 0 && price > 0)).toBe(true);
      }),
    );
  });

  it('is the same for everybody', () => {
    fc.assert(
      fc.property(books, (options) => {
        expect(depthBookOf(options)).toEqual(depthBookOf(options));
      }),
    );
  });

  it('is what the changes make of the one before, and never has more rows than the two on the way', () => {
    fc.assert(
      fc.property(books, quotes, fc.nat({ max: 20 }), (options, quote, pulse) => {
        const before = depthBookOf(options);
        const after = depthBookOf({ ...options, quote, pulse });
        for (const side of ['bids', 'asks'] as const) {
          const changes = changesBetween(before[side], after[side]);
          expect(applied(before[side], changes)).toEqual(after[side]);
          const most = Math.max(before[side].length, after[side].length);
          const lengths = changes.map((_, index) => applied(before[side], changes.slice(0, index + 1)).length);
          expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('does not change when nothing does', () => {
    fc.assert(
      fc.property(books, (options) => {
        const { bids } = depthBookOf(options);
        expect(changesBetween(bids, bids)).toEqual([]);
      }),
    );
  });
});

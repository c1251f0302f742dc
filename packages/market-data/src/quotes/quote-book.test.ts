import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuoteBook } from './quote-book.js';
import { ageMs } from './quote.js';
import type { Quote, QuoteField } from './quote.js';
import { tickPrice } from '../testing/fake-broker.js';

const id = { symbol: 'AAPL', conId: 265598 };
const size = (tickType: number, value: number | undefined): ServerMessage => ({ type: 'tickSize', reqId: 1, tickType, size: value });
const text = (tickType: number, value: string): ServerMessage => ({ type: 'tickString', reqId: 1, tickType, value });
const mode = (marketDataType: number): ServerMessage => ({ type: 'marketDataType', reqId: 1, marketDataType });

function bookOf(...messages: readonly ServerMessage[]): QuoteBook {
  const book = new QuoteBook(id);
  messages.forEach((message, index) => book.apply(message, 1000 + index));
  return book;
}

describe('QuoteBook', () => {
  it('has no quote before the first value', () => {
    expect(bookOf(mode(1)).quote).toBeUndefined();
  });

  it('collects price, size and the time that each was received', () => {
    const { quote } = bookOf(mode(1), tickPrice(1, 1, 10.5, 300), tickPrice(1, 2, 10.6, 200), tickPrice(1, 4, 10.55, 100), size(8, 5000));
    expect(quote).toMatchObject({ ...id, mode: 'live', bid: 10.5, bidSize: 300, ask: 10.6, askSize: 200, last: 10.55, lastSize: 100, volume: 5000, receivedAtMs: 1004, stale: false, gaps: 0 });
    expect(quote?.fieldAtMs).toEqual({ bid: 1001, bidSize: 1001, ask: 1002, askSize: 1002, last: 1003, lastSize: 1003, volume: 1004 });
    expect(quote === undefined ? undefined : [ageMs(quote, 'bid', 1500), ageMs(quote, 'high', 1500)]).toEqual([499, undefined]);
  });

  it.each([[-1, 0], [0, 0], [-1, undefined], [0, undefined]])('takes the price %d with size %s for no quote, also when there was one', (price, priceSize) => {
    const { quote } = bookOf(tickPrice(1, 1, 10.5, 300), tickPrice(1, 1, price, priceSize));
    expect(quote).not.toHaveProperty('bid');
    expect(quote).not.toHaveProperty('bidSize');
    expect(quote?.fieldAtMs).toEqual({});
    expect(quote?.saidNone).toEqual(['bid']);
    expect(bookOf(tickPrice(1, 1, price, priceSize), tickPrice(1, 1, 10.5, 300)).quote?.saidNone).toBeUndefined();
  });

  it('keeps a price of -1 that has a size, as spreads have', () => {
    expect(bookOf(tickPrice(1, 1, -1, 5)).quote).toMatchObject({ bid: -1, bidSize: 5 });
  });

  it('takes -1, 0 and missing sizes for absent, and a volume of 0 for a volume', () => {
    const { quote } = bookOf(size(0, -1), size(3, 0), size(5, undefined), size(8, 0));
    expect(Object.keys(quote?.fieldAtMs ?? {})).toEqual(['volume']);
  });

  it('maps delayed ticks to the same fields and says that they are delayed, announced or not', () => {
    const { quote } = bookOf(tickPrice(1, 66, 10.5, 300), tickPrice(1, 68, 10.6, 100), size(74, 9), text(88, '1700000000'));
    expect(quote).toMatchObject({ mode: 'delayed', bid: 10.5, bidSize: 300, last: 10.6, volume: 9, lastTime: 1_700_000_000_000 });
  });

  it('never holds live and delayed values side by side', () => {
    const book = bookOf(mode(1), tickPrice(1, 1, 10.5, 300), mode(3), tickPrice(1, 68, 10.6, 100));
    expect(book.quote).toMatchObject({ mode: 'delayed', last: 10.6 });
    expect(book.quote).not.toHaveProperty('bid');
  });

  it('reads halts, the volume-weighted price and exchanges', () => {
    const { quote } = bookOf({ type: 'tickGeneric', reqId: 1, tickType: 49, value: 2 }, text(48, '10.5;100;1700000000123;5000;10.41;true'), text(32, 'KQ'));
    expect(quote).toMatchObject({ halted: true, vwap: 10.41, bidExchange: 'KQ' });
    expect(bookOf({ type: 'tickGeneric', reqId: 1, tickType: 49, value: 0 }).quote?.halted).toBe(false);
    expect(bookOf({ type: 'tickGeneric', reqId: 1, tickType: 49, value: -1 }).quote?.halted).toBeUndefined();
  });

  it('keeps option computations, without what could not be computed', () => {
    const { quote } = bookOf({
      type: 'tickOptionComputation', reqId: 1, tickType: 13, tickAttrib: 1, impliedVol: 0.25, delta: -0.5, optPrice: 3.2, pvDividend: -1, gamma: 0.01, vega: -2, theta: -0.03, undPrice: 199.5,
    });
    expect(quote?.greeks?.model).toEqual({ impliedVolatility: 0.25, delta: -0.5, gamma: 0.01, theta: -0.03, price: 3.2, underlyingPrice: 199.5, vega: undefined, pvDividend: undefined, atMs: 1000 });
  });

  it('reads delayed option computations, and takes no number that means none for a value', () => {
    const unset = Number.MAX_VALUE;
    const { quote } = bookOf({
      type: 'tickOptionComputation', reqId: 1, tickType: 83, tickAttrib: 1, impliedVol: unset, delta: Number.NaN, optPrice: Number.POSITIVE_INFINITY, pvDividend: 0, gamma: unset, vega: -2, theta: -2, undPrice: -1,
    });
    expect(quote).toMatchObject({ mode: 'delayed' });
    expect(quote?.greeks).toEqual({ model: { pvDividend: 0, atMs: 1000 } });
    const sides = [10, 11, 12, 80, 81, 82].map((tickType) =>
      Object.keys(bookOf({ type: 'tickOptionComputation', reqId: 1, tickType, tickAttrib: 1, impliedVol: 0.2, delta: 0.5, optPrice: 1, pvDividend: 0, gamma: 0.1, vega: 0.1, theta: -0.1, undPrice: 9 }).quote?.greeks ?? {}),
    );
    expect(sides).toEqual([['bid'], ['ask'], ['last'], ['bid'], ['ask'], ['last']]);
  });

  it('gives the same frozen object until something changes', () => {
    const book = bookOf(tickPrice(1, 1, 10.5, 300));
    const { quote } = book;
    book.apply({ type: 'tickSnapshotEnd', reqId: 1 }, 2000);
    expect(book.quote).toBe(quote);
    expect(Object.isFrozen(quote)).toBe(true);
    book.apply(tickPrice(1, 1, 10.6, 300), 2000);
    expect(quote?.bid).toBe(10.5);
    expect(book.quote?.bid).toBe(10.6);
  });

  it('is stale from the break until a value after the restoration, and keeps nothing from before', () => {
    const book = bookOf(tickPrice(1, 1, 10.5, 300), tickPrice(1, 4, 10.6, 1));
    book.break('the connection was lost');
    expect(book.quote).toMatchObject({ bid: 10.5, stale: true, staleReason: 'the connection was lost', gaps: 1 });
    book.apply(tickPrice(1, 4, 10.7, 1), 3000);
    expect(book.quote).toMatchObject({ stale: true, last: 10.7 });
    book.restore();
    expect(book.quote).toMatchObject({ stale: true });
    book.apply(tickPrice(1, 2, 11, 1), 4000);
    expect(book.quote).toMatchObject({ stale: false, ask: 11, gaps: 1, staleReason: undefined });
    expect(book.quote?.fieldAtMs).toEqual({ ask: 4000, askSize: 4000 });
    expect(book.incomplete).toBe(true);
  });

  it('doubts its values when a farm is down, and stops doubting with the next value', () => {
    const book = bookOf(tickPrice(1, 1, 10.5, 300));
    book.doubt('the market data farm usfarm is down');
    expect(book.quote).toMatchObject({ stale: true, staleReason: 'the market data farm usfarm is down' });
    book.apply(tickPrice(1, 4, 10.7, 1), 3000);
    expect(book.quote).toMatchObject({ stale: false, bid: 10.5, last: 10.7 });
  });

  it('shows in any order of events no old value as fresh, no mixed modes and no sentinels', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('price' as const), tickType: fc.constantFrom(1, 2, 4, 6, 9, 66, 67, 68, 75), price: fc.constantFrom(-1, 0, 10, 11.5), size: fc.constantFrom(undefined, 0, 100) }),
      fc.record({ kind: fc.constant('size' as const), tickType: fc.constantFrom(0, 3, 5, 8, 69, 74), size: fc.constantFrom(undefined, -1, 0, 7) }),
      fc.record({ kind: fc.constant('mode' as const), code: fc.constantFrom(1, 2, 3, 4) }),
      fc.constant({ kind: 'break' as const }),
      fc.constant({ kind: 'restore' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = new QuoteBook(id);
        let atMs = 0;
        let restoredAtMs = 0;
        let cut = false;
        for (const it of steps) {
          atMs += 1;
          if (it.kind === 'price') book.apply(tickPrice(1, it.tickType, it.price, it.size), atMs);
          else if (it.kind === 'size') book.apply(size(it.tickType, it.size), atMs);
          else if (it.kind === 'mode') book.apply(mode(it.code), atMs);
          else if (it.kind === 'break') { book.break('cut'); cut = true; }
          else {
            if (cut) restoredAtMs = atMs;
            cut = false;
            book.restore();
          }
          assertHonest(book.quote, { cut, restoredAtMs });
        }
      }),
      { numRuns: 500 },
    );
  });
});

const NEVER_ZERO: readonly QuoteField[] = ['bid', 'bidSize', 'ask', 'askSize', 'last', 'lastSize', 'high', 'close'];

function assertHonest(quote: Quote | undefined, facts: { readonly cut: boolean; readonly restoredAtMs: number }): void {
  if (quote === undefined) return;
  if (facts.cut) expect(quote.stale).toBe(true);
  if (!quote.stale) for (const at of Object.values(quote.fieldAtMs)) expect(at).toBeGreaterThan(facts.restoredAtMs);
  for (const field of NEVER_ZERO) {
    const value = quote[field];
    if (field in quote) expect(quote.fieldAtMs[field]).toBeDefined();
    // A price of -1 or 0 is one only with a size of its own.
    if ((value === 0 || value === -1) && (field === 'bid' || field === 'ask' || field === 'last')) expect(quote).toHaveProperty(field);
    else if (value !== undefined) expect(Number(value)).toBeGreaterThan(0);
  }
}

import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuoteBook } from './quote-book.js';
import { NUMERIC_QUOTE_FIELDS, ageMs } from './quote.js';
import type { NumericQuoteField, Quote, QuoteField } from './quote.js';
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

  it('says in which session it was made, asked once for each quote', () => {
    let asked = 0;
    const book = new QuoteBook(id, () => {
      asked += 1;
      return asked === 1 ? 'pre' : 'regular';
    });
    book.apply(tickPrice(1, 1, 10.5, 300), 1);
    book.apply(tickPrice(1, 2, 10.6, 300), 2);
    expect([book.quote?.session, book.quote?.session, asked]).toEqual(['pre', 'pre', 1]);
    book.apply(tickPrice(1, 2, 10.7, 300), 3);
    expect(book.quote?.session).toBe('regular');
    expect(bookOf(tickPrice(1, 1, 10.5, 300)).quote?.session).toBe('unknown');
  });

  it('reads halts, the volume-weighted price and exchanges', () => {
    const { quote } = bookOf({ type: 'tickGeneric', reqId: 1, tickType: 49, value: 2 }, text(48, '10.5;100;1700000000123;5000;10.41;true'), text(32, 'KQ'));
    expect(quote).toMatchObject({ halted: true, haltReason: 'volatility', vwap: 10.41, bidExchange: 'KQ' });
    expect(quote?.rtVolume).toEqual({ price: 10.5, size: 100, timeMs: 1_700_000_000_123, volume: 5000, vwap: 10.41, single: true });
    expect(bookOf(text(32, 'KQ'), text(32, '')).quote).not.toHaveProperty('bidExchange');
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

  it.each([
    [[{ type: 'tickGeneric', reqId: 1, tickType: 46, value: 3 }], { shortable: 3, shortability: 'available' }],
    [[{ type: 'tickGeneric', reqId: 1, tickType: 46, value: 2.5 }], { shortable: 2.5, shortability: 'locate' }],
    [[{ type: 'tickGeneric', reqId: 1, tickType: 46, value: 1.5 }, size(89, 0)], { shortable: 1.5, shortability: 'unavailable', shortableShares: 0 }],
    [[text(59, '0.83,0.92,20130219,0.23')], { dividends: { past12Months: 0.83, next12Months: 0.92, nextDate: '2013-02-19', nextAmount: 0.23 } }],
    [[text(59, ',,,')], { dividends: {} }],
    [[text(47, 'TTMNPMGN=11.3;NLOW=-99999.99;CURRENCY=USD;;X=')], { fundamentalRatios: { TTMNPMGN: 11.3, CURRENCY: 'USD' } }],
    [[text(77, '10.5;100;1700000000123;5000;10.41;')], { rtTradeVolume: { price: 10.5, size: 100, timeMs: 1_700_000_000_123, volume: 5000, vwap: 10.41 }, vwap: 10.41 }],
    [[size(34, 900), tickPrice(1, 35, 10.4), size(36, -700), size(61, 800)], { auctionVolume: 900, auctionPrice: 10.4, auctionImbalance: -700, regulatoryImbalance: 800 }],
    [[tickPrice(1, 50, 4.125), tickPrice(1, 51, -0.25), tickPrice(1, 52, -1)], { bidYield: 4.125, askYield: -0.25 }],
    [[tickPrice(1, 103, 4.1), tickPrice(1, 104, 4.2)], { mode: 'delayed', bidYield: 4.1, askYield: 4.2 }],
    [[tickPrice(1, 96, 501.25), tickPrice(1, 97, 500), tickPrice(1, 98, 502), tickPrice(1, 99, -1)], { navLast: 501.25, navFrozenLast: 500, navHigh: 502 }],
    [[tickPrice(1, 92, 501), tickPrice(1, 93, 499), tickPrice(1, 94, 500), tickPrice(1, 95, 502)], { navClose: 501, navPriorClose: 499, navBid: 500, navAsk: 502 }],
    [[tickPrice(1, 101, 17.5), tickPrice(1, 102, 0)], { ipoEstimatedMidpoint: 17.5 }],
    [[size(86, 2_000_000), size(27, 12), size(28, 0), size(29, 3), size(30, 4), size(87, 5)], { futuresOpenInterest: 2_000_000, callOpenInterest: 12, putOpenInterest: 0, callVolume: 3, putVolume: 4, averageOptionVolume: 5 }],
    [[tickPrice(1, 78, 10), tickPrice(1, 79, 11), tickPrice(1, 37, 12), tickPrice(1, 57, 13)], { creditmanMark: 10, slowMark: 11, mark: 12, lastRth: 13 }],
    [[{ type: 'tickGeneric', reqId: 1, tickType: 60, value: 1 }, text(85, '1700000000'), text(100, 'x')], { bondFactor: 1, lastRegularTime: 1_700_000_000_000, socialAnalytics: 'x' }],
    [[tickPrice(1, 105, 9.9), size(107, 7), text(109, 'Q'), tickPrice(1, 106, 10.1), size(108, 8), text(110, 'P')], { oddLotBid: 9.9, oddLotBidSize: 7, oddLotBidExchange: 'Q', oddLotAsk: 10.1, oddLotAskSize: 8, oddLotAskExchange: 'P' }],
  ] as const)('decodes extra ticks: %j', (messages: readonly ServerMessage[], expected) => {
    const { quote } = bookOf(...messages);
    expect(quote).toMatchObject(expected);
    expect(Object.keys(quote?.fieldAtMs ?? {}).sort()).toEqual(Object.keys(expected).filter((key) => key !== 'mode').sort());
  });

  it('reads exchanges for physical', () => {
    const { quote } = bookOf({ type: 'tickEFP', reqId: 1, tickType: 38, basisPoints: 12.5, formattedBasisPoints: '12.5', impliedFuturesPrice: 10.4, holdDays: 7, futureLastTradeDate: '20261218', dividendImpact: Number.MAX_VALUE });
    expect(quote?.efp?.bid).toEqual({ basisPoints: 12.5, impliedFuturesPrice: 10.4, holdDays: 7, futureLastTradeDate: '2026-12-18', atMs: 1000 });
  });

  it('loses nothing that has no field', () => {
    const { quote } = bookOf(tickPrice(1, 900, -1, 5), size(901, 7), text(902, 'abc'), { type: 'tickGeneric', reqId: 1, tickType: 26, value: 0 }, text(32, 'Q'), { type: 'tickGeneric', reqId: 1, tickType: 59, value: 4 });
    expect(quote?.raw).toEqual({ 900: { value: -1, size: 5, atMs: 1000 }, 901: { value: 7, atMs: 1001 }, 902: { value: 'abc', atMs: 1002 }, 26: { value: 0, atMs: 1003 }, 59: { value: 4, atMs: 1005 } });
    expect(quote).toMatchObject({ bidExchange: 'Q', receivedAtMs: 1005 });
  });

  it('has a price below 0 only for what can have one', () => {
    const priced = (secType: string, ...messages: readonly ServerMessage[]): Quote | undefined => {
      const book = new QuoteBook({ ...id, secType });
      for (const message of messages) book.apply(message, 1);
      return book.quote;
    };
    const oil = [tickPrice(1, 1, -37.63, 5), tickPrice(1, 2, -1, 5), tickPrice(1, 7, -40.32), tickPrice(1, 9, -1)];
    expect(priced('FUT', ...oil)).toMatchObject({ bid: -37.63, ask: -1, low: -40.32 });
    expect(priced('BAG', tickPrice(1, 4, 0, 5))).toMatchObject({ last: 0, lastSize: 5 });
    expect(Object.keys(priced('STK', ...oil)?.fieldAtMs ?? {})).toEqual([]);
    expect(priced('OPT', ...oil)?.saidNone).toEqual(['ask', 'bid']);
  });

  it('gives no sentinel for a value, whatever the field and the kind of message', () => {
    const sentinel = fc.constantFrom(-1, 0, Number.MAX_VALUE, -Number.MAX_VALUE, 1.79e308, 2 ** 31 - 1, 2 ** 63, 2 ** 127 - 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const message = fc.oneof(
      fc.tuple(fc.nat(111), sentinel, fc.option(fc.oneof(fc.constant(0), sentinel), { nil: undefined })).map(([tickType, price, priceSize]) => tickPrice(1, tickType, price, priceSize)),
      fc.tuple(fc.nat(111), fc.option(sentinel, { nil: undefined })).map(([tickType, value]) => size(tickType, value)),
      fc.tuple(fc.nat(111), fc.option(sentinel, { nil: undefined })).map(([tickType, value]): ServerMessage => ({ type: 'tickGeneric', reqId: 1, tickType, value })),
      fc.tuple(fc.nat(111), sentinel).map(([tickType, value]) => text(tickType, String(value))),
      fc.constantFrom('', ' ', '1.7976931348623157E308', '1.7976931348623157e+308', ';;;;;', '-1;0;-1;-1;0;', 'Infinity').map((value) => text(48, value)),
      fc.nat(111).map((tickType) => text(tickType, '')),
    );
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), fc.constantFrom('STK', 'OPT', 'FOP', 'CASH', 'CRYPTO', 'BOND'), (messages, secType) => {
        const book = new QuoteBook({ ...id, secType });
        messages.forEach((each) => book.apply(each, 1));
        for (const field of PRICES) expect([field, book.quote?.[field]]).toEqual([field, undefined]);
        for (const field of NUMERIC_QUOTE_FIELDS) expect(Math.abs(book.quote?.[field] ?? 0)).toBeLessThan(2 ** 31 - 1);
        for (const trade of [book.quote?.rtVolume, book.quote?.rtTradeVolume]) expect([trade?.price, trade?.vwap, trade?.size]).toEqual([undefined, undefined, undefined]);
      }),
      { numRuns: 500 },
    );
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

const PRICES = [
  'bid', 'ask', 'last', 'open', 'high', 'low', 'close', 'mark', 'lastRth', 'vwap', 'low13Week', 'high13Week', 'low26Week', 'high26Week', 'low52Week',
  'high52Week', 'auctionPrice', 'creditmanMark', 'slowMark', 'bidYield', 'askYield', 'lastYield', 'navBid', 'navAsk', 'navLast', 'navFrozenLast', 'navHigh',
  'navLow', 'navClose', 'navPriorClose', 'ipoEstimatedMidpoint', 'ipoFinalPrice', 'oddLotBid', 'oddLotAsk',
] as const satisfies readonly NumericQuoteField[];

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

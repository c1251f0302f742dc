import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGuards, limitCountOf, needsQuote, notionalOf } from './check-guards.js';
import type { GuardFacts, GuardedOrder, LimitUse, QuoteFact } from './check-guards.js';
import { resolveLimits } from './limits.js';
import type { PriceBand, TradingLimits } from './limits.js';

const NONE: LimitUse = { orders: 0, quantity: '0', notional: '0', hasUnvalued: false, recent: 0 };
const SHARE: GuardedOrder = { contract: { secType: 'STK', currency: 'USD' }, action: 'BUY', quantity: '100', limitPrice: '190' };
const AT_190: QuoteFact = { price: '190', ageMs: 0 };

function facts(limits: TradingLimits, band?: PriceBand, more: Partial<GuardFacts> = {}): GuardFacts {
  return { limits: resolveLimits(limits, band), used: NONE, ...more };
}

describe('the value of an order', () => {
  it.each<[string, Partial<GuardedOrder>, QuoteFact | undefined, string | undefined]>([
    ['a limit is the most that a buy pays', {}, { price: '300', ageMs: 0 }, '19000'],
    ['a sell may get more than its limit', { action: 'SELL' }, { price: '300', ageMs: 0 }, '30000'],
    ['a sell far below the market is worth what the market pays', { action: 'SELL', limitPrice: '0.01' }, AT_190, '19000'],
    ['without a quote a sell is worth its limit', { action: 'SELL' }, undefined, '19000'],
    ['a market order is worth what the market says', { limitPrice: undefined }, AT_190, '19000'],
    ['and nothing that anybody knows without it', { limitPrice: undefined }, { missing: 'QUOTE_STALE' }, undefined],
    ['a look of long ago is none', { limitPrice: undefined }, { price: '190', ageMs: 10_001 }, undefined],
    ['a stop trades at its stop or beyond', { limitPrice: undefined, stopPrice: '200' }, AT_190, '20000'],
    ['an if-touched order too', { limitPrice: undefined, triggerPrice: '180' }, undefined, '18000'],
    ['an option is worth its multiplier times as much', { contract: { secType: 'OPT', currency: 'USD', multiplier: '100' }, quantity: '3', limitPrice: '2.5' }, undefined, '750'],
    ['and nothing that anybody knows without one', { contract: { secType: 'OPT', currency: 'USD' } }, AT_190, undefined],
    ['a price below zero is worth its distance from it', { contract: { secType: 'FUT', currency: 'USD', multiplier: '1000' }, quantity: '2', limitPrice: '-37.63' }, undefined, '75260'],
    ['an amount of money is that amount', { quantity: '0', limitPrice: undefined, cashQuantity: '5000' }, undefined, '5000'],
    ['tenths are exact', { quantity: '3', limitPrice: '0.1' }, undefined, '0.3'],
  ])('%s', (_name, order, quote, value) => {
    expect(notionalOf({ ...SHARE, ...order }, quote)).toBe(value);
  });
});

describe('the caps', () => {
  it.each<[string, TradingLimits, Partial<GuardedOrder>, Partial<LimitUse>, readonly string[]]>([
    ['nothing without caps', {}, { quantity: '1000000' }, { orders: 1e6 }, []],
    ['as much as the cap', { perOrder: { maxQuantity: 100, maxNotional: 19_000 } }, {}, {}, []],
    ['more than the cap', { perOrder: { maxQuantity: 99, maxNotional: 18_999.99 } }, {}, {}, ['ORDER_QUANTITY', 'ORDER_NOTIONAL']],
    ['the rest of the day', { perDay: { maxQuantity: 300, maxNotional: 57_000, maxOrders: 3 } }, {}, { quantity: '200', notional: '38000', orders: 2 }, []],
    ['more than the rest of the day', { perDay: { maxQuantity: 300, maxNotional: 57_000, maxOrders: 3 } }, {}, { quantity: '201', notional: '38000.01', orders: 3 }, ['DAY_QUANTITY', 'DAY_ORDERS', 'DAY_NOTIONAL']],
    ['the last of the rate', { orderRate: { maxOrders: 2 } }, {}, { recent: 1 }, []],
    ['one more than the rate', { orderRate: { maxOrders: 2 } }, {}, { recent: 2 }, ['ORDER_RATE']],
    ['a day whose value nobody knows', { perDay: { maxNotional: 1e9 } }, {}, { hasUnvalued: true }, ['NOTIONAL_UNKNOWN']],
    ['an order whose value nobody knows', { perOrder: { maxNotional: 1e9 } }, { limitPrice: undefined }, {}, ['NOTIONAL_UNKNOWN']],
    ['a change that lowers risk under caps that are used up', { perDay: { maxQuantity: 100, maxNotional: 1, maxOrders: 1 } }, { quantity: '50', counted: { quantity: '100', notional: '19000' } }, { quantity: '100', notional: '19000', orders: 1, hasUnvalued: true }, []],
    ['a change to more', { perDay: { maxQuantity: 120 } }, { quantity: '150', counted: { quantity: '100', notional: '19000' } }, { quantity: '100' }, ['DAY_QUANTITY']],
    ['a change is held to the caps per order as a whole', { perOrder: { maxQuantity: 120 } }, { quantity: '150', counted: { quantity: '149' } }, {}, ['ORDER_QUANTITY']],
  ])('%s', (_name, limits, order, used, reasons) => {
    expect(checkGuards({ ...SHARE, ...order }, facts(limits, undefined, { used: { ...NONE, ...used } }))).toEqual(reasons);
  });

  it('never admit more than they say, however the day is cut into orders', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 20_000 }), (sizes, maxQuantity, maxNotional) => {
        const limits = resolveLimits({ perDay: { maxQuantity, maxNotional } });
        let used = NONE;
        for (const size of sizes) {
          const order = { ...SHARE, quantity: String(size) };
          if (checkGuards(order, { limits, used }).length > 0) continue;
          const { quantity, notional = '0' } = limitCountOf(order, undefined, '');
          used = { ...used, quantity: String(Number(used.quantity) + Number(quantity)), notional: String(Number(used.notional) + Number(notional)) };
        }
        expect(Number(used.quantity)).toBeLessThanOrEqual(maxQuantity);
        expect(Number(used.notional)).toBeLessThanOrEqual(maxNotional);
      }),
    );
  });
});

describe('the price band', () => {
  const BAND: PriceBand = { percent: 5 };
  it.each<[string, PriceBand, Partial<GuardedOrder>, QuoteFact | undefined, readonly string[]]>([
    ['at its edge', BAND, { limitPrice: '199.5' }, AT_190, []],
    ['beyond it', BAND, { limitPrice: '199.51' }, AT_190, ['PRICE_BAND']],
    ['below it, where nothing is paid too much', BAND, { limitPrice: '1' }, AT_190, ['PRICE_BAND']],
    ['the same when only bad prices are refused', { percent: 5, sides: 'through' }, { limitPrice: '1' }, AT_190, []],
    ['a sell far below is bad', { percent: 5, sides: 'through' }, { limitPrice: '1', action: 'SELL' }, AT_190, ['PRICE_BAND']],
    ['an old quote', BAND, {}, { missing: 'QUOTE_STALE' }, ['QUOTE_STALE']],
    ['a look of long ago', BAND, {}, { price: '190', ageMs: 10_001 }, ['QUOTE_STALE']],
    ['a delayed quote', BAND, {}, { missing: 'QUOTE_DELAYED' }, ['QUOTE_DELAYED']],
    ['no quote', BAND, {}, undefined, ['QUOTE_UNKNOWN']],
    ['a market order has no price', BAND, { limitPrice: undefined }, undefined, []],
    ['a stop-limit order is held to its own stop', BAND, { stopPrice: '150', limitPrice: '157' }, undefined, []],
    ['and not allowed far from it', BAND, { stopPrice: '150', limitPrice: '190' }, AT_190, ['PRICE_BAND']],
    ['a combination is not judged', BAND, { contract: { secType: 'BAG', currency: 'USD' } }, undefined, []],
  ])('%s', (_name, band, order, quote, reasons) => {
    expect(checkGuards({ ...SHARE, ...order }, facts({}, band, { quote }))).toEqual(reasons);
  });
});

describe('a look at the market', () => {
  it('is needed for what only the market knows', () => {
    const cap = resolveLimits({ perOrder: { maxNotional: 1 } });
    const band = resolveLimits({}, { percent: 1 });
    const market = { ...SHARE, limitPrice: undefined };
    expect([SHARE, { ...SHARE, action: 'SELL' as const }, market, { ...market, stopPrice: '1' }, { ...market, cashQuantity: '5' }].map((order) => needsQuote(order, cap))).toEqual([false, true, true, false, false]);
    expect([SHARE, market, { ...SHARE, stopPrice: '1' }].map((order) => needsQuote(order, band))).toEqual([true, false, false]);
    expect(needsQuote(market, resolveLimits({ perOrder: { maxQuantity: 1 }, perDay: { maxOrders: 1 } }))).toBe(false);
  });
});

describe('the options', () => {
  it.each<[TradingLimits, PriceBand | undefined, string]>([
    [{ perOrder: { maxQuantity: 0 } }, undefined, 'limits.perOrder.maxQuantity'],
    [{ perOrder: { maxNotional: Number.POSITIVE_INFINITY } }, undefined, 'limits.perOrder.maxNotional'],
    [{ perDay: { maxOrders: 1.5 } }, undefined, 'limits.perDay.maxOrders'],
    [{ perDay: { maxNotional: -1 } }, undefined, 'limits.perDay.maxNotional'],
    [{ orderRate: { maxOrders: 0 } }, undefined, 'limits.orderRate.maxOrders'],
    [{ orderRate: { maxOrders: 1, perMs: 0 } }, undefined, 'limits.orderRate.perMs'],
    [{}, { percent: 0 }, 'priceBand.percent'],
  ])('name what is wrong %#', (limits, band, field) => {
    expect(() => resolveLimits(limits, band)).toThrow(field);
  });
});

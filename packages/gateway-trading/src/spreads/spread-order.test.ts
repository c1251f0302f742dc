import { describe, expect, it } from 'vitest';
import { stageRequest } from '../orders/order-request.js';
import { legWith } from './spread-legs.js';
import type { ResolvedLeg } from './spread-legs.js';
import { spreadOrder } from './spread-order.js';
import { planSpread } from './spread-plan.js';
import type { SpreadPlan } from './spread-plan.js';
import type { SpreadRequest, VerticalSpreadRequest } from './spread-request.js';

const DAY = '2026-12-18';
const TODAY = '2026-11-20';
const VERTICAL: { readonly kind: 'vertical' } & VerticalSpreadRequest = { kind: 'vertical', symbol: 'AAPL', expiry: DAY, right: 'C', longStrike: 190, shortStrike: 200, quantity: 2, limitPrice: 4.2 };

function resolved(plan: SpreadPlan, option: Partial<Pick<ResolvedLeg, 'multiplier' | 'minTick'>> = {}): readonly ResolvedLeg[] {
  return plan.legs.map((leg, place) => legWith(leg, { conId: 1000 + place, strike: leg.strike, right: leg.right, lastTradeDate: leg.expiry, multiplier: 100, minTick: 0.01, ...option }));
}

function made(request: SpreadRequest, option: Partial<Pick<ResolvedLeg, 'multiplier' | 'minTick'>> = {}) {
  const plan = planSpread(request);
  return spreadOrder(plan, resolved(plan, option), { ...request, today: TODAY });
}

describe('a spread as an order', () => {
  it('is one combination that is bought, with the net price and everything of the request', () => {
    const { order } = made({ ...VERTICAL, tif: 'GTC', account: 'DU1', key: 'k', tag: 't' });
    expect(order).toEqual({
      contract: {
        symbol: 'AAPL', secType: 'BAG', exchange: 'SMART', currency: 'USD', multiplier: 100, minTick: 0.01,
        comboLegs: [{ conId: 1000, ratio: 1, action: 'BUY', exchange: 'SMART' }, { conId: 1001, ratio: 1, action: 'SELL', exchange: 'SMART' }],
      },
      action: 'BUY', quantity: 2, orderType: 'LMT', limitPrice: 4.2, tif: 'GTC', account: 'DU1', key: 'k', tag: 't',
    });
    expect(stageRequest(order)).toMatchObject({ quantity: '2', limitPrice: '4.2' });
    expect(stageRequest(made({ ...VERTICAL, longStrike: 200, shortStrike: 190, limitPrice: -4.2 }).order)).toMatchObject({ limitPrice: '-4.2', action: 'BUY' });
    expect(stageRequest(made({ ...VERTICAL, orderType: 'MKT', limitPrice: undefined }).order)).toMatchObject({ orderType: 'MKT' });
  });

  it('is explained as a debit, in data and in words', () => {
    expect(made(VERTICAL).spread).toEqual({
      kind: 'vertical',
      name: 'bull call spread',
      view: 'gains when the underlying rises',
      side: 'debit',
      priceRange: { least: 0, most: 10 },
      netPrice: 4.2,
      multiplier: 100,
      currency: 'USD',
      premium: 840,
      maxGain: { kind: 'limited', amount: 1160 },
      maxLoss: { kind: 'limited', amount: 840 },
      breakEvens: [194.2],
      lines: [
        'Bull call spread on AAPL: buys the 190 call of 2026-12-18, sells the 200 call of 2026-12-18; gains when the underlying rises.',
        'A debit: you pay 4.2 for each unit of the underlying, 420 USD for one spread, 840 USD for 2.',
        'The most that you can lose is 840 USD, at 190 or below.',
        'The most that you can gain is 1160 USD, at 200 or above.',
        'It breaks even with the underlying at 194.2 on its last day.',
      ],
      warnings: ['A leg that was sold can be exercised against you before its last day where the style is American.'],
    });
  });

  it('is explained as a credit', () => {
    const { spread } = made({ ...VERTICAL, right: 'PUT', longStrike: 180, shortStrike: 185, limitPrice: -1.05, quantity: 1 });
    expect(spread).toMatchObject({ name: 'bull put spread', side: 'credit', premium: -105, maxGain: { amount: 105 }, maxLoss: { amount: 395 }, breakEvens: [183.95], priceRange: { least: -5, most: 0 } });
    expect(spread.lines[1]).toBe('A credit: you receive 1.05 for each unit of the underlying, 105 USD for one spread.');
    expect(spread.lines[3]).toBe('The most that you can gain is 105 USD, at 185 or above.');
  });

  it('is explained without a price as far as that goes', () => {
    const { spread } = made({ kind: 'straddle', symbol: 'AAPL', expiry: DAY, strike: 190, quantity: 1, orderType: 'MKT', side: 'short' });
    expect(spread).toMatchObject({ side: 'credit', netPrice: undefined, premium: undefined, maxGain: undefined, breakEvens: undefined });
    expect(spread.lines.at(-1)).toBe('It is a credit: it brings money. How much it costs or brings is known when it is filled.');
    const broken = made({ kind: 'butterfly', symbol: 'AAPL', expiry: DAY, right: 'C', lowerStrike: 190, middleStrike: 195, upperStrike: 210, quantity: 1, orderType: 'MKT' });
    expect(broken.spread.side).toBeUndefined();
  });

  it('says of a calendar spread what is certain, and of the rest that nobody knows', () => {
    const long = { kind: 'calendar', symbol: 'AAPL', right: 'C', strike: 190, nearExpiry: '20261204', farExpiry: DAY, quantity: 3, limitPrice: 1.5 } as const;
    const { order, spread } = made(long);
    expect(order.contract.comboLegs?.map(({ action }) => action)).toEqual(['SELL', 'BUY']);
    expect(spread).toMatchObject({ name: 'long call calendar spread', side: 'debit', premium: 450, maxLoss: { kind: 'limited', amount: 450 }, maxGain: { kind: 'unknown' }, breakEvens: undefined, priceRange: { least: 0 } });
    expect(spread.warnings).toHaveLength(2);
    expect(made({ ...long, side: 'short', limitPrice: -1.5 }).spread).toMatchObject({ side: 'credit', maxGain: { kind: 'limited', amount: 450 }, maxLoss: { kind: 'unknown' } });
    expect(() => made({ ...long, limitPrice: -1.5 })).toThrow('a long call calendar spread costs money');
  });

  it.each<readonly [field: string, rule: RegExp, change: Partial<VerticalSpreadRequest>]>([
    ['limitPrice', /must be at most 0: a bear call spread brings money \(a credit\), written as a negative price/u, { longStrike: 200, shortStrike: 190 }],
    ['limitPrice', /must be at least 0: a bull call spread costs money/u, { limitPrice: -1 }],
    ['limitPrice', /must be at most 10/u, { limitPrice: 10.01 }],
    ['limitPrice', /must be at least -10/u, { longStrike: 200, shortStrike: 190, limitPrice: -10.01 }],
    ['limitPrice', /must be a multiple of the smallest price step 0.05/u, { limitPrice: 4.21, minTick: 0.05 }],
    ['limitPrice', /must be a finite number/u, { limitPrice: undefined }],
    ['limitPrice', /must be absent for a market order/u, { orderType: 'MKT' }],
    ['shortStrike', /must be another strike than longStrike/u, { shortStrike: 190 }],
    ['longStrike', /must be a number above 0/u, { longStrike: Number.NaN }],
    ['quantity', /must be a whole number of at least 1, got 0/u, { quantity: 0 }],
    ['quantity', /must be a whole number of at least 1/u, { quantity: 1.5 }],
    ['expiry', /must not be past: it is 2026-11-20 at the exchange/u, { expiry: '2026-11-19' }],
    ['expiry', /must be a day of the calendar/u, { expiry: '20261131' }],
    ['expiry', /must be a day, YYYY-MM-DD or YYYYMMDD/u, { expiry: '202612' }],
    ['symbol', /must name the underlying/u, { symbol: ' ' }],
    ['exchange', /must be named for options on futures/u, { secType: 'FOP' }],
  ])('is refused for its %s when it %s', (field, rule, change) => {
    expect(() => made({ ...VERTICAL, ...change })).toThrow(expect.objectContaining({ code: 'IBKR_SPREAD_INVALID', details: expect.objectContaining({ field: `spread.${field}` }) as unknown }) as Error);
    expect(() => made({ ...VERTICAL, ...change })).toThrow(rule);
  });

  it('may be at the edge of what it can be worth, and on the last day', () => {
    for (const limitPrice of [0, 10]) expect(made({ ...VERTICAL, limitPrice, expiry: TODAY }).spread.netPrice).toBe(limitPrice);
    expect(made({ ...VERTICAL, limitPrice: 0 }).spread).toMatchObject({ side: 'even', premium: 0 });
  });

  it('is refused when strikes are the wrong way round, naming the one', () => {
    const condor = { kind: 'ironCondor', symbol: 'AAPL', expiry: DAY, longPutStrike: 170, shortPutStrike: 180, shortCallStrike: 200, longCallStrike: 210, quantity: 1, limitPrice: -2 } as const;
    expect(made(condor).spread).toMatchObject({ name: 'iron condor', premium: -200, maxLoss: { amount: 800 }, breakEvens: [178, 202] });
    expect(made({ ...condor, shortPutStrike: 190, shortCallStrike: 190, limitPrice: -12 }).spread.name).toBe('iron butterfly');
    expect(() => made({ ...condor, longPutStrike: 185 })).toThrow('spread.shortPutStrike must be above longPutStrike 185: the legs are the wrong way round, got 180');
    expect(() => made({ ...condor, longCallStrike: 200 })).toThrow('spread.longCallStrike must be above shortCallStrike 200, got 200');
    expect(() => made({ ...condor, shortCallStrike: 175 })).toThrow('spread.shortCallStrike');
    expect(() => made({ kind: 'strangle', symbol: 'A', expiry: DAY, putStrike: 5, callStrike: 4, quantity: 1, limitPrice: 1 })).toThrow('spread.callStrike');
    expect(() => made({ kind: 'butterfly', symbol: 'A', expiry: DAY, right: 'P', lowerStrike: 5, middleStrike: 4, upperStrike: 6, quantity: 1, limitPrice: 1 })).toThrow('spread.middleStrike');
    expect(() => made({ kind: 'calendar', symbol: 'A', right: 'P', strike: 5, nearExpiry: DAY, farExpiry: '2026-12-11', quantity: 1, limitPrice: 1 })).toThrow('spread.farExpiry must be after nearExpiry 2026-12-18: the legs are the wrong way round');
  });

  it('is refused with legs that are not the ones that were meant', () => {
    const plan = planSpread(VERTICAL);
    const [first] = plan.legs;
    expect(() => first === undefined ? undefined : legWith(first, { conId: 1, strike: 191, right: 'C', lastTradeDate: DAY, minTick: 0.01 })).toThrow('strike 191, right C');
    const legs = resolved(plan);
    const terms = { ...VERTICAL, today: TODAY };
    expect(() => spreadOrder(plan, legs.slice(1), terms)).toThrow('spread.legs must be the 2 legs of the plan');
    expect(() => spreadOrder(plan, [...legs].reverse(), terms)).toThrow('spread.legs');
    expect(() => spreadOrder(plan, legs.map((leg) => ({ ...leg, conId: 7 })), terms)).toThrow('spread.legs[1].conId must be another contract');
    expect(() => spreadOrder(plan, legs.map((leg, place) => ({ ...leg, multiplier: place === 0 ? 100 : 133 })), terms)).toThrow('spread.tradingClass must name one class');
  });
});

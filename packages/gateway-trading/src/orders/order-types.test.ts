import { isIbkrError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import type { TradableContract } from './contract.js';
import { isSameInstrument } from './contract.js';
import { hashRequest, stageRequest } from './order-request.js';
import type { OrderRequest } from './order-request.js';
import { ORDER_TYPE_RULES } from './terms/order-types.js';
import { wireOrderContract, wireTerms } from './wire-order.js';

const AAPL = { conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const ES = { symbol: 'ES', secType: 'FUT', exchange: 'CME', currency: 'USD', lastTradeDate: '2026-12-18' } as const;
const BUY = { contract: AAPL, action: 'BUY', quantity: 10 } as const;
const SPREAD: TradableContract = {
  symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD',
  comboLegs: [{ conId: 11, ratio: 1, action: 'BUY' }, { conId: 12, ratio: 1, action: 'SELL', exchange: 'CBOE' }],
}; // prettier-ignore

/** Written out by hand from the TWS API: which field of the wire carries what. */
const ON_THE_WIRE: readonly (readonly [OrderRequest, object])[] = [
  [{ ...BUY, orderType: 'MKT' }, { orderType: 'MKT', tif: 'DAY', totalQuantity: 10, outsideRth: false }],
  [{ ...BUY, orderType: 'MKT', tif: 'OPG' }, { orderType: 'MKT', tif: 'OPG' }],
  [{ ...BUY, orderType: 'LMT', limitPrice: 190.12, tif: 'GTC', outsideRth: true }, { orderType: 'LMT', lmtPrice: 190.12, tif: 'GTC', outsideRth: true }],
  [{ ...BUY, orderType: 'STP', stopPrice: 200 }, { orderType: 'STP', auxPrice: 200 }],
  [{ ...BUY, orderType: 'STP LMT', stopPrice: 200, limitPrice: 201 }, { orderType: 'STP LMT', auxPrice: 200, lmtPrice: 201 }],
  [{ ...BUY, orderType: 'TRAIL', trailAmount: 1.5, stopPrice: 195 }, { orderType: 'TRAIL', auxPrice: 1.5, trailStopPrice: 195 }],
  [{ ...BUY, orderType: 'TRAIL', trailPercent: 2 }, { orderType: 'TRAIL', trailingPercent: 2 }],
  [{ ...BUY, orderType: 'TRAIL LIMIT', trailAmount: 1, limitOffset: 0.1, stopPrice: 195 }, { orderType: 'TRAIL LIMIT', auxPrice: 1, trailStopPrice: 195, lmtPriceOffset: 0.1 }],
  [{ ...BUY, orderType: 'TRAIL LIMIT', trailPercent: 1, limitOffset: 0 }, { orderType: 'TRAIL LIMIT', trailingPercent: 1, lmtPriceOffset: 0 }],
  [{ ...BUY, orderType: 'MIT', triggerPrice: 180 }, { orderType: 'MIT', auxPrice: 180 }],
  [{ ...BUY, orderType: 'LIT', triggerPrice: 180, limitPrice: 179 }, { orderType: 'LIT', auxPrice: 180, lmtPrice: 179 }],
  [{ ...BUY, orderType: 'MOC' }, { orderType: 'MOC' }],
  [{ ...BUY, orderType: 'LOC', limitPrice: 190 }, { orderType: 'LOC', lmtPrice: 190 }],
  [{ ...BUY, orderType: 'MTL' }, { orderType: 'MTL' }],
  [{ ...BUY, contract: ES, orderType: 'MKT PRT' }, { orderType: 'MKT PRT' }],
  [{ ...BUY, contract: ES, orderType: 'STP PRT', stopPrice: 6000 }, { orderType: 'STP PRT', auxPrice: 6000 }],
  [{ ...BUY, orderType: 'REL', offset: 0.02, limitPrice: 191 }, { orderType: 'REL', auxPrice: 0.02, lmtPrice: 191 }],
  [{ ...BUY, orderType: 'REL', percentOffset: 0.01 }, { orderType: 'REL', percentOffset: 0.01 }],
  [{ ...BUY, orderType: 'MIDPRICE', limitPrice: 191 }, { orderType: 'MIDPRICE', lmtPrice: 191 }],
  [{ ...BUY, orderType: 'PEG MID', offset: 0.01 }, { orderType: 'PEG MID', auxPrice: 0.01 }],
  [{ ...BUY, orderType: 'PEG MKT', offset: 0.01, limitPrice: 192 }, { orderType: 'PEG MKT', auxPrice: 0.01, lmtPrice: 192 }],
  [{ ...BUY, orderType: 'PEG PRIM' }, { orderType: 'PEG PRIM' }],
  [
    { ...BUY, orderType: 'STP', stopPrice: 180, adjust: { to: 'TRAIL', when: 200, stopPrice: 195, trailPercent: 3 } },
    { auxPrice: 180, adjustedOrderType: 'TRAIL', triggerPrice: 200, adjustedStopPrice: 195, adjustedTrailingAmount: 3, adjustableTrailingUnit: 100 },
  ],
  [
    { ...BUY, orderType: 'STP', stopPrice: 180, adjust: { to: 'STP LMT', when: 200, stopPrice: 195, limitPrice: 194 } },
    { auxPrice: 180, adjustedOrderType: 'STP LMT', triggerPrice: 200, adjustedStopPrice: 195, adjustedStopLimitPrice: 194 },
  ],
  [{ ...BUY, orderType: 'LMT', limitPrice: 1, tif: 'GTD', goodTillDate: Date.UTC(2026, 10, 20, 21) }, { tif: 'GTD', lmtPrice: 1, goodTillDate: '20261120-21:00:00' }],
  [{ ...BUY, orderType: 'LMT', limitPrice: 1, tif: 'GTD', goodTillDate: '20261120 16:00:00 America/New_York' }, { lmtPrice: 1, goodTillDate: '20261120-21:00:00' }],
  [{ ...BUY, orderType: 'MKT', goodAfterTime: '20261120-15:00:00' }, { goodAfterTime: '20261120-15:00:00' }],
  [
    { ...BUY, orderType: 'LMT', limitPrice: 1, displaySize: 3, minQuantity: 2, discretionaryAmount: 0.05, sweepToFill: true, notHeld: true, triggerMethod: 'midpoint', modelCode: 'M' },
    { lmtPrice: 1, displaySize: 3, minQty: 2, discretionaryAmt: 0.05, sweepToFill: true, notHeld: true, triggerMethod: 8, modelCode: 'M' },
  ],
  [{ ...BUY, orderType: 'LMT', limitPrice: 1, hidden: true, allOrNone: true, includeOvernight: true }, { lmtPrice: 1, hidden: true, allOrNone: true, includeOvernight: true }],
  [{ ...BUY, orderType: 'MKT', oca: { group: 'g' } }, { ocaGroup: 'g', ocaType: 1 }],
  [{ ...BUY, orderType: 'MKT', oca: { group: 'g', type: 'reduceWithoutBlock' } }, { ocaGroup: 'g', ocaType: 3 }],
  [
    { ...BUY, orderType: 'MKT', algo: { strategy: 'Adaptive', params: { adaptivePriority: 'Patient', maxPctVol: 0.2, allowPastEndTime: true } } },
    { algoStrategy: 'Adaptive', algoParams: [{ tag: 'adaptivePriority', value: 'Patient' }, { tag: 'maxPctVol', value: '0.2' }, { tag: 'allowPastEndTime', value: '1' }] },
  ],
  [
    { contract: { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }, action: 'BUY', quantity: 0, cashQuantity: 1000.5, orderType: 'MKT' },
    { totalQuantity: 0, cashQty: 1000.5 },
  ],
  [{ ...BUY, contract: SPREAD, orderType: 'LMT', limitPrice: -0.35, nonGuaranteed: true, legPrices: [1, 1.35] }, {
    lmtPrice: -0.35, smartComboRoutingParams: [{ tag: 'NonGuaranteed', value: '1' }], orderComboLegs: [{ price: 1 }, { price: 1.35 }],
  }],
  [{ ...BUY, contract: SPREAD, orderType: 'LMT', limitPrice: 0 }, { lmtPrice: 0 }],
  [
    {
      ...BUY, orderType: 'MKT',
      conditions: {
        when: [
          { type: 'price', conId: 1, is: 'above', price: 5, triggerMethod: 'last', join: 'or' },
          { type: 'time', is: 'after', time: '20261120-15:00:00' },
          { type: 'margin', is: 'below', percent: 30 },
          { type: 'execution', symbol: 'MSFT', secType: 'STK' },
          { type: 'volume', conId: 2, exchange: 'ISLAND', is: 'above', volume: 1000 },
          { type: 'percentChange', conId: 3, is: 'below', percent: -2.5 },
        ],
        then: 'cancel',
        outsideRth: true,
      },
    },
    {
      conditionsCancelOrder: true, conditionsIgnoreRth: true,
      conditions: [
        { type: 'price', conjunctionConnection: 'o', isMore: true, price: 5, conId: 1, exchange: 'SMART', triggerMethod: 2 },
        { type: 'time', conjunctionConnection: 'a', isMore: true, time: '20261120-15:00:00' },
        { type: 'margin', conjunctionConnection: 'a', isMore: false, percent: 30 },
        { type: 'execution', conjunctionConnection: 'a', secType: 'STK', exchange: 'SMART', symbol: 'MSFT' },
        { type: 'volume', conjunctionConnection: 'a', isMore: true, volume: 1000, conId: 2, exchange: 'ISLAND' },
        { type: 'percentChange', conjunctionConnection: 'a', isMore: false, percentChange: -2.5, conId: 3, exchange: 'SMART' },
      ],
    },
  ],
]; // prettier-ignore

describe('order types', () => {
  it.each(ON_THE_WIRE)('%j travels as the TWS API wants it', (request, wire) => {
    const staged = stageRequest(request);
    // Nothing that survives only in memory.
    expect(JSON.parse(JSON.stringify(staged))).toEqual(staged);
    const { action, totalQuantity, outsideRth, ...rest } = wireTerms(staged);
    expect({ action, totalQuantity, outsideRth, ...rest }).toMatchObject(wire);
    const said = Object.entries(rest).filter(([name, value]) => value !== undefined && !['tif', 'orderType'].includes(name)).map(([name]) => name);
    expect(Object.keys(wire)).toEqual(expect.arrayContaining(said));
  });

  it('are each tried above', () => {
    expect(new Set(ON_THE_WIRE.map(([{ orderType }]) => orderType))).toEqual(new Set(Object.keys(ORDER_TYPE_RULES)));
  });

  it('keep the text and the hash of requests of earlier versions', () => {
    const staged = stageRequest({ ...BUY, orderType: 'LMT', limitPrice: 190.1 });
    expect(Object.keys(staged).sort()).toEqual(['action', 'contract', 'limitPrice', 'orderType', 'outsideRth', 'quantity', 'tif']);
    // As version 1.0 computed it: a key of that time still means the same order.
    expect(hashRequest(staged, 'DU1', undefined)).toBe('24939dcd35bb0bb96fb704c91b578a43e500c4ca43090b834dd16d822ec0c21e');
  });
});

function refusalOf(request: object): unknown {
  try {
    // As from plain JavaScript.
    Reflect.apply(stageRequest, undefined, [{ ...BUY, ...request }, Date.UTC(2026, 10, 20)]);
  } catch (error) {
    if (isIbkrError(error)) return error.code === 'IBKR_ORDER_INVALID' ? error.details['field'] : error.code;
    throw error;
  }
  return undefined;
}

describe('what does not go together', () => {
  it.each([
    [{ orderType: 'MKT', stopPrice: 1 }, 'order.stopPrice'],
    [{ orderType: 'STP', stopPrice: 1, limitPrice: 1 }, 'order.limitPrice'],
    [{ orderType: 'STP', stopPrice: 0 }, 'order.stopPrice'],
    [{ orderType: 'STP LMT', stopPrice: 1 }, 'order.limitPrice'],
    [{ orderType: 'TRAIL' }, 'order.trailAmount'],
    [{ orderType: 'TRAIL', trailAmount: 1, trailPercent: 1 }, 'order.trailAmount'],
    [{ orderType: 'TRAIL', trailPercent: 100 }, 'order.trailPercent'],
    [{ orderType: 'TRAIL LIMIT', trailAmount: 1 }, 'order.limitOffset'],
    [{ orderType: 'MIT', stopPrice: 1 }, 'order.triggerPrice'],
    [{ orderType: 'MOC', tif: 'GTC' }, 'order.tif'],
    [{ orderType: 'STP', stopPrice: 1, tif: 'IOC' }, 'order.tif'],
    [{ orderType: 'MKT PRT' }, 'order.orderType'],
    [{ orderType: 'REL', percentOffset: 1 }, 'order.percentOffset'],
    [{ orderType: 'REL', offset: -1 }, 'order.offset'],
    [{ orderType: 'MKT', tif: 'GTD', goodTillDate: '20261120 16:00:00' }, 'order.goodTillDate'],
    [{ orderType: 'MKT', tif: 'GTD', goodTillDate: '20261120 16:00:00 Mars/Olympus' }, 'order.goodTillDate'],
    [{ orderType: 'MKT', tif: 'GTD', goodTillDate: '20261119-16:00:00' }, 'order.goodTillDate'],
    [{ orderType: 'MKT', tif: 'GTD', goodTillDate: '20261121-16:00:00', goodAfterTime: '20261122-00:00:00' }, 'order.goodAfterTime'],
    [{ orderType: 'MKT', goodTillDate: '20261121-16:00:00' }, 'order.goodTillDate'],
    [{ orderType: 'MKT', goodAfterTime: Number.NaN }, 'order.goodAfterTime'],
    [{ orderType: 'MKT', displaySize: 11 }, 'order.displaySize'],
    [{ orderType: 'MKT', displaySize: 1, hidden: true }, 'order.displaySize'],
    [{ orderType: 'MKT', minQuantity: 11 }, 'order.minQuantity'],
    [{ orderType: 'MKT', minQuantity: 1, allOrNone: true }, 'order.minQuantity'],
    [{ orderType: 'MKT', hidden: 1 }, 'order.hidden'],
    [{ orderType: 'MKT', cashQuantity: 5, quantity: 0 }, 'order.cashQuantity'],
    [{ orderType: 'MKT', cashQuantity: 5, contract: { ...AAPL, secType: 'CASH' } }, 'order.quantity'],
    [{ orderType: 'MKT', discretionaryAmount: -1 }, 'order.discretionaryAmount'],
    [{ orderType: 'MKT', triggerMethod: 'sometimes' }, 'order.triggerMethod'],
    [{ orderType: 'MKT', oca: { group: '' } }, 'order.oca.group'],
    [{ orderType: 'MKT', oca: { group: 'g', type: 1 } }, 'order.oca.type'],
    [{ orderType: 'MKT', algo: { strategy: 'A', params: { a: {} } } }, 'order.algo.params.a'],
    [{ orderType: 'MKT', conditions: { when: [] } }, 'order.conditions.when'],
    [{ orderType: 'MKT', conditions: { when: [{ type: 'price', conId: 1, is: 'over', price: 1 }] } }, 'order.conditions.when[0].is'],
    [{ orderType: 'MKT', conditions: { when: [{ type: 'weather' }] } }, 'order.conditions.when[0].type'],
    [{ orderType: 'MKT', conditions: { when: [{ type: 'time', is: 'after', time: '15:00' }] } }, 'order.conditions.when[0].time'],
    [{ orderType: 'MKT', adjust: {} }, 'order.adjust'],
    [{ orderType: 'STP', stopPrice: 1, adjust: { to: 'MKT' } }, 'order.adjust.to'],
    [{ orderType: 'STP', stopPrice: 1, adjust: { to: 'STP', when: 1, stopPrice: 1, trailAmount: 1 } }, 'order.adjust.trailAmount'],
    [{ orderType: 'STP', stopPrice: 1, adjust: { to: 'TRAIL', when: 1, stopPrice: 1 } }, 'order.adjust.trailAmount'],
    [{ orderType: 'MKT', legPrices: [1] }, 'order.legPrices'],
    [{ orderType: 'MKT', nonGuaranteed: true }, 'order.nonGuaranteed'],
    [{ orderType: 'MKT', manualOrderIndicator: 2 }, 'order.manualOrderIndicator'],
    [{ orderType: 'MKT', contract: { ...AAPL, comboLegs: [{}] } }, 'order.contract.comboLegs'],
    [{ orderType: 'MKT', contract: { ...SPREAD, comboLegs: undefined } }, 'order.contract.comboLegs'],
    [{ orderType: 'MKT', contract: { ...SPREAD, comboLegs: [{ conId: 1, ratio: 1, action: 'BUY' }, { conId: 1, ratio: 1, action: 'SELL' }] } }, 'order.contract.comboLegs[1].conId'],
    [{ orderType: 'MKT', contract: { ...SPREAD, comboLegs: [{ conId: 1, ratio: 0, action: 'BUY' }, { conId: 2, ratio: 1, action: 'SELL' }] } }, 'order.contract.comboLegs[0].ratio'],
    [{ orderType: 'LMT', limitPrice: 1, contract: SPREAD, legPrices: [1] }, 'order.legPrices'],
    [{ orderType: 'MKT', contract: { ...ES, lastTradeDate: '2026-11-18' } }, 'order.contract.lastTradeDate'],
    [{ orderType: 'MKT', contract: { ...AAPL, sizeIncrement: 100 } }, 'order.quantity'],
    [{ orderType: 'MKT', contract: { ...AAPL, minSize: 50 } }, 'order.quantity'],
  ])('%j names %s', (request, field) => {
    expect(refusalOf(request)).toBe(field);
  });

  it('leaves what is fine alone', () => {
    expect(refusalOf({ orderType: 'MKT', contract: { ...ES, lastTradeDate: '2026-11-20' } })).toBeUndefined();
    expect(refusalOf({ orderType: 'MKT', contract: { ...ES, lastTradeDateOrContractMonth: '202511' } })).toBeUndefined();
    expect(refusalOf({ orderType: 'MKT', quantity: 0.5, contract: { ...AAPL, sizeIncrement: 0.0001 } })).toBeUndefined();
    expect(refusalOf({ orderType: 'MKT', contract: { ...AAPL, comboLegs: [] } })).toBeUndefined();
  });
});

describe('a combination', () => {
  it('travels with its legs as the vendor writes them', () => {
    const staged = stageRequest({ ...BUY, contract: SPREAD, orderType: 'MKT' });
    expect(wireOrderContract(staged.contract).comboLegs).toEqual([
      { conId: 11, ratio: 1, action: 'BUY', exchange: 'SMART', openClose: 0, shortSaleSlot: 0, designatedLocation: '', exemptCode: -1 },
      { conId: 12, ratio: 1, action: 'SELL', exchange: 'CBOE', openClose: 0, shortSaleSlot: 0, designatedLocation: '', exemptCode: -1 },
    ]);
  });

  it('is the same instrument as another when the legs are the same', () => {
    const { contract } = stageRequest({ ...BUY, contract: SPREAD, orderType: 'MKT' });
    const turned = { ...contract, conId: 28_812_380, comboLegs: [...(contract.comboLegs ?? [])].reverse() };
    expect(isSameInstrument(contract, turned)).toBe(true);
    expect(isSameInstrument(contract, { ...contract, comboLegs: contract.comboLegs?.map((leg) => ({ ...leg, ratio: 2 })) })).toBe(false);
  });
});

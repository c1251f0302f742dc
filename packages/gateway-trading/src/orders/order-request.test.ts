import { isIbkrError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { hashRequest, stageRequest } from './order-request.js';
import type { OrderRequest } from './order-request.js';

const REQUEST: OrderRequest = {
  contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD', minTick: 0.01 },
  action: 'BUY',
  quantity: 10,
  orderType: 'LMT',
  limitPrice: 190.12,
};

function refusalOf(changes: object): unknown {
  try {
    stageRequest({ ...REQUEST, ...changes });
  } catch (error) {
    if (isIbkrError(error)) return { code: error.code, field: error.details['field'] };
  }
  return undefined;
}

describe('stageRequest', () => {
  it('fills in the defaults and writes amounts as decimal text', () => {
    expect(stageRequest(REQUEST)).toEqual({
      contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' },
      action: 'BUY',
      quantity: '10',
      orderType: 'LMT',
      limitPrice: '190.12',
      tif: 'DAY',
      outsideRth: false,
    });
  });

  it.each([
    [{ quantity: 0 }, 'order.quantity'],
    [{ quantity: -5 }, 'order.quantity'],
    [{ quantity: 1.5 }, 'order.quantity'],
    [{ quantity: Number.NaN }, 'order.quantity'],
    [{ quantity: '10' }, 'order.quantity'],
    [{ limitPrice: undefined }, 'order.limitPrice'],
    [{ limitPrice: Number.POSITIVE_INFINITY }, 'order.limitPrice'],
    [{ limitPrice: 0 }, 'order.limitPrice'],
    [{ limitPrice: 190.125 }, 'order.limitPrice'],
    [{ orderType: 'MKT' }, 'order.limitPrice'],
    [{ orderType: 'STP' }, 'order.stopPrice'],
    [{ orderType: 'VOL' }, 'order.orderType'],
    [{ action: 'buy' }, 'order.action'],
    [{ tif: 'GTD' }, 'order.goodTillDate'],
    [{ tif: 'GTX' }, 'order.tif'],
    [{ outsideRth: 1 }, 'order.outsideRth'],
    [{ key: '' }, 'order.key'],
    [{ key: 'k'.repeat(65) }, 'order.key'],
    [{ key: 'tab\there' }, 'order.key'],
    [{ tag: 'ümlaut' }, 'order.tag'],
    [{ account: 'DU1\n' }, 'order.account'],
    [{ contract: undefined }, 'order.contract'],
    [{ contract: { ...REQUEST.contract, symbol: ' ' } }, 'order.contract.symbol'],
    [{ contract: { ...REQUEST.contract, symbol: 'A\0B' } }, 'order.contract.symbol'],
    [{ contract: { ...REQUEST.contract, currency: undefined } }, 'order.contract.currency'],
    [{ contract: { ...REQUEST.contract, secType: 'IND' } }, 'order.contract.secType'],
    [{ contract: { ...REQUEST.contract, secType: 'OPT' } }, 'order.contract'],
    [{ contract: { ...REQUEST.contract, conId: 1.5 } }, 'order.contract.conId'],
    [{ contract: { ...REQUEST.contract, minTick: -1 } }, 'order.contract.minTick'],
  ])('refuses %j and names %s', (changes, field) => {
    expect(refusalOf(changes)).toEqual({ code: 'IBKR_ORDER_INVALID', field });
  });

  it('takes a resolved contract, and writes it with the names of the broker', () => {
    const resolved = {
      conId: 7, symbol: 'SPY', secType: 'OPT', exchange: 'SMART', primaryExchange: 'CBOE', currency: 'USD', localSymbol: 'SPY 1', multiplier: 100,
      minTick: 0, lastTradeDate: '2026-12-18', strike: 600, right: 'C', longName: 'left out', validExchanges: ['SMART'],
    } as const;
    expect(stageRequest({ ...REQUEST, contract: resolved }).contract).toEqual({
      conId: 7, symbol: 'SPY', secType: 'OPT', exchange: 'SMART', primaryExch: 'CBOE', currency: 'USD', localSymbol: 'SPY 1', multiplier: '100',
      lastTradeDateOrContractMonth: '20261218', strike: 600, right: 'C',
    });
  });

  it('takes fractions where the broker does, and a price below zero where one can be', () => {
    const crypto = { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS', currency: 'USD' } as const;
    expect(stageRequest({ ...REQUEST, contract: crypto, quantity: 0.05 }).quantity).toBe('0.05');
    const oil = { symbol: 'CL', secType: 'FUT', exchange: 'NYMEX', currency: 'USD' } as const;
    expect(stageRequest({ ...REQUEST, contract: oil, limitPrice: -37.63 }).limitPrice).toBe('-37.63');
  });
});

describe('hashRequest', () => {
  const hash = (changes: object = {}, tag?: string): string => hashRequest(stageRequest({ ...REQUEST, ...changes }), 'DU1', tag);

  it('is the same for the same request, however its fields are ordered', () => {
    const { contract, ...rest } = REQUEST;
    const shuffled = Object.fromEntries(Object.entries(contract).reverse());
    expect(hash({ ...rest, contract: { ...shuffled, ...contract } })).toBe(hash());
    expect(hash({ tif: 'DAY', outsideRth: false })).toBe(hash());
  });

  it('differs when anything that matters does', () => {
    const changes = [{ quantity: 11 }, { action: 'SELL' }, { limitPrice: 190.13 }, { tif: 'GTC' }, { outsideRth: true }, { contract: { ...REQUEST.contract, symbol: 'MSFT' } }];
    expect(new Set([hash(), hash({}, 'tag'), ...changes.map((change) => hash(change))]).size).toBe(changes.length + 2);
  });
});

import { describe, expect, it } from 'vitest';
import { withBrokerage } from '../testing/brokerage-desk.js';
import type { BrokerageTest } from '../testing/brokerage-desk.js';
import type { OrderTicket } from './brokerage.js';
import type { OrderContract } from './combo.js';

const BUY: OrderTicket = { action: 'BUY', totalQuantity: 1, orderType: 'MKT', tif: 'DAY' };
const SELL: OrderTicket = { ...BUY, action: 'SELL' };

function future({ market }: BrokerageTest): OrderContract {
  const instrument = market.universe.listed.find(({ secType, symbol }) => secType === 'FUT' && symbol === 'ES');
  return { conId: instrument?.conId, exchange: 'CME' };
}

function amounts({ brokerage }: BrokerageTest): ReadonlyMap<string, number> {
  return new Map(brokerage.accountValues('DU1').map(({ key, value }) => [key, Number(value)]));
}

function checkIdentity(test: BrokerageTest): void {
  const { realized, unrealized, daily } = test.brokerage.pnl('DU1');
  expect(realized + unrealized).toBeCloseTo(daily, 4);
}

describe('futures', () => {
  it('cost their commission only, tie up margin, and pay what they made when they are closed', () =>
    withBrokerage({}, async (test) => {
      const { base, place, brokerage } = test;
      const contract = future(test);
      await place(1, BUY, contract);
      expect(amounts(test).get('TotalCashValue')).toBe(999_997.75);
      expect(amounts(test).get('InitMarginReq')).toBeGreaterThan(5_000);
      checkIdentity(test);
      await base.advance(120_000);
      checkIdentity(test);
      await place(2, SELL, contract);
      checkIdentity(test);
      const [opened, closed] = brokerage.executions().map(({ execution }) => execution.price);
      expect(amounts(test).get('TotalCashValue')).toBeCloseTo(1_000_000 + 50 * ((closed ?? 0) - (opened ?? 0)) - 4.5, 2);
      expect(brokerage.positions()).toEqual([]);
    }));
});

describe('currencies, crypto and bonds', () => {
  it('are bought in their own sizes, and count in USD', () =>
    withBrokerage({}, async (test) => {
      const { base, place, brokerage, said } = test;
      await place(1, { ...BUY, totalQuantity: 20_000 }, { symbol: 'USD', secType: 'CASH', currency: 'JPY', exchange: 'IDEALPRO' });
      expect(amounts(test).get('NetLiquidation')).toBeGreaterThan(999_900);
      expect(brokerage.positions()[0]?.marketValue).toBeCloseTo(20_000, 2);
      await place(2, { ...BUY, totalQuantity: 0.05 }, { symbol: 'BTC', secType: 'CRYPTO', currency: 'USD', exchange: 'PAXOS' });
      await base.advance(60_000);
      expect(brokerage.positions()[1]?.position).toBe(0.05);
      said();
      await place(3, { ...BUY, totalQuantity: 0.000_000_001 }, { symbol: 'BTC', secType: 'CRYPTO', currency: 'USD', exchange: 'PAXOS' });
      expect(said()).toEqual(['error 3 355']);
      checkIdentity(test);
    }));

  it('release stops by bid and ask where nothing trades', () =>
    withBrokerage({}, async ({ place, order, market }) => {
      const contract = { symbol: 'EUR', secType: 'CASH', currency: 'USD', exchange: 'IDEALPRO' };
      market.setPrice('EUR.USD', 1.1);
      await place(1, { ...SELL, totalQuantity: 25_000, orderType: 'STP', auxPrice: 1.05 }, contract);
      expect(order(1).whyHeld).toBe('trigger');
      market.setPrice('EUR.USD', 1.04);
      expect(order(1).status).toBe('Filled');
    }));
});

describe('what cannot be traded', () => {
  it('is refused by name', () =>
    withBrokerage({}, async (test) => {
      const { place, said, events } = test;
      await place(1, BUY, { symbol: 'SPX', secType: 'IND', currency: 'USD', exchange: 'CBOE' });
      expect(events.at(-1)).toMatchObject({ code: 201, message: expect.stringContaining('Indexes') as string });
      said();
      await place(2, { ...BUY, orderType: 'MOC' }, future(test));
      await place(2, { ...BUY, tif: 'OPG' }, future(test));
      expect(said()).toEqual(['error 2 387', 'error 2 111']);
    }));
});

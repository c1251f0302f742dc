import { describe, expect, it } from 'vitest';
import { CLIENT, SPY, withBrokerage } from '../testing/brokerage-desk.js';
import type { OrderTicket } from './brokerage.js';

const BUY: OrderTicket = { action: 'BUY', totalQuantity: 10, orderType: 'MKT', tif: 'DAY' };
const REST: OrderTicket = { ...BUY, orderType: 'LMT', lmtPrice: 100, tif: 'GTC' };

describe('changing an order', () => {
  it('keeps its type, and takes everything else that may change', () =>
    withBrokerage({}, async ({ place, move, said, order }) => {
      move(500);
      await place(1, { ...BUY, action: 'SELL', orderType: 'STP', auxPrice: 480 });
      said();
      await place(1, { ...BUY, action: 'SELL', orderType: 'STP LMT', auxPrice: 480, lmtPrice: 479 });
      await place(1, { ...BUY, action: 'SELL', orderType: 'STP', auxPrice: 485, totalQuantity: 7, tif: 'GTC' });
      expect(said()).toEqual(['error 1 329', 'open 1 PreSubmitted', 'status 1 PreSubmitted 0/7 trigger']);
      move(484);
      expect(order(1)).toMatchObject({ status: 'Filled', filled: 7, tif: 'GTC' });
    }));

  it('does not set a trailing stop back when its price stays', () =>
    withBrokerage({}, async ({ place, move, order }) => {
      const trail: OrderTicket = { ...BUY, action: 'SELL', orderType: 'TRAIL', auxPrice: 5 };
      move(500);
      await place(1, trail);
      move(520);
      await place(1, { ...trail, totalQuantity: 5 });
      expect(order(1)).toMatchObject({ trailStopPrice: 515, totalQuantity: 5 });
      await place(1, { ...trail, totalQuantity: 5, auxPrice: 8 });
      expect(order(1).trailStopPrice).toBe(512);
    }));

  it('fills a limit that is moved over the market', () =>
    withBrokerage({}, async ({ place, move, order }) => {
      move(500);
      await place(1, REST);
      await place(1, { ...REST, lmtPrice: 600 });
      expect(order(1).status).toBe('Filled');
    }));
});

describe('limits', () => {
  it('of active orders for one contract, side and account', () =>
    withBrokerage({ orders: { maxOrdersPerSide: 2 } }, async ({ place, said, brokerage }) => {
      await place(1, REST);
      await place(2, REST);
      said();
      await place(3, REST);
      expect(said()).toEqual(['open 3 Inactive', 'status 3 Inactive 0/10', 'error 3 201']);
      await place(4, { ...REST, action: 'SELL', lmtPrice: 900 });
      await place(5, REST, { conId: 265598, exchange: 'SMART' });
      brokerage.cancel(CLIENT, 1);
      await place(6, REST);
      await place(7, REST);
      expect(brokerage.openOrders().map(({ orderId }) => orderId)).toEqual([2, 4, 5, 7]);
    }));

  it('of funds count the orders that work already, and give back what ends', () =>
    withBrokerage({ startCash: 20_000 }, async ({ base, place, move, order, brokerage }) => {
      move(100);
      const half: OrderTicket = { ...REST, lmtPrice: 90, totalQuantity: 500 };
      await place(1, half);
      await place(2, half);
      expect([order(1).status, order(2).status]).toEqual(['Submitted', 'Inactive']);
      brokerage.cancel(CLIENT, 1);
      await base.advance(0);
      await place(3, half);
      expect(order(3).status).toBe('Submitted');
    }));

  it('are refused out of range', async () => {
    await expect(withBrokerage({ orders: { maxOrdersPerSide: 0 } }, () => undefined)).rejects.toThrow(/orders.maxOrdersPerSide must be/);
    await expect(withBrokerage({ orders: { duplicateStatuses: 3 } }, () => undefined)).rejects.toThrow(/orders.duplicateStatuses must be/);
  });
});

describe('callbacks', () => {
  it('of states may come more than once', () =>
    withBrokerage({ orders: { duplicateStatuses: 2 } }, async ({ place, said }) => {
      await place(1, REST);
      expect(said().filter((text) => text === 'status 1 PreSubmitted 0/10')).toHaveLength(3);
    }));

  it('of a fill may begin with the status', () =>
    withBrokerage({ orders: { statusBeforeExecution: true } }, async ({ place, said }) => {
      await place(1, BUY);
      expect(said().slice(2, 5)).toEqual(['open 1 Filled', 'status 1 Filled 10/0', 'exec 1 BOT 10 STK']);
    }));

  it('of a global cancel say which orders were dead already', () =>
    withBrokerage({}, async ({ base, place, said, brokerage, events }) => {
      await place(1, REST);
      await place(2, REST);
      await place(3, BUY);
      brokerage.cancel(CLIENT, 1);
      await base.advance(0);
      brokerage.cancel(CLIENT, 2);
      said();
      brokerage.cancelAll();
      expect(said()).toEqual(['error 1 161', 'error 2 161']);
      expect(events.at(-1)).toMatchObject({ message: expect.stringContaining('Order permId =') as string });
    }));
});

describe('a corrected execution', () => {
  it('comes again with a higher last part, and the books follow', () =>
    withBrokerage({}, async ({ place, move, said, brokerage, order }) => {
      const cash = (): number => Number(brokerage.accountValues('DU1').find(({ key }) => key === 'TotalCashValue')?.value);
      move(500);
      await place(1, BUY);
      await place(2, { ...BUY, action: 'SELL', totalQuantity: 4 });
      const [first] = brokerage.executions();
      const { execId = '', price = 0 } = first?.execution ?? {};
      const before = cash();
      said();
      brokerage.correctExecution(execId, price - 1);
      expect(said()).toEqual(['exec 1 BOT 10 STK', 'commission 1', 'position SPY 6', 'account DU1']);
      const corrected = brokerage.executions().at(-1);
      expect(corrected?.execution).toMatchObject({ execId: execId.replace(/01$/, '02'), price: price - 1, avgPrice: price - 1, cumQty: 10 });
      expect(cash()).toBeCloseTo(before + 10, 2);
      expect(order(1).avgFillPrice).toBe(price - 1);
      const { realized, unrealized, daily } = brokerage.pnl('DU1');
      expect(realized + unrealized).toBeCloseTo(daily, 6);
      brokerage.correctExecution(execId.replace(/01$/, '02'), price);
      expect(cash()).toBeCloseTo(before, 2);
      expect(brokerage.executions().at(-1)?.execution.execId).toBe(execId.replace(/01$/, '03'));
    }));

  it('is refused when it is not the newest, or has no price', () =>
    withBrokerage({}, async ({ place, brokerage }) => {
      await place(1, BUY);
      const execId = brokerage.executions()[0]?.execution.execId ?? '';
      brokerage.correctExecution(execId, 100);
      expect(() => {
        brokerage.correctExecution(execId, 101);
      }).toThrow(/execId must be the newest id/);
      expect(() => {
        brokerage.correctExecution('nothing', 101);
      }).toThrow(/execId/);
      expect(() => {
        brokerage.correctExecution(execId, 0);
      }).toThrow(/price must be/);
    }));
});

describe('a halt', () => {
  it('lets nothing trade, and what waits trades behind it', () =>
    withBrokerage({}, async ({ base, place, market, order }) => {
      market.halt('SPY');
      await place(1, BUY);
      await place(2, { ...BUY, tif: 'IOC' });
      await base.advance(5000);
      expect([order(1).status, order(2).status]).toEqual(['Submitted', 'Cancelled']);
      market.resume('SPY');
      expect(order(1).status).toBe('Filled');
      expect(market.halted(SPY.conId)).toBe(false);
    }));
});

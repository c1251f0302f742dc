import { describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };

describe('orders', () => {
  it('are acknowledged, filled, executed and charged, and the witness agrees', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect({ clientId: 4 });
      client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 100, orderType: 'MKT', tif: 'DAY', orderRef: 'mine' } });
      expect(await client.first('openOrder')).toMatchObject({ orderId: 1, contract: { conId: 265598 }, order: { clientId: 4, orderRef: 'mine', account: 'DU1234567' } });
      for (let step = 0; step < 40 && client.all('orderStatus').at(-1)?.status !== 'Filled'; step += 1) {
        await clock.advance(250);
        await client.barrier();
      }
      const filled = await client.first('orderStatus', ({ status }) => status === 'Filled');
      expect(filled).toMatchObject({ orderId: 1, filled: 100, remaining: 0, clientId: 4 });
      const executions = client.all('execDetails');
      expect(executions.every(({ reqId }) => reqId === -1)).toBe(true);
      expect(executions.reduce((sum, { execution }) => sum + execution.shares, 0)).toBe(100);
      expect(executions[0]?.execution.time).toMatch(/^20240102-14:30:\d\d$/);
      await client.first('commissionReport');
      expect(client.all('commissionReport')[0]).toMatchObject({ execId: executions[0]?.execution.execId, currency: 'USD' });
      expect(client.all('commissionReport')[0]?.realizedPNL).toBeUndefined();

      const witnessed = simulator.control.journal({ kind: 'execution', clientId: 4 });
      expect(witnessed.map((entry) => entry.message)).toMatchObject(executions.map(({ execution }) => ({ execId: execution.execId, shares: execution.shares, price: execution.price })));
      expect(simulator.control.state().positions).toMatchObject([{ position: 100 }]);
    }));

  it('rest, are listed, and are cancelled by their owner alone', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const owner = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      owner.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' } });
      await owner.first('orderStatus');
      await clock.advance(1_000);

      other.send({ type: 'reqOpenOrders' });
      await other.first('openOrderEnd');
      expect(other.all('openOrder')).toHaveLength(0);
      other.send({ type: 'reqAllOpenOrders' });
      await other.first('openOrder');
      expect(other.all('openOrder')[0]).toMatchObject({ orderId: 1, order: { clientId: 1, lmtPrice: 1, tif: 'GTC' } });
      other.send({ type: 'cancelOrder', orderId: 1 });
      await other.error(10147, 1);

      owner.send({ type: 'cancelOrder', orderId: 1 });
      await owner.barrier();
      await clock.advance(1_000);
      await owner.error(202, 1);
      expect(owner.all('orderStatus').at(-1)).toMatchObject({ status: 'Cancelled', filled: 0 });
      owner.send({ type: 'reqCompletedOrders', apiOnly: false });
      await owner.first('completedOrderEnd');
      expect(owner.all('completedOrder')).toHaveLength(1);
      expect(owner.all('completedOrder')[0]).toMatchObject({ orderState: { status: 'Cancelled' } });
    }));

  it('outlive their client, and the next order id goes on', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const first = await connect({ clientId: 1 });
      first.send({ type: 'placeOrder', orderId: 17, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' } });
      await first.first('orderStatus');
      await first.close();
      const again = await connect({ clientId: 1 });
      expect(again.all('nextValidId')).toEqual([{ type: 'nextValidId', orderId: 18 }]);
      again.send({ type: 'reqOpenOrders' });
      await again.first('openOrderEnd');
      expect(again.all('openOrder')).toMatchObject([{ orderId: 17 }]);
      expect(simulator.control.state().openOrders).toHaveLength(1);
      again.send({ type: 'placeOrder', orderId: 3, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1 } });
      await again.error(103, 3);
    }));

  it('give their executions to whoever asks, filtered', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect({ clientId: 1 });
      client.send({ type: 'reqExecutions', reqId: 1, filter: {} });
      await client.first('execDetailsEnd');
      expect(client.all('execDetails')).toHaveLength(0);
      client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'SELL', totalQuantity: 5, orderType: 'MKT' } });
      for (let step = 0; step < 40 && client.all('commissionReport').length === 0; step += 1) {
        await clock.advance(250);
        await client.barrier();
      }
      const other = await connect({ clientId: 2 });
      const ask = async (reqId: number, filter: { readonly symbol?: string; readonly side?: string; readonly time?: string; readonly clientId?: number }): Promise<number> => {
        other.send({ type: 'reqExecutions', reqId, filter });
        await other.first('execDetailsEnd', (end) => end.reqId === reqId);
        return other.all('execDetails').filter((row) => row.reqId === reqId).length;
      };
      expect(await ask(1, {})).toBeGreaterThan(0);
      expect(other.all('commissionReport').length).toBe(other.all('execDetails').length);
      expect(await ask(2, { symbol: 'MSFT' })).toBe(0);
      expect(await ask(3, { side: 'BUY' })).toBe(0);
      expect(await ask(4, { time: '20240102-14:00:00' })).toBeGreaterThan(0);
      expect(await ask(5, { time: '20240102 23:00:00 US/Eastern' })).toBe(0);
      expect(await ask(6, { clientId: 2 })).toBe(0);
      other.send({ type: 'reqExecutions', reqId: 7, filter: { time: 'yesterday' } });
      await other.error(321, 7);
    }));

  it('refuse auto-binding to all but client 0', () =>
    withSimulator({}, async ({ connect }) => {
      const zero = await connect({ clientId: 0 });
      const one = await connect({ clientId: 1 });
      zero.send({ type: 'reqAutoOpenOrders', autoBind: true });
      one.send({ type: 'reqAutoOpenOrders', autoBind: true });
      await one.error(327, -1);
      await zero.barrier();
      expect(zero.all('errMsg').filter(({ code }) => code === 327)).toEqual([]);
    }));

  it('must leave an id for the next one', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect({ clientId: 4 });
      const order = { action: 'BUY', totalQuantity: 1, orderType: 'MKT' } as const;
      for (const orderId of [2_147_483_647, Number.MAX_SAFE_INTEGER]) client.send({ type: 'placeOrder', orderId, contract: AAPL, order });
      expect((await client.error(321, 2_147_483_647)).msg).toContain('must be at most 2147483646');
      await client.error(321, Number.MAX_SAFE_INTEGER);
      client.send({ type: 'placeOrder', orderId: 2_147_483_646, contract: AAPL, order });
      await client.first('openOrder', ({ orderId }) => orderId === 2_147_483_646);
      client.send({ type: 'reqIds', count: 1 });
      await client.first('nextValidId', ({ orderId }) => orderId === 2_147_483_647);
      expect(simulator.control.journal({ kind: 'fault' })).toEqual([]);
    }));
});

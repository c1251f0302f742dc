import { describe, expect, it } from 'vitest';
import type { WireContract, WireOrder } from '@ibkit/wire';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const RESTING: WireOrder = { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', orderRef: 'mine' };

describe('second-perm-id', () => {
  it('makes a change a second order under the same id, which fills by itself', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect({ clientId: 4 });
      client.send({ type: 'placeOrder', orderId: 7, contract: AAPL, order: RESTING });
      await client.first('openOrder');
      simulator.control.inject({ type: 'second-perm-id' });
      client.send({ type: 'placeOrder', orderId: 7, contract: AAPL, order: { ...RESTING, lmtPrice: 2 } });
      await client.first('openOrder', ({ order }) => order.lmtPrice === 2);
      expect(simulator.control.state().faults).toEqual([]);
      const [first, second] = simulator.control.state().openOrders;
      expect([first, second]).toMatchObject([{ clientId: 4, orderId: 7, lmtPrice: 1 }, { clientId: 4, orderId: 7, lmtPrice: 2 }]);
      expect(first?.permId).not.toBe(second?.permId);

      client.send({ type: 'reqOpenOrders' });
      await client.first('openOrderEnd');
      const statuses = client.all('orderStatus').slice(-2);
      expect(statuses).toMatchObject([{ orderId: 7, permId: first?.permId, clientId: 4 }, { orderId: 7, permId: second?.permId, clientId: 4 }]);

      client.send({ type: 'cancelOrder', orderId: 7 });
      await clock.advance(0);
      await client.barrier();
      await clock.advance(100);
      await client.error(202, 7);
      expect(simulator.control.state().openOrders).toMatchObject([{ permId: second?.permId }]);

      simulator.control.setPrice('AAPL', 1.5);
      await clock.advance(1_000);
      const fill = await client.first('execDetails');
      expect(fill).toMatchObject({ orderId: 7, execution: { permId: second?.permId, clientId: 4, orderRef: 'mine' } });
      client.send({ type: 'reqExecutions', reqId: 1, filter: { clientId: 4 } });
      await client.first('execDetailsEnd');
      expect(client.all('execDetails').at(-1)).toMatchObject({ reqId: 1, orderId: 7 });
      client.send({ type: 'reqExecutions', reqId: 2, filter: { clientId: 5 } });
      await client.first('execDetailsEnd', ({ reqId }) => reqId === 2);
      expect(client.all('execDetails').filter(({ reqId }) => reqId === 2)).toEqual([]);
      expect(simulator.control.journal({ kind: 'execution' })).toMatchObject([{ clientId: 4, message: { orderId: 7 } }]);
    }));

  it('reaches the second order with the second cancel, takes ids that went before, and leaves new orders alone', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      for (const orderId of [5, 9]) client.send({ type: 'placeOrder', orderId, contract: AAPL, order: RESTING });
      simulator.control.inject({ type: 'second-perm-id', count: 2 });
      await client.barrier();
      client.send({ type: 'placeOrder', orderId: 10, contract: AAPL, order: RESTING });
      for (const orderId of [9, 5]) client.send({ type: 'placeOrder', orderId, contract: AAPL, order: { ...RESTING, lmtPrice: 3 } });
      await client.barrier();
      expect(simulator.control.state().openOrders.map(({ orderId, lmtPrice }) => [orderId, lmtPrice])).toEqual([[5, 1], [9, 1], [10, 1], [9, 3], [5, 3]]);
      for (const round of [1, 2]) {
        client.send({ type: 'cancelOrder', orderId: 5 });
        await client.barrier();
        await clock.advance(100);
        await client.barrier();
        expect(client.all('errMsg').filter(({ code, id }) => code === 202 && id === 5)).toHaveLength(round);
      }
      expect(simulator.control.state().openOrders.map(({ orderId }) => orderId)).toEqual([9, 10, 9]);
    }));
});

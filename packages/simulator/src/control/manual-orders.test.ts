import { describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';

const RESTING = { symbol: 'AAPL', action: 'BUY', quantity: 10, lmtPrice: 1 } as const;

describe('orders that no API client placed', () => {
  it('have the order id 0 and no reference, and client 0 and whoever asks for all see them', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const [zero, other] = [await connect({ clientId: 0 }), await connect({ clientId: 1 })];
      const first = simulator.control.placeManualOrder(RESTING);
      const second = simulator.control.placeManualOrder({ ...RESTING, lmtPrice: 2 });
      expect([first.orderId, second.orderId, first.clientId]).toEqual([0, 0, 0]);
      expect(first.permId).not.toBe(second.permId);
      await zero.barrier();
      expect(zero.all('openOrder')).toEqual([]);
      for (const client of [zero, other]) client.send({ type: 'reqOpenOrders' });
      await Promise.all([zero.first('openOrderEnd'), other.first('openOrderEnd')]);
      expect(other.all('openOrder')).toEqual([]);
      expect(zero.all('openOrder')).toMatchObject([{ orderId: 0, order: { permId: first.permId, clientId: 0, lmtPrice: 1 } }, { orderId: 0, order: { permId: second.permId, lmtPrice: 2 } }]);
      expect(zero.all('openOrder').map(({ order }) => order.orderRef ?? '')).toEqual(['', '']);
      other.send({ type: 'reqAllOpenOrders' });
      await other.first('openOrder', ({ order }) => order.permId === second.permId);

      zero.send({ type: 'reqAutoOpenOrders', autoBind: true });
      await zero.barrier();
      simulator.control.setPrice('AAPL', 1.5);
      await clock.advance(1_000);
      await zero.first('execDetails', ({ orderId, execution }) => orderId === 0 && execution.permId === second.permId);
      await other.barrier();
      expect(other.all('execDetails')).toEqual([]);
      expect(simulator.control.state().positions).toMatchObject([{ position: 10 }]);

      simulator.control.cancelManualOrder(first.permId);
      await clock.advance(100);
      await zero.first('orderStatus', ({ permId, status }) => permId === first.permId && status === 'Cancelled');
      other.send({ type: 'reqCompletedOrders', apiOnly: true });
      await other.first('completedOrderEnd');
      expect(other.all('completedOrder')).toEqual([]);
      other.send({ type: 'reqCompletedOrders', apiOnly: false });
      await other.first('completedOrderEnd', (message) => other.all('completedOrderEnd').indexOf(message) === 1);
      expect(other.all('completedOrder')).toHaveLength(2);
    }));

  it('end with a global cancel', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect({ clientId: 3 });
      simulator.control.placeManualOrder(RESTING);
      client.send({ type: 'reqGlobalCancel' });
      await client.barrier();
      await clock.advance(100);
      expect(simulator.control.state().openOrders).toEqual([]);
      expect(simulator.control.state().completedOrders).toMatchObject([{ orderId: 0, status: 'Cancelled' }]);
    }));

  it('are refused in the words of the broker', () =>
    withSimulator({}, async ({ simulator }) => {
      await Promise.resolve();
      expect(() => simulator.control.placeManualOrder({ ...RESTING, symbol: 'NOSUCH' })).toThrow('must be one that the broker takes: ');
      expect(() => simulator.control.placeManualOrder({ ...RESTING, lmtPrice: 0 })).toThrow('lmtPrice must be a number from');
      expect(() => {
        simulator.control.cancelManualOrder('1');
      }).toThrow('permId must be that of a working order');
    }));
});

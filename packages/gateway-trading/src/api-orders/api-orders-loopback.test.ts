import { OrderAction, OrderType, SecType, TimeInForce } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { describe, expect, it } from 'vitest';
import { onApiStage } from '../testing/api-stage.js';

const SHARE: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const RESTING: Order = { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 10, lmtPrice: 1, tif: TimeInForce.GTC, transmit: true };

describe('orders of connection.api at the simulator', () => {
  it('places, changes and fills an order under the id of its caller, written down like every other', () =>
    onApiStage(async ({ simulator, api, log, trading, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, { ...RESTING, orderRef: 'my strategy' });
      await log.heard('orderStatus', id, 'Submitted');
      api.placeOrder(id, SHARE, { ...RESTING, orderRef: 'my strategy', lmtPrice: 2, totalQuantity: 20 });
      await log.heard('openOrder', id, 2, id, 'my strategy');
      simulator.control.setPrice('AAPL', 1.5);
      await log.heard('orderStatus', id, 'Filled', 20);
      await log.heard('commissionReport');
      expect(log.of('execDetails', id)).toEqual([['execDetails', id, 20, 'my strategy']]);
      expect(seen().map(({ order }) => [order.lmtPrice, order.totalQuantity, order.tif])).toEqual([[1, 10, 'GTC'], [2, 20, 'GTC']]);
      expect(trading.order(`api-1-${id}`)?.state).toMatchObject({ apiOrderId: id, orderId: id, status: 'filled', tag: 'my strategy', filledQuantity: 20 });
      expect(log.of('error')).toEqual([]);
    }));

  it('cancels', () =>
    onApiStage(async ({ api, log, trading }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      await log.heard('orderStatus', id, 'Submitted');
      api.cancelOrder(id);
      await log.heard('orderStatus', id, 'Cancelled');
      expect(log.of('error').map(([, ...facts]) => facts.slice(0, 2))).toEqual([[id, 202]]);
      expect(trading.orders()).toMatchObject([{ status: 'cancelled' }]);
      api.cancelOrder(id);
      expect(log.of('error', id, 10_148, 'IBKR_ORDER_ENDED')).toHaveLength(1);
    }));

  it('holds the calls under one id in their order', () =>
    onApiStage(async ({ simulator, api, log, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      for (const lmtPrice of [1.1, 1.2, 1.3]) api.placeOrder(id, SHARE, { ...RESTING, lmtPrice });
      await log.heard('openOrder', id, 1.3);
      // What was overtaken before it could leave did not leave.
      expect(seen().map(({ orderId, order }) => [orderId, order.lmtPrice])).toEqual([[id, 1], [id, 1.3]]);
      api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 1.4 });
      api.cancelOrder(id);
      await log.heard('orderStatus', id, 'Cancelled');
      expect(simulator.control.state().openOrders).toEqual([]);
    }));
});

import { OrderAction, OrderType, SecType, TimeInForce } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { ApiLog, onApiStage, thrownBy } from '../testing/api-stage.js';
import type { ApiStage } from '../testing/api-stage.js';
import { Trading } from '../trading/trading.js';

const SHARE: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const OURS = { contract: { symbol: 'MSFT', secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 1 } as const;
const RESTING: Order = { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 10, lmtPrice: 1, tif: TimeInForce.GTC, transmit: true };
const TAKEN = { code: 'IBKR_ORDER_ID_TAKEN' };

function wireIds({ seen }: ApiStage): readonly number[] {
  return seen().map(({ orderId }) => orderId);
}

describe('the ids of orders of connection.api', () => {
  it('are those of the caller, also when an attempt was taken back and its id had to be given up', () =>
    onApiStage(async (stage) => {
      const { api, log, trading, simulator } = stage;
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      api.cancelOrder(id);
      await log.heard('error', id, 202, 'IBKR_ORDER_UNSENT');
      // The same id, with other terms: nothing of the first attempt has left.
      api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 2, orderRef: 'mine' });
      await log.heard('orderStatus', id, 'Submitted');
      api.placeOrder(id + 1, SHARE, { ...RESTING, lmtPrice: 3 });
      await log.heard('orderStatus', id + 1, 'Submitted');
      expect(wireIds(stage)).toEqual([id + 1, id + 2]);
      // Everything under the id of the caller.
      api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 2.5, orderRef: 'mine' });
      await log.heard('openOrder', id, 2.5, id, 'mine');
      simulator.control.setPrice('AAPL', 2.75);
      await log.heard('orderStatus', id + 1, 'Filled');
      api.cancelOrder(id);
      await log.heard('orderStatus', id, 'Cancelled');
      expect(log.of('execDetails').map(([, orderId]) => orderId)).toEqual([id + 1]);
      expect(log.of('error', id + 1)).toEqual([]);
      expect(trading.orders().map(({ apiOrderId, orderId, status }) => [apiOrderId, orderId, status])).toEqual([
        [id, id, 'unsent'], [id, id + 1, 'cancelled'], [id + 1, id + 2, 'filled'],
      ]); // prettier-ignore
      expect(new Set(log.told.flatMap(([name, orderId]) => (name === 'nextValidId' ? [] : [orderId])))).not.toContain(id + 2);
    }));

  it('never name two orders: what another order is called is not free', () =>
    onApiStage(async (stage) => {
      const { api, log, trading, simulator } = stage;
      const { orderId: id } = await trading.place(OURS);
      expect(thrownBy(() => api.placeOrder(id, SHARE, RESTING))).toMatchObject(TAKEN);
      expect(log.of('error', id, 103, 'IBKR_ORDER_ID_TAKEN')).toHaveLength(1);
      const next = await log.nextId();
      expect(next).toBe(id + 1);
      api.placeOrder(next, SHARE, RESTING);
      await log.heard('orderStatus', next, 'Submitted');
      expect((await trading.place(OURS)).orderId).toBe(next + 1);
      api.cancelOrder(next);
      await log.heard('orderStatus', next, 'Cancelled');
      expect(thrownBy(() => api.placeOrder(next, SHARE, RESTING))).toMatchObject({ code: 'IBKR_ORDER_NOT_CHANGEABLE' });
      // Ids of earlier programs, of which nobody knows whether they are orders.
      for (const orderId of [0, -1, 1.5, 100_000_000]) expect(thrownBy(() => api.placeOrder(orderId, SHARE, RESTING))).toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'orderId' } });
      expect(wireIds(stage)).toEqual([id, next, next + 1]);
      expect(simulator.control.state().openOrders).toHaveLength(2);
    }));

  it('below what the broker promises are refused unless they are known: they may be orders of another program', () =>
    onApiStage(async (stage) => {
      const { api, log, connection, trading } = stage;
      const first = await log.nextId();
      for (let id = first; id < first + 3; id += 1) {
        api.placeOrder(id, SHARE, RESTING);
        await log.heard('orderStatus', id, 'Submitted');
      }
      // Another ledger on the same client id knows nothing of them.
      await trading.close();
      const other = new Trading({ connection, apiOrders: true });
      await other.ready();
      expect(thrownBy(() => api.placeOrder(first + 1, SHARE, { ...RESTING, lmtPrice: 2 }))).toMatchObject(TAKEN);
      expect(await log.nextId()).toBe(first + 3);
      expect(wireIds(stage)).toHaveLength(3);
      await other.close();
    }));

  it('go on over a reconnect and over a restart of the program', async () => {
    const simulator = await createSimulator({ accounts: ['DU1234567'] });
    const journal = memoryJournal();
    const begin = async (): Promise<{ readonly connection: ConnectionManager; readonly trading: Trading; readonly log: ApiLog }> => {
      const connection = new ConnectionManager({ host: simulator.host, port: simulator.port, clientId: 1, random: { next: () => 0 } });
      const log = new ApiLog(connection.api);
      const trading = new Trading({ connection, journal, apiOrders: true, absenceWindowMs: 20, reconcileRetryMs: 20 });
      await connection.connect();
      await trading.ready();
      return { connection, trading, log };
    };
    const first = await begin();
    const { api } = first.connection;
    const id = await first.log.nextId();
    api.placeOrder(id, SHARE, RESTING);
    api.cancelOrder(id);
    await first.log.heard('error', id, 202);
    api.placeOrder(id, SHARE, { ...RESTING, orderRef: 'mine' });
    await first.log.heard('orderStatus', id, 'Submitted');

    const { session } = first.connection;
    simulator.control.dropClients('rst', 1);
    await session?.closed;
    expect(thrownBy(() => api.placeOrder(id, SHARE, RESTING))).toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
    await first.trading.ready();
    api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 2 });
    await first.log.heard('openOrder', id, 2, id, 'mine');
    await first.trading.close();
    await first.connection.close();

    const second = await begin();
    await second.trading.reconcile();
    await second.log.heard('openOrder', id, 2, id, 'mine');
    second.connection.api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 3 });
    await second.log.heard('openOrder', id, 3, id, 'mine');
    expect(await second.log.nextId()).toBe(id + 2);
    simulator.control.setPrice('AAPL', 2.5);
    await second.log.heard('orderStatus', id, 'Filled');
    expect(second.log.of('execDetails')).toEqual([['execDetails', id, 10, 'mine']]);
    expect(simulator.control.state().openOrders).toEqual([]);
    await second.trading.close();
    await second.connection.close();
    await simulator.close();
  });
});

import { EventName, OptionExerciseAction, OrderAction, OrderType, SecType, TimeInForce } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { describe, expect, it } from 'vitest';
import { onOrderStage } from '../testing/order-stage.js';
import { ApiLog, onApiStage, thrownBy } from '../testing/api-stage.js';
import type { ApiStage } from '../testing/api-stage.js';

const SHARE: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const RESTING: Order = { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 10, lmtPrice: 1, tif: TimeInForce.GTC, transmit: true };

function refusedFor(...reasons: readonly string[]): object {
  return { code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: expect.arrayContaining([...reasons]) as string[] } };
}

/** A call that is refused is thrown and told. */
function expectRefused({ log }: Pick<ApiStage, 'log'>, call: () => unknown, error: object, [id, code]: readonly [number, number]): void {
  const before = log.of('error').length;
  expect(thrownBy(call)).toMatchObject(error);
  expect(log.of('error').slice(before)).toMatchObject([['error', id, code, expect.stringMatching(/^IBKR_/u) as string, expect.any(String) as string]]);
}

describe('order calls of connection.api are refused', () => {
  it('without the option, by a Trading that is there', () =>
    onOrderStage(async ({ connection, seen }) => {
      const { api } = connection;
      const log = new ApiLog(api);
      expectRefused({ log }, () => api.placeOrder(50, SHARE, RESTING), { code: 'IBKR_ORDER_GATE_REFUSED' }, [50, 512]);
      expectRefused({ log }, () => api.cancelOrder(50), { code: 'IBKR_ORDER_GATE_REFUSED' }, [50, 515]);
      await connection.disconnect();
      expectRefused({ log }, () => api.placeOrder(50, SHARE, RESTING), { code: 'IBKR_NOT_CONNECTED' }, [50, 504]);
      expect(seen()).toEqual([]);
    }));

  it('after the Trading was closed', () =>
    onApiStage(async ({ api, log, trading }) => {
      const id = await log.nextId();
      await trading.close();
      expectRefused({ log }, () => api.placeOrder(id, SHARE, RESTING), { code: 'IBKR_ORDER_GATE_REFUSED' }, [id, 512]);
    }));

  it('under the kill switch, which cancels what is open; cancels pass', () =>
    onApiStage(async ({ api, log, trading, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      await log.heard('orderStatus', id, 'Submitted');
      // On its way when the switch is pulled.
      api.placeOrder(id + 1, SHARE, RESTING);
      await trading.kill('enough');
      await log.heard('orderStatus', id, 'Cancelled');
      await log.heard('error', id + 1, 512, 'IBKR_ORDER_UNSENT');
      expectRefused({ log }, () => api.placeOrder(id + 2, SHARE, RESTING), refusedFor('KILL_SWITCH'), [id + 2, 512]);
      await trading.releaseKill('looked');
      api.placeOrder(id + 1, SHARE, RESTING);
      await log.heard('orderStatus', id + 1, 'Submitted');
      expect(seen()).toHaveLength(2);
    }));

  it('while the link to the broker is down; a cancel passes', () =>
    onApiStage(async ({ simulator, api, log, trading, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      await log.heard('orderStatus', id, 'Submitted');
      const closed = trading.events.once('gate.changed');
      simulator.control.notice(1100);
      await closed;
      expectRefused({ log }, () => api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 2 }), refusedFor('UPSTREAM_DOWN'), [id, 512]);
      expectRefused({ log }, () => api.placeOrder(id + 1, SHARE, RESTING), refusedFor('UPSTREAM_DOWN'), [id + 1, 512]);
      api.cancelOrder(id);
      simulator.control.notice(1102);
      await log.heard('orderStatus', id, 'Cancelled');
      await trading.ready();
      expect(seen()).toHaveLength(1);
    }));

  it('for another account, above a cap, and with fields that ours do not have', () =>
    onApiStage(
      async ({ api, log, seen }) => {
        const id = await log.nextId();
        const refused = (order: Partial<Order>, error: object, without?: keyof Order): void => {
          const given: Order = { ...RESTING, ...order };
          if (without !== undefined) Reflect.deleteProperty(given, without);
          expectRefused({ log }, () => api.placeOrder(id, SHARE, given), error, [id, 512]);
        };
        const invalid = (field: string): object => ({ code: 'IBKR_ORDER_INVALID', details: { field } });
        refused({ account: 'DU9999999' }, refusedFor('ACCOUNT_UNKNOWN'));
        refused({ totalQuantity: 101 }, refusedFor('ORDER_QUANTITY'));
        refused({ transmit: false }, invalid('order.transmit'));
        refused({}, invalid('order.transmit'), 'transmit');
        refused({ parentId: 7 }, invalid('order.parentId'));
        refused({ whatIf: true }, invalid('order.whatIf'));
        refused({ hedgeType: 'D' }, invalid('order.hedgeType'));
        refused({ faGroup: 'all' }, invalid('order.faGroup'));
        refused({ lmtPrice: Number.NaN }, invalid('order.lmtPrice'));
        refused({}, invalid('order.lmtPrice'), 'lmtPrice');
        refused({ auxPrice: 3 }, invalid('order.auxPrice'));
        refused({ orderType: OrderType.TRAIL, lmtPrice: 0, trailingPercent: 100 }, invalid('order.trailingPercent'));
        refused({ orderType: OrderType.STP, lmtPrice: 0 }, invalid('order.auxPrice'));
        refused({ tif: TimeInForce.GTD, goodTillDate: '20991120 10:00:00' }, invalid('order.goodTillDate'));
        refused({ ocaGroup: 'one' }, invalid('order.ocaType'));
        expectRefused({ log }, () => api.placeOrder(id, { ...SHARE, secIdType: 'ISIN', secId: 'US0378331005' }, RESTING), invalid('contract.secIdType'), [id, 512]);
        expect(seen()).toEqual([]);
      },
      { limits: { perOrder: { maxQuantity: 100 } } },
    ));

  it('when a change is none that a working order can have, or the order is over', () =>
    onApiStage(async ({ simulator, api, log, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, { ...RESTING, account: 'DU1234567' });
      await log.heard('orderStatus', id, 'Submitted');
      const refused = (contract: Contract, order: Partial<Order>, field: string): void => {
        expectRefused({ log }, () => api.placeOrder(id, contract, { ...RESTING, ...order }), { code: 'IBKR_ORDER_INVALID', details: { field } }, [id, 105]);
      };
      refused(SHARE, { action: OrderAction.SELL }, 'order.action');
      refused(SHARE, { orderType: OrderType.MKT, lmtPrice: 0 }, 'order.orderType');
      refused({ ...SHARE, symbol: 'MSFT' }, {}, 'contract.symbol');
      refused(SHARE, { account: 'DU7654321' }, 'order.account');
      refused(SHARE, { orderRef: 'another' }, 'order.orderRef');
      refused(SHARE, { hidden: true }, 'order.hidden');
      simulator.control.setPrice('AAPL', 0.9);
      await log.heard('orderStatus', id, 'Filled');
      expectRefused({ log }, () => api.placeOrder(id, SHARE, RESTING), { code: 'IBKR_ORDER_NOT_CHANGEABLE' }, [id, 104]);
      expect(seen()).toHaveLength(1);
    }));

  it('for exercises, and for cancels of what is not there', () =>
    onApiStage(async ({ api, log, simulator }) => {
      const id = await log.nextId();
      const option: Contract = { ...SHARE, conId: 1 };
      expectRefused({ log }, () => api.exerciseOptions(9, option, OptionExerciseAction.EXERCISE, 1, 'DU1234567', 0), { code: 'IBKR_API_NOT_OFFERED' }, [9, 512]);
      expectRefused({ log }, () => api.cancelOrder(id), { code: 'IBKR_ORDER_NOT_FOUND' }, [id, 10_147]);
      expect(simulator.control.journal({ kind: 'in', type: 'cancelOrder' })).toEqual([]);
    }));
});

describe('a program of the library', () => {
  it('may give an order back as it was shown, with another price', () =>
    onApiStage(async ({ api, log }) => {
      const id = await log.nextId();
      const shown: [Contract, Order][] = [];
      api.on(EventName.openOrder, (_id, contract, order) => shown.push([contract, order]));
      api.placeOrder(id, SHARE, { ...RESTING, orderRef: 'mine', conditions: [] });
      await log.heard('orderStatus', id, 'Submitted');
      const [contract = {}, order = RESTING] = shown.at(-1) ?? [];
      api.placeOrder(id, contract, { ...order, lmtPrice: 1.5, transmit: true });
      await log.heard('openOrder', id, 1.5, id, 'mine');
      expect(log.of('error')).toEqual([]);
    }));

  it('hears an order that it places once more as it is, and nothing is sent', () =>
    onApiStage(async ({ api, log, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      await log.heard('orderStatus', id, 'Submitted');
      log.told.length = 0;
      api.placeOrder(id, SHARE, RESTING);
      await log.heard('openOrder', id, 1);
      expect(seen()).toHaveLength(1);
    }));

  it('cancels everything at once, what still waits included', () =>
    onApiStage(async ({ api, log, simulator, seen }) => {
      const id = await log.nextId();
      api.placeOrder(id, SHARE, RESTING);
      await log.heard('orderStatus', id, 'Submitted');
      api.placeOrder(id, SHARE, { ...RESTING, lmtPrice: 2 });
      api.placeOrder(id + 1, SHARE, RESTING);
      api.reqGlobalCancel();
      await log.heard('orderStatus', id, 'Cancelled');
      await log.heard('error', id + 1, 202);
      expect(seen().map(({ orderId, order }) => [orderId, order.lmtPrice])).toEqual([[id, 1]]);
      expect(simulator.control.state().openOrders).toEqual([]);
    }));

  it('is told when nobody knows what became of an order, under a number that means nothing else', () =>
    onApiStage(async ({ api, log, simulator, trading }) => {
      const id = await log.nextId();
      simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 });
      const there = new Promise<void>((resolve) => {
        simulator.control.watchJournal(({ kind, type }) => {
          if (kind === 'in' && type === 'placeOrder') resolve();
        });
      });
      api.placeOrder(id, SHARE, RESTING);
      await there;
      simulator.control.dropClients('rst', 1);
      await log.heard('error', id, 20_001, 'IBKR_ORDER_OUTCOME_UNKNOWN');
      simulator.control.clearFaults();
      await trading.ready();
      await log.heard('openOrder', id, 1);
      expect(trading.orders()).toMatchObject([{ status: 'working', apiOrderId: id }]);
    }));
});

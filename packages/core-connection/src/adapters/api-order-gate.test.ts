import { EventName, OrderAction, OrderType, SecType } from '@stoqey/ib';
import type { Contract, IBApi, Order } from '@stoqey/ib';
import { afterEach, describe, expect, it } from 'vitest';
import { Loopback } from '../testing/loopback.js';
import type { ApiOrderCall, ApiOrderDesk } from './order-calls.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const SHARE: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const ORDER: Order = { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 1, lmtPrice: 5, transmit: true };

function errorsOf(api: IBApi): unknown[] {
  const told: unknown[] = [];
  api.on(EventName.error, (error, code, id) => told.push([error.message, code, id]));
  return told;
}

describe('an order call on api', () => {
  it('reaches the gate as the message that the library would send, and nothing leaves by itself', async () => {
    const { connection, client } = await loopback.connected();
    const calls: ApiOrderCall[] = [];
    connection.attachOrderGate((call) => calls.push(call));
    connection.api.placeOrder(42, SHARE, ORDER);
    connection.api.cancelOrder(42, { extOperator: 'me', manualOrderCancelTime: '20260102-10:00:00' });
    connection.api.reqGlobalCancel({ manualOrderIndicator: 1 });
    expect(calls.map((call) => ('message' in call ? call.message : undefined))).toEqual([
      { type: 'placeOrder', orderId: 42, contract: SHARE, order: ORDER },
      { type: 'cancelOrder', orderId: 42, extOperator: 'me', manualCancelOrderTime: '20260102-10:00:00' },
      { type: 'reqGlobalCancel', manualOrderIndicator: 1 },
    ]);
    calls[0]?.transmit();
    expect(await client.next('placeOrder')).toMatchObject({ orderId: 42, order: ORDER });
    expect(client.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime', 'placeOrder']);
  });

  it('is told and thrown when it is refused, once, under the number of who refused it', async () => {
    const { connection } = await loopback.connected();
    const { api } = connection;
    const told = errorsOf(api);
    const detach = connection.attachOrderGate((call) => {
      const error = new Error('no');
      if (call.method === 'cancelOrder') call.report(error, 10_147);
      throw error;
    });
    expect(() => api.placeOrder(42, SHARE, ORDER)).toThrow('no');
    expect(() => api.cancelOrder(43)).toThrow('no');
    expect(() => api.reqGlobalCancel()).toThrow('no');
    detach();
    expect(told).toEqual([['no', 512, 42], ['no', 10_147, 43], ['no', 538, -1]]);
  });

  it.each<[string, Contract, object]>([
    ['order.hedgeParam', SHARE, { hedgeParam: 'x' }],
    ['order.shareholder', SHARE, { shareholder: 'x' }],
    ['order.minTradeQty', SHARE, { minTradeQty: 5 }],
    ['order.lmtPrize', SHARE, { lmtPrize: 5 }],
    ['order.orderMiscOptions', SHARE, { orderMiscOptions: [{ tag: 'a', value: 'b' }] }],
    ['order.auxPrice', SHARE, { auxPrice: Number.NaN }],
    ['order.orderRef', SHARE, { orderRef: 'a\0b' }],
    ['contract.includeExpired', { ...SHARE, includeExpired: true }, {}],
    ['contract.comboLegs', { ...SHARE, comboLegs: [{ conId: 1 }] }, {}],
  ])('is refused for %s, which the library would leave out', async (field, contract, order) => {
    const { connection } = await loopback.connected();
    let asked = 0;
    connection.attachOrderGate(() => (asked += 1));
    const told = errorsOf(connection.api);
    expect(() => connection.api.placeOrder(42, contract, { ...ORDER, ...order })).toThrow(expect.objectContaining({ code: 'IBKR_ORDER_INVALID', details: expect.objectContaining({ field }) as object }) as Error);
    expect([asked, told]).toEqual([0, [[expect.stringContaining(field), 512, 42]]]);
  });

  it('is refused in the words of the encoder when the gateway is too old', async () => {
    const gateway = await loopback.gateway({ serverVersion: 176 });
    const { connection } = loopback.manager(gateway.port);
    await connection.connect();
    connection.attachOrderGate(() => undefined);
    expect(() => connection.api.placeOrder(42, SHARE, { ...ORDER, includeOvernight: true })).toThrow(/too old .* include overnight/u);
  });
});

describe('a desk', () => {
  it('names orders in every event that names them, and leaves the others alone', async () => {
    const { connection, client } = await loopback.connected();
    const { api } = connection;
    const told: unknown[] = [];
    api.on(EventName.orderStatus, (id, status) => told.push(['orderStatus', id, status]));
    api.on(EventName.openOrder, (id, _contract, { orderId, orderRef }) => told.push(['openOrder', id, orderId, orderRef]));
    api.on(EventName.execDetails, (reqId, _contract, { orderId, orderRef }) => told.push(['execDetails', reqId, orderId, orderRef]));
    api.on(EventName.completedOrder, (_contract, { orderRef }) => told.push(['completedOrder', orderRef]));
    api.on(EventName.error, (_error, code, id) => told.push(['error', code, id]));
    api.on(EventName.nextValidId, (id) => told.push(['nextValidId', id]));
    const desk: ApiOrderDesk = {
      decide: () => undefined,
      shown: ({ orderId, orderRef }) => (orderId === 7 || orderRef === 'ours' ? { orderId: 5, orderRef: 'mine' } : undefined),
      nextValidId: (promised) => promised + 10,
    };
    const detach = connection.attachOrderGate(desk);
    const status = { type: 'orderStatus', status: 'Submitted', filled: 0, remaining: 1, avgFillPrice: 0, permId: '9', parentId: 0, lastFillPrice: 0, clientId: 1, mktCapPrice: 0 } as const;
    const execution = { execId: 'e', time: '20260102-10:00:00', acctNumber: 'DU1', exchange: 'X', side: 'BOT', shares: 1, price: 1, permId: '9', clientId: 1, liquidation: 0, cumQty: 1, avgPrice: 1 } as const;
    const openOrder = { type: 'openOrder', contract: { symbol: 'SPY' }, orderState: { status: 'Submitted' } } as const;
    const send = (): void => {
      client.send({ ...status, orderId: 7 }, { ...status, orderId: 8 });
      client.send({ ...openOrder, orderId: 7, order: { orderType: 'LMT', orderRef: 'ours', clientId: 1, permId: '9' } });
      client.send({ type: 'execDetails', reqId: 3, orderId: 7, contract: { symbol: 'SPY' }, execution: { ...execution, orderRef: 'ours' } });
      client.send({ type: 'completedOrder', contract: { symbol: 'SPY' }, order: { orderType: 'LMT', orderRef: 'ours', permId: '9' }, orderState: { status: 'Filled' } });
      client.send({ type: 'errMsg', id: 7, code: 399, msg: 'a warning' }, { type: 'errMsg', id: 8, code: 399, msg: 'a warning' });
      client.send({ type: 'nextValidId', orderId: 20 });
    };
    const done = (): Promise<void> => new Promise((resolve) => void api.once(EventName.nextValidId, () => {
      resolve();
    })); // prettier-ignore
    send();
    await done();
    expect(told.splice(0)).toEqual([
      ['orderStatus', 5, 'Submitted'], ['orderStatus', 8, 'Submitted'], ['openOrder', 5, 5, 'mine'], ['execDetails', 3, 5, 'mine'], ['completedOrder', 'mine'], ['error', 399, 5],
      ['error', 399, 8], ['nextValidId', 30],
    ]); // prettier-ignore
    detach();
    send();
    await done();
    expect(told).toEqual([
      ['orderStatus', 7, 'Submitted'], ['orderStatus', 8, 'Submitted'], ['openOrder', 7, 7, 'ours'], ['execDetails', 3, 7, 'ours'], ['completedOrder', 'ours'], ['error', 399, 7],
      ['error', 399, 8], ['nextValidId', 20],
    ]); // prettier-ignore
  });
});

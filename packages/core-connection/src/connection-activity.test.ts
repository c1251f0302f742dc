import { OrderAction, OrderType, SecType } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Loopback } from './testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const SPY = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;

describe('what a connection knows of its link', () => {
  it('is for how long nothing has arrived, and nothing without a session', async () => {
    const { connection, client, clock } = await loopback.connected();
    const caughtUp = new Promise<void>((resolve) => connection.onMessage((message) => {
      if (message.type === 'currentTime') resolve();
    }));
    await clock.advance(3_000);
    expect(connection.silentMs).toBe(3_000);
    client.send({ type: 'currentTime', time: 1_795_170_000 });
    await caughtUp;
    expect(connection.silentMs).toBe(0);
    await connection.disconnect();
    expect(connection.silentMs).toBeUndefined();
  });

  it('is what the limiter let through and how much may leave now', async () => {
    const { connection, client } = await loopback.connected({ rate: { perSecond: 10 } });
    const before = connection.pacingStats();
    expect(before.perSecond).toBe(10);
    await connection.session?.send({ type: 'reqCurrentTime' }, { lane: 'data' });
    await client.next('reqCurrentTime');
    const after = connection.pacingStats();
    expect([after.granted.data - before.granted.data, before.headroom.bulk - after.headroom.bulk]).toEqual([1, 1]);
  });

  it('is each stream that should exist, with how many messages it has brought', async () => {
    const { connection, client } = await loopback.connected();
    expect(connection.streams).toEqual([]);
    const stream = connection.subscribe({
      name: 'quotes of SPY',
      build: (reqId) => ({ type: 'reqMktData', reqId, contract: SPY, genericTickList: '', snapshot: false, regulatorySnapshot: false }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: () => undefined,
    });
    const { reqId } = await client.next('reqMktData');
    client.send({ type: 'tickPrice', reqId, tickType: 4, price: 500, attrMask: 0 });
    await vi.waitFor(() => {
      expect(connection.streams).toEqual([expect.objectContaining({ name: 'quotes of SPY', status: 'active', messages: 1 })]);
    }, { timeout: 20_000 });
    await stream.close();
    expect(connection.streams).toEqual([]);
  });

  it('is every order whose bytes left, those of the api included, until nobody asks', async () => {
    const { connection, client } = await loopback.connected();
    const orders: number[] = [];
    const stop = connection.onOrderSent((orderId) => orders.push(orderId));
    connection.attachOrderGate((call) => {
      call.transmit();
    });
    const contract: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
    const order: Order = { action: OrderAction.BUY, totalQuantity: 1, orderType: OrderType.MKT };
    connection.api.placeOrder(41, contract, order);
    await client.next('placeOrder');
    stop();
    connection.api.placeOrder(42, contract, order);
    await client.next('placeOrder');
    expect(orders).toEqual([41]);
  });
});

import type { Contract, Order } from '@stoqey/ib';
import { OrderAction, OrderType, SecType } from '@stoqey/ib';
import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../testing/loopback.js';
import { Simulated, received } from '../testing/simulated.js';

const world = new Simulated();

afterEach(() => world.close());

const spy: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const market: Order = { action: OrderAction.BUY, orderType: OrderType.MKT, totalQuantity: 1 };
const order = {
  type: 'placeOrder',
  orderId: 77,
  contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' },
  order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' },
} as const;

describe('scenario 4, checks A1 and A2: orders and requests while there is no gateway', () => {
  it('an order is refused with a type, and is not on the wire after the reconnect', async () => {
    const { connection, server, clock } = await world.ready();
    connection.attachOrderGate((call) => {
      call.transmit();
    });
    const { api, session } = connection;
    const retry = connection.events.once('connection.retryScheduled');
    server.control.dropClients('rst');
    await retry;
    expect(() => api.placeOrder(77, spy, market)).toThrow(expect.objectContaining({ code: 'IBKR_NOT_CONNECTED' }) as Error);
    expect(await failure(session?.send(order) ?? Promise.resolve())).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'none' } });
    expect(session?.trySend(order, 'order')).toBe(false);
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
    // The answer to a question comes behind everything that was queued before it.
    await connection.request<number>({
      name: 'server time',
      unkeyed: true,
      build: () => ({ type: 'reqCurrentTime' }),
      receive: (message, reply) => {
        if (message.type === 'currentTime') reply.resolve(message.time);
      },
    });
    expect(received(server, 'placeOrder')).toBe(0);
  });

  it('what waited when the session ended is rejected, and never crosses to the next socket', async () => {
    const { connection, server, clock } = await world.ready({ rate: { perSecond: 20 } });
    const { session } = connection;
    const waiting = Array.from({ length: 120 }, () => failure(session?.send({ type: 'reqMarketRule', marketRuleId: 26 }) ?? Promise.resolve()));
    const retry = connection.events.once('connection.retryScheduled');
    server.control.dropClients('rst');
    await retry;
    const outcomes = await Promise.all(waiting);
    const unsent = outcomes.filter((error) => error.details['bytesSent'] === 'none');
    expect(outcomes.every((error) => error.code === 'IBKR_SESSION_CLOSED')).toBe(true);
    expect(unsent.length).toBeGreaterThanOrEqual(100);
    const before = received(server, 'reqMarketRule');
    expect(before).toBeLessThanOrEqual(120 - unsent.length);
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
    await clock.advance(60_000);
    expect(received(server, 'reqMarketRule')).toBe(before);
  });

  it('nothing leaves between the handshake and readiness of the next session', async () => {
    const gateway = await world.gateway();
    const { connection, clock } = world.manager(gateway.port);
    await connection.connect();
    const first = await gateway.next();
    gateway.behaviour = 'mute-ready';
    const retry = connection.events.once('connection.retryScheduled');
    first.reset();
    await retry;
    await clock.advance(1_000);
    const second = await gateway.next();
    await second.next('startApi');
    expect(connection.session).toBeUndefined();
    expect(await failure(connection.request({ name: 'ids', build: () => ({ type: 'reqIds' }), receive: () => undefined }))).toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
    const recovered = connection.events.once('connection.recovered');
    second.send({ type: 'managedAccounts', accountsList: 'DU1234567' }, { type: 'nextValidId', orderId: 42 });
    await recovered;
    await second.next('reqCurrentTime');
    expect(second.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime']);
  });

  it('what waited is asked about again in the tick of its bytes, and stays here when it may not leave any more', async () => {
    const { connection, server, clock } = await world.ready();
    const { session } = connection;
    const told: string[] = [];
    connection.onSent(({ type }) => told.push(type));
    while (session?.trySend({ type: 'reqIds' }, 'order') === true);
    told.length = 0;
    const refusal = new Error('not any more');
    const sending = session?.send({ ...order, orderId: 78 }, { lane: 'order', check: () => undefined });
    const refused = session?.send(order, { lane: 'order', check: () => {
      throw refusal;
    } }).catch((error: unknown) => error); // prettier-ignore
    await clock.advance(2_000);
    await sending;
    expect(await refused).toBe(refusal);
    // The answer to a question comes behind everything that was sent before it.
    await connection.request<number>({
      name: 'server time',
      unkeyed: true,
      build: () => ({ type: 'reqCurrentTime' }),
      receive: (message, reply) => {
        if (message.type === 'currentTime') reply.resolve(message.time);
      },
    });
    expect(told.filter((type) => type === 'placeOrder')).toHaveLength(1);
    expect(received(server, 'placeOrder')).toBe(1);
  });
});

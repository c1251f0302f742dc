import { afterEach, describe, expect, it } from 'vitest';
import { Simulated, received } from '../testing/simulated.js';

const world = new Simulated();

afterEach(() => world.close());

const order = {
  type: 'placeOrder',
  orderId: 77,
  contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' },
  order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' },
} as const;

describe('scenario 1, check A3: a gateway that goes mute with its socket open', () => {
  it('is dead two heartbeats after its last byte, although we keep writing and the socket takes every byte', async () => {
    const { connection, server, clock } = await world.ready();
    const lost = connection.events.once('connection.lost');
    const { session } = connection;
    server.control.inject({ type: 'half-open' });
    for (let second = 0; second < 9; second += 1) {
      await clock.advance(1_000);
      expect(session?.trySend({ type: 'reqIds' }, 'data')).toBe(true);
    }
    expect(connection.state).toBe('connected');
    await clock.advance(1_000);
    expect(await lost).toMatchObject({ reason: 'silent', error: { code: 'IBKR_SESSION_SILENT' } });
  });

  it('gets no order bytes once it counts as dead, also when it wakes up again', async () => {
    const { connection, server, clock } = await world.ready();
    const { session } = connection;
    const ended = session?.closed;
    const fault = server.control.inject({ type: 'half-open' });
    await clock.advance(10_000);
    await ended;
    expect(session?.trySend(order, 'order')).toBe(false);
    await expect(session?.send(order, { lane: 'order' })).rejects.toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'none' } });
    const recovered = connection.events.once('connection.recovered');
    fault();
    await clock.advance(1_000);
    await recovered;
    expect(received(server, 'placeOrder')).toBe(0);
  });

  it('is dead within 25 s whatever it was that we sent last', async () => {
    const { connection, clock, server } = await world.ready({ rate: { perSecond: 45 } });
    const lost = connection.events.once('connection.lost');
    server.control.inject({ type: 'half-open', stop: 'writing' });
    let sent = 0;
    while (connection.state === 'connected' && sent < 100) {
      await clock.advance(250);
      if (connection.session?.trySend({ type: 'reqCurrentTime' }, 'heartbeat') === true) sent += 1;
    }
    await lost;
    expect(sent).toBeLessThanOrEqual(40);
  });
});

import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionManager } from '../connection-manager.js';
import { failure } from '../testing/loopback.js';
import { Simulated } from '../testing/simulated.js';

const world = new Simulated();

afterEach(() => world.close());

const position = (symbol: string): ServerMessage => ({
  type: 'position',
  account: 'DU1234567',
  contract: { symbol, secType: 'STK', currency: 'USD' },
  position: 1,
  avgCost: 10,
});

function positions(connection: ConnectionManager): Promise<readonly string[]> {
  const seen: string[] = [];
  return connection.request<readonly string[]>({
    name: 'positions',
    unkeyed: true,
    timeoutMs: 5_000,
    build: () => ({ type: 'reqPositions' }),
    receive: (message, reply) => {
      if (message.type === 'position') seen.push(message.contract.symbol ?? '');
      else if (message.type === 'positionEnd') reply.resolve(seen);
    },
  });
}

describe('check A14: a list that stops half-way', () => {
  it('is an error when the session ends, never a shorter list', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const asked = failure(positions(connection));
    await client.next('reqPositions');
    client.send(position('SPY'));
    client.reset();
    expect(await asked).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'maybe' } });
  });

  it('is an error when its time is up, and its rest does not leak into the next one', async () => {
    const { connection, client, clock } = await world.connected({ heartbeat: false });
    const asked = failure(positions(connection));
    await client.next('reqPositions');
    const read = new Promise((resolve) => connection.onMessage(resolve));
    client.send(position('SPY'));
    await read;
    await clock.advance(5_000);
    expect(await asked).toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT' });
    expect(connection.getStatus().pendingRequests).toBe(0);
  });

  it('no answer is different from an empty one', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const asked = positions(connection);
    await client.next('reqPositions');
    client.send({ type: 'positionEnd' });
    expect(await asked).toEqual([]);
  });

  it('of a session that is gone does not change what is known of accounts and ids', async () => {
    const { connection, client, gateway, clock } = await world.connected({ heartbeat: false });
    gateway.behaviour = 'mute-ready';
    const retry = connection.events.once('connection.retryScheduled');
    client.reset();
    await retry;
    await clock.advance(1_000);
    const second = await gateway.next();
    await second.next('startApi');
    const again = connection.events.once('connection.retryScheduled');
    second.send({ type: 'nextValidId', orderId: 3 });
    second.reset();
    await again;
    expect(connection.accounts).toEqual(['DU1234567', 'DU7654321']);
    // It went back four numbers and more: what was given out once stays given out.
    expect(connection.nextOrderIdFloor).toBe(42);
  });
});

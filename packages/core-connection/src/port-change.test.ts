import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { Loopback, failure } from './testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const moved = (port: number | string): ServerMessage => ({
  type: 'errMsg',
  id: -1,
  code: 1300,
  msg: `TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - ${port}`,
});

describe('1300', () => {
  it('is followed to the new port, where the accounts are proven before the connection is ready', async () => {
    const { connection, client, clock } = await loopback.connected({ clientId: 5 });
    const there = await loopback.gateway();
    const changed = connection.events.once('connection.portChanged');
    const lost = connection.events.once('connection.lost');
    const retry = connection.events.once('connection.retryScheduled');
    client.send(moved(there.port));
    expect(await lost).toMatchObject({ reason: 'portChanged', willReconnect: true, error: { brokerCode: 1300, details: { newPort: there.port } } });
    expect(await changed).toMatchObject({ to: there.port });
    expect(await retry).toMatchObject({ delayMs: 250 });
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(250);
    await recovered;
    expect((await there.next()).received[0]).toMatchObject({ type: 'startApi', clientId: 5 });
    expect(connection.getStatus()).toMatchObject({ port: there.port, clientId: 5, state: 'connected' });
  });

  it('ends in failed when the gateway there has other accounts, and stays so', async () => {
    const { connection, client, clock } = await loopback.connected();
    const there = await loopback.gateway({ behaviour: 'mute-ready' });
    const retry = connection.events.once('connection.retryScheduled');
    client.send(moved(there.port));
    await retry;
    const gaveUp = connection.events.once('connection.gaveUp');
    await clock.advance(250);
    const answer = async (): Promise<void> => {
      const second = await there.next();
      await second.next('startApi');
      second.send({ type: 'managedAccounts', accountsList: 'DU1234567,U7654321' }, { type: 'nextValidId', orderId: 1 });
      await second.closed;
    };
    await answer();
    const { error, reason } = await gaveUp;
    expect(reason).toBe('accountsChanged');
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_ACCOUNTS_CHANGED', retryable: false });
    // Account numbers are not for logs.
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/U\d{7}/u);
    expect(error.message).toContain('1 of 2 are there, 1 are new');
    expect(connection.state).toBe('failed');
    expect(connection.accounts).toEqual(['DU1234567', 'DU7654321']);
    expect(clock.pending).toBe(0);
    // Asking again does not get around the proof.
    const again = failure(connection.connect({ retryCount: 0 }));
    await answer();
    expect(await again).toMatchObject({ code: 'IBKR_CONNECT_ACCOUNTS_CHANGED' });
  });

  it.each([7496, 4001])('towards %i, a port of live accounts, is not followed by a connection to paper accounts', async (port) => {
    const { connection, client, clock } = await loopback.connected();
    const lost = connection.events.once('connection.lost');
    const gaveUp = connection.events.once('connection.gaveUp');
    client.send(moved(port));
    expect(await lost).toMatchObject({ reason: 'portOfOtherMode', willReconnect: false });
    expect(await gaveUp).toMatchObject({ error: { code: 'IBKR_SESSION_PORT_OF_OTHER_MODE', retryable: false, brokerCode: 1300 } });
    expect(connection.state).toBe('failed');
    expect(connection.getStatus().port).not.toBe(port);
    expect(clock.pending).toBe(0);
  });

  it.each(['soon', 99_999])('without a port that exists (%s) is a drop like any other', async (port) => {
    const { connection, client, gateway, clock } = await loopback.connected();
    const retry = connection.events.once('connection.retryScheduled');
    client.send(moved(port));
    await retry;
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(250);
    await recovered;
    expect(connection.getStatus().port).toBe(gateway.port);
  });

  it('to a port where nobody is for a minute is taken back: both ports are looked at in turn', async () => {
    const { connection, client, clock, gateway } = await loopback.connected();
    const elsewhere = await loopback.gateway();
    const { port } = elsewhere;
    await elsewhere.close();
    const ports: number[] = [];
    connection.events.on('connection.portChanged', ({ to }) => ports.push(to));
    const recovered = connection.events.once('connection.recovered');
    const schedule = connection.events.stream('connection.retryScheduled');
    client.send(moved(port));
    const connected = recovered.then(() => true);
    for await (const { delayMs } of schedule) {
      await clock.advance(delayMs);
      if (ports.length === 2) break;
    }
    await clock.advance(2_000);
    expect(await connected).toBe(true);
    expect(ports).toEqual([port, gateway.port]);
    expect(connection.getStatus()).toMatchObject({ state: 'connected', port: gateway.port });
  });
});

import { encodeFields, encodeFrame } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionManager } from './connection-manager.js';
import type { ConnectionOptions } from './options.js';
import { Loopback, failure } from './testing/loopback.js';
import { closedPort } from './testing/scripted-gateway.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

describe('connect', () => {
  it('is ready once nextValidId and managedAccounts have arrived', async () => {
    const server = await loopback.gateway();
    const { connection } = loopback.manager(server.port, { clientId: 7 });
    const established = connection.events.once('connection.established');
    await connection.connect();
    const client = await server.next();
    expect(client.received[0]).toMatchObject({ type: 'startApi', clientId: 7 });
    expect(await established).toMatchObject({ epoch: 1, serverVersion: 193, accounts: ['DU1234567', 'DU7654321'] });
    expect(connection.getStatus()).toMatchObject({
      state: 'connected',
      connected: true,
      accounts: ['DU1234567', 'DU7654321'],
      serverVersion: 193,
      clientId: 7,
      reconnectCount: 0,
      lastError: undefined,
    });
    expect(connection.nextOrderIdFloor).toBe(42);
    expect(connection.health.layers).toMatchObject({ tcp: { status: 'up' }, handshake: { status: 'up' }, api: { status: 'up' }, upstream: { status: 'up' } });
  });

  it('is ready in the other order too, and not after one of the two alone', async () => {
    const server = await loopback.gateway({ behaviour: 'mute-ready' });
    const { connection } = loopback.manager(server.port);
    const connecting = connection.connect();
    const client = await server.next();
    await client.next('startApi');
    client.send({ type: 'nextValidId', orderId: 1 });
    const notice = connection.events.once('notice.received');
    client.send({ type: 'errMsg', id: -1, code: 2104, msg: 'Market data farm connection is OK:usfarm' });
    await notice;
    expect(connection.state).toBe('connecting');
    expect(connection.session).toBeUndefined();
    client.send({ type: 'managedAccounts', accountsList: 'DU1' });
    await connecting;
    expect(connection.session?.epoch).toBe(1);
    expect(connection.health.layers.farms).toMatchObject({ usfarm: { status: 'up' } });
  });

  it('keeps the accounts that it has proven when the list comes again, empty, and says so', async () => {
    const { connection, client } = await loopback.connected();
    const told = connection.events.once('error.occurred');
    client.send({ type: 'managedAccounts', accountsList: '' });
    expect(await told).toMatchObject({ error: { code: 'IBKR_SESSION_ACCOUNTS_EMPTY' } });
    expect(connection.accounts).toEqual(['DU1234567', 'DU7654321']);
    const read = new Promise((resolve) => connection.onMessage(resolve));
    client.send({ type: 'managedAccounts', accountsList: 'DU1234567' });
    await read;
    expect(connection.accounts).toEqual(['DU1234567']);
  });

  it('does not take the accounts of the session before for those of a new one', async () => {
    const server = await loopback.gateway({ behaviour: 'mute-ready' });
    const { connection } = loopback.manager(server.port);
    for (const [accountsList, accounts] of [['DU1', ['DU1']], ['', []]] as const) {
      const connecting = connection.connect();
      const client = await server.next();
      await client.next('startApi');
      client.send({ type: 'nextValidId', orderId: 1 }, { type: 'managedAccounts', accountsList });
      await connecting;
      expect(connection.accounts).toEqual(accounts);
      await connection.disconnect();
    }
  });

  it('says that nothing listens, after the retries', async () => {
    const { connection, clock } = loopback.manager(await closedPort());
    const retries = connection.events.stream('connection.retryScheduled');
    const failed = failure(connection.connect({ retryCount: 2 }));
    for (let retry = 0; retry < 2; retry += 1) {
      expect((await retries.next()).value).toMatchObject({ delayMs: 250 });
      await clock.advance(250);
    }
    const error = await failed;
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_REFUSED', retryable: true });
    expect(error.message).toMatch(/Nothing listens on 127\.0\.0\.1:\d+: TWS or IB Gateway is not running there/u);
    expect(error.tips.join(' ')).toContain('4002');
    expect(connection.state).toBe('failed');
    expect(connection.getStatus().lastError?.code).toBe('IBKR_CONNECT_REFUSED');
  });

  it('says that the host has no address', async () => {
    const { connection } = loopback.manager(4002, { host: 'no-such-host.invalid' });
    const error = await failure(connection.connect({ retryCount: 0 }));
    expect(['IBKR_CONNECT_HOST_NOT_FOUND', 'IBKR_CONNECT_NETWORK']).toContain(error.code);
    expect(error.message).toContain('no-such-host.invalid');
  });

  it('says that a host does not answer the TCP attempt', async () => {
    const server = await loopback.gateway();
    const { connection, clock } = loopback.manager(server.port);
    const failed = failure(connection.connect({ retryCount: 0 }));
    // The clock moves before the event loop turns, so the link cannot be open yet.
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_TCP_TIMEOUT' });
  });

  it.each([
    ['text', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a frame that is no hello', encodeFrame(encodeFields(['banana', 'split']))],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xfc, 1, 2, 3])],
  ])('says that the listener is not TWS when it answers %s', async (_, bytes) => {
    const server = await loopback.gateway({ behaviour: 'raw' });
    const { connection } = loopback.manager(server.port);
    const failed = failure(connection.connect());
    (await server.next()).sendRaw(bytes);
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_NOT_TWS', retryable: false });
    expect(connection.state).toBe('failed');
  });

  it('says that a mute listener did not answer the handshake', async () => {
    const server = await loopback.gateway({ behaviour: 'mute' });
    const { connection, clock } = loopback.manager(server.port);
    const tcpUp = connection.events.once('connection.healthChanged');
    const failed = failure(connection.connect({ retryCount: 0 }));
    expect(await tcpUp).toMatchObject({ layer: 'tcp', to: { status: 'up' } });
    await clock.advance(10_000);
    const error = await failed;
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT' });
    expect(error.message).toContain('within 10000 ms');
    await (await server.next()).closed;
  });

  it('names the step under way when the time of the caller is up', async () => {
    const server = await loopback.gateway({ behaviour: 'mute' });
    const { connection, clock } = loopback.manager(server.port);
    const tcpUp = connection.events.once('connection.healthChanged');
    const gaveUp = connection.events.once('connection.gaveUp');
    const failed = failure(connection.connect({ timeoutMs: 2_000 }));
    await tcpUp;
    await clock.advance(2_000);
    expect(await gaveUp).toMatchObject({ reason: 'deadline', error: { code: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT' } });
    expect(connection.getStatus().lastError?.code).toBe('IBKR_CONNECT_HANDSHAKE_TIMEOUT');
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT' });
    expect(connection.state).toBe('failed');
    await (await server.next()).closed;
  });

  it('says that a gateway that shakes hands did not become ready', async () => {
    const server = await loopback.gateway({ behaviour: 'mute-ready' });
    const { connection, clock } = loopback.manager(server.port);
    const failed = failure(connection.connect({ retryCount: 0 }));
    const client = await server.next();
    await client.next('startApi');
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_READY_TIMEOUT' });
  });

  it('says that the gateway hung up', async () => {
    const server = await loopback.gateway({ behaviour: 'hang-up' });
    const { connection } = loopback.manager(server.port);
    expect(await failure(connection.connect({ retryCount: 0 }))).toMatchObject({ code: 'IBKR_CONNECT_CLOSED' });
  });

  it.each([100, 194, 999])('refuses server version %i', async (serverVersion) => {
    const server = await loopback.gateway({ serverVersion });
    const { connection } = loopback.manager(server.port);
    const error = await failure(connection.connect());
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_VERSION', retryable: false });
    expect(error.message).toContain(String(serverVersion));
  });

  it('waits 5 s for a client id in use and asks with the same id again', async () => {
    const server = await loopback.gateway({ behaviour: 'id-in-use' });
    const { connection, clock } = loopback.manager(server.port, { clientId: 9, alarmAfterMs: 12_000 });
    const alarm = connection.events.once('connection.alarm');
    const retries = connection.events.stream('connection.retryScheduled');
    const connecting = connection.connect({ retryCount: 9 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const client = await server.next();
      expect(client).toBeDefined();
      const retry = (await retries.next()).value;
      expect(retry).toMatchObject({ delayMs: 5_000, error: { code: 'IBKR_CONNECT_CLIENT_ID_IN_USE', brokerCode: 326 } });
      expect(client.received).toMatchObject([{ type: 'startApi', clientId: 9 }]);
      if (attempt === 2) server.behaviour = 'normal';
      await clock.advance(5_000);
    }
    await connecting;
    expect(await alarm).toMatchObject({ kind: 'clientIdInUse' });
    expect((await server.next()).received).toMatchObject([{ type: 'startApi', clientId: 9 }]);
  });

  it('shares one attempt between callers, and keeps it while one of them waits', async () => {
    const server = await loopback.gateway({ behaviour: 'mute-ready' });
    const { connection } = loopback.manager(server.port);
    const abort = new AbortController();
    const first = connection.connect({ signal: abort.signal });
    const second = connection.ensureConnected();
    const client = await server.next();
    await client.next('startApi');
    abort.abort(new Error('changed my mind'));
    await expect(first).rejects.toThrow('changed my mind');
    client.send({ type: 'managedAccounts', accountsList: 'DU1' }, { type: 'nextValidId', orderId: 1 });
    await second;
    expect(server.accepted).toBe(1);
  });

  it('stops connecting when the only caller aborts', async () => {
    const server = await loopback.gateway({ behaviour: 'mute' });
    const { connection } = loopback.manager(server.port);
    const abort = new AbortController();
    const connecting = connection.connect({ signal: abort.signal });
    const client = await server.next();
    abort.abort(new Error('enough'));
    await expect(connecting).rejects.toThrow('enough');
    await client.closed;
    expect(connection.state).toBe('disconnected');
  });

  it('tells waiting callers about a disconnect', async () => {
    const server = await loopback.gateway({ behaviour: 'mute' });
    const { connection } = loopback.manager(server.port);
    const failed = failure(connection.connect());
    await server.next();
    await connection.disconnect();
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_CANCELLED' });
    expect(connection.state).toBe('disconnected');
  });

  it('can be called from inside the listeners of its own events', async () => {
    const server = await loopback.gateway();
    const { connection } = loopback.manager(server.port);
    const states: string[] = [];
    connection.events.on('connection.stateChanged', ({ to }) => {
      states.push(to);
      if (to === 'connected' && states.length === 2) void connection.disconnect();
      if (to === 'disconnected' && states.length === 3) void connection.connect();
    });
    await connection.connect();
    while (states.filter((state) => state === 'connected').length < 2) await connection.events.once('connection.stateChanged');
    expect(states).toEqual(['connecting', 'connected', 'disconnected', 'connecting', 'connected']);
    expect(connection.session?.epoch).toBe(2);
  });

  it('returns at once when connected', async () => {
    const { connection, gateway } = await loopback.connected();
    await connection.connect();
    await connection.ensureConnected();
    expect(gateway.accepted).toBe(1);
  });

  it('says that the gateway wants a person first', async () => {
    const server = await loopback.gateway({ behaviour: 'mute-ready' });
    const { connection } = loopback.manager(server.port);
    const failed = failure(connection.connect());
    const client = await server.next();
    await client.next('startApi');
    client.send({ type: 'errMsg', id: -1, code: 10_141, msg: 'Paper trading disclaimer must first be accepted for API connection.' });
    const error = await failed;
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_NOT_AUTHORISED', retryable: false, brokerCode: 10_141 });
    expect(error.message).toContain('Paper trading disclaimer');
  });

  it('refuses wrong options by name', async () => {
    expect(() => new ConnectionManager({ port: 0 })).toThrow(/port must be a whole number from 1 to 65535, got 0/u);
    expect(() => new ConnectionManager({ clientId: -1 })).toThrow(/clientId/u);
    expect(() => new ConnectionManager({ heartbeat: { intervalMs: 5000, timeoutMs: 5000 } })).toThrow(/heartbeat\.timeoutMs must be above heartbeat\.intervalMs/u);
    const { connection } = loopback.manager(4002);
    expect(await failure(connection.connect({ timeoutMs: 0 }))).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
    expect(await failure(connection.connect({ retryCount: -1 }))).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
  });

  it('takes the port from the mode', () => {
    const port = (options: ConnectionOptions): number => new ConnectionManager(options).getStatus().port;
    expect(port({})).toBe(7497);
    expect(port({ paperTrading: false })).toBe(7496);
    expect(port({ useGateway: true })).toBe(4002);
    expect(port({ useGateway: true, paperTrading: false })).toBe(4001);
    expect(port({ port: 4004 })).toBe(4004);
  });
});

import { encodeFields, encodeFrame } from '@ibkit/wire';
import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Loopback, failure } from './testing/loopback.js';
import { ScriptedGateway } from './testing/scripted-gateway.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const errMsg = (code: number, msg: string, id = -1): ServerMessage => ({ type: 'errMsg', id, code, msg });

describe('a session', () => {
  it('ends for good with disconnect', async () => {
    const { connection, client, clock } = await loopback.connected();
    const ended: string[] = [];
    connection.addDisconnectHandler(() => ended.push(connection.state));
    connection.events.on('connection.lost', () => ended.push('lost'));
    const { session } = connection;
    await connection.disconnect();
    await client.closed;
    expect((await session?.closed)?.kind).toBe('requested');
    expect(ended).toEqual(['disconnected']);
    expect(connection.health.layers.tcp.status).toBe('down');
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['RST', 'reset'],
    ['FIN', 'peerClosed'],
  ] as const)('that ends by %s is made again', async (kind, reason) => {
    const { connection, client, clock, gateway } = await loopback.connected();
    const handlers: string[] = [];
    connection.addConnectHandler(() => handlers.push('connect'));
    connection.addDisconnectHandler(() => handlers.push('disconnect'));
    const lost = connection.events.once('connection.lost');
    const retry = connection.events.once('connection.retryScheduled');
    const recovered = connection.events.once('connection.recovered');
    if (kind === 'RST') client.reset();
    else client.hangUp();
    expect(await lost).toMatchObject({ reason, willReconnect: true, epoch: 1 });
    expect(await retry).toMatchObject({ delayMs: 1_000 });
    expect(connection.state).toBe('reconnecting');
    await clock.advance(1_000);
    expect(await recovered).toMatchObject({ scope: 'session', epoch: 2, downMs: 1_000, attempts: 1 });
    await gateway.next();
    expect(handlers).toEqual(['disconnect', 'connect']);
    expect(connection.getStatus()).toMatchObject({ state: 'connected', reconnectCount: 1, epoch: 2 });
  });

  it('stays down after a loss without autoReconnect, until reconnect is called', async () => {
    const { connection, client } = await loopback.connected({ autoReconnect: false });
    const lost = connection.events.once('connection.lost');
    client.reset();
    expect(await lost).toMatchObject({ willReconnect: false });
    expect(connection.state).toBe('disconnected');
    expect(await connection.reconnect()).toBe(true);
    expect(connection.isConnected()).toBe(true);
  });

  it('is replaced once by several reconnect calls', async () => {
    const { connection, gateway } = await loopback.connected();
    const results = await Promise.all([connection.reconnect(), connection.reconnect(), connection.reconnect()]);
    expect(results).toEqual([true, true, true]);
    expect(gateway.accepted).toBe(2);
  });

  it('reports a reconnect that does not make it in time as false and goes on', async () => {
    const { connection, gateway, clock } = await loopback.connected();
    gateway.behaviour = 'mute';
    const reconnecting = connection.reconnect({ timeoutMs: 1_000 });
    await gateway.next();
    await clock.advance(1_000);
    expect(await reconnecting).toBe(false);
    expect(connection.state).toBe('reconnecting');
  });

  it('gives up after maxAttempts', async () => {
    const { connection, gateway, client, clock } = await loopback.connected({ maxAttempts: 2 });
    const gaveUp = connection.events.once('connection.gaveUp');
    const retries = connection.events.stream('connection.retryScheduled');
    client.reset();
    await retries.next();
    await gateway.close();
    await clock.advance(1_000);
    expect((await retries.next()).value).toMatchObject({ delayMs: 250, error: { code: 'IBKR_CONNECT_REFUSED' } });
    await clock.advance(250);
    expect(await gaveUp).toMatchObject({ reason: 'refused', attempts: 2 });
    expect(connection.state).toBe('failed');
  });

  it('asks after 5 s of silence and is dead 10 s after the last byte, with nothing sent to the dead peer afterwards', async () => {
    const { connection, client, clock } = await loopback.connected();
    const lost = connection.events.once('connection.lost');
    const answered = connection.events.once('notice.received');
    client.send(errMsg(2104, 'Market data farm connection is OK:usfarm'));
    await answered;
    await clock.advance(5_000);
    await client.next('reqCurrentTime');
    await clock.advance(4_999);
    expect(connection.state).toBe('connected');
    await clock.advance(1);
    expect(await lost).toMatchObject({ reason: 'silent', error: { code: 'IBKR_SESSION_SILENT' } });
    await client.closed;
    expect(client.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime', 'reqCurrentTime']);
  });

  it('lives on when the probe is answered', async () => {
    const { connection, client, clock } = await loopback.connected();
    for (let round = 0; round < 4; round += 1) {
      await clock.advance(5_000);
      await client.next('reqCurrentTime');
      const read = new Promise((resolve) => connection.onMessage(resolve));
      client.send({ type: 'currentTime', time: Math.floor(clock.now() / 1000) + 3_600 });
      await read;
    }
    expect(connection.state).toBe('connected');
    expect(Math.abs(connection.serverNow() - clock.now() - 3_600_000)).toBeLessThanOrEqual(1_000);
  });

  it('ends on bytes that cannot be cut into messages', async () => {
    const { connection, client } = await loopback.connected();
    const lost = connection.events.once('connection.lost');
    client.sendRaw(Buffer.from([0xff, 0xff, 0xff, 0xfc, 0, 0]));
    expect(await lost).toMatchObject({ reason: 'framing', error: { code: 'IBKR_SESSION_FRAMING' } });
  });

  it('ends when a false length swallows everything behind it, although bytes keep coming', async () => {
    const { connection, client, clock } = await loopback.connected();
    const { session } = connection;
    const ended = session?.closed;
    const drip = async (bytes: Uint8Array): Promise<void> => {
      const before = session?.bytesIn ?? 0;
      client.sendRaw(bytes);
      await vi.waitUntil(() => (session?.bytesIn ?? 0) > before, { interval: 1, timeout: 20_000 });
    };
    await drip(Buffer.from([0, 0x0f, 0xff, 0xff]));
    for (let round = 0; round < 7; round += 1) {
      expect(connection.state).toBe('connected');
      await clock.advance(5_000);
      await drip(encodeFrame(encodeFields(['49', '1', '1700000000'])));
    }
    expect(await ended).toMatchObject({ kind: 'framing', error: { code: 'IBKR_SESSION_FRAMING' } });
  });

  it('takes all the time that it needs for a long message', async () => {
    const { connection, client, clock } = await loopback.connected();
    const { session } = connection;
    const frame = encodeFrame(encodeFields(['9'.repeat(60_000)]));
    for (let at = 0; at < frame.length; at += 15_000) {
      const before = session?.bytesIn ?? 0;
      client.sendRaw(frame.subarray(at, at + 15_000));
      await vi.waitUntil(() => (session?.bytesIn ?? 0) > before, { interval: 1, timeout: 20_000 });
      await clock.advance(4_000);
    }
    expect(connection.state).toBe('connected');
  });

  it('reports a frame that cannot be read with its bytes, counts it, and goes on', async () => {
    const { connection, client } = await loopback.connected();
    const undecodable = connection.events.once('connection.frameUndecodable');
    const error = connection.events.once('error.occurred');
    const notice = connection.events.once('notice.received');
    const payload = encodeFields(['1', '6', 'banana']);
    client.sendRaw(encodeFrame(payload));
    client.send(errMsg(2104, 'Market data farm connection is OK:usfarm'));
    expect(await undecodable).toMatchObject({ messageId: 1, bytes: new Uint8Array(payload) });
    expect(await error).toMatchObject({ error: { code: 'IBKR_SESSION_UNDECODABLE_FRAME' } });
    await notice;
    expect(connection.getStatus()).toMatchObject({ state: 'connected', undecodableFrames: 1 });
  });

  it('ends when the gateway moves to another port', async () => {
    const { connection, client } = await loopback.connected();
    const lost = connection.events.once('connection.lost');
    client.send(errMsg(1300, 'TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - 7500'));
    expect(await lost).toMatchObject({ reason: 'portChanged', error: { brokerCode: 1300, details: { newPort: 7500 } } });
  });

  it('keeps the socket when the gateway loses the broker, and says so once', async () => {
    const { connection, client, clock, gateway } = await loopback.connected({ alarmAfterMs: 30_000, heartbeat: false });
    const degraded: unknown[] = [];
    const alarms: unknown[] = [];
    connection.events.on('connection.degraded', (event) => degraded.push(event));
    connection.events.on('connection.alarm', (event) => alarms.push(event));
    const recovered = connection.events.once('connection.recovered');
    const notices = connection.events.stream('notice.received');
    const errors: string[] = [];
    connection.events.on('error.occurred', ({ error }) => errors.push(error.message));
    client.send(...Array.from({ length: 833 }, () => errMsg(1100, 'Connectivity between IB and TWS has been lost.')));
    for (let count = 0; count < 833; count += 1) await notices.next();
    expect(degraded).toMatchObject([{ scope: 'upstream', code: 1100 }]);
    expect(errors).toEqual([]);
    expect(connection.health.layers).toMatchObject({ api: { status: 'up' }, upstream: { status: 'down', cause: expect.stringContaining('1100') as string } });
    await clock.advance(60_000);
    expect(alarms).toMatchObject([{ kind: 'upstreamDown', downMs: 30_000 }]);
    client.send(errMsg(1102, 'Connectivity between IB and TWS has been restored - data maintained.'));
    expect(await recovered).toMatchObject({ scope: 'upstream', dataKept: true, downMs: 60_000 });
    expect(connection.health.layers.upstream.status).toBe('up');
    expect(gateway.accepted).toBe(1);
  });

  it('degrades only the farm that a notice names', async () => {
    const { connection, client, clock } = await loopback.connected();
    const degraded = connection.events.once('connection.degraded');
    client.send(errMsg(2103, 'Market data farm connection is broken:usfarm'), errMsg(2106, 'HMDS data farm connection is OK:ushmds'));
    expect(await degraded).toMatchObject({ scope: 'farm', farm: 'usfarm', code: 2103 });
    await clock.advance(3_000);
    const recovered = connection.events.once('connection.recovered');
    client.send(errMsg(2104, 'Market data farm connection is OK:usfarm'));
    expect(await recovered).toMatchObject({ scope: 'farm', farm: 'usfarm', downMs: 3_000 });
    expect(connection.health.layers).toMatchObject({ upstream: { status: 'up' }, farms: { usfarm: { status: 'up' }, ushmds: { status: 'up' } } });
  });

  it('rings once when it stays away', async () => {
    const { connection, client, clock, gateway } = await loopback.connected({ alarmAfterMs: 2_000 });
    const alarm = connection.events.once('connection.alarm');
    const retry = connection.events.once('connection.retryScheduled');
    gateway.behaviour = 'mute';
    client.reset();
    await retry;
    await clock.advance(2_000);
    expect(await alarm).toMatchObject({ kind: 'stillDown', downMs: 2_000 });
  });

  it('tells about a connect or disconnect handler that throws, and calls the others', async () => {
    const { connection, client, clock } = await loopback.connected();
    const errors: string[] = [];
    const called: string[] = [];
    connection.events.on('error.occurred', ({ error }) => errors.push(error.message));
    connection.addDisconnectHandler(() => {
      throw new Error('a bad goodbye');
    });
    connection.addDisconnectHandler(() => called.push('disconnect'));
    connection.addConnectHandler(() => {
      throw new Error('a bad hello');
    });
    connection.addConnectHandler(() => called.push('connect'));
    const [retry, recovered] = [connection.events.once('connection.retryScheduled'), connection.events.once('connection.recovered')];
    client.hangUp();
    await clock.advance((await retry).delayMs);
    await recovered;
    expect(called).toEqual(['disconnect', 'connect']);
    expect(errors.filter((message) => message.includes('a bad'))).toEqual([expect.stringContaining('a bad goodbye'), expect.stringContaining('a bad hello')]);
    expect(connection.isConnected()).toBe(true);
  });

  it('tells about handlers and listeners that throw, and goes on', async () => {
    const { connection, client } = await loopback.connected();
    const errors: string[] = [];
    connection.events.on('error.occurred', ({ error }) => errors.push(error.message));
    connection.onMessage(() => {
      throw new Error('a bad listener');
    });
    connection.session?.onMessage(() => {
      throw new Error('another');
    });
    const notice = connection.events.once('notice.received');
    client.send(errMsg(2104, 'Market data farm connection is OK:usfarm'));
    await notice;
    expect(errors).toEqual(['A message listener threw: a bad listener', 'A message listener threw: another']);
    expect(connection.isConnected()).toBe(true);
  });
});

describe('sending', () => {
  it('rejects what waits when the session ends, as not sent', async () => {
    const { connection, client } = await loopback.connected({ rate: { perSecond: 1 } });
    const waiting = failure(connection.session?.send({ type: 'reqIds' }) ?? Promise.resolve());
    const lost = connection.events.once('connection.lost');
    client.reset();
    await lost;
    expect(await waiting).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'none', reason: 'reset' } });
  });

  it('refuses on a session that has ended', async () => {
    const { connection } = await loopback.connected();
    const { session } = connection;
    await connection.disconnect();
    expect(await failure(session?.send({ type: 'reqIds' }) ?? Promise.resolve())).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'none' } });
    expect(session?.trySend({ type: 'reqIds' }, 'order')).toBe(false);
  });

  it('leaves in the same tick while the limiter has room, and not otherwise', async () => {
    const { connection, client } = await loopback.connected({ rate: { perSecond: 2, reservePerSecond: 1 } });
    const { session } = connection;
    expect(session?.trySend({ type: 'reqIds' }, 'data')).toBe(true);
    expect(session?.trySend({ type: 'reqIds' }, 'data')).toBe(false);
    expect(session?.trySend({ type: 'reqGlobalCancel' }, 'cancel')).toBe(true);
    await client.next('reqGlobalCancel');
    expect(client.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime', 'reqIds', 'reqGlobalCancel']);
  });

  it('carries nothing over to the next session', async () => {
    const { connection, client, gateway, clock } = await loopback.connected({ rate: { perSecond: 1 } });
    const sends = Array.from({ length: 20 }, () => failure(connection.session?.send({ type: 'reqIds' }) ?? Promise.resolve()));
    const recovered = connection.events.once('connection.recovered');
    const retry = connection.events.once('connection.retryScheduled');
    client.reset();
    await retry;
    await clock.advance(1_000);
    await recovered;
    for (const error of await Promise.all(sends)) expect(error.code).toBe('IBKR_SESSION_CLOSED');
    const second = await gateway.next();
    await clock.advance(5_000);
    await second.next('reqCurrentTime');
    expect(second.received.map((message) => message.type)).not.toContain('reqIds');
  });

  it('refuses, and does not pile up, when the gateway stops reading', async () => {
    const { connection, client } = await loopback.connected({ rate: { perSecond: 1000 }, maxBufferedBytes: 100_000, heartbeat: false });
    client.socket.pause();
    const { session } = connection;
    const message = { type: 'reqMatchingSymbols', reqId: 1, pattern: 'x'.repeat(60_000) } as const;
    let accepted = 0;
    while (session?.trySend(message, 'data') === true) accepted += 1;
    expect(accepted).toBeGreaterThan(1);
    expect(accepted).toBeLessThan(900);
    expect(await failure(session?.send(message) ?? Promise.resolve())).toMatchObject({ code: 'IBKR_SESSION_CONGESTED', details: { bytesSent: 'none' } });
    const gone = client.closed;
    client.reset();
    await gone;
  });

  it('says that bytes may have arrived when the session ends with them in the socket', async () => {
    const { connection, client } = await loopback.connected({ rate: { perSecond: 1000 }, maxBufferedBytes: 100_000_000, heartbeat: false });
    client.socket.pause();
    const { session } = connection;
    const message = { type: 'reqMatchingSymbols', reqId: 1, pattern: 'x'.repeat(60_000) } as const;
    for (let count = 0; count < 400; count += 1) session?.trySend(message, 'data');
    const stuck = failure(session?.send(message) ?? Promise.resolve());
    client.reset();
    expect(await stuck).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'maybe' } });
  });

  it('cuts its rate when the broker says that it was too fast', async () => {
    const { connection, client } = await loopback.connected({ rate: { perSecond: 10, reservePerSecond: 0 } });
    const notice = connection.events.once('notice.received');
    client.send(errMsg(100, 'Max rate of messages per second has been exceeded.'));
    await notice;
    let sent = 0;
    while (sent < 20 && connection.session?.trySend({ type: 'reqIds' }, 'data') === true) sent += 1;
    // Half of 10, and one slot went to the first question for the time.
    expect(sent).toBe(4);
  });
});

describe('many sessions', () => {
  it('leave nothing behind', async () => {
    const { connection, gateway, clock } = await loopback.connected();
    for (let round = 0; round < 100; round += 1) expect(await connection.reconnect()).toBe(true);
    expect(connection.session?.epoch).toBe(101);
    // The watch over the last session, and the question for the time that its limiter holds back.
    expect(clock.pending).toBeLessThanOrEqual(3);
    await connection.disconnect();
    expect(clock.pending).toBe(0);
    while (gateway.clients > 0) await (await gateway.next()).closed;
    expect(gateway.accepted).toBe(101);
  });
});

describe('the port of a gateway', () => {
  it('is found again within a quarter of a second after it opens', async () => {
    const first = await ScriptedGateway.start();
    const { port } = first;
    const { connection, clock } = loopback.manager(port);
    await connection.connect();
    const retries = connection.events.stream('connection.retryScheduled');
    await first.close();
    await retries.next();
    await clock.advance(1_000);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect((await retries.next()).value).toMatchObject({ delayMs: 250 });
      if (attempt < 2) await clock.advance(250);
    }
    const second = await ScriptedGateway.start({ port });
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(250);
    expect(await recovered).toMatchObject({ scope: 'session', downMs: 1_750 });
    await connection.close();
    await second.close();
  });
});

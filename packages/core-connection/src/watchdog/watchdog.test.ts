import type { ServerMessage } from '@ibkit/wire';
import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Alarms } from '../alarms/alarms.js';
import { watchConnection } from '../alarms/connection-alarms.js';
import { eventSink } from '../alarms/event-sink.js';
import { Loopback } from '../testing/loopback.js';
import { closedPort } from '../testing/scripted-gateway.js';
import type { GatewayClient, ScriptedGateway } from '../testing/scripted-gateway.js';
import type { GatewayPort } from './gateway-keeper.js';
import { Watchdog } from './watchdog.js';
import type { WatchdogOptions } from './watchdog-options.js';

const loopback = new Loopback();
const dogs: Watchdog[] = [];

afterEach(async () => {
  for (const dog of dogs.splice(0)) await dog.close();
  await loopback.close();
});

const errMsg = (code: number, msg: string): ServerMessage => ({ type: 'errMsg', id: -1, code, msg });

/** Notes everything that a watchdog says, as short lines. */
function listen(dog: Watchdog): string[] {
  const told: string[] = [];
  dog.events.on('watchdog.unhealthy', ({ problem }) => told.push(`unhealthy ${problem.kind}`));
  dog.events.on('watchdog.healthy', ({ kind }) => told.push(`healthy ${kind}`));
  dog.events.on('watchdog.softTimeout', () => told.push('soft'));
  dog.events.on('watchdog.hardTimeout', ({ error }) => told.push(`hard ${error.code}`));
  dog.events.on('watchdog.gateway', ({ action, phase, reason, detail }) => told.push([action, phase, reason, detail].filter((word) => word !== undefined).join(' ')));
  dog.events.on('watchdog.gaveUp', () => told.push('gaveUp'));
  return told;
}

class FakeGateway implements GatewayPort {
  readonly calls: string[] = [];
  fails = false;
  start(): Promise<void> {
    return this.#do('start');
  }
  stop(): Promise<void> {
    return this.#do('stop');
  }
  restart(): Promise<void> {
    return this.#do('restart');
  }
  #do(call: string): Promise<void> {
    this.calls.push(call);
    return this.fails ? Promise.reject(new Error('no display')) : Promise.resolve();
  }
}

interface Watched {
  readonly dog: Watchdog;
  readonly told: string[];
  readonly clock: ReturnType<typeof createTestClock>;
  readonly server: ScriptedGateway;
  readonly client: GatewayClient;
}

async function watched(options: WatchdogOptions = {}): Promise<Watched> {
  const server = await loopback.gateway();
  const clock = createTestClock();
  const dog = new Watchdog({ port: server.port, clock, random: { next: () => 0.5 }, heartbeat: false, ...options });
  dogs.push(dog);
  const told = listen(dog);
  const ready = dog.connection.events.once('connection.established');
  await dog.start();
  await ready;
  return { dog, told, clock, server, client: await server.next() };
}

/** A stream that is requested, and never says anything. */
async function quietStream(dog: Watchdog, client: GatewayClient): Promise<void> {
  const stream = dog.connection.subscribe({
    name: 'quotes',
    build: (reqId) => ({ type: 'reqMktData', reqId, contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' }, genericTickList: '', snapshot: false, regulatorySnapshot: false }),
    cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
    receive: () => undefined,
  });
  await client.next('reqMktData');
  await vi.waitFor(() => {
    expect(stream.status).toBe('active');
  }, { timeout: 20_000 });
}

describe('the alarms of a watchdog', () => {
  it('reach people for what the connection itself does not tell, and end with it', async () => {
    const gateway = new FakeGateway();
    const { dog, client, clock } = await watched({ gateway, limits: { farmDownMs: 1, upstreamDownMs: 1 } });
    const told: string[] = [];
    const alarms = new Alarms({ sinks: [eventSink(({ status, key }) => told.push(`${status} ${key}`))], clock });
    watchConnection({ connection: dog.connection, watchdog: dog, alarms, name: 'main' });
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(2103, 'Market data farm connection is broken:usfarm'));
    await degraded;
    await clock.advance(30_000);
    gateway.fails = true;
    const worse = dog.connection.events.once('connection.degraded');
    client.send(errMsg(2104, 'Market data farm connection is OK:usfarm'), errMsg(1100, 'lost'));
    await worse;
    await clock.advance(30_000);
    gateway.fails = false;
    await clock.advance(30_000);
    await alarms.flush();
    expect(told).toEqual(['raised main:farmDown', 'resolved main:farmDown', 'raised main:gateway', 'raised main:upstreamDown', 'resolved main:gateway']);
    await alarms.close();
  });
});

describe('a watchdog', () => {
  it('connects to a gateway that comes up later, and keeps what it knows over reconnects', async () => {
    const port = await closedPort();
    const clock = createTestClock();
    const dog = new Watchdog({ port, clock, random: { next: () => 0.5 } });
    dogs.push(dog);
    await dog.start();
    const retries = dog.connection.events.stream('connection.retryScheduled');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await retries.next();
      if (attempt < 2) await clock.advance(250);
    }
    const server = await loopback.gateway({ port });
    const established = dog.connection.events.once('connection.established');
    await clock.advance(250);
    await established;
    const lost = dog.connection.events.once('connection.retryScheduled');
    (await server.next()).reset();
    await lost;
    const recovered = dog.connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
    expect(dog.status).toMatchObject({ running: true, reconnects: 1, gaveUp: false, problems: [] });
  });

  it('tells that it begins, each look with what it found, and that it ended', async () => {
    const { dog, clock, client } = await watched({ limits: { upstreamDownMs: 1 } });
    const told: string[] = [];
    dog.events.on('watchdog.started', ({ atMs }) => told.push(`started ${atMs === clock.now()}`));
    dog.events.on('watchdog.checked', ({ problems, atMs }) => told.push(`checked ${problems.map(({ kind }) => kind).join()} ${atMs === clock.now()}`));
    dog.events.on('watchdog.stopped', ({ atMs }) => told.push(`stopped ${atMs === clock.now()}`));
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(1100, 'lost'));
    await degraded;
    await clock.advance(30_000);
    await dog.stop();
    await dog.stop();
    await dog.start();
    expect(told).toEqual(['checked upstreamDown true', 'stopped true', 'started true']);
  });

  it('looks at once when it is asked to', async () => {
    const { dog, clock, client } = await watched({ limits: { upstreamDownMs: 10 } });
    expect(dog.check()).toEqual([]);
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(1100, 'lost'));
    await degraded;
    await clock.advance(10);
    expect(dog.check()).toEqual([expect.objectContaining({ kind: 'upstreamDown' })]);
    expect(dog.status).toMatchObject({ checks: 2, lastCheckAtMs: clock.now() });
  });

  it('looks at the health every 30 s', async () => {
    const { dog, clock, told } = await watched();
    await clock.advance(95_000);
    expect(dog.status).toMatchObject({ checks: 3, lastCheckAtMs: clock.now() - 5_000, problems: [] });
    expect(told).toEqual([]);
  });

  it('has a restart window at 23:55 in New York, where nothing is wrong that the restart explains', async () => {
    const { dog } = await watched({ limits: { upstreamDownMs: 1 } });
    expect(dog.connection.restartOutlook.occurrence).toMatchObject({ window: { from: '23:55', timeZone: 'America/New_York' }, fromMs: Date.parse('2024-01-03T04:55:00Z') });
    const other = await watched({ dailyRestartTime: '09:29', limits: { upstreamDownMs: 1 } });
    const degraded = other.dog.connection.events.once('connection.degraded');
    other.client.send(errMsg(1100, 'Connectivity between IB and TWS has been lost.'));
    await degraded;
    await other.clock.advance(60_000);
    expect(other.dog.status.problems).toEqual([]);
    await other.clock.advance(600_000);
    expect(other.dog.status.problems).toMatchObject([{ kind: 'upstreamDown' }]);
  });

  it('tells once that the broker is out of reach, restarts the gateway for it, and tells when that is over', async () => {
    const gateway = new FakeGateway();
    const { client, clock, told, dog } = await watched({ gateway });
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(1100, 'Connectivity between IB and TWS has been lost.'));
    await degraded;
    await clock.advance(299_999);
    expect(gateway.calls).toEqual(['start']);
    await clock.advance(30_000);
    expect(gateway.calls).toEqual(['start', 'restart']);
    const back = dog.connection.events.once('connection.recovered');
    client.send(errMsg(1102, 'Connectivity between IB and TWS has been restored - data maintained.'));
    await back;
    await clock.advance(30_000);
    expect(told).toEqual([
      'start begun startup',
      'start done startup',
      'unhealthy upstreamDown',
      'restart begun upstreamDown',
      'restart done upstreamDown',
      'healthy upstreamDown',
    ]);
  });

  it('restarts a gateway that stays away, gives it time each time, and at most twice an hour', async () => {
    const gateway = new FakeGateway();
    const { client, clock, server, dog } = await watched({ gateway });
    const retry = dog.connection.events.once('connection.retryScheduled');
    const gone = server.close();
    client.reset();
    await gone;
    await retry;
    const restartsAtMs: number[] = [];
    const startMs = clock.monotonic();
    dog.events.on('watchdog.gateway', ({ phase, action }) => {
      if (action === 'restart' && phase === 'begun') restartsAtMs.push(clock.monotonic() - startMs);
    });
    const refusals: unknown[] = [];
    dog.events.on('watchdog.gateway', ({ phase, detail }) => phase === 'refused' && refusals.push(detail));
    for (let half = 0; half < 127; half += 1) await clock.advance(30_000);
    expect(restartsAtMs).toEqual([180_000, 360_000, 180_000 + 3_600_000]);
    expect(refusals).toEqual(['budget']);
  });

  it('does not restart against a veto, and says so once', async () => {
    const gateway = new FakeGateway();
    const { client, clock, told, dog } = await watched({ gateway, mayRestartGateway: () => false, limits: { upstreamDownMs: 1 } });
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(2110, 'Connectivity between TWS and server is broken. It will be restored automatically.'));
    await degraded;
    await clock.advance(120_000);
    expect(gateway.calls).toEqual(['start']);
    expect(told.filter((line) => line.startsWith('restart'))).toEqual(['restart refused upstreamDown vetoed']);
  });

  it.each(['restart', 'mayRestart'] as const)('does not wait for ever for a %s that never ends, and tries again', async (hangs) => {
    const gateway = new FakeGateway();
    const never = new Promise<never>(() => undefined);
    const asked: string[] = [];
    const watching = await watched({
      gateway: { start: () => gateway.start(), stop: () => gateway.stop(), restart: () => (asked.push('restart'), never) },
      mayRestartGateway: () => (hangs === 'restart' ? true : (asked.push('mayRestart'), never)),
      gatewayTimeoutMs: 45_000,
      limits: { upstreamDownMs: 60_000 },
    });
    const { client, clock, told, dog } = watching;
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(1100, 'Connectivity between IB and TWS has been lost.'));
    await degraded;
    for (let half = 0; half < 8; half += 1) await clock.advance(30_000);
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked)).toEqual(new Set([hangs]));
    expect(told.filter((line) => line.startsWith('restart failed')).length).toBeGreaterThan(0);
    expect(told.find((line) => line.startsWith('restart failed'))).toContain('IBKR_WATCHDOG_GATEWAY_TIMEOUT');
  });

  it('tells when the restart fails, and lives on', async () => {
    const gateway = new FakeGateway();
    gateway.fails = true;
    const { client, clock, told, dog } = await watched({ gateway, limits: { upstreamDownMs: 1 } });
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(1100, 'Connectivity between IB and TWS has been lost.'));
    await degraded;
    await clock.advance(30_000);
    expect(told).toEqual(['start begun startup', 'start failed startup no display', 'unhealthy upstreamDown', 'restart begun upstreamDown', 'restart failed upstreamDown no display']);
    expect(dog.running).toBe(true);
  });

  it('asks a gateway whose streams fell silent, and is content with an answer', async () => {
    const { dog, client, clock, told } = await watched();
    await quietStream(dog, client);
    // Seen at the first look, silent for a minute at the third.
    await clock.advance(90_000);
    expect(told).toEqual(['unhealthy streamsSilent', 'soft']);
    const answered = new Promise((resolve) => dog.connection.onMessage(resolve));
    client.send({ type: 'currentTime', time: Math.floor(clock.now() / 1_000) });
    await answered;
    await clock.advance(30_000);
    expect(dog.status).toMatchObject({ softTimeouts: 1, hardTimeouts: 0 });
    expect(told.at(-1)).toBe('healthy streamsSilent');
    expect(dog.connection.getStatus()).toMatchObject({ state: 'connected', reconnectCount: 0 });
  });

  it('drops a session that does not answer, and restarts the gateway when that does not help', async () => {
    const gateway = new FakeGateway();
    const { dog, client, clock, told, server } = await watched({ gateway, probe: () => Promise.reject(new Error('not a word')) });
    await quietStream(dog, client);
    const recovered = dog.connection.events.once('connection.recovered');
    await clock.advance(90_000);
    await recovered;
    expect(told.slice(2)).toEqual(['unhealthy streamsSilent', 'soft', 'hard IBKR_WATCHDOG_PROBE_FAILED']);
    const second = await server.next();
    await second.next('reqMktData');
    const again = dog.connection.events.once('connection.recovered');
    while (dog.status.hardTimeouts < 2) await clock.advance(30_000);
    await again;
    expect(gateway.calls).toEqual(['start', 'restart']);
    expect(dog.status).toMatchObject({ hardTimeouts: 2, gatewayRestarts: 1, reconnects: 2 });
  });

  it('tells about a farm that stays down and leaves the session alone', async () => {
    const { dog, client, clock, told, server } = await watched({ gateway: new FakeGateway() });
    const degraded = dog.connection.events.once('connection.degraded');
    client.send(errMsg(2103, 'Market data farm connection is broken:usfarm'));
    await degraded;
    await clock.advance(660_000);
    expect(told.slice(2)).toEqual(['unhealthy farmDown']);
    expect(server.accepted).toBe(1);
  });

  it('tries a connection again that failed for good, at the next look', async () => {
    const { dog, server, client, clock } = await watched();
    await dog.connection.disconnect();
    await client.closed;
    const back = dog.connection.events.once('connection.established');
    await clock.advance(30_000);
    await back;
    expect(server.accepted).toBe(2);
  });

  it('gives up after maxAttempts, and begins anew with start', async () => {
    const port = await closedPort();
    const clock = createTestClock();
    const dog = new Watchdog({ port, clock, maxAttempts: 2 });
    dogs.push(dog);
    const told = listen(dog);
    const gaveUp = dog.events.once('watchdog.gaveUp');
    const retry = dog.connection.events.once('connection.retryScheduled');
    await dog.start();
    await retry;
    await clock.advance(250);
    await gaveUp;
    expect(told).toEqual(['gaveUp']);
    expect(dog.status).toMatchObject({ running: false, gaveUp: true });
    expect(clock.pending).toBe(0);
    await loopback.gateway({ port });
    const established = dog.connection.events.once('connection.established');
    await dog.start();
    await established;
    expect(dog.status.gaveUp).toBe(false);
  });

  it('restarts the gateway once more before it gives up, when it has one', async () => {
    const port = await closedPort();
    const clock = createTestClock();
    const gateway = new FakeGateway();
    const dog = new Watchdog({ port, clock, maxAttempts: 1, gateway, maxGatewayRestartsPerHour: 1 });
    dogs.push(dog);
    const gaveUp = dog.events.once('watchdog.gaveUp');
    await dog.start();
    await gaveUp;
    expect(gateway.calls).toEqual(['start', 'restart']);
  });

  it('never goes on towards other accounts', async () => {
    const { dog, client, told, clock } = await watched();
    const gaveUp = dog.events.once('watchdog.gaveUp');
    client.send(errMsg(1300, 'TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - 7496'));
    await gaveUp;
    await clock.advance(3_600_000);
    expect(told).toEqual(['gaveUp']);
    expect(dog.connection.state).toBe('failed');
  });

  it('restarts the gateway at its time of the day when asked to, whatever the budget says', async () => {
    const gateway = new FakeGateway();
    const { clock, told } = await watched({ gateway, restartGatewayDaily: true, dailyRestartTime: '09:35', maxGatewayRestartsPerHour: 0 });
    await clock.advance(300_000);
    expect(told).toEqual(['start begun startup', 'start done startup', 'restart begun daily', 'restart done daily']);
    expect(gateway.calls).toEqual(['start', 'restart']);
  });

  it('leaves nothing behind, and stops the gateway only when asked to', async () => {
    const gateway = new FakeGateway();
    const { dog, clock } = await watched({ gateway });
    await dog.stop();
    expect(dog.connection.state).toBe('disconnected');
    expect(gateway.calls).toEqual(['start']);
    await dog.stop({ gateway: true });
    expect(gateway.calls).toEqual(['start', 'stop']);
    await dog.close();
    await dog.close();
    expect(clock.pending).toBe(0);
    await expect(dog.start()).rejects.toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
  });

  it('watches a connection that is somebody else\'s, and does not close it', async () => {
    const { connection, clock } = await loopback.connected();
    const dog = new Watchdog({ connection });
    await dog.start();
    await clock.advance(30_000 - 20_001);
    await dog.close();
    const again = await connection.connect().then(() => connection.state);
    expect(again).toBe('connected');
  });

  it.each([
    ['healthCheckIntervalMs', { healthCheckIntervalMs: 0 }],
    ['probeTimeoutMs', { probeTimeoutMs: Number.NaN }],
    ['limits.downMs', { limits: { downMs: -1 } }],
    ['maxGatewayRestartsPerHour', { maxGatewayRestartsPerHour: 0.5 }],
    ['at', { dailyRestartTime: 'midnight' }],
    ['restartGatewayDaily', { restartGatewayDaily: true }],
    ['autoReconnect', { autoReconnect: false }],
  ])('refuses a wrong %s by name', (field, options) => {
    expect(() => new Watchdog(options)).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) as unknown }) as Error);
  });
});

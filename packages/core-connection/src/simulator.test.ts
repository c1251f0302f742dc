import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import type { ServerMessage } from '@ibkit/wire';
import { EventName, SecType } from '@stoqey/ib';
import type { Contract } from '@stoqey/ib';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionManager } from './connection-manager.js';
import type { Gap, Subscription } from './connection-port.js';
import { Loopback } from './testing/loopback.js';

const loopback = new Loopback();
const simulators: Simulator[] = [];

afterEach(async () => {
  await loopback.close();
  for (const simulator of simulators.splice(0)) await simulator.close();
});

async function simulator(options: Parameters<typeof createSimulator>[0] = {}): Promise<Simulator> {
  const started = await createSimulator(options);
  simulators.push(started);
  return started;
}

/** A stream of ticks that tests can wait for. */
class Ticks {
  readonly gaps: Gap[] = [];
  readonly subscription: Subscription;
  readonly #waiting: ((message: ServerMessage) => void)[] = [];

  constructor(connection: ConnectionManager, symbol: string) {
    this.subscription = connection.subscribe({
      name: `quotes of ${symbol}`,
      build: (reqId) => ({
        type: 'reqMktData',
        reqId,
        contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' },
        genericTickList: '',
        snapshot: false,
        regulatorySnapshot: false,
      }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: (message) => {
        for (const resolve of this.#waiting.splice(0)) resolve(message);
      },
      onGap: (gap) => this.gaps.push(gap),
    });
  }

  next(): Promise<ServerMessage> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

describe('with a simulator', () => {
  it('recovers from a killed gateway that comes back on the same port, and restores its streams with a gap', async () => {
    const first = await createSimulator();
    const { port } = first;
    const { connection, clock } = loopback.manager(port, { clientId: 3 });
    await connection.connect();
    const ticks = new Ticks(connection, 'SPY');
    await ticks.next();
    const retries = connection.events.stream('connection.retryScheduled');
    await first.close();
    await retries.next();
    expect(ticks.subscription.status).toBe('interrupted');
    await clock.advance(1_000);
    await retries.next();
    const second = await simulator({ port });
    const flowing = ticks.next();
    await clock.advance(250);
    await flowing;
    expect(ticks.gaps).toHaveLength(1);
    expect(ticks.gaps[0]?.toMs).toBeGreaterThanOrEqual((ticks.gaps[0]?.fromMs ?? 0) + 1_250);
    expect(connection.getStatus()).toMatchObject({ state: 'connected', clientId: 3, reconnectCount: 1 });
    expect(second.control.state().clients).toMatchObject([{ clientId: 3, subscriptions: { marketData: [expect.any(Number)] } }]);
  });

  it('notices a half-open gateway 10 s after its last byte', async () => {
    const server = await simulator();
    const { connection, clock } = loopback.manager(server.port);
    await connection.connect();
    const lost = connection.events.once('connection.lost');
    const unmute = server.control.mute();
    await clock.advance(10_000);
    expect(await lost).toMatchObject({ reason: 'silent' });
    unmute();
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
  });

  it('requests every stream again after 1101, and none after 1102', async () => {
    const server = await simulator();
    const { connection } = loopback.manager(server.port);
    await connection.connect();
    const streams = ['SPY', 'AAPL', 'MSFT'].map((symbol) => new Ticks(connection, symbol));
    await Promise.all(streams.map((stream) => stream.next()));
    const requested = (): number => server.control.journal().filter((entry) => 'message' in entry && JSON.stringify(entry).includes('"reqMktData"')).length;
    const before = requested();
    const kept = connection.events.once('connection.recovered');
    server.control.notice(1100);
    server.control.notice(1102);
    expect(await kept).toMatchObject({ scope: 'upstream', dataKept: true });
    expect(requested()).toBe(before);
    const lost = connection.events.once('connection.recovered');
    const flowing = Promise.all(streams.map((stream) => stream.next()));
    server.control.notice(1101);
    expect(await lost).toMatchObject({ scope: 'upstream', dataKept: false });
    await flowing;
    await Promise.all(streams.map(async (stream) => (stream.gaps.length > 0 ? undefined : stream.next())));
    expect(connection.health.layers.upstream.status).toBe('up');
  });

  it('keeps its client id while somebody else has it', async () => {
    const server = await simulator();
    const free = server.control.inject({ type: 'id-in-use', clientId: 8 });
    const { connection, clock } = loopback.manager(server.port, { clientId: 8 });
    const retry = connection.events.once('connection.retryScheduled');
    const connecting = connection.connect();
    expect(await retry).toMatchObject({ delayMs: 5_000, error: { code: 'IBKR_CONNECT_CLIENT_ID_IN_USE' } });
    free();
    await clock.advance(5_000);
    await connecting;
    expect(server.control.state().clients).toMatchObject([{ clientId: 8 }]);
  });

  it('serves api calls', async () => {
    const server = await simulator();
    const { connection } = loopback.manager(server.port);
    const { api } = connection;
    await connection.connect();
    const spy: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
    const details = new Promise((resolve) => api.once(EventName.contractDetails, resolve));
    api.reqContractDetails(11, spy);
    expect(await details).toBe(11);
    const tick = new Promise((resolve) => api.once(EventName.tickPrice, resolve));
    api.reqMktData(12, spy, '', false, false);
    expect(await tick).toBe(12);
  });

  it('leaves no handle behind', async () => {
    const server = await simulator();
    const { connection, clock } = loopback.manager(server.port);
    await connection.connect();
    const stream = connection.events.stream('connection.stateChanged');
    await connection.close();
    await connection.close();
    expect(clock.pending).toBe(0);
    const seen: string[] = [];
    for await (const { to } of stream) seen.push(to);
    expect(seen).toEqual(['disconnected']);
    await expect(connection.connect()).rejects.toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
  });
});

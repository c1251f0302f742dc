import { afterEach, describe, expect, it } from 'vitest';
import { Loopback, failure } from '../testing/loopback.js';
import { closedPort } from '../testing/scripted-gateway.js';
import { CircuitBreaker } from './circuit-breaker.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

describe('a connection with a circuit breaker', () => {
  it('leaves a sick gateway alone after failures in a row, and lets one attempt through after a while', async () => {
    const gateway = await loopback.gateway({ behaviour: 'hang-up' });
    const { connection, clock } = loopback.manager(gateway.port, { circuitBreaker: { failureThreshold: 3, openMs: 45_000 } });
    const retries = connection.events.stream('connection.retryScheduled');
    const opened = connection.events.once('connection.circuitChanged');
    const connecting = connection.connect({ retryCount: 100, timeoutMs: 600_000 });
    for (const delayMs of [1_000, 2_000]) {
      expect((await retries.next()).value).toMatchObject({ delayMs, error: { code: 'IBKR_CONNECT_CLOSED' } });
      await clock.advance(delayMs);
    }
    expect(await opened).toMatchObject({ state: 'open', retryAfterMs: 45_000 });
    expect((await retries.next()).value).toMatchObject({ delayMs: 4_000 });
    expect((await retries.next()).value).toMatchObject({ delayMs: 45_000, error: { code: 'IBKR_CIRCUIT_OPEN' } });
    expect(connection.getStatus()).toMatchObject({ circuit: 'open', nextAttemptAtMs: clock.now() + 45_000 });
    expect(gateway.accepted).toBe(3);
    await clock.advance(44_999);
    expect(gateway.accepted).toBe(3);
    gateway.behaviour = 'normal';
    await clock.advance(1);
    await connecting;
    expect(connection.getStatus().circuit).toBe('closed');
    expect(gateway.accepted).toBe(4);
  });

  it('never opens for a port that refuses', async () => {
    const { connection, clock } = loopback.manager(await closedPort(), { circuitBreaker: { failureThreshold: 1 } });
    const retries = connection.events.stream('connection.retryScheduled');
    const failed = failure(connection.connect({ retryCount: 5 }));
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await retries.next()).value).toMatchObject({ delayMs: 250 });
      await clock.advance(250);
    }
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_REFUSED' });
    expect(connection.getStatus().circuit).toBe('closed');
  });

  it('refuses new calls while it is open, also those of another connection that shares it', async () => {
    const gateway = await loopback.gateway({ behaviour: 'hang-up' });
    const shared = new CircuitBreaker({ failureThreshold: 1, clock: loopback.manager(gateway.port).clock });
    const { connection } = loopback.manager(gateway.port, { circuitBreaker: shared });
    const other = loopback.manager(gateway.port, { circuitBreaker: shared }).connection;
    await failure(connection.connect({ retryCount: 0 }));
    expect(await failure(connection.connect())).toMatchObject({ code: 'IBKR_CIRCUIT_OPEN' });
    expect(await failure(other.connect())).toMatchObject({ code: 'IBKR_CIRCUIT_OPEN' });
    expect(await other.reconnect()).toBe(false);
    expect(gateway.accepted).toBe(1);
  });

  it('waits on while another connection that shares it makes the trial', async () => {
    const gateway = await loopback.gateway({ behaviour: 'hang-up' });
    const { clock } = loopback.manager(gateway.port);
    const shared = new CircuitBreaker({ failureThreshold: 1, openMs: 10_000, clock });
    const { connection } = loopback.manager(gateway.port, { clock, circuitBreaker: shared, reconnect: { initialMs: 60_000 } });
    const retries = connection.events.stream('connection.retryScheduled');
    const connecting = connection.connect({ retryCount: 5, timeoutMs: 600_000 });
    // A wait that ends after the breaker's own is left as it is.
    expect((await retries.next()).value).toMatchObject({ delayMs: 30_000 });
    await clock.advance(20_000);
    const trial = shared.acquire();
    await clock.advance(10_000);
    expect((await retries.next()).value).toMatchObject({ delayMs: 60_000, error: { code: 'IBKR_CIRCUIT_OPEN' } });
    expect(gateway.accepted).toBe(1);
    trial.succeeded();
    gateway.behaviour = 'normal';
    await clock.advance(60_000);
    await connecting;
  });

  it('keeps nothing of a connection that is closed', async () => {
    const { connection, clock } = loopback.manager(4002);
    const shared = new CircuitBreaker({ failureThreshold: 1, clock });
    const heard: string[] = [];
    const user = loopback.manager(4002, { circuitBreaker: shared }).connection;
    user.events.on('connection.circuitChanged', ({ state }) => heard.push(state));
    await user.close();
    await shared.execute(() => Promise.reject(new Error('mute'))).catch(() => undefined);
    expect(heard).toEqual([]);
    await connection.close();
  });
});

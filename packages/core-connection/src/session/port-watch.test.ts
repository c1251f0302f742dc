import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Loopback } from '../testing/loopback.js';
import { ScriptedGateway, closedPort } from '../testing/scripted-gateway.js';
import { PortWatch } from './port-watch.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

describe('the watch over a port', () => {
  it('tells once that it refuses, and leaves nothing behind', async () => {
    const clock = createTestClock();
    const port = await closedPort();
    await new Promise<void>((resolve) => {
      new PortWatch({ host: '127.0.0.1', port, clock, firstMs: 125, thenMs: 2_000, onRefused: resolve });
      void clock.advance(250);
    });
    expect(clock.pending).toBe(0);
  });

  it('hangs up on a port that is open and looks again: five times in two seconds, then every two', async () => {
    const clock = createTestClock();
    const gateway = await loopback.gateway({ behaviour: 'mute' });
    let refused = false;
    const watch = new PortWatch({ host: '127.0.0.1', port: gateway.port, clock, firstMs: 125, thenMs: 2_000, onRefused: () => (refused = true) });
    for (const gapMs of [125, 125, 250, 500, 1_000, 2_000, 2_000]) {
      await clock.advance(gapMs);
      const client = await gateway.next();
      await client.closed;
      expect(client.received).toEqual([]);
      // Our side of the link closes in a turn of its own.
      await vi.waitFor(() => {
        expect(clock.pending).toBe(1);
      }, { timeout: 20_000 });
    }
    watch.stop();
    expect([clock.pending, refused]).toEqual([0, false]);
  });
});

describe('a gateway that fails at the start of every session', () => {
  it.each(['hang-up', 'mute'] as const)('is never knocked at between two attempts (%s)', async (behaviour) => {
    const gateway = await loopback.gateway({ behaviour });
    const { connection, clock } = loopback.manager(gateway.port);
    const connecting = connection.connect({ retryCount: 3, timeoutMs: 600_000 });
    connecting.catch(() => undefined);
    const retries = connection.events.stream('connection.retryScheduled');
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await gateway.next();
      if (behaviour === 'mute') {
        await vi.waitUntil(() => connection.health.layers.tcp.status === 'up', { timeout: 20_000 });
        await clock.advance(10_000);
      }
      const retry = await retries.next();
      await clock.advance(retry.done === true ? 0 : retry.value.delayMs - 1);
      expect(gateway.accepted).toBe(attempt);
      await clock.advance(1);
    }
    await gateway.next();
    await connection.disconnect();
    await retries.return();
  });
});

describe('a gateway that is killed again and again', () => {
  it('is found within a quarter of a second each time, however long the waits after drops have grown', async () => {
    const first = await ScriptedGateway.start();
    const { port } = first;
    const { connection, clock } = loopback.manager(port);
    await connection.connect();
    let gateway = first;
    for (let round = 0; round < 5; round += 1) {
      const retries = connection.events.stream('connection.retryScheduled');
      await gateway.close();
      expect((await retries.next()).value).toMatchObject({ delayMs: Math.min(30_000, 1_000 * 2 ** round) });
      // The first look at the port.
      await clock.advance(125);
      expect((await retries.next()).value).toMatchObject({ delayMs: 250, error: { code: 'IBKR_CONNECT_REFUSED' } });
      gateway = await ScriptedGateway.start({ port });
      const recovered = connection.events.once('connection.recovered');
      await clock.advance(250);
      expect(await recovered).toMatchObject({ downMs: 375 });
      await retries.return();
    }
    await connection.close();
    await gateway.close();
  });
});

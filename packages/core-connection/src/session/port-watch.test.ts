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
      new PortWatch({ host: '127.0.0.1', port, clock, firstMs: 250, onRefused: resolve });
      void clock.advance(250);
    });
    expect(clock.pending).toBe(0);
  });

  it('hangs up on a port that is open and looks again, later and later', async () => {
    const clock = createTestClock();
    const gateway = await loopback.gateway({ behaviour: 'mute' });
    let refused = false;
    const watch = new PortWatch({ host: '127.0.0.1', port: gateway.port, clock, firstMs: 250, onRefused: () => (refused = true) });
    for (const gapMs of [250, 250, 250, 250, 500, 1_000]) {
      await clock.advance(gapMs);
      const client = await gateway.next();
      await client.closed;
      expect(client.received).toEqual([]);
      // Our side of the link closes in a turn of its own.
      await vi.waitFor(() => {
        expect(clock.pending).toBe(1);
      });
    }
    watch.stop();
    expect([clock.pending, refused]).toEqual([0, false]);
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
      // The look at the port, a quarter of a second after the drop.
      await clock.advance(250);
      expect((await retries.next()).value).toMatchObject({ delayMs: 250, error: { code: 'IBKR_CONNECT_REFUSED' } });
      gateway = await ScriptedGateway.start({ port });
      const recovered = connection.events.once('connection.recovered');
      await clock.advance(250);
      expect(await recovered).toMatchObject({ downMs: 500 });
      await retries.return();
    }
    await connection.close();
    await gateway.close();
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../testing/loopback.js';
import { Simulated } from '../testing/simulated.js';

const world = new Simulated();

afterEach(() => world.close());

describe('scenario 2: a port that is open, and a gateway that is not there', () => {
  it.each([
    ['mute-accept', 'handshake', 'IBKR_CONNECT_HANDSHAKE_TIMEOUT'],
    ['mute-ready', 'api', 'IBKR_CONNECT_READY_TIMEOUT'],
  ] as const)('%s: the %s layer never comes up, which is said within its limit and by name', async (type, layer, code) => {
    const server = await world.simulator();
    const fault = server.control.inject({ type });
    const { connection, clock } = world.manager(server.port);
    const before = type === 'mute-accept' ? 'tcp' : 'handshake';
    const progress = new Promise<void>((resolve) => {
      connection.events.on('connection.healthChanged', ({ layer: changed, to }) => {
        if (changed === before && to.status === 'up') resolve();
      });
    });
    const failed = failure(connection.connect({ retryCount: 0 }));
    await progress;
    expect(connection.health.layers[layer].status).not.toBe('up');
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ code });
    // Nothing was left on the way that would keep the next attempt from working.
    fault();
    await connection.connect({ retryCount: 0 });
    expect(connection.state).toBe('connected');
  });

  it('a black hole: the TCP attempt is not answered, and the handshake is not waited for', async () => {
    const server = await world.simulator();
    const { connection, clock } = world.manager(server.port);
    const failed = failure(connection.connect({ retryCount: 0 }));
    // The event loop does not turn here, so no answer can be read: the same as none.
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ code: 'IBKR_CONNECT_TCP_TIMEOUT' });
    expect(connection.health.layers.tcp.status).toBe('down');
    expect(clock.pending).toBe(0);
  });
});

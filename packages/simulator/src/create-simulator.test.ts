import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createSimulator } from './create-simulator.js';
import { WireClient } from './testing/wire-client.js';

describe('createSimulator', () => {
  it('listens on a port that was free and closes for good', async () => {
    const clock = createTestClock();
    const simulator = await createSimulator({ clock });
    expect(simulator.host).toBe('127.0.0.1');
    expect(simulator.port).toBeGreaterThan(0);
    const client = await WireClient.ready({ port: simulator.port });
    await Promise.all([simulator.close(), simulator.close()]);
    await simulator.close();
    await client.closed;
    await expect(WireClient.open(simulator.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(clock.pending).toBe(0);
  });

  it('says clearly that a port is taken', async () => {
    const first = await createSimulator({ clock: createTestClock() });
    const clock = createTestClock();
    try {
      await expect(createSimulator({ port: first.port, clock })).rejects.toMatchObject({
        name: 'ConnectionError',
        code: 'IBKR_SIMULATOR_PORT_IN_USE',
        message: `The simulator cannot listen on 127.0.0.1:${first.port}: another program uses this port. Choose another port, or 0 for a free one.`,
      });
      expect(clock.pending).toBe(0);
    } finally {
      await first.close();
    }
  });

  it('refuses hosts that are not loopback', async () => {
    await expect(createSimulator({ host: '0.0.0.0' })).rejects.toMatchObject({ name: 'UsageError', details: { field: 'host' } });
  });

  it('runs many side by side, each with its own market and books', async () => {
    const simulators = await Promise.all(Array.from({ length: 32 }, (_, seed) => createSimulator({ clock: createTestClock(), seed })));
    expect(new Set(simulators.map(({ port }) => port)).size).toBe(32);
    const clients = await Promise.all(simulators.map(({ port }) => WireClient.ready({ port, clientId: 0 })));
    const order = { action: 'BUY', orderType: 'LMT', lmtPrice: 1, tif: 'GTC' } as const;
    await Promise.all(
      clients.map((client, index) => {
        client.send({ type: 'placeOrder', orderId: 1, contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }, order: { ...order, totalQuantity: index + 1 } });
        return client.first('orderStatus');
      }),
    );
    expect(simulators.map(({ control }) => control.state().openOrders.map(({ totalQuantity }) => totalQuantity))).toEqual(simulators.map((_, index) => [index + 1]));
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(simulators.map((simulator) => simulator.close()));
  });

  it('shows the time that it was told, at the speed that it was told', async () => {
    const clock = createTestClock();
    const simulator = await createSimulator({ clock, startAtMs: Date.UTC(2026, 0, 5, 14, 30), speed: 60 });
    try {
      await clock.advance(1_000);
      const client = await WireClient.ready({ port: simulator.port });
      client.send({ type: 'reqCurrentTime' });
      expect(await client.first('currentTime')).toEqual({ type: 'currentTime', time: Date.UTC(2026, 0, 5, 14, 31) / 1000 });
      await client.close();
    } finally {
      await simulator.close();
    }
  });

  it('can be closed and opened again at any moment', async () => {
    const clock = createTestClock();
    const simulator = await createSimulator({ clock });
    const { control } = simulator;
    try {
      control.stopListening();
      const opening = control.listen();
      control.stopListening();
      await opening;
      await Promise.all([control.listen(), control.listen()]);
      await (await WireClient.ready({ port: simulator.port })).close();
    } finally {
      await simulator.close();
    }
    expect(clock.pending).toBe(0);
  });

  it('closes by Symbol.asyncDispose', async () => {
    const simulator = await createSimulator({ clock: createTestClock() });
    await simulator[Symbol.asyncDispose]();
    expect(simulator.control.state().listening).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import type { SimulatorTest } from '../testing/with-simulator.js';
import { withSimulator } from '../testing/with-simulator.js';
import { WireClient } from '../testing/wire-client.js';

/** A client whose frames may be beyond reading. */
async function fragile({ simulator }: Pick<SimulatorTest, 'simulator'>): Promise<WireClient> {
  const client = await WireClient.ready({ port: simulator.port, clientId: 7 });
  await client.barrier();
  return client;
}

describe('faults of bytes', () => {
  it('slow drips, in order, and lets everything go when it ends', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      await client.barrier();
      const before = client.bytesIn;
      simulator.control.inject({ type: 'slow', bytesPerSecond: 10, clientId: 1 });
      client.send({ type: 'reqCurrentTime' });
      while (simulator.control.state().clients[0]?.pendingBytes === 0) await other.barrier();
      const whole = simulator.control.state().clients[0]?.pendingBytes ?? 0;
      await clock.advance(300);
      expect(simulator.control.state().clients[0]?.pendingBytes).toBe(whole - 3);
      expect(client.all('currentTime')).toHaveLength(1);
      simulator.control.clearFaults('slow');
      await client.first('currentTime', (message) => client.all('currentTime').indexOf(message) === 1);
      expect(client.bytesIn).toBe(before + whole);
    }));

  it('slow reaches the hello, too', () =>
    withSimulator({}, async ({ simulator, clock }) => {
      simulator.control.inject({ type: 'slow', bytesPerSecond: 1_000 });
      const greeting = WireClient.ready({ port: simulator.port });
      let client: WireClient | undefined;
      greeting.then(
        (ready) => {
          client = ready;
        },
        () => undefined,
      );
      // Another connection that comes and goes gives the sockets a turn.
      while (client === undefined) {
        await clock.advance(1);
        await (await WireClient.open(simulator.port)).close();
      }
      expect((await greeting).all('nextValidId')).toHaveLength(1);
      await client.close();
    }));

  it('delay holds every byte back for its time', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      simulator.control.inject({ type: 'delay', ms: 700, clientId: 1, for: 10_000 });
      client.send({ type: 'reqIds' });
      client.send({ type: 'reqCurrentTime' });
      while (simulator.control.journal({ kind: 'out', type: 'currentTime', clientId: 1 }).length === 0) await other.barrier();
      await clock.advance(699);
      await other.barrier();
      expect(client.all('nextValidId')).toHaveLength(1);
      await clock.advance(1);
      await client.first('currentTime');
      expect(client.all('nextValidId')).toHaveLength(2);
    }));

  it('corrupt spoils what is inside a whole frame', () =>
    withSimulator({}, async (test) => {
      const client = await fragile(test);
      test.simulator.control.inject({ type: 'corrupt', message: 'managedAccounts' });
      client.send({ type: 'reqManagedAccts' });
      await client.barrier();
      const [, second] = client.all('managedAccounts');
      expect(second?.accountsList).not.toBe('DU1234567');
      test.simulator.control.inject({ type: 'corrupt', message: 'nextValidId', how: 'bytes', count: 1 });
      client.send({ type: 'reqIds' });
      await client.barrier();
      expect(client.undecodable).toEqual([expect.stringContaining('nextValidId')]);
      expect(test.simulator.control.state().faults).toEqual([]);
      await client.close();
    }));

  it('corrupt adds a field or leaves one out', () =>
    withSimulator({}, async (test) => {
      const client = await fragile(test);
      const { control } = test.simulator;
      control.inject({ type: 'corrupt', message: 'nextValidId', how: 'missing-field' });
      client.send({ type: 'reqIds' });
      await client.barrier();
      expect(client.undecodable).toHaveLength(1);
      control.inject({ type: 'corrupt', message: 'nextValidId', how: 'extra-field' });
      client.send({ type: 'reqIds' });
      await client.barrier();
      expect(client.undecodable.length + client.all('nextValidId').length).toBe(3);
      await client.close();
    }));

  it('truncate ends a frame in its middle and then the connection', () =>
    withSimulator({}, async (test) => {
      const client = await fragile(test);
      test.simulator.control.inject({ type: 'truncate', message: 'managedAccounts' });
      const before = client.bytesIn;
      client.send({ type: 'reqManagedAccts' });
      expect(await client.closed).toBe(false);
      expect(client.all('managedAccounts')).toHaveLength(1);
      expect(client.bytesIn - before).toBeGreaterThan(4);
    }));

  it('truncate may leave the connection open: the next frame fills the gap', () =>
    withSimulator({}, async (test) => {
      const client = await fragile(test);
      const other = await test.connect({ clientId: 8 });
      test.simulator.control.inject({ type: 'truncate', close: 'none', clientId: 7 });
      client.send({ type: 'reqManagedAccts' });
      client.send({ type: 'reqCurrentTime' });
      client.send({ type: 'reqCurrentTime' });
      client.send({ type: 'reqCurrentTime' });
      while (test.simulator.control.journal({ kind: 'out', type: 'currentTime', clientId: 7 }).length < 4) await other.barrier();
      expect(client.all('currentTime').length).toBeLessThan(4);
      await client.close();
    }));

  it('oversize and negative-length send headers that no client takes', () =>
    withSimulator({}, async (test) => {
      const first = await fragile(test);
      test.simulator.control.inject({ type: 'negative-length' });
      await first.closed;
      expect(first.framingError).toMatch(/4294967292/);
      const second = await fragile(test);
      test.simulator.control.inject({ type: 'oversize', clientId: 7 });
      await second.closed;
      expect(second.framingError).toMatch(/16777216/);
    }));

  it('unknown-id sends a message of no known kind', () =>
    withSimulator({}, async (test) => {
      const client = await fragile(test);
      test.simulator.control.inject({ type: 'unknown-id', messageId: 4_242, fields: ['1', ''] });
      await client.barrier();
      expect(client.undecodable).toEqual([expect.stringContaining('unknown')]);
      await client.close();
    }));
});

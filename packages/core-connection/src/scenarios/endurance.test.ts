import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Simulated } from '../testing/simulated.js';
import { QuoteStream, tick } from '../testing/streams.js';

const world = new Simulated();

afterEach(() => world.close());

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapMiB(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed / 1_048_576;
}

describe('scenario 20: months in a minute', () => {
  it('1,000 reconnects leave no timer, no listener, no socket, and a flat heap', async () => {
    const { connection, gateway, clock } = await world.connected({ heartbeat: false });
    new QuoteStream(connection);
    const round = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        expect(await connection.reconnect()).toBe(true);
        const client = await gateway.next();
        client.received.length = 0;
      }
    };
    await round(200);
    const before = heapMiB();
    const timersBefore = clock.pending;
    await round(800);
    expect(heapMiB() - before).toBeLessThan(2);
    expect(clock.pending).toBeLessThanOrEqual(timersBefore + 2);
    expect(connection.session?.epoch).toBe(1_001);
    await connection.disconnect();
    expect(clock.pending).toBe(0);
  }, 60_000);

  it('a listener that never reads its stream does not hold the ticks, and is told what it missed', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const stream = new QuoteStream(connection);
    const { reqId } = await client.next('reqMktData');
    const notices = connection.events.stream('notice.received', { capacity: 100 });
    const before = heapMiB();
    const burst = Array.from({ length: 1_000 }, (_, index) => tick(reqId, 100 + index / 100));
    for (let part = 0; part < 100; part += 1) {
      const target = stream.messages + burst.length;
      client.send(...burst, { type: 'errMsg', id: -1, code: 2104, msg: 'Market data farm connection is OK:usfarm' });
      client.send({ type: 'errMsg', id: -1, code: 2106, msg: 'HMDS data farm connection is OK:ushmds' });
      while (stream.messages < target) await stream.next();
    }
    expect(stream.messages).toBe(100_000);
    expect(heapMiB() - before).toBeLessThan(8);
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const notice of notices) seen.push(notice);
    })();
    await expect(reading).rejects.toThrow(/100/u);
    expect(seen.length).toBeLessThanOrEqual(100);
  }, 60_000);
});

describe('check A13: callbacks that disconnect and reconnect from inside', () => {
  it('never make two sessions, two timers or two loops', async () => {
    const { connection, gateway, client, clock } = await world.connected({ heartbeat: false });
    let calls = 0;
    const stopHandling = connection.addDisconnectHandler(() => {
      calls += 1;
      if (calls > 3) return;
      void connection.disconnect();
      connection.connect().catch(() => undefined);
      void connection.reconnect();
    });
    const stopListening = connection.events.on('connection.lost', () => void connection.reconnect());
    const lost = connection.events.once('connection.lost');
    client.reset();
    await lost;
    await connection.ensureConnected();
    await vi.waitFor(() => {
      expect(gateway.clients).toBe(1);
    }, { timeout: 20_000 });
    expect(gateway.accepted).toBeLessThanOrEqual(connection.session?.epoch ?? 0);
    // Its handler connects again at once, which does not keep it from ending.
    await connection.disconnect();
    await connection.ensureConnected();
    await vi.waitFor(() => {
      expect(gateway.clients).toBe(1);
    }, { timeout: 20_000 });
    stopHandling();
    stopListening();
    const { accepted } = gateway;
    await clock.advance(120_000);
    expect([connection.state, gateway.accepted]).toEqual(['connected', accepted]);
    await connection.disconnect();
    await clock.advance(120_000);
    expect(connection.state).toBe('disconnected');
    expect(clock.pending).toBe(0);
  });
});

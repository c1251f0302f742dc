import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { Alarms } from '../alarms/alarms.js';
import { watchConnection } from '../alarms/connection-alarms.js';
import { eventSink } from '../alarms/event-sink.js';
import { Simulated, received } from '../testing/simulated.js';
import { QuoteStream, tick } from '../testing/streams.js';

const world = new Simulated();

afterEach(() => world.close());

const LOST: ServerMessage = { type: 'errMsg', id: -1, code: 1100, msg: 'Connectivity between IB and TWS has been lost.' };

describe('scenario 6: the gateway loses the broker', () => {
  it('833 times over 15 hours is one outage, one alarm and one recovery, on one socket', async () => {
    const { connection, client, clock, gateway } = await world.connected({ heartbeat: false });
    const told: string[] = [];
    const alarms = new Alarms({ sinks: [eventSink(({ status, key, occurrences }) => told.push(`${status} ${key} ${occurrences}`))], clock });
    watchConnection({ connection, alarms });
    const counts = { degraded: 0, recovered: 0 };
    connection.events.on('connection.degraded', () => (counts.degraded += 1));
    connection.events.on('connection.recovered', () => (counts.recovered += 1));
    const notices = connection.events.stream('notice.received');
    for (let part = 0; part < 7; part += 1) {
      client.send(...Array.from({ length: 119 }, () => LOST));
      for (let count = 0; count < 119; count += 1) await notices.next();
      await clock.advance((15 / 7) * 3_600_000);
    }
    const recovered = connection.events.once('connection.recovered');
    client.send({ ...LOST, code: 1102, msg: 'Connectivity between IB and TWS has been restored - data maintained.' });
    expect(await recovered).toMatchObject({ dataKept: true, downMs: 15 * 3_600_000 });
    await alarms.flush();
    expect(told).toEqual(['raised connection:upstreamDown 1', 'resolved connection:upstreamDown 1']);
    expect(counts).toEqual({ degraded: 1, recovered: 1 });
    expect(gateway.accepted).toBe(1);
    await alarms.close();
  });

  it('2110 on each connect keeps each socket', async () => {
    const gateway = await world.gateway();
    const { connection } = world.manager(gateway.port, { heartbeat: false });
    for (let round = 1; round <= 3; round += 1) {
      expect(await (round === 1 ? connection.connect().then(() => true) : connection.reconnect())).toBe(true);
      const client = await gateway.next();
      const degraded = connection.events.once('connection.degraded');
      client.send({ ...LOST, code: 2110, msg: 'Connectivity between TWS and server is broken. It will be restored automatically.' });
      expect(await degraded).toMatchObject({ scope: 'upstream', code: 2110 });
      expect(connection.state).toBe('connected');
      expect(gateway.accepted).toBe(round);
    }
  });

  it('1102 keeps the streams and asks for nothing again', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const stream = new QuoteStream(connection);
    const { reqId } = await client.next('reqMktData');
    const recovered = connection.events.once('connection.recovered');
    client.send(LOST, { ...LOST, code: 1102, msg: 'restored' });
    await recovered;
    const flowing = stream.next();
    client.send(tick(reqId));
    await flowing;
    expect(stream.requestIds).toEqual([reqId]);
    expect(stream.gaps).toEqual([]);
  });
});

describe('scenario 6, check A11: 1101 after a loss', () => {
  it('restores every stream under a fresh id with one gap each, and clears the down flag', async () => {
    const { connection, server } = await world.ready();
    const symbols = ['SPY', 'AAPL', 'MSFT', 'QQQ'];
    const streams = symbols.map((symbol) => new QuoteStream(connection, symbol));
    await Promise.all(streams.map((stream) => stream.next()));
    const degraded = connection.events.once('connection.degraded');
    server.control.notice(1100);
    await degraded;
    expect(connection.health.layers.upstream.status).toBe('down');
    const before = received(server, 'reqMktData');
    const recovered = connection.events.once('connection.recovered');
    server.control.notice(1101);
    expect(await recovered).toMatchObject({ scope: 'upstream', dataKept: false });
    expect(connection.health.layers.upstream.status).toBe('up');
    while (streams.some((stream) => stream.gaps.length === 0)) await Promise.race(streams.map((stream) => stream.next()));
    expect(received(server, 'reqMktData')).toBe(before + symbols.length);
    for (const stream of streams) {
      expect(new Set(stream.requestIds).size).toBe(2);
      expect(stream.gaps).toHaveLength(1);
      expect(stream.subscription.status).toBe('active');
    }
    expect(connection.getStatus().reconnectCount).toBe(0);
  });
});

import { encodeFields, encodeFrame } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { RestartCalendar } from '../restart/restart-calendar.js';
import { sessionRestart } from '../restart/restart-window.js';
import { failure } from '../testing/loopback.js';
import { Simulated } from '../testing/simulated.js';
import { QuoteStream, tick } from '../testing/streams.js';

const world = new Simulated();

afterEach(() => world.close());

describe('scenario 16: frames that are not as they should be', () => {
  it.each([
    ['an id that nobody knows', ['9999', '1', 'what']],
    ['a field that is missing', ['1', '6']],
    ['a field that is no number', ['1', '6', 'banana', '4', '100', '1', '0']],
  ])('%s is told with its bytes, and the stream that ticks beside it goes on', async (_, fields) => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const stream = new QuoteStream(connection);
    const { reqId } = await client.next('reqMktData');
    const undecodable = connection.events.once('connection.frameUndecodable');
    const flowing = stream.next();
    const payload = encodeFields(fields);
    client.sendRaw(encodeFrame(payload));
    client.send(tick(reqId));
    expect(await undecodable).toMatchObject({ epoch: 1, bytes: new Uint8Array(payload) });
    await flowing;
    expect(connection.getStatus()).toMatchObject({ state: 'connected', undecodableFrames: 1 });
  });

  it('fields of a newer server behind the known ones are not taken for others', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const stream = new QuoteStream(connection);
    const { reqId } = await client.next('reqMktData');
    const flowing = stream.next();
    client.sendRaw(encodeFrame(encodeFields(['1', '6', String(reqId), '4', '100.5', '7', '0', 'new', '42'])));
    client.send(tick(reqId, 101));
    const first = await flowing;
    // Either it is read as it is, or told as unreadable: never as something else.
    expect(first).toMatchObject(first.type === 'tickPrice' && connection.getStatus().undecodableFrames === 0 ? { price: 100.5, size: 7 } : { price: 101 });
    expect(connection.state).toBe('connected');
  });

  it.each([
    ['truncated', { type: 'truncate', close: 'fin', message: 'currentTime' }, ['peerClosed', 'framing']],
    ['oversized', { type: 'oversize' }, ['framing']],
    ['of negative length', { type: 'negative-length' }, ['framing']],
  ] as const)('a frame that is %s ends the session with a reason, and the next one is whole', async (_, fault, reasons) => {
    const { connection, server, clock } = await world.ready({ heartbeat: false });
    const lost = connection.events.once('connection.lost');
    server.control.inject(fault);
    await connection.session?.send({ type: 'reqCurrentTime' });
    const { reason, error } = await lost;
    expect(reasons).toContain(reason);
    expect(error.code).toMatch(/^IBKR_SESSION_/u);
    server.control.clearFaults();
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
    expect(connection.state).toBe('connected');
  });

  it('a server of a version that we do not speak is named, and not tried again by connect', async () => {
    const server = await world.simulator();
    server.control.inject({ type: 'new-version', version: 226 });
    const { connection } = world.manager(server.port);
    const error = await failure(connection.connect());
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_VERSION', retryable: false });
    expect(error.message).toContain('226');
  });
});

describe('scenario 17: times in every shape', () => {
  it.each(['20250415 19:38:30 British Summer Time', '20260405 23:49:26 Central European Standard Time', '20260405 12:00:00 CET', '20260308 02:30:00 US/Eastern', '20251102-06:30:00', 'garbage', ''])(
    'a gateway that says %j for now is connected to, and quoted as it is',
    async (connectionTime) => {
      const gateway = await world.gateway({ connectionTime });
      const { connection } = world.manager(gateway.port);
      await connection.connect();
      expect(connection.getStatus().serverConnectionTime).toBe(connectionTime);
    },
  );

  it('a restart at 02:30 in New York comes once on the day without that time, and once on the days with two', () => {
    const calendar = new RestartCalendar([sessionRestart({ at: '02:30' }), sessionRestart({ at: '01:30' })]);
    const spring = calendar.between(Date.parse('2026-03-08T05:00:00Z'), Date.parse('2026-03-09T04:00:00Z'));
    const autumn = calendar.between(Date.parse('2026-11-01T04:00:00Z'), Date.parse('2026-11-02T05:00:00Z'));
    expect(spring.map(({ fromMs }) => new Date(fromMs).toISOString())).toEqual(['2026-03-08T06:30:00.000Z', '2026-03-08T07:30:00.000Z']);
    expect(autumn.map(({ fromMs }) => new Date(fromMs).toISOString())).toEqual(['2026-11-01T05:30:00.000Z', '2026-11-01T07:30:00.000Z']);
  });
});

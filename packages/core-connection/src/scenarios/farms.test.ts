import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { Simulated } from '../testing/simulated.js';
import { QuoteStream, tick } from '../testing/streams.js';
import { Watchdog } from '../watchdog/watchdog.js';

const world = new Simulated();

afterEach(() => world.close());

const notice = (code: number, msg: string, id = -1): ServerMessage => ({ type: 'errMsg', id, code, msg });

describe('scenario 7, check A10: one farm flaps', () => {
  it('degrades only what it names, keeps the socket, and the streams tick on', async () => {
    const { connection, server, clock } = await world.ready();
    const stream = new QuoteStream(connection, 'SPY');
    await stream.next();
    const degraded = connection.events.once('connection.degraded');
    const recovered = connection.events.once('connection.recovered');
    server.control.inject({ type: 'farm-down', farm: 'eufarm' });
    expect(await degraded).toMatchObject({ scope: 'farm', farm: 'eufarm' });
    const { layers } = connection.health;
    expect([layers.farms['eufarm']?.status, layers.upstream.status, layers.api.status]).toEqual(['down', 'up', 'up']);
    await stream.next();
    await clock.advance(3_000);
    server.control.inject({ type: 'farm-up', farm: 'eufarm' });
    expect(await recovered).toMatchObject({ scope: 'farm', farm: 'eufarm', downMs: 3_000 });
    await stream.next();
    expect(connection.getStatus()).toMatchObject({ epoch: 1, reconnectCount: 0 });
    expect(stream.gaps).toEqual([]);
  });

  it('2105 and 2106 concern the historical farm alone', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const recovered = connection.events.once('connection.recovered');
    client.send(notice(2104, 'Market data farm connection is OK:usfarm'), notice(2105, 'HMDS data farm connection is broken:ushmds'), notice(2106, 'HMDS data farm connection is OK:ushmds'));
    expect(await recovered).toMatchObject({ scope: 'farm', farm: 'ushmds' });
    expect(connection.health.layers.farms).toMatchObject({ usfarm: { status: 'up' }, ushmds: { status: 'up' } });
  });

  it('10182 ends the bar stream that it names, with its reason, and no other', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const quotes = new QuoteStream(connection);
    const quotesId = (await client.next('reqMktData')).reqId;
    const ended = new Promise<Error | undefined>((resolve) => {
      connection.subscribe({
        name: 'bars',
        build: (reqId) => ({
          type: 'reqHistoricalData',
          reqId,
          contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' },
          barSizeSetting: '5 mins',
          durationStr: '1 D',
          useRTH: true,
          whatToShow: 'TRADES',
          formatDate: 2,
          keepUpToDate: true,
        }),
        cancel: (reqId) => ({ type: 'cancelHistoricalData', reqId }),
        receive: () => undefined,
        onEnd: resolve,
      });
    });
    const barsId = (await client.next('reqHistoricalData')).reqId;
    const flowing = quotes.next();
    client.send(notice(10_182, 'Failed to request live updates (disconnected).', barsId), tick(quotesId));
    expect(await ended).toMatchObject({ brokerCode: 10_182, retryable: true });
    await flowing;
    expect(quotes.subscription.status).toBe('active');
  });
});

describe('scenario 8: another session has the data', () => {
  it('10197 and then silence with every farm OK does not look healthy', async () => {
    const { connection, client, clock } = await world.connected({ heartbeat: false });
    const dog = new Watchdog({ connection });
    const problems: string[] = [];
    dog.events.on('watchdog.unhealthy', ({ problem }) => problems.push(problem.kind));
    // As market data does: the stream stays wanted, since the other session may end.
    const notices: number[] = [];
    const subscription = connection.subscribe({
      name: 'quotes',
      build: (reqId) => ({ type: 'reqMktData', reqId, contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' }, genericTickList: '', snapshot: false, regulatorySnapshot: false }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: () => undefined,
      onNotice: ({ code }) => {
        notices.push(code);
        return 'ignore';
      },
    });
    const { reqId } = await client.next('reqMktData');
    await dog.start();
    const told = connection.events.once('notice.received');
    client.send(notice(10_197, 'No market data during competing live session', reqId), notice(2104, 'Market data farm connection is OK:usfarm'));
    expect(await told).toMatchObject({ code: 10_197, description: { name: 'competingSession' } });
    await clock.advance(90_000);
    expect(notices).toEqual([10_197]);
    expect(subscription.status).toBe('active');
    expect(connection.health.layers.farms).toMatchObject({ usfarm: { status: 'up' } });
    expect(problems).toEqual(['streamsSilent']);
    await dog.close();
  });
});

import { waitForJournal } from '@ibkit/simulator/vitest';
import { afterEach, expect, it } from 'vitest';
import type { ConnectionManager } from '../connection-manager.js';
import { answerOf, presentClock } from '../testing/diagnosing.js';
import { failure } from '../testing/loopback.js';
import { closedPort } from '../testing/scripted-gateway.js';
import { Simulated, received } from '../testing/simulated.js';
import { diagnoseConnection } from './diagnose-connection.js';
import { PROBE_NAMES } from './diagnosis.js';
import type { Diagnosis, Probe } from './diagnosis.js';

const simulated = new Simulated();

afterEach(() => simulated.close());

async function connected(options: Parameters<Simulated['simulator']>[0] = {}): ReturnType<Simulated['ready']> {
  const clock = presentClock();
  const ready = await simulated.ready({ clock, clientId: 5 }, { clock, ...options });
  // The first answer about the time is the connection's own.
  if (ready.connection.getStatus().serverOffsetMs === undefined) {
    await new Promise<void>((resolve) => {
      ready.connection.onMessage(({ type }) => {
        if (type === 'currentTime') resolve();
      });
    });
  }
  return { ...ready, clock };
}

it('finds nothing wrong with a connection that works, on its own session', async () => {
  const { connection, server } = await connected();
  const probes: Probe[] = [];
  const diagnosis = await diagnoseConnection(connection, { mode: 'paper', account: 'DU1234567', askReadOnly: true, onProbe: (probe) => probes.push(probe) });
  expect(diagnosis).toMatchObject({ verdict: 'ok', target: { port: server.port, clientId: 5 } });
  expect(diagnosis.probes.map(({ name, status }) => [name, status])).toEqual(PROBE_NAMES.map((name) => [name, name === 'name' ? 'skipped' : 'ok']));
  expect(probes).toHaveLength(PROBE_NAMES.length);
  expect(JSON.stringify(diagnosis)).not.toContain('DU1234567');
  await waitForJournal(server, { kind: 'in', type: 'cancelMktData' });
  // No second client came, and the session is as it was.
  expect(server.control.journal({ kind: 'client', type: 'accepted' })).toHaveLength(1);
  expect([connection.state, connection.getStatus().pendingRequests, connection.getStatus().reconnectCount]).toEqual(['connected', 0, 0]);
});

it('asks for no order id and no quote unless it may, and judges no mode that was not named', async () => {
  const { connection, server } = await connected({ accounts: ['U1234567'], forceAccounts: true });
  const diagnosis = await diagnoseConnection(connection, { quote: false });
  expect(diagnosis.verdict).toBe('ok');
  expect(answerOf(diagnosis, 'mode').facts).toEqual({ accounts: ['U***567'], count: 1, kinds: ['live'] });
  expect([answerOf(diagnosis, 'readOnly').status, answerOf(diagnosis, 'marketData').status]).toEqual(['skipped', 'skipped']);
  expect([received(server, 'reqIds'), received(server, 'reqMktData')]).toEqual([0, 0]);
});

it('tells delayed data and no data from the refusal alone: the type of the session belongs to its owner', async () => {
  const delayed = await connected({ dataPermission: 'delayed' });
  expect(await diagnoseConnection(delayed.connection)).toMatchObject({ verdict: 'degraded', cause: 'IBKR_DOCTOR_DELAYED_DATA' });
  const none = await connected({ dataPermission: 'none' });
  expect(await diagnoseConnection(none.connection)).toMatchObject({ verdict: 'degraded', cause: 'IBKR_DOCTOR_NO_MARKET_DATA' });
  expect([received(delayed.server, 'reqMarketDataType'), received(none.server, 'reqMarketDataType')]).toEqual([0, 0]);
});

it('sees what the connection has heard before: lost farms, a lost link to the broker', async () => {
  const { connection, server } = await connected();
  const heard = connection.events.once('connection.degraded');
  server.control.inject({ type: 'farm-down', farm: 'usopt' });
  await heard;
  expect(await diagnoseConnection(connection)).toMatchObject({ verdict: 'degraded', cause: 'IBKR_DOCTOR_FARM_DOWN' });
  const lost = connection.events.once('connection.degraded');
  server.control.notice(1100);
  await lost;
  const diagnosis = await diagnoseConnection(connection);
  expect(diagnosis).toMatchObject({ verdict: 'broken', cause: 'IBKR_UPSTREAM_DOWN' });
  expect(answerOf(diagnosis, 'marketData').status).toBe('skipped');
});

it('notices a gateway that has stopped to answer', async () => {
  const { connection, server, clock } = await connected();
  server.control.mute();
  const asked = new Promise<void>((resolve) => {
    connection.onSent(({ type }) => {
      if (type === 'reqCurrentTime') resolve();
    });
  });
  const diagnosing = diagnoseConnection(connection);
  await asked;
  await clock.advance(5_000);
  expect(await diagnosing).toMatchObject({ verdict: 'broken', cause: 'IBKR_DOCTOR_NO_ANSWER' });
});

async function down(connection: ConnectionManager): Promise<Diagnosis> {
  const diagnosis = await diagnoseConnection(connection);
  expect(diagnosis.verdict).toBe('broken');
  expect(diagnosis.probes.map(({ name }) => name)).toEqual(PROBE_NAMES);
  return diagnosis;
}

it('tells why there is no session, and connects nowhere', async () => {
  const { connection } = simulated.manager(await closedPort());
  expect(await down(connection)).toMatchObject({ cause: 'IBKR_NOT_CONNECTED' });
  const scheduled = connection.events.once('connection.retryScheduled');
  const connecting = failure(connection.connect());
  await scheduled;
  const refused = await down(connection);
  expect(refused.cause).toBe('IBKR_CONNECT_REFUSED');
  expect(answerOf(refused, 'port')).toMatchObject({ status: 'failed', facts: { state: 'connecting' } });
  expect(answerOf(refused, 'port').fix).toContain('Start TWS or IB Gateway');
  await connection.disconnect();
  await connecting;
  const stopped = await down(connection);
  expect(stopped.cause).toBe('IBKR_NOT_CONNECTED');
  expect(stopped.summary).toContain('disconnected. Its last error');
});

it('stops with the reason of the signal', async () => {
  const { connection } = await connected();
  const reason = new Error('enough');
  await expect(diagnoseConnection(connection, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

it('tells what ended the session under its hands, while the connection comes back', async () => {
  const { connection, gateway } = await simulated.connected();
  const asked = connection.events.once('connection.lost');
  const diagnosing = diagnoseConnection(connection, { onStart: (name) => {
    if (name === 'roundTrip') gateway.breakAll();
  } });
  const { error } = await asked;
  const diagnosis = await diagnosing;
  expect(diagnosis).toMatchObject({ verdict: 'broken', cause: error.code, summary: error.message });
  expect(answerOf(diagnosis, 'marketData').detail).toBe(`Not asked: the session ended (${error.code})`);
  expect(connection.state).toBe('reconnecting');
});

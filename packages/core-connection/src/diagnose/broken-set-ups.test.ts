import { createServer as createWebServer } from 'node:http';
import type { TestClock } from '@ibkit/clock/testing';
import { afterEach, expect, it } from 'vitest';
import { BrokenSetUps, answerOf, diagnosing, presentClock } from '../testing/diagnosing.js';
import type { Running } from '../testing/diagnosing.js';
import { closedPort } from '../testing/scripted-gateway.js';
import { diagnosisCodes } from './diagnosis-codes.js';
import type { DiagnoseOptions } from './diagnose-options.js';
import { PROBE_NAMES } from './diagnosis.js';
import type { ProbeName } from './diagnosis.js';

const setUps = new BrokenSetUps();

afterEach(() => setUps.close());

interface Broken {
  readonly title: string;
  /** Breaks something; gives the options that find it. */
  readonly setUp: (clock: TestClock) => Promise<DiagnoseOptions>;
  /** What time has to pass, and when. */
  readonly wait?: (running: Running) => Promise<void>;
  readonly verdict: 'broken' | 'degraded';
  readonly cause: string;
  /** Where it is told. */
  readonly probe: ProbeName;
  readonly facts?: object;
}

const afterAsking =
  (name: ProbeName, ms: number): NonNullable<Broken['wait']> =>
  async ({ asked, clock }) => {
    await asked(name);
    await clock.advance(ms);
  };

const ON_READY = { client: 'ready' } as const;

const BROKEN: readonly Broken[] = [
  { title: 'a name without an address', setUp: () => Promise.resolve({ host: 'no such host' }), verdict: 'broken', cause: 'IBKR_CONNECT_HOST_NOT_FOUND', probe: 'name' },
  // The clock moves before any name service can have answered.
  { title: 'a name service that does not answer', setUp: () => Promise.resolve({ host: 'localhost' }), wait: afterAsking('name', 5_000), verdict: 'broken', cause: 'IBKR_DOCTOR_NAME_TIMEOUT', probe: 'name' },
  { title: 'nothing that listens', setUp: async () => ({ port: await closedPort(), otherPorts: [await closedPort()] }), verdict: 'broken', cause: 'IBKR_CONNECT_REFUSED', probe: 'port', facts: { listening: [] } },
  { title: 'a gateway on another of the usual ports', setUp: async (clock) => ({ port: await closedPort(), otherPorts: [await closedPort(), await setUps.broken(clock, {})] }), verdict: 'broken', cause: 'IBKR_DOCTOR_OTHER_PORT', probe: 'port', facts: { listening: [expect.any(Number)] } },
  // The clock moves before the link can be there.
  { title: 'a host that does not answer', setUp: async (clock) => ({ port: await setUps.broken(clock, {}) }), wait: afterAsking('port', 5_000), verdict: 'broken', cause: 'IBKR_CONNECT_TCP_TIMEOUT', probe: 'port' },
  { title: 'a host that cannot be reached', setUp: () => Promise.resolve({ host: '255.255.255.255' }), verdict: 'broken', cause: 'IBKR_CONNECT_NETWORK', probe: 'port' },
  { title: 'a mute peer', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'mute-accept' }) }), wait: afterAsking('protocol', 10_000), verdict: 'broken', cause: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT', probe: 'protocol' },
  { title: 'a web server', setUp: async () => ({ port: await setUps.listening(createWebServer()) }), verdict: 'broken', cause: 'IBKR_DOCTOR_PEER_HTTP', probe: 'protocol', facts: { peer: 'http' } },
  { title: 'a server that answers with a TLS alert', setUp: async () => ({ port: await setUps.garbage('\u0015\u0003\u0001\u0000\u0002\u0002\u0046') }), verdict: 'broken', cause: 'IBKR_DOCTOR_PEER_TLS', probe: 'protocol', facts: { peer: 'tls' } },
  { title: 'another protocol', setUp: async () => ({ port: await setUps.garbage('SSH-2.0-OpenSSH_9.6\r\n') }), verdict: 'broken', cause: 'IBKR_CONNECT_NOT_TWS', probe: 'protocol', facts: { peer: 'ssh' } },
  { title: 'garbage', setUp: async () => ({ port: await setUps.garbage('\u0000\u0000\u0000\u0004what') }), verdict: 'broken', cause: 'IBKR_CONNECT_NOT_TWS', probe: 'protocol', facts: { peer: 'unknown' } },
  { title: 'TLS where there is none', setUp: async () => ({ port: await setUps.garbage('this is no TLS'), tls: true }), verdict: 'broken', cause: 'IBKR_CONNECT_TLS_FAILED', probe: 'protocol' },
  { title: 'a peer that hangs up on our hello', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'old-version', refuse: true }) }), verdict: 'broken', cause: 'IBKR_CONNECT_CLOSED', probe: 'handshake' },
  { title: 'a version that is too old', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'old-version', version: 156 }) }), verdict: 'broken', cause: 'IBKR_DOCTOR_VERSION_TOO_OLD', probe: 'handshake', facts: { serverVersion: 156 } },
  { title: 'a version that is too new', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'new-version', version: 213 }) }), verdict: 'broken', cause: 'IBKR_DOCTOR_VERSION_TOO_NEW', probe: 'handshake', facts: { serverVersion: 213 } },
  { title: 'a client id in use', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'id-in-use' }), clientId: 7 }), verdict: 'broken', cause: 'IBKR_CONNECT_CLIENT_ID_IN_USE', probe: 'clientId' },
  { title: 'an API that never gets ready', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'mute-ready' }) }), wait: afterAsking('handshake', 10_000), verdict: 'broken', cause: 'IBKR_CONNECT_READY_TIMEOUT', probe: 'ready' },
  { title: 'a live account where paper was asked for', setUp: async (clock) => ({ port: await setUps.broken(clock, { accounts: ['U1234567'], forceAccounts: true }) }), verdict: 'broken', cause: 'IBKR_ACCOUNT_MODE_MISMATCH', probe: 'mode', facts: { kinds: ['live'], asked: 'paper' } },
  { title: 'a paper account where live was asked for', setUp: async (clock) => ({ port: await setUps.broken(clock, {}), mode: 'live' }), verdict: 'broken', cause: 'IBKR_ACCOUNT_MODE_MISMATCH', probe: 'mode', facts: { kinds: ['paper'], asked: 'live' } },
  { title: 'one live account among paper ones', setUp: async (clock) => ({ port: await setUps.broken(clock, { accounts: ['DU1234567', 'U7654321'], forceAccounts: true }) }), verdict: 'broken', cause: 'IBKR_ACCOUNT_MODE_MISMATCH', probe: 'mode', facts: { kinds: ['paper', 'live'] } },
  { title: 'an account that is not in the list', setUp: async (clock) => ({ port: await setUps.broken(clock, {}), account: 'DU7654321' }), verdict: 'broken', cause: 'IBKR_ACCOUNT_NOT_LISTED', probe: 'account' },
  { title: 'no answers', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'lose-order', request: 'reqCurrentTime', count: 100 }) }), wait: afterAsking('roundTrip', 5_000), verdict: 'broken', cause: 'IBKR_DOCTOR_NO_ANSWER', probe: 'roundTrip' },
  { title: 'a clock that is ahead', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'clock-skew', byMs: 90_000 }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_CLOCK_SKEW', probe: 'clock', facts: { gatewayIs: 'ahead' } },
  { title: 'a clock that is behind', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'clock-skew', byMs: -10_000 }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_CLOCK_SKEW', probe: 'clock', facts: { gatewayIs: 'behind' } },
  { title: 'no link to the broker (1100)', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'notice', code: 1100, after: ON_READY }) }), verdict: 'broken', cause: 'IBKR_UPSTREAM_DOWN', probe: 'upstream' },
  { title: 'no link to the broker (2110)', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'notice', code: 2110, after: ON_READY }) }), verdict: 'broken', cause: 'IBKR_UPSTREAM_DOWN', probe: 'upstream' },
  { title: 'one farm that is down', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'farm-down', farm: 'ushmds', after: ON_READY }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_FARM_DOWN', probe: 'farms', facts: { down: ['ushmds'] } },
  { title: 'the farm of definitions that is down', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'notice', code: 2157, after: ON_READY }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_FARM_DOWN', probe: 'farms', facts: { down: ['secdefnj'] } },
  { title: 'a farm that is connecting', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'notice', code: 2119, after: ON_READY }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_FARM_CONNECTING', probe: 'farms' },
  { title: 'a read-only API', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'read-only' }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_READ_ONLY', probe: 'readOnly', facts: { readOnly: true, brokerCode: 321 } },
  { title: 'no answer about orders', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'lose-order', request: 'reqIds' }) }), wait: afterAsking('readOnly', 5_000), verdict: 'degraded', cause: 'IBKR_DOCTOR_NO_ANSWER', probe: 'readOnly' },
  { title: 'delayed data only', setUp: async (clock) => ({ port: await setUps.broken(clock, { dataPermission: 'delayed' }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_DELAYED_DATA', probe: 'marketData', facts: { dataType: 'delayed', brokerCode: 10_089 } },
  { title: 'no market data permission', setUp: async (clock) => ({ port: await setUps.broken(clock, { dataPermission: 'none' }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_NO_MARKET_DATA', probe: 'marketData', facts: { brokerCode: 354 } },
  { title: 'a competing session', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'competing-session' }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_COMPETING_SESSION', probe: 'marketData', facts: { brokerCode: 10_197 } },
  { title: 'a feed that is dead', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'data-dead' }) }), wait: afterAsking('marketData', 8_000), verdict: 'degraded', cause: 'IBKR_DOCTOR_QUOTE_SILENT', probe: 'marketData' },
  { title: 'no free line', setUp: async (clock) => ({ port: await setUps.broken(clock, { limits: { marketDataLines: 0 } }) }), verdict: 'degraded', cause: 'IBKR_DOCTOR_LINES_USED_UP', probe: 'marketData', facts: { brokerCode: 101 } },
  { title: 'a contract that is unknown', setUp: async (clock) => ({ port: await setUps.broken(clock, {}), quote: { symbol: 'NOSUCH', secType: 'STK', exchange: 'SMART', currency: 'USD' } }), verdict: 'degraded', cause: 'IBKR_DOCTOR_QUOTE_REFUSED', probe: 'marketData', facts: { brokerCode: 200 } },
  { title: 'a session that is cut in the middle', setUp: async (clock) => ({ port: await setUps.broken(clock, {}, { type: 'drop', how: 'fin', after: { message: 'reqIds', count: 1 } }) }), verdict: 'broken', cause: 'IBKR_SESSION_PEER_CLOSED', probe: 'marketData' },
];

it.each(BROKEN)('names $cause for $title', async ({ setUp, wait, verdict, cause, probe, facts = {} }) => {
  const clock = presentClock();
  const running = diagnosing(await setUp(clock), clock);
  await Promise.race([wait?.(running), running.result]);
  const diagnosis = await running.result;
  const answer = answerOf(diagnosis, probe);
  expect({ verdict: diagnosis.verdict, cause: diagnosis.cause, code: answer.code }).toEqual({ verdict, cause, code: cause });
  expect(diagnosis.summary).toBe(answer.detail);
  expect(answer.fix).toMatch(/\w{3}.*\.$/u);
  expect(answer.facts ?? {}).toMatchObject(facts);
  expect(diagnosis.probes.map(({ name }) => name)).toEqual(PROBE_NAMES);
  expect(diagnosisCodes()).toContain(cause);
  expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
  // Nothing but a simulator may be left on the clock.
  await setUps.close();
  expect(clock.pending).toBe(0);
});

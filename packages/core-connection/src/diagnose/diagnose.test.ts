import { createServer as createTlsServer } from 'node:tls';
import { certificate } from '@ibkit/presets/certificate';
import { waitForJournal } from '@ibkit/simulator/vitest';
import { afterEach, describe, expect, it } from 'vitest';
import { BrokenSetUps, answerOf, diagnosing, presentClock } from '../testing/diagnosing.js';
import { failure } from '../testing/loopback.js';
import { TlsTunnel } from '../testing/tls-tunnel.js';
import { diagnose } from './diagnose.js';
import { PROBE_NAMES } from './diagnosis.js';
import type { Probe } from './diagnosis.js';
import { suspectAddress } from './failed-attempt.js';
import { ProbeRun } from './probe-run.js';

const setUps = new BrokenSetUps();

afterEach(() => setUps.close());

describe('diagnose', () => {
  it('finds nothing wrong with a gateway that is all right', async () => {
    const clock = presentClock();
    const server = await setUps.simulator({ clock });
    const { result, probes } = diagnosing({ port: server.port, account: 'DU1234567' }, clock);
    const diagnosis = await result;
    expect(diagnosis).toMatchObject({ verdict: 'ok', target: { host: '127.0.0.1', port: server.port, clientId: 1 }, startedAtMs: clock.now(), durationMs: 0 });
    expect(diagnosis).not.toHaveProperty('cause');
    expect(diagnosis.summary).toBe(`All is well at 127.0.0.1:${server.port}. Server version 193. The gateway serves 1 paper account. Live quotes come (AAPL).`);
    expect(diagnosis.probes.map(({ name, status }) => [name, status])).toEqual(PROBE_NAMES.map((name) => [name, 'ok']));
    expect(diagnosis.probes.every(({ code, fix }) => code === undefined && fix === undefined)).toBe(true);
    expect(probes).toEqual(diagnosis.probes);
    expect(answerOf(diagnosis, 'roundTrip').facts).toMatchObject({ samples: 5, medianMs: 0 });
    expect(answerOf(diagnosis, 'farms').facts).toMatchObject({ farms: { usfarm: 'up', ushmds: 'up' }, down: [] });
    // The line is closed, and nothing was traded.
    await waitForJournal(server, { kind: 'in', type: 'cancelMktData' });
    expect(new Set(server.control.journal({ kind: 'in' }).map(({ type }) => type))).toEqual(new Set(['startApi', 'reqCurrentTime', 'reqIds', 'reqMktData', 'cancelMktData']));
  });

  it('thinks of TLS when a peer hangs up in silence, as OpenSSL does on what is no TLS', async () => {
    const port = await setUps.listening(createTlsServer(certificate({ commonName: 'a tunnel' })));
    const diagnosis = await diagnosing({ port }).result;
    expect(diagnosis).toMatchObject({ verdict: 'broken', cause: 'IBKR_CONNECT_CLOSED' });
    expect(answerOf(diagnosis, 'handshake').fix).toContain('set the tls option');
  });

  it('does not suspect the address of this machine itself, and names the one that another machine would see', async () => {
    const clock = presentClock();
    const port = await setUps.broken(clock, {}, { type: 'old-version', refuse: true });
    const diagnosis = await diagnosing({ port }, clock).result;
    expect(answerOf(diagnosis, 'trusted').status).toBe('skipped');
    expect(answerOf(diagnosis, 'trusted').detail).toContain('on this machine');
    const run = new ProbeRun({ clock, target: diagnosis.target, settings: { timeoutMs: 1_000, showAccounts: false, signal: undefined, onStart: undefined, onProbe: undefined } });
    await suspectAddress(run, { host: '127.0.0.1', port, clock }, ['203.0.113.7']);
    expect(run.finish()).toMatchObject({ verdict: 'degraded', cause: 'IBKR_DOCTOR_ADDRESS_NOT_TRUSTED', probes: [{ name: 'trusted', facts: { ourAddress: '127.0.0.1' } }] });
  });

  it('recognises a gateway that wants a person first, and one that hangs up after the handshake', async () => {
    const gateway = await setUps.gateway({ behaviour: 'mute-ready' });
    const disclaimer = diagnosing({ port: gateway.port });
    const first = await gateway.next();
    await first.next('startApi');
    first.send({ type: 'errMsg', id: -1, code: 10_141, msg: 'Paper trading disclaimer must first be accepted for API connection.' });
    expect(await disclaimer.result).toMatchObject({ verdict: 'broken', cause: 'IBKR_CONNECT_NOT_AUTHORISED' });
    const rude = diagnosing({ port: gateway.port });
    const second = await gateway.next();
    await second.next('startApi');
    second.hangUp();
    const diagnosis = await rude.result;
    expect(diagnosis).toMatchObject({ verdict: 'broken', cause: 'IBKR_CONNECT_CLOSED' });
    expect(['handshake', 'trusted', 'ready'].map((name) => diagnosis.probes.find((probe) => probe.name === name)?.status)).toEqual(['ok', 'ok', 'failed']);
  });

  it('is not held up by a gateway that lists a hundred thousand accounts, or tells of farms without end', async () => {
    const gateway = await setUps.gateway({ behaviour: 'mute-ready' });
    const { result } = diagnosing({ port: gateway.port, samples: 1, quote: false });
    const client = await gateway.next();
    await client.next('startApi');
    const accountsList = Array.from({ length: 100_000 }, (_, index) => `DU${1_000_000 + index}`).join(',');
    client.send({ type: 'managedAccounts', accountsList }, { type: 'nextValidId', orderId: 1 });
    for (let farm = 0; farm < 300; farm += 1) client.send({ type: 'errMsg', id: -1, code: 2103, msg: `Market data farm connection is broken:${'f'.repeat(2_000)}${farm}` });
    for (let asked = 0; asked < 2; asked += 1) {
      await client.next('reqCurrentTime');
      client.send({ type: 'currentTime', time: 1 });
    }
    await client.next('reqIds');
    client.send({ type: 'nextValidId', orderId: 1 });
    const diagnosis = await result;
    expect(answerOf(diagnosis, 'mode')).toMatchObject({ status: 'ok', detail: 'The gateway serves 100000 paper accounts', facts: { count: 100_000 } });
    expect(answerOf(diagnosis, 'farms').code).toBe('IBKR_DOCTOR_FARM_DOWN');
    expect(JSON.stringify(diagnosis).length).toBeLessThan(600_000);
  });

  it('finds a login without accounts', async () => {
    const gateway = await setUps.gateway({ behaviour: 'mute-ready' });
    const { result } = diagnosing({ port: gateway.port });
    const client = await gateway.next();
    await client.next('startApi');
    client.send({ type: 'managedAccounts', accountsList: '' }, { type: 'nextValidId', orderId: 1 });
    client.hangUp();
    expect(await result).toMatchObject({ verdict: 'broken', cause: 'IBKR_DOCTOR_NO_ACCOUNTS' });
  });

  it('finds answers slow by what usually happens, not by the slowest', async () => {
    const judged = async (...answersMs: readonly number[]): Promise<Probe> => {
      const gateway = await setUps.gateway();
      const { result, clock } = diagnosing({ port: gateway.port, quote: false, samples: answersMs.length });
      const client = await gateway.next();
      await client.next('reqCurrentTime');
      client.send({ type: 'currentTime', time: Math.floor(clock.now() / 1_000) });
      for (const ms of answersMs) {
        await client.next('reqCurrentTime');
        await clock.advance(ms);
        client.send({ type: 'currentTime', time: Math.floor(clock.now() / 1_000) });
      }
      await client.next('reqIds');
      client.send({ type: 'nextValidId', orderId: 42 });
      const diagnosis = await result;
      await setUps.close();
      return answerOf(diagnosis, 'roundTrip');
    };
    expect(await judged(600, 10, 700)).toMatchObject({ code: 'IBKR_DOCTOR_SLOW', facts: { samples: 3, medianMs: 600, bestMs: 10, worstMs: 700, jitterMs: 640 } });
    expect(await judged(10, 2_000, 20, 30)).toMatchObject({ status: 'ok', facts: { medianMs: 25, worstMs: 2_000 } });
  });

  it('goes through a TLS tunnel, and says when its certificate is not trusted', async () => {
    const clock = presentClock();
    const target = await setUps.broken(clock, {});
    const authority = certificate({ commonName: 'test authority', authority: true });
    const tunnel = await TlsTunnel.start(() => target, certificate({ commonName: 'tunnel', names: ['127.0.0.1'], issuer: authority }));
    try {
      expect(await diagnosing({ port: tunnel.port, tls: { ca: authority.cert } }, clock).result).toMatchObject({ verdict: 'ok' });
      const untrusted = await diagnosing({ port: tunnel.port, tls: true }, clock).result;
      expect(untrusted).toMatchObject({ verdict: 'broken', cause: 'IBKR_CONNECT_TLS_UNTRUSTED' });
      expect(answerOf(untrusted, 'protocol').fix).toContain('tls.ca');
    } finally {
      await tunnel.close();
    }
  });

  it('tells idle farms from those in use', async () => {
    const clock = presentClock();
    const port = await setUps.broken(clock, {}, { type: 'notice', code: 2107, after: { client: 'ready' } });
    expect(answerOf(await diagnosing({ port }, clock).result, 'farms')).toMatchObject({ status: 'ok', detail: 'Connected to usfarm, usopt, secdefnj; idle until they are needed: ushmds' });
  });

  it('tells why a session is gone that ended before it was asked anything', async () => {
    const gateway = await setUps.gateway({ behaviour: 'mute-ready' });
    const { result } = diagnosing({ port: gateway.port });
    const client = await gateway.next();
    await client.next('startApi');
    client.send({ type: 'managedAccounts', accountsList: 'DU1234567' }, { type: 'nextValidId', orderId: 1 });
    client.sendRaw(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    const diagnosis = await result;
    expect(diagnosis).toMatchObject({ verdict: 'broken', cause: 'IBKR_SESSION_FRAMING' });
    expect(answerOf(diagnosis, 'upstream')).toMatchObject({ status: 'skipped', detail: 'Not asked: the session ended (IBKR_SESSION_FRAMING)' });
  });

  it('ends when its time is over, and says so', async () => {
    const clock = presentClock();
    const { result, asked } = diagnosing({ port: await setUps.broken(clock, {}, { type: 'data-dead' }), timeoutMs: 3_000 }, clock);
    await asked('marketData');
    await clock.advance(3_000);
    const diagnosis = await result;
    expect(diagnosis).toMatchObject({ verdict: 'degraded', cause: 'IBKR_DOCTOR_OUT_OF_TIME', durationMs: 3_000 });
    expect(answerOf(diagnosis, 'marketData')).toMatchObject({ status: 'warning', durationMs: 3_000 });
  });

  it('does not take what it had no time to ask for health', async () => {
    const gateway = await setUps.gateway();
    const { result, clock, asked } = diagnosing({ port: gateway.port, timeoutMs: 1_000, samples: 1 });
    const client = await gateway.next();
    await asked('roundTrip');
    await client.next('reqCurrentTime');
    await clock.advance(1_000);
    const diagnosis = await result;
    expect(diagnosis).toMatchObject({ verdict: 'degraded', cause: 'IBKR_DOCTOR_OUT_OF_TIME' });
    for (const name of ['upstream', 'farms', 'readOnly', 'marketData'] as const) {
      expect(answerOf(diagnosis, name)).toMatchObject({ status: 'skipped', code: 'IBKR_DOCTOR_OUT_OF_TIME' });
    }
  });

  it.each(['protocol', 'handshake', 'roundTrip'] as const)('stops at %s with the reason of the signal, and leaves nothing behind', async (name) => {
    const gateway = await setUps.gateway({ behaviour: name === 'protocol' ? 'mute' : name === 'handshake' ? 'mute-ready' : 'normal' });
    const abort = new AbortController();
    const { result, clock, asked } = diagnosing({ port: gateway.port, signal: abort.signal });
    const client = await gateway.next();
    await asked(name);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(result).rejects.toBe(reason);
    await client.closed;
    expect(clock.pending).toBe(0);
  });

  it('connects nowhere with a signal that has aborted', async () => {
    const gateway = await setUps.gateway();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(diagnosing({ port: gateway.port, signal }).result).rejects.toThrow('too late');
    expect(gateway.accepted).toBe(0);
  });

  it('masks accounts, also in what the gateway says, and cleans its texts', async () => {
    const clock = presentClock();
    const said = 'No link for DU1234567[31m and MYACCOUNT9';
    const setUp = { port: await setUps.broken(clock, { accounts: ['DU1234567', 'MYACCOUNT9'], forceAccounts: true }, { type: 'notice', code: 1100, text: said, after: { client: 'ready' } }), account: 'DF7654321' };
    const masked = JSON.stringify(await diagnosing(setUp, clock).result);
    for (const secret of ['1234567', '7654321', 'MYACCOUNT9', 'u001b']) expect(masked).not.toContain(secret);
    expect(masked).toContain('DU***567');
    const shown = await diagnosing({ ...setUp, showAccounts: true }, clock).result;
    expect(answerOf(shown, 'mode').facts).toMatchObject({ accounts: ['DU1234567', 'MYACCOUNT9'] });
    expect(answerOf(shown, 'account').detail).toContain('DF7654321');
  });

  it('goes on when a listener throws', async () => {
    const clock = presentClock();
    const port = await setUps.broken(clock, {});
    const fault = (): never => {
      throw new Error('no');
    };
    expect(await diagnose({ port, clock, onStart: fault, onProbe: fault, quote: false })).toMatchObject({ verdict: 'ok' });
  });

  it.each([
    [{ mode: 'demo' }, 'mode'],
    [{ port: 0 }, 'port'],
    [{ clientId: -1 }, 'clientId'],
    [{ host: ' ' }, 'host'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeouts: { quoteMs: -1 } }, 'timeouts.quoteMs'],
    [{ limits: { clockSkewMs: Number.NaN } }, 'limits.clockSkewMs'],
    [{ samples: 0 }, 'samples'],
    [{ otherPorts: [70_000] }, 'otherPorts'],
    [{ quote: 'AAPL' }, 'quote'],
    [{ account: '' }, 'account'],
    [{ showAccounts: 'false' }, 'showAccounts'],
    [{ onProbe: true }, 'onProbe'],
    [{ clock: {} }, 'clock'],
    [{ useGateway: 1 }, 'useGateway'],
  ])('refuses %j by name', async (options, field) => {
    // As callers in plain JavaScript do it.
    const loose: (given: object) => Promise<unknown> = diagnose;
    const error = await failure(loose(options));
    expect(error.code).toBe('IBKR_USAGE_INVALID_ARGUMENT');
    expect(error.message.startsWith(`${field} must `)).toBe(true);
  });
});

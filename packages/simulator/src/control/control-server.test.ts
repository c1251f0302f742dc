import { request } from 'node:http';
import { connect } from 'node:net';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createSimulator } from '../create-simulator.js';
import type { Simulator } from '../create-simulator.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { WireClient } from '../testing/wire-client.js';
import { LARGEST_BODY } from './control-request.js';

/** An answer of the control port. */
interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly allow: string | undefined;
  readonly text: string;
}

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function portOf({ controlPort }: Simulator): number {
  if (controlPort === undefined) throw new Error('there is no control port');
  return controlPort;
}

function ask(simulator: Simulator, path: string, { method = 'GET', body, raw, headers = {} }: Call = {}): Promise<Answer> {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const call = request(
      { host: simulator.host, port: portOf(simulator), path, method, headers: { ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], allow: response.headers.allow, text });
        });
      },
    );
    call.on('error', reject);
    call.end(content);
  });
}

function parsed({ text }: Answer): unknown {
  const value: unknown = JSON.parse(text);
  return value;
}

async function withControl(body: (simulator: Simulator) => Promise<void>, options: SimulatorOptions = {}): Promise<void> {
  const clock = createTestClock();
  const simulator = await createSimulator({ clock, controlPort: 0, ...options });
  try {
    await body(simulator);
  } finally {
    await simulator.close();
  }
  expect(clock.pending).toBe(0);
}

describe('the control port', () => {
  it('is off unless it is asked for', async () => {
    const simulator = await createSimulator({ clock: createTestClock() });
    expect(simulator.controlPort).toBeUndefined();
    await simulator.close();
  });

  it('shows the state', () =>
    withControl(async (simulator) => {
      const client = await WireClient.ready({ port: simulator.port, clientId: 4 });
      const answer = await ask(simulator, '/state');
      expect(answer).toMatchObject({ status: 200, type: 'application/json' });
      expect(parsed(answer)).toMatchObject({ port: simulator.port, listening: true, clients: [{ clientId: 4 }], faults: [] });
      await client.close();
    }));

  it('begins and ends faults', () =>
    withControl(async (simulator) => {
      const client = await WireClient.ready({ port: simulator.port });
      const first = await ask(simulator, '/faults', { method: 'POST', body: { type: 'data-dead', for: 60_000 } });
      expect([first.status, parsed(first)]).toEqual([201, { id: 'f1' }]);
      await ask(simulator, '/faults', { method: 'POST', body: { type: 'notice', code: 1100, after: { message: 'reqIds' } } });
      expect(parsed(await ask(simulator, '/faults'))).toMatchObject({
        faults: [
          { id: 'f1', status: 'active', fault: { type: 'data-dead' } },
          { id: 'f2', status: 'waiting' },
        ],
      });
      client.send({ type: 'reqIds' });
      await client.error(1100);
      expect(parsed(await ask(simulator, '/faults?id=f9', { method: 'DELETE' }))).toEqual({ ended: 0 });
      expect(parsed(await ask(simulator, '/faults?type=data-dead', { method: 'DELETE' }))).toEqual({ ended: 1 });
      await ask(simulator, '/faults', { method: 'POST', body: { type: 'weekly-login' } });
      await client.closed;
      expect(parsed(await ask(simulator, '/approve', { method: 'POST' }))).toEqual({ approved: 1 });
      expect(parsed(await ask(simulator, '/faults', { method: 'DELETE' }))).toEqual({ ended: 0 });
    }));

  it.runIf(process.platform === 'linux')('answers when the port is as it was asked for', () =>
    withControl(async (simulator) => {
      const outcome = (): Promise<string> =>
        new Promise((resolve) => {
          const socket = connect(simulator.port, simulator.host);
          socket.once('error', (error) => {
            resolve('code' in error ? String(error.code) : error.message);
          });
          socket.once('connect', () => {
            socket.destroy();
            resolve('connected');
          });
        });
      await ask(simulator, '/faults', { method: 'POST', body: { type: 'weekly-login' } });
      expect(await outcome()).toBe('ECONNREFUSED');
      await ask(simulator, '/approve', { method: 'POST' });
      expect(await outcome()).toBe('connected');
      await ask(simulator, '/faults', { method: 'POST', body: { type: 'black-hole' } });
      expect(simulator.control.journal({ kind: 'fault', type: 'holeOpen' })).toHaveLength(1);
      await ask(simulator, '/faults?type=black-hole', { method: 'DELETE' });
      expect(await outcome()).toBe('connected');
    }));

  it('lets clients read on a long way: who reads is not cut', () =>
    withControl(
      async (simulator) => {
        const client = await WireClient.ready({ port: simulator.port, clientId: 1 });
        client.send({ type: 'reqMktData', reqId: 1, contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } });
        await client.barrier();
        const startMs = simulator.clock.now();
        expect(await simulator.control.step(3_600_000)).toMatchObject({ nowMs: startMs + 3_600_000 });
        const advanced = await ask(simulator, '/clock', { method: 'POST', body: { action: 'advance', ms: 3_600_000 } });
        expect(parsed(advanced)).toMatchObject({ nowMs: startMs + 7_200_000 });
        await client.barrier();
        expect(client.all('tickPrice').length).toBeGreaterThan(5_000);
        expect(simulator.control.journal({ kind: 'client', type: 'closed' })).toEqual([]);
        // The two moves are one entry each, however many pieces they were made in.
        expect(simulator.control.journal({ kind: 'fault', type: 'clock' }).map(({ message }) => message)).toEqual([
          { action: 'step', ms: 3_600_000 },
          { action: 'advance', ms: 3_600_000 },
        ]);
        await client.close();
      },
      { lockStep: true, maxPendingBytes: 262_144 },
    ));

  it('moves the market and the clock', () =>
    withControl(async (simulator) => {
      const market = (body: unknown): Promise<Answer> => ask(simulator, '/market', { method: 'POST', body });
      const clock = (body: unknown): Promise<Answer> => ask(simulator, '/clock', { method: 'POST', body });
      expect(parsed(await market({ action: 'set', symbol: 'AAPL', price: 250 }))).toMatchObject({ symbol: 'AAPL', last: 250, halted: false });
      expect(parsed(await market({ action: 'gap', symbol: 'AAPL', percent: 10 }))).toMatchObject({ last: 275 });
      expect(parsed(await market({ action: 'halt', symbol: 'AAPL' }))).toMatchObject({ halted: true });
      expect(parsed(await market({ action: 'resume', symbol: 'AAPL' }))).toMatchObject({ halted: false });
      // Not only stocks have a price of their own, and not every price has cents.
      expect(parsed(await market({ action: 'set', symbol: 'eur.usd', price: 1.1 }))).toMatchObject({ symbol: 'EUR.USD', bid: 1.1, halted: false });
      expect(parsed(await market({ action: 'gap', symbol: 'EUR.USD', percent: 0.25 }))).toMatchObject({ bid: 1.1028 });
      const startMs = simulator.clock.now();
      expect(parsed(await clock({ action: 'pause' }))).toMatchObject({ paused: true });
      expect(parsed(await clock({ action: 'step', ms: 1_000 }))).toMatchObject({ paused: true, nowMs: startMs + 1_000 });
      expect(parsed(await clock({ action: 'resume' }))).toMatchObject({ paused: false });
      expect(parsed(await clock({ action: 'advance', ms: 500 }))).toMatchObject({ paused: false, nowMs: startMs + 1_500 });
      expect(parsed(await clock({ action: 'speed', speed: 60 }))).toMatchObject({ speed: 60 });
    }));

  it('places and cancels orders that no API client made', () =>
    withControl(async (simulator) => {
      const placed = await ask(simulator, '/orders', { method: 'POST', body: { symbol: 'AAPL', action: 'BUY', quantity: 5, lmtPrice: 1 } });
      expect(placed.status).toBe(201);
      expect(parsed(placed)).toMatchObject({ orderId: 0, clientId: 0, lmtPrice: 1 });
      const permId = simulator.control.state().openOrders[0]?.permId ?? '';
      expect((await ask(simulator, `/orders?permId=${permId}`, { method: 'DELETE' })).status).toBe(200);
      expect(simulator.control.state().openOrders).toMatchObject([{ status: 'PendingCancel' }]);
      const refused = await ask(simulator, '/orders', { method: 'POST', body: { symbol: 'AAPL', action: 'HOLD', quantity: 5 } });
      expect([refused.status, parsed(refused)]).toMatchObject([400, { field: 'action' }]);
    }));

  it('gives the journal, by filter, in pages and as lines', () =>
    withControl(async (simulator) => {
      const client = await WireClient.ready({ port: simulator.port, clientId: 4 });
      for (let round = 0; round < 2_500; round += 1) client.send({ type: 'reqCurrentTime' });
      while (client.all('currentTime').length < 2_500) await client.barrier();
      const page = await ask(simulator, '/journal?kind=in&clientId=4&type=reqCurrentTime&limit=3');
      expect(parsed(page)).toMatchObject({ entries: [{ kind: 'in', type: 'reqCurrentTime' }, {}, {}], lastSeq: simulator.control.lastSeq });
      const first = simulator.control.journal({ kind: 'in', type: 'reqCurrentTime' });
      expect(parsed(page)).toMatchObject({ nextAfterSeq: first[2]?.seq });
      expect(parsed(await ask(simulator, `/journal?afterSeq=${simulator.control.lastSeq}`))).toEqual({ entries: [], lastSeq: simulator.control.lastSeq });
      const lines = await ask(simulator, '/journal?kind=out', { headers: { accept: 'application/x-ndjson' } });
      expect(lines.type).toBe('application/x-ndjson');
      const all = simulator.control.journal({ kind: 'out' });
      expect(lines.text.trim().split('\n').map((line): unknown => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(all)));
      expect((await ask(simulator, '/journal?format=jsonl&limit=2')).text.trim().split('\n')).toHaveLength(2);
      await client.close();
    }));

  it.each<[string, Call, number, Record<string, unknown>]>([
    ['/nothing', {}, 404, { title: 'No such path' }],
    ['/constructor', {}, 404, {}],
    ['/state', { method: 'POST' }, 405, { detail: '/state takes GET, not POST.' }],
    ['/state?x=1', {}, 400, { field: 'x' }],
    ['/faults', { method: 'POST', body: { type: 'drop', how: 'hard' } }, 400, { field: 'how', rule: 'must be one of rst, fin', value: 'hard', code: 'IBKR_USAGE_INVALID_ARGUMENT' }],
    ['/faults', { method: 'POST', body: null }, 400, { field: 'fault' }],
    ['/faults', { method: 'POST', raw: '{"type":' }, 400, { title: 'Not JSON' }],
    ['/faults', { method: 'POST', raw: 'type=drop', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, {}],
    ['/faults', { method: 'POST', raw: '{}', headers: { 'content-type': 'text/plain' } }, 415, {}],
    ['/faults', { method: 'POST', raw: `"${'x'.repeat(LARGEST_BODY)}"` }, 413, {}],
    ['/faults?type=dorp', { method: 'DELETE' }, 400, { field: 'type' }],
    ['/market', { method: 'POST', body: { action: 'set', symbol: 'NOPE', price: 1 } }, 400, { field: 'symbol' }],
    ['/market', { method: 'POST', body: { action: 'set', symbol: 'AAPL', price: -1 } }, 400, { field: 'price' }],
    ['/market', { method: 'POST', body: { action: 'toString' } }, 400, { field: 'action' }],
    ['/clock', { method: 'POST', body: { action: 'advance', ms: 1e12 } }, 400, { field: 'ms' }],
    ['/clock', { method: 'POST', body: { action: 'speed', speed: 0 } }, 400, { field: 'speed' }],
    ['/journal?kind=gossip', {}, 400, { field: 'kind' }],
    ['/journal?limit=0', {}, 400, { field: 'limit' }],
    ['/journal?limit=10001', {}, 400, { field: 'limit' }],
  ])('refuses %s %j with %i', (path, call, status, problem) =>
    withControl(async (simulator) => {
      const answer = await ask(simulator, path, call);
      expect(answer).toMatchObject({ status, type: 'application/problem+json' });
      expect(parsed(answer)).toMatchObject({ type: 'about:blank', status, ...problem });
      expect(simulator.control.state().faults).toEqual([]);
    }),
  );

  it.each<[Readonly<Record<string, string>>, number]>([
    [{}, 200],
    [{ host: 'localhost:PORT' }, 200],
    [{ host: '[::1]:PORT' }, 200],
    [{ origin: 'http://127.0.0.1:PORT' }, 200],
    [{ host: 'evil.example:PORT' }, 403],
    [{ host: '127.0.0.1:1' }, 403],
    [{ host: '127.0.0.1' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'http://127.0.0.1:1' }, 403],
    [{ origin: 'https://127.0.0.1:PORT' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
  ])('takes requests from programs here and not from foreign pages: %j', (headers, status) =>
    withControl(async (simulator) => {
      const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(portOf(simulator)))]));
      expect((await ask(simulator, '/state', { headers: own })).status).toBe(status);
    }),
  );

  it('says clearly that its port is taken, and leaves nothing open', async () => {
    await withControl(async (first) => {
      const clock = createTestClock();
      await expect(createSimulator({ clock, controlPort: first.controlPort })).rejects.toMatchObject({ name: 'ConnectionError', code: 'IBKR_SIMULATOR_CONTROL_PORT' });
      expect(clock.pending).toBe(0);
    });
  });

  it('closes with connections open, also those that say nothing', async () => {
    const simulator = await createSimulator({ clock: createTestClock(), controlPort: 0 });
    const socket = connect({ host: simulator.host, port: portOf(simulator) });
    await new Promise((resolve) => socket.once('connect', resolve));
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await simulator.close();
    await gone;
    await expect(ask(simulator, '/state')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

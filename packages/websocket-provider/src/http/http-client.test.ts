import { describe, expect, it } from 'vitest';
import { ROUTES } from '@ibkit/api-contract';
import type { Route } from '@ibkit/api-contract';
import { FakeDaemon, json } from '../testing/fake-daemon.js';
import type { HttpAnswer } from '../platform/platform.js';
import { HttpClient } from './http-client.js';

const HEALTH = { status: 'ok', version: '1.0.0', uptimeMs: 5 };
const PROBLEM = { type: 'about:blank', title: 'Refused', status: 422, detail: 'The order was refused locally', code: 'IBKR_ORDER_GATE_REFUSED', retryable: false, errorClass: 'GateRefusedError', gate: ['KILL_SWITCH'], tips: ['Release it.'] };

function rig(answer: HttpAnswer | Error): { readonly daemon: FakeDaemon; readonly client: HttpClient } {
  const daemon = new FakeDaemon();
  daemon.answer = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
  return { daemon, client: new HttpClient({ token: 's3cret', clock: daemon.clock, random: daemon.random }, daemon.platform) };
}

describe('HttpClient', () => {
  it('has a method for each route of the contract', () => {
    const { client } = rig(json(200, HEALTH));
    for (const name of Object.keys(ROUTES)) expect(Reflect.get(client, name), name).toBeInstanceOf(Function);
  });

  it.each(Object.entries<Route>(ROUTES))('calls %s as the contract says', async (name, { method, path, params, body }) => {
    const { daemon, client } = rig(json(500, PROBLEM));
    const input = { ...Object.fromEntries(Object.keys(params?.shape ?? {}).map((field) => [field, 'x'])), ...(body === undefined ? {} : { body: {} }) };
    const call: unknown = Reflect.get(client, name);
    const answer: unknown = typeof call === 'function' ? Reflect.apply(call, client, [input, { idempotencyKey: 'k' }]) : undefined;
    await expect(answer).rejects.toThrow();
    expect(daemon.requests.map((request) => [request.method, request.path])).toEqual([[method, path.replaceAll(/:\w+/g, 'x')]]);
  });

  it('sends the token where one is needed, and nowhere else', async () => {
    const { daemon, client } = rig(json(200, HEALTH));
    await expect(client.healthz({})).resolves.toEqual(HEALTH);
    daemon.answer = () => Promise.resolve(json(200, { tokens: [] }));
    await client.tokens({});
    expect(daemon.requests.map(({ path, headers }) => [path, headers['authorization']])).toEqual([['/healthz', undefined], ['/v1/tokens', 'Bearer s3cret']]);
  });

  it('puts parameters where they belong, encoded', async () => {
    const { daemon, client } = rig(json(200, { symbol: 'BRK B', conId: 1, rows: [] }));
    await client.histogram({ symbol: 'BRK B/é?', useRth: true, secType: 'STK' });
    expect(daemon.requests[0]).toMatchObject({ method: 'GET', path: '/v1/histogram/BRK%20B%2F%C3%A9%3F?secType=STK&useRth=true', body: undefined });
  });

  it('asks the token source before each call', async () => {
    const daemon = new FakeDaemon();
    daemon.answer = () => Promise.resolve(json(200, { tokens: [] }));
    let count = 0;
    const client = new HttpClient({ token: () => `t${(count += 1)}`, clock: daemon.clock }, daemon.platform);
    await client.tokens({});
    await client.tokens({});
    expect(daemon.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t1', 'Bearer t2']);
  });

  it('wants a key for what must not happen twice, and never repeats a call', async () => {
    const { daemon, client } = rig(new Error('connect ECONNREFUSED'));
    const body = { ticket: { kind: 'order', instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 1, orderType: 'MKT' } } as const;
    await expect(client.placeOrder({ body })).rejects.toMatchObject({ name: 'UsageError', details: { field: 'idempotencyKey' } });
    expect(daemon.requests).toEqual([]);
    await expect(client.placeOrder({ body, waitMs: 0 }, { idempotencyKey: 'k1' })).rejects.toMatchObject({ code: 'IBKR_DAEMON_UNREACHABLE', retryable: true });
    expect(daemon.requests).toHaveLength(1);
    expect(daemon.requests[0]).toMatchObject({ path: '/v1/orders?waitMs=0', headers: { 'idempotency-key': 'k1', 'content-type': 'application/json' }, body: JSON.stringify(body) });
  });

  it('throws the error that the daemon had', async () => {
    const { client } = rig(json(422, PROBLEM));
    await expect(client.risk({})).rejects.toMatchObject({ name: 'GateRefusedError', code: 'IBKR_ORDER_GATE_REFUSED', message: 'The order was refused locally', tips: ['Release it.'], details: { reasons: ['KILL_SWITCH'], status: 422 } });
  });

  it.each([[401, 'AccountError'], [400, 'UsageError'], [429, 'RateLimitError'], [503, 'ConnectionError'], [504, 'TimeoutError'], [500, 'SystemError'], [404, 'RequestError']])('knows the class of a problem without one by its status %i', async (status, name) => {
    const { client } = rig(json(status, { ...PROBLEM, status, errorClass: undefined, gate: undefined, code: 'IBKR_X' }));
    await expect(client.status({})).rejects.toMatchObject({ name, code: 'IBKR_X' });
  });

  it.each<[string, HttpAnswer]>([
    ['a page of something else', { status: 200, contentType: 'text/html', text: '<html>' }],
    ['an answer that does not fit', json(200, { status: 'fine' })],
    ['a status that the route does not have', json(302, HEALTH)],
    ['an error page of a proxy', { status: 502, contentType: 'text/html', text: 'bad gateway' }],
  ])('refuses %s', async (_, answer) => {
    await expect(rig(answer).client.healthz({})).rejects.toMatchObject({ code: 'IBKR_DAEMON_ANSWER_INVALID' });
  });

  it('refuses a status that says something else than the body', async () => {
    const body = { ready: true, dataReady: true, tradeReady: true, reasons: [] };
    await expect(rig(json(503, body)).client.readyz({})).rejects.toMatchObject({ code: 'IBKR_DAEMON_ANSWER_INVALID' });
    await expect(rig(json(503, { ...body, ready: false })).client.readyz({})).resolves.toMatchObject({ ready: false });
  });

  it('takes a 202 for what it is, whatever its body says', async () => {
    const body = { ticket: { kind: 'order', instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 1, orderType: 'MKT' } } as const;
    const { client } = rig(json(202, { key: 'k1', repeated: false, orders: [] }));
    await expect(client.placeOrder({ body }, { idempotencyKey: 'k1' })).resolves.toEqual({ key: 'k1', repeated: false, orders: [] });
    await expect(rig(json(202, { key: 'k1', repeated: true, orders: [] })).client.placeOrder({ body }, { idempotencyKey: 'k1' })).resolves.toMatchObject({ repeated: true });
  });

  it('gives up at its deadline, which counts what the operation waits for', async () => {
    const daemon = new FakeDaemon();
    const signals: AbortSignal[] = [];
    daemon.answer = ({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const client = new HttpClient({ token: 't', timeoutMs: 1000, clock: daemon.clock }, daemon.platform);
    const call = client.cancelOrder({ id: 'x', waitMs: 500 });
    call.catch(() => undefined);
    await daemon.clock.advance(1499);
    expect(signals[0]?.aborted).toBe(false);
    await daemon.clock.advance(1);
    await expect(call).rejects.toMatchObject({ code: 'IBKR_DAEMON_TIMEOUT', retryable: true });
    expect(signals[0]?.aborted).toBe(true);
    expect(daemon.clock.pending).toBe(0);
  });

  it('ends what is under way when it is closed or told to', async () => {
    const daemon = new FakeDaemon();
    daemon.answer = () => new Promise(() => undefined);
    const client = new HttpClient({ token: 't', clock: daemon.clock }, daemon.platform);
    const stop = new AbortController();
    const first = client.status({}, { signal: stop.signal });
    const second = client.status({});
    await daemon.settle();
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await client.close();
    await client.close();
    await expect(second).rejects.toMatchObject({ code: 'IBKR_DAEMON_CLIENT_CLOSED' });
    await expect(client.status({})).rejects.toMatchObject({ code: 'IBKR_DAEMON_CLIENT_CLOSED' });
    expect(daemon.clock.pending).toBe(0);
  });

  it('never tells the token', async () => {
    const { client } = rig(new Error('connect ECONNREFUSED 127.0.0.1:8787'));
    const error: unknown = await client.status({}).catch((caught: unknown) => caught);
    expect(JSON.stringify(error)).not.toContain('s3cret');
    expect(String(error)).not.toContain('s3cret');
    await expect(new HttpClient({ token: 'two words' }, new FakeDaemon().platform).status({})).rejects.toThrow(/token must be printable ASCII/u);
  });
});

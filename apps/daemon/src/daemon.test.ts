import { once } from 'node:events';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ROUTES } from '@ibkit/api-contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { parseMetrics } from './testing/prometheus.js';
import { startTestDaemon } from './testing/test-daemon.js';
import type { TestDaemon } from './testing/test-daemon.js';

const ACCOUNT = /\bD[UF]\d{4,}/;

describe('a daemon on the embedded simulator', () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon('--simulate', '--seed', '7');
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  it('answers the liveness probe without a token', async () => {
    const answer = await daemon.get('/healthz', {});
    expect(answer.status).toBe(200);
    expect(ROUTES.healthz.response.parse(await answer.json())).toMatchObject({ status: 'ok' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/readyz', '/metrics', '/v1/status', '/v1/accounts', '/v1/positions', '/v1/quotes/SPY'])('wants a token for %s', async (route) => {
    expect(await daemon.problem(route, {})).toMatchObject({ status: 401, code: 'IBKR_HTTP_UNAUTHORISED' });
    expect((await daemon.get(route, { authorization: `Bearer ${daemon.token}x` })).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('refuses foreign pages, foreign names and tokens in the URL', async () => {
    const authorization = `Bearer ${daemon.token}`;
    expect(await daemon.problem('/v1/status', { authorization, origin: 'https://evil.example' })).toMatchObject({ status: 403, code: 'IBKR_HTTP_ORIGIN' });
    expect(await daemon.problem('/v1/status', { authorization, origin: 'null' })).toMatchObject({ status: 403 });
    expect(await daemon.problem('/healthz', { origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    expect(await daemon.problem(`/v1/status?token=${daemon.token}`, { authorization })).toMatchObject({ status: 400, code: 'IBKR_HTTP_TOKEN_IN_URL' });
  });

  it('is ready once the gate for orders is open', async () => {
    expect(await daemon.read('/readyz', ROUTES.readyz.response)).toEqual({ ready: true, dataReady: true, tradeReady: true, reasons: [] });
  });

  it('tells the state of the connection layer by layer', async () => {
    const status = await daemon.read('/v1/status', ROUTES.status.response);
    expect(status).toMatchObject({ simulated: true, connection: { state: 'connected', mode: 'paper', clientId: 1, reconnectCount: 0, accounts: ['DU1234567'], port: daemon.parts.gateway.port } });
    expect([status.health.tcp.status, status.health.handshake.status, status.health.api.status, status.health.upstream.status]).toEqual(['up', 'up', 'up', 'up']);
  });

  it('follows a symbol from the first question', async () => {
    const quote = await daemon.read('/v1/quotes/spy', ROUTES.quote.response);
    expect(quote).toMatchObject({ symbol: 'SPY', mode: 'live', stale: false });
    expect(quote.bid ?? quote.ask ?? quote.last).toBeGreaterThan(0);
    expect(daemon.parts.operations.followedQuotes).toBe(1);
    const both = await daemon.parts.marketData.subscribeTicker('SPY').waitFor(({ bid, ask }) => bid !== undefined && ask !== undefined);
    expect(await daemon.read('/v1/quotes/SPY', ROUTES.quote.response)).toMatchObject({ conId: both.conId });
  });

  it('tells an unknown symbol from one that makes no sense', async () => {
    expect(await daemon.problem('/v1/quotes/NOSUCHSYM')).toMatchObject({ status: 404, code: 'IBKR_CONTRACT_NOT_FOUND', ibCode: 200, retryable: false });
    for (const symbol of ['%20', 'A%0AB', 'A%2FB', 'A'.repeat(65)]) {
      const found = await daemon.problem(`/v1/quotes/${symbol}`);
      expect([found.status, found.code, found.problems?.[0]?.field]).toEqual([400, 'IBKR_HTTP_INPUT', 'symbol']);
    }
    expect(await daemon.problem('/v1/quotes/%ZZ')).toMatchObject({ status: 400 });
    // Neither leaves a line behind.
    expect(daemon.parts.operations.followedQuotes).toBe(1);
  });

  it('lists accounts with their values, and positions in full', async () => {
    const { accounts } = await daemon.read('/v1/accounts', ROUTES.accounts.response);
    expect(accounts.map(({ account }) => account)).toEqual(['DU1234567']);
    expect(accounts[0]?.values.find(({ tag }) => tag === 'NetLiquidation')).toMatchObject({ currency: 'USD' });
    expect(await daemon.read('/v1/positions', ROUTES.positions.response)).toEqual({ positions: [] });
  });

  it('has no other routes and no other methods', async () => {
    expect(await daemon.problem('/v1/nothing')).toMatchObject({ status: 404, code: 'IBKR_HTTP_NOT_FOUND' });
    const posted = await daemon.call('POST', '/v1/status');
    expect([posted.status, posted.headers.get('allow'), posted.headers.get('content-type')]).toEqual([405, 'GET, HEAD', 'application/problem+json']);
  });

  it('gives its numbers to Prometheus', async () => {
    expect((await daemon.get('/v1/quotes/NOSUCH')).status).toBe(404);
    const answer = await daemon.get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    const { types, samples } = parseMetrics(text);
    for (const [name, type] of types) expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(samples.filter(({ name }) => name === 'ibkit_connection_layer_status').map(({ value }) => value)).toEqual([1, 1, 1, 1]);
    expect(samples.find(({ name }) => name === 'ibkit_connection_session_received_bytes')?.value).toBeGreaterThan(0);
    expect(samples.find(({ name, labels }) => name === 'ibkit_http_requests_total' && labels === '{route="/v1/quotes/:symbol",status="404"}')?.value).toBeGreaterThanOrEqual(1);
    // What a monitor of the connection adds.
    const monitored = (name: string): number | undefined => samples.find((sample) => sample.name === name && sample.labels.startsWith('{connection="default",client_id="1"'))?.value;
    expect(samples.find(({ name, labels }) => name === 'ibkit_connection_state' && labels.includes('state="connected"'))?.value).toBe(1);
    expect(monitored('ibkit_connection_sessions_lost_total')).toBe(0);
    expect(monitored('ibkit_connection_availability_ratio')).toBeGreaterThan(0);
    expect(monitored('ibkit_connection_order_latency_seconds_count')).toBe(0);
    // A name that two sources gave would make the whole page unreadable to a scraper.
    const identities = samples.map(({ name, labels }) => name + labels);
    expect(new Set(identities).size).toBe(identities.length);
    expect(text.match(/^# TYPE /gmu)).toHaveLength(types.size);
    expect(text).not.toMatch(ACCOUNT);
    expect(samples.some(({ labels }) => ACCOUNT.test(labels) || labels.includes('SPY'))).toBe(false);
  });

  it('describes itself', async () => {
    expect(await (await daemon.get('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: daemon.parts.url }] });
    expect(await (await daemon.get('/asyncapi.json')).json()).toHaveProperty('asyncapi');
    for (const route of ['/openapi.json', '/asyncapi.json']) expect((await daemon.get(route, {})).status).toBe(401);
  });

  it('gives a ticket that opens one stream', async () => {
    const { ticket } = ROUTES.createTicket.response.parse(await (await daemon.call('POST', '/v1/ws-tickets')).json());
    const open = async (): Promise<string> => {
      const socket = new WebSocket(`${daemon.parts.url.replace('http', 'ws')}/v1/stream`);
      const said: string[] = [];
      socket.on('message', (data: Buffer) => said.push(data.toString('utf8')));
      await once(socket, 'open');
      socket.send(JSON.stringify({ t: 'auth', ticket }));
      await vi.waitFor(() => {
        expect(said.join('')).toMatch(/"t":"(?:welcome|end|err)"/);
      }, { timeout: 20_000 });
      socket.terminate();
      return said.join('');
    };
    expect(await open()).toContain('"welcome"');
    expect(await open()).not.toContain('"welcome"');
  });

  it('keeps the token in one file for this user alone, and out of its log and its store', async () => {
    const files = await readdir(daemon.stateDir);
    expect(files.sort()).toEqual(['admin.token', 'owner.lock', 'tokens.json']);
    for (const file of files) expect((await stat(path.join(daemon.stateDir, file))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(daemon.stateDir, 'tokens.json'), 'utf8')).not.toContain(daemon.token);
    expect(daemon.logged.join('')).not.toContain(daemon.token);
  });

  it('logs no account', () => {
    expect(daemon.logged.length).toBeGreaterThan(0);
    expect(daemon.logged.filter((line) => ACCOUNT.test(line))).toEqual([]);
  });
});

describe('closing', () => {
  it('ends streams with the reason, and is not held up by them', async () => {
    const daemon = await startTestDaemon('--simulate');
    const socket = new WebSocket(`${daemon.parts.url.replace('http', 'ws')}/v1/stream`, { headers: { authorization: `Bearer ${daemon.token}` } });
    const said: string[] = [];
    socket.on('message', (data: Buffer) => said.push(data.toString('utf8')));
    await vi.waitFor(() => {
      expect(said.join('')).toContain('"welcome"');
    }, { timeout: 20_000 });
    const codes: number[] = [];
    socket.on('close', (code) => codes.push(code));
    const closed = once(socket, 'close');
    await daemon.parts.close();
    await closed;
    expect(codes).toEqual([1001]);
    expect(said.at(-1)).toContain('"end"');
    await daemon[Symbol.asyncDispose]();
  });

  it('frees port and state directory, also when asked twice', async () => {
    const daemon = await startTestDaemon('--simulate');
    const { url, close } = daemon.parts;
    await Promise.all([close(), close()]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(await readdir(daemon.stateDir)).not.toContain('owner.lock');
    await daemon[Symbol.asyncDispose]();
  });
});

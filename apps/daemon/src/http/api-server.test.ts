import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { ROUTES, problemSchema } from '@ibkit/api-contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange, rawSocket, untilClosed } from '../testing/raw-http.js';
import { temporaryDirectory } from '../testing/test-daemon.js';
import { TokenStore } from '../token-store.js';
import { ApiServer, DEFAULT_API_LIMITS } from './api-server.js';
import type { ApiLimits, Handlers } from './api-server.js';

const LIVE = { status: 'ok', version: '1', uptimeMs: 1 };

const handlers: Handlers = {
  healthz: () => Promise.resolve({ body: LIVE }),
  readyz: () => Promise.resolve({ status: 503, body: { ready: false, dataReady: false, tradeReady: false, reasons: ['no'] } }),
  status: () => Promise.reject(new Error('secret detail')),
  accounts: () => Promise.resolve({ body: { accounts: [], secret: 'x' } }),
  positions: () => Promise.resolve({ body: { positions: 'none' } }),
  quote: ({ signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  }),
};

describe('ApiServer', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let tokens: TokenStore;
  let token: string;
  const opened: ApiServer[] = [];
  const failures: string[] = [];
  const answers: string[] = [];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    tokens = await TokenStore.open(directory.path, 0);
    token = (await readFile(tokens.tokenFile, 'utf8')).trim();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((server) => server.close()));
    await directory[Symbol.asyncDispose]();
    failures.length = 0;
    answers.length = 0;
  });

  const listen = async (limits?: Partial<ApiLimits>, other: Partial<Handlers> = {}): Promise<string> => {
    const server = new ApiServer({
      handlers: { ...handlers, ...other }, tokens, limits,
      metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
      onAnswer: (route, status) => answers.push(`${route} ${status}`),
      onFailure: (error, route) => failures.push(`${route} ${error instanceof Error ? error.message : ''}`),
    });
    opened.push(server);
    return await server.listen({ host: '127.0.0.1', port: 0 });
  };
  const get = (url: string): Promise<Response> => fetch(url, { headers: { authorization: `Bearer ${token}` } });

  it('passes the status of a handler on and lets out only what the contract knows', async () => {
    const url = await listen();
    expect((await get(`${url}${ROUTES.readyz.path}`)).status).toBe(503);
    expect(await (await get(`${url}${ROUTES.accounts.path}`)).json()).toEqual({ accounts: [] });
    expect(answers).toEqual(['/readyz 503', '/v1/accounts 200']);
  });

  it('keeps the details of its own faults from the caller and tells the log', async () => {
    const url = await listen();
    const answer = await get(`${url}${ROUTES.status.path}`);
    expect(problemSchema.parse(await answer.json())).toMatchObject({ status: 500, code: 'IBKR_UNEXPECTED' });
    expect(failures).toEqual(['/v1/status secret detail']);
    // An answer that breaks the contract is a fault as well.
    expect((await get(`${url}${ROUTES.positions.path}`)).status).toBe(500);
    expect(failures).toHaveLength(2);
  });

  it('refuses a name that is not its own', async () => {
    const url = await listen();
    const answer = await exchange(url, `GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 421 [\s\S]*IBKR_HTTP_HOST/);
  });

  it('refuses a body that is larger than its limit without reading it', async () => {
    const url = await listen();
    const large = String(DEFAULT_API_LIMITS.bodyBytes + 1);
    const answer = await exchange(url, `POST /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${large}\r\nConnection: close\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*application\/problem\+json[\s\S]*IBKR_HTTP_REQUEST/);
    expect(failures).toEqual([]);
  });

  it('cuts a flood of headers', async () => {
    const url = await listen();
    const flood = Array.from({ length: 2000 }, (_, index) => `X-${index}: ${'a'.repeat(20)}`).join('\r\n');
    expect(await exchange(url, `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n${flood}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 [\s\S]*IBKR_HTTP_REQUEST/);
  });

  it('answers what is no HTTP with 400 and goes on', async () => {
    const url = await listen();
    expect(await exchange(url, 'API\0\0\0\0\tv157..193')).toMatch(/^HTTP\/1\.1 400 [\s\S]*IBKR_HTTP_REQUEST/);
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  it('cuts a client that does not finish its request', async () => {
    const url = await listen({ requestMs: 100 });
    expect(await exchange(url, 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('cuts a client that says nothing at all', async () => {
    const url = await listen({ idleMs: 100 });
    expect(await untilClosed(await rawSocket(url))).toBe('');
  });

  it('takes no more connections than its limit', async () => {
    const url = await listen({ connections: 2 });
    const kept = await Promise.all([rawSocket(url), rawSocket(url)]);
    expect(await untilClosed(await rawSocket(url))).toBe('');
    for (const socket of kept) socket.destroy();
  });

  it('aborts the work for a caller that hangs up, and counts that as nobody\'s failure', async () => {
    const work = new EventEmitter();
    const begun = once(work, 'begun');
    const aborted = once(work, 'aborted');
    const url = await listen({}, {
      quote: async (request) => {
        work.emit('begun');
        try {
          return await handlers.quote(request);
        } finally {
          work.emit('aborted');
        }
      },
    });
    const socket = await rawSocket(url);
    socket.write(`GET /v1/quotes/SPY HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await begun;
    socket.destroy();
    await aborted;
    expect((await get(`${url}/healthz`)).status).toBe(200);
    expect(failures).toEqual([]);
  });

  it('says which port is taken', async () => {
    const url = new URL(await listen());
    const second = new ApiServer({ handlers, tokens, metrics: () => Promise.reject(new Error('unused')), onAnswer: () => undefined, onFailure: () => undefined });
    const listening = second.listen({ host: '127.0.0.1', port: Number(url.port) });
    await expect(listening).rejects.toThrow(`port ${url.port} of 127.0.0.1: it is taken`);
    await expect(listening).rejects.toMatchObject({ code: 'IBKR_HTTP_LISTEN' });
    await second.close();
  });
});

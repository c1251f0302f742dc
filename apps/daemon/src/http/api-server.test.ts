import { EventEmitter, once } from 'node:events';
import { ROUTES } from '@ibkit/api-contract';
import type { DaemonOperations } from '@ibkit/api-contract';
import { ConnectionError, GateRefusedError, OrderError, TimeoutError, brokerError } from '@ibkit/error-codes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { apiBench } from '../testing/api-bench.js';
import type { ApiBench, ApiBenchOptions } from '../testing/api-bench.js';
import { fakeOrder } from '../testing/fake-order.js';
import { exchange, rawSocket, untilClosed } from '../testing/raw-http.js';
import { DEFAULT_HTTP_LIMITS } from './limits.js';

const TICKET = { kind: 'order', account: 'DU1', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1 };

describe('ApiServer', () => {
  const opened: ApiBench[] = [];
  afterEach(async () => {
    for (const bench of opened.splice(0)) await bench[Symbol.asyncDispose]();
  });
  const open = async (operations: Partial<DaemonOperations> = {}, options: ApiBenchOptions = {}): Promise<ApiBench> => {
    const bench = await apiBench({ ...options, operations });
    opened.push(bench);
    return bench;
  };

  describe('answers', () => {
    it('have the status of what they say, and only what the contract knows', async () => {
      const bench = await open({
        readyz: () => Promise.resolve({ ready: false, dataReady: false, tradeReady: false, reasons: ['no'] }),
        accounts: () => Promise.resolve({ accounts: [], secret: 'x' }),
      });
      expect((await bench.call('GET', '/readyz')).status).toBe(503);
      const accounts = await bench.call('GET', '/v1/accounts');
      expect(await accounts.json()).toEqual({ accounts: [] });
      expect(accounts.headers.get('content-type')).toBe('application/json');
      expect(accounts.headers.get('cache-control')).toBe('no-store');
      expect(accounts.headers.get('set-cookie')).toBeNull();
      expect(bench.answers).toEqual(['/readyz 503', '/v1/accounts 200']);
    });

    it('have no body for HEAD, and the length of the one that GET has', async () => {
      const bench = await open();
      const answer = await bench.call('HEAD', '/healthz');
      expect([answer.status, await answer.text()]).toEqual([200, '']);
      expect(answer.headers.get('content-length')).toBe(String((await (await bench.call('GET', '/healthz')).text()).length));
    });

    it('name the methods of a path that takes others', async () => {
      const bench = await open();
      const answer = await bench.call('PUT', '/v1/orders/abc');
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'DELETE, GET, HEAD, PATCH']);
      expect((await bench.call('OPTIONS', '/v1/orders')).headers.get('allow')).toBe('DELETE, GET, HEAD, POST');
      expect(await bench.problem('POST', '/healthz')).toMatchObject({ status: 405, code: 'IBKR_HTTP_METHOD' });
      expect(await bench.problem('GET', '/v1/nothing')).toMatchObject({ status: 404, code: 'IBKR_HTTP_NOT_FOUND' });
    });

    it('keep the details of the daemon\'s own faults from the caller and tell the log', async () => {
      const bench = await open({ status: () => Promise.reject(new Error('secret detail')), positions: () => Promise.resolve(JSON.parse('{"positions":"none"}')) });
      expect(await bench.problem('GET', '/v1/status')).toMatchObject({ status: 500, code: 'IBKR_UNEXPECTED', retryable: false });
      // An answer that breaks the contract is a fault as well.
      expect((await bench.call('GET', '/v1/positions')).status).toBe(500);
      expect(bench.failures).toEqual(['/v1/status secret detail', expect.stringContaining('/v1/positions')]);
    });

    it('tell what an error of ours says: code, class, tips, and when to ask again', async () => {
      const bench = await open({
        quote: () => Promise.reject(brokerError({ code: 200, message: 'No security definition' })),
        status: () => Promise.reject(new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'no', retryable: true, tips: ['start it'], details: { retryAfterMs: 2500 } })),
        positions: () => Promise.reject(new TimeoutError({ message: 'late' })),
      });
      expect(await bench.problem('GET', '/v1/quotes/NOPE')).toMatchObject({ status: 404, ibCode: 200, errorClass: 'ContractError', docs: '/v1/errors/200' });
      const down = await bench.call('GET', '/v1/status');
      expect(down.headers.get('retry-after')).toBe('3');
      expect(await down.json()).toMatchObject({ status: 503, code: 'IBKR_NOT_CONNECTED', retryable: true, retryAfterMs: 2500, tips: ['start it'] });
      expect(await bench.problem('GET', '/v1/positions')).toMatchObject({ status: 504, retryable: true });
      expect(bench.failures).toEqual([]);
    });
  });

  describe('input', () => {
    it('reaches the operation read: path and query together, texts as what they mean', async () => {
      const seen: unknown[] = [];
      const bench = await open({
        orders: (input) => {
          seen.push(input);
          return Promise.resolve({ orders: [], foreign: [] });
        },
        depth: (input) => {
          seen.push(input);
          return Promise.reject(new TimeoutError({ message: 'late' }));
        },
      });
      await bench.call('GET', '/v1/orders?limit=7&status=all');
      await bench.call('GET', '/v1/depth/SPY?rows=3&strike=1.5');
      expect(seen).toEqual([{ limit: 7, status: 'all' }, { symbol: 'SPY', rows: 3, strike: 1.5 }]);
    });

    it('is refused with every field that breaks a rule', async () => {
      const bench = await open();
      const found = await bench.problem('GET', '/v1/orders?limit=0&stauts=all&status=al');
      expect(found).toMatchObject({ status: 400, code: 'IBKR_HTTP_INPUT', errorClass: 'UsageError' });
      expect(found.problems?.map(({ field, value }) => `${field}=${value ?? ''}`).sort()).toEqual(['limit=0', 'status=al', 'stauts=']);
      for (const path of ['/v1/orders?limit=1&limit=2', '/v1/status?x=1', '/v1/errors/abc', '/v1/flow/secrets', `/v1/orders/${'x'.repeat(200)}`, '/v1/quotes/%0A']) expect(await bench.problem('GET', path)).toMatchObject({ status: 400, code: 'IBKR_HTTP_INPUT' });
      expect(await bench.problem('GET', '/v1/quotes/%ZZ')).toMatchObject({ status: 400, code: 'IBKR_HTTP_REQUEST' });
    });

    it('is refused in bodies as well, at the place where it is wrong', async () => {
      const bench = await open();
      const preview = (ticket: unknown): ReturnType<ApiBench['problem']> => bench.problem('POST', '/v1/orders/preview', { body: { ticket } });
      expect((await preview({ ...TICKET, quantity: '1' })).problems).toMatchObject([{ field: 'ticket.quantity', value: '1' }]);
      expect((await preview({ ...TICKET, limitprice: 2 })).problems).toMatchObject([{ field: 'ticket.limitprice', rule: 'is not known here' }]);
      expect((await preview({ ...TICKET, account: 7 })).problems).toMatchObject([{ field: 'ticket.account' }]);
      expect((await preview({ ...TICKET, account: 7 })).problems?.[0]).not.toHaveProperty('value');
      expect((await preview(undefined)).problems).toMatchObject([{ field: 'ticket' }]);
      expect(await bench.problem('POST', '/v1/orders/preview', { body: '{"ticket":' })).toMatchObject({ status: 400, code: 'IBKR_HTTP_REQUEST', detail: 'The body is not JSON.' });
      expect(await bench.problem('POST', '/v1/orders/preview', { body: '{"__proto__":{"ticket":1}}' })).toMatchObject({ status: 400 });
      expect(await bench.problem('POST', '/v1/orders/preview', { body: `${'['.repeat(30_000)}${']'.repeat(30_000)}` })).toMatchObject({ status: 400, problems: [{ field: 'body' }] });
      expect(await bench.problem('POST', '/v1/orders/preview', { body: `{"ticket":${'['.repeat(30_000)}${']'.repeat(30_000)}}` })).toMatchObject({ status: 400, problems: [{ field: 'ticket' }] });
      expect(await bench.problem('POST', '/v1/orders/preview', { body: '{"ticket":{"action":"SELL","action":"BUY"}}' })).toMatchObject({ status: 400, code: 'IBKR_HTTP_BODY_AMBIGUOUS', detail: expect.stringContaining('action') as string });
      expect(await bench.problem('POST', '/v1/orders/preview')).toMatchObject({ status: 400, problems: [{ field: 'body', rule: 'must be there, as JSON' }] });
      expect(await bench.problem('POST', '/v1/orders/preview', { body: 'ticket=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toMatchObject({ status: 415 });
    });

    it('is refused where it would be read as another number than was written', async () => {
      const seen: unknown[] = [];
      const bench = await open({ previewOrder: (input) => { seen.push(input); return Promise.reject(new TimeoutError({ message: 'late' })); }, chain: (input) => { seen.push(input); return Promise.reject(new TimeoutError({ message: 'late' })); } });
      const preview = (fields: string): ReturnType<ApiBench['problem']> => bench.problem('POST', '/v1/orders/preview', { body: JSON.stringify({ ticket: TICKET }).replace('"quantity":1', fields) });
      expect(await preview('"quantity":9007199254740993')).toMatchObject({ status: 400, code: 'IBKR_HTTP_BODY_INEXACT', errorClass: 'UsageError', retryable: false, problems: [{ field: 'ticket.quantity', value: '9007199254740993', rule: expect.stringContaining('taken for 9007199254740992') as string }] });
      expect(await preview('"quantity":1,"stopPrice":0.1000000000000000055')).toMatchObject({ status: 400, code: 'IBKR_HTTP_BODY_INEXACT', problems: [{ field: 'ticket.stopPrice', value: '0.1000000000000000055' }] });
      expect(await preview('"quantity":1,"quantity":1000')).toMatchObject({ status: 400, code: 'IBKR_HTTP_BODY_AMBIGUOUS', problems: [{ field: 'ticket.quantity' }] });
      for (const quantity of ['1e999', 'NaN', '"NaN"', 'null', 'true', '[1]', '{}', '-1', '1e-400', '"1e3"', '01', '+1', '.5', '0x10', '1_000', 'Infinity']) expect([quantity, (await preview(`"quantity":${quantity}`)).status]).toEqual([quantity, 400]);
      for (const strike of ['true', 'null', '[]', '[5]', '""', '" "', '"0x10"', '"9007199254740993"']) expect([strike, (await bench.problem('POST', '/v1/orders/preview', { body: JSON.stringify({ ticket: TICKET }).replace('"symbol":"SPY"', `"symbol":"SPY","strike":${strike}`) })).problems?.[0]?.field]).toEqual([strike, 'ticket.instrument.strike']);
      for (const query of ['fromStrike=', 'fromStrike=%20', 'fromStrike=true', 'fromStrike=0x10', 'fromStrike=9007199254740993', 'nextExpiries=', 'timeoutMs=1e400']) expect([query, (await bench.problem('GET', `/v1/chains/SPY?${query}`)).status]).toEqual([query, 400]);
      expect(seen).toEqual([]);
    });

    it('is refused when it holds what is no field of anything: prototypes, in whatever depth they are', async () => {
      const bench = await open({ previewOrder: () => Promise.reject(new TimeoutError({ message: 'late' })) });
      for (const part of ['"__proto__":{"quantity":5}', '"constructor":{"prototype":{"quantity":5}}', String.raw`"\u005f_proto__":{"quantity":5}`, '"instrument":{"symbol":"SPY","__proto__":{"conId":1}}', '"toString":1', '"hasOwnProperty":1']) {
        expect([part, (await bench.problem('POST', '/v1/orders/preview', { body: `{"ticket":{"kind":"order","action":"BUY","orderType":"MKT",${part}}}` })).status]).toEqual([part, 400]);
      }
      expect(Object.hasOwn(Object.prototype, 'quantity')).toBe(false);
    });

    it('is JSON by name, too', async () => {
      const bench = await open({ previewOrder: () => Promise.reject(new TimeoutError({ message: 'late' })) });
      for (const type of ['text/plain', 'application/json5', 'multipart/form-data; boundary=x', 'application/x-ndjson', 'text/json', 'application/json, text/plain', 'x']) expect([type, (await bench.problem('POST', '/v1/orders/preview', { body: { ticket: TICKET }, headers: { 'content-type': type } })).status]).toEqual([type, 415]);
      for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON']) expect([type, (await bench.problem('POST', '/v1/orders/preview', { body: { ticket: TICKET }, headers: { 'content-type': type } })).status]).toEqual([type, 504]);
    });

    it('has no body where a route takes none', async () => {
      const bench = await open();
      expect(await bench.problem('POST', '/v1/gateway/start', { body: { path: '/bin/sh' } })).toMatchObject({ status: 400, problems: [{ field: 'body' }] });
      expect(await bench.problem('POST', '/v1/gateway/start?path=/bin/sh')).toMatchObject({ status: 400, problems: [{ field: 'path', rule: 'is not known here' }] });
      const asked = `GET /v1/status HTTP/1.1\r\nHost: ${new URL(bench.url).host}\r\nAuthorization: Bearer ${bench.secret}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`;
      expect(await exchange(bench.url, asked)).toMatch(/^HTTP\/1\.1 400 /);
    });

    it('may name JSON and send nothing', async () => {
      const bench = await open({ createTicket: () => Promise.resolve({ ticket: 't', expiresAtMs: 1 }) });
      expect((await bench.call('POST', '/v1/ws-tickets', { headers: { 'content-type': 'application/json' } })).status).toBe(201);
    });
  });

  describe('orders', () => {
    it('need a key that can be written down', async () => {
      const keys: (string | undefined)[] = [];
      const bench = await open({
        placeOrder: (_input, options) => {
          keys.push(options?.idempotencyKey);
          return Promise.resolve({ key: 'k1', repeated: false, orders: [fakeOrder()] });
        },
      });
      const body = { ticket: TICKET };
      expect(await bench.problem('POST', '/v1/orders', { body })).toMatchObject({ status: 400, code: 'IBKR_HTTP_IDEMPOTENCY_KEY', problems: [{ field: 'Idempotency-Key', rule: 'must be there' }] });
      for (const key of ['', 'a b', 'x'.repeat(65), 'ä']) expect(await bench.problem('POST', '/v1/orders', { body, headers: { 'idempotency-key': key } })).toMatchObject({ status: 400, code: 'IBKR_HTTP_IDEMPOTENCY_KEY' });
      const placed = await bench.call('POST', '/v1/orders', { body, headers: { 'idempotency-key': 'k1' } });
      expect([placed.status, placed.headers.get('location')]).toEqual([201, '/v1/orders/o1']);
      expect(keys).toEqual(['k1']);
      expect(await bench.problem('DELETE', '/v1/orders/o1', { headers: { 'idempotency-key': 'k1' } })).toMatchObject({ status: 400 });
    });

    it.each([['unknown', false, 202], ['sending', false, 202], ['working', false, 201], ['filled', true, 200]] as const)('that are %s (repeated: %s) answer %d', async (status, repeated, expected) => {
      const bench = await open({ placeOrder: () => Promise.resolve({ key: 'k1', repeated, orders: [fakeOrder({ status })] }) });
      expect((await bench.call('POST', '/v1/orders', { body: { ticket: TICKET }, headers: { 'idempotency-key': 'k1' } })).status).toBe(expected);
    });

    it('that a gate refused say every reason', async () => {
      const bench = await open({ placeOrder: () => Promise.reject(new GateRefusedError({ reasons: ['killSwitch', 'notArmed'] })) });
      expect(await bench.problem('POST', '/v1/orders', { body: { ticket: TICKET }, headers: { 'idempotency-key': 'k1' } })).toMatchObject({ status: 409, code: 'IBKR_ORDER_GATE_REFUSED', errorClass: 'GateRefusedError', gate: ['killSwitch', 'notArmed'] });
    });

    it('that a cap refused say where the cap is set', async () => {
      const bench = await open({ placeOrder: () => Promise.reject(new GateRefusedError({ reasons: ['ORDER_QUANTITY'], tips: ['Check the quantity.'] })) });
      expect((await bench.problem('POST', '/v1/orders', { body: { ticket: TICKET }, headers: { 'idempotency-key': 'k1' } })).tips).toEqual(['Check the quantity.', expect.stringContaining('max_order_quantity of the section [trading]')]);
    });

    const place = async (bench: ApiBench): Promise<[number, unknown]> => {
      const answer = await bench.call('POST', '/v1/orders', { body: { ticket: TICKET }, headers: { 'idempotency-key': 'k1' } });
      return [answer.status, await answer.json()];
    };
    it('that fail after they were recorded are answered as they are, never as a server error', async () => {
      for (const error of [new TimeoutError({ message: 'late' }), new Error('a bug'), new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'gone' })]) {
        const bench = await open({ placeOrder: () => Promise.reject(error), orders: ({ key }) => Promise.resolve({ orders: [fakeOrder({ key: key ?? '', status: 'unknown' })], foreign: [] }) });
        expect(await place(bench)).toMatchObject([202, { key: 'k1', orders: [{ key: 'k1', status: 'unknown' }] }]);
        expect(bench.failures).toHaveLength(1);
      }
    });

    it('that fail before they were recorded are an honest error', async () => {
      const bench = await open({ placeOrder: () => Promise.reject(new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'no', retryable: true })), orders: () => Promise.resolve({ orders: [], foreign: [] }) });
      expect(await place(bench)).toMatchObject([503, { code: 'IBKR_NOT_CONNECTED' }]);
      const refused = await open({ placeOrder: () => Promise.reject(new OrderError({ code: 'IBKR_ORDER_KEY_CONFLICT', message: 'other order' })) });
      expect(await place(refused)).toMatchObject([409, { code: 'IBKR_ORDER_KEY_CONFLICT' }]);
    });

    it('of which nobody can say whether they were recorded are unknown', async () => {
      const bench = await open({ placeOrder: () => Promise.reject(new Error('the disk is gone')), orders: () => Promise.reject(new Error('the disk is gone')) });
      expect(await place(bench)).toEqual([202, { key: 'k1', repeated: false, orders: [] }]);
    });

    it('whose cancel or change fails are answered as they are', async () => {
      const bench = await open({ cancelOrder: () => Promise.reject(new TimeoutError({ message: 'late' })), modifyOrder: () => Promise.reject(new TimeoutError({ message: 'late' })), order: () => Promise.resolve(fakeOrder({ cancel: 'requested' })) });
      expect((await bench.call('DELETE', '/v1/orders/o1')).status).toBe(202);
      expect((await bench.call('PATCH', '/v1/orders/o1', { body: { quantity: 2 } })).status).toBe(202);
    });
  });

  describe('what it bears', () => {
    it('are bodies, headers and paths up to their limits', async () => {
      const bench = await open();
      const { host } = new URL(bench.url);
      const large = String(DEFAULT_HTTP_LIMITS.bodyBytes + 1);
      const authorised = `Host: ${host}\r\nAuthorization: Bearer ${bench.secret}\r\nConnection: close`;
      expect(await exchange(bench.url, `POST /v1/orders/preview HTTP/1.1\r\n${authorised}\r\nContent-Type: application/json\r\nContent-Length: ${large}\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 413 /);
      expect(await exchange(bench.url, `GET /healthz HTTP/1.1\r\n${authorised}\r\nX-Large: ${'a'.repeat(DEFAULT_HTTP_LIMITS.headerBytes)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
      expect(await exchange(bench.url, 'API\0\0\0\0\tv157..193')).toMatch(/^HTTP\/1\.1 400 [\s\S]*IBKR_HTTP_REQUEST/);
      expect((await bench.call('GET', '/healthz')).status).toBe(200);
    });

    it('is no client that does not finish, or says nothing', async () => {
      const bench = await open({}, { limits: { requestMs: 100 } });
      expect(await exchange(bench.url, 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408 /);
      const patient = await open({}, { limits: { idleMs: 100 } });
      expect(await untilClosed(await rawSocket(patient.url))).toBe('');
    });

    it('are bodies in chunks, promises of bodies, and requests in one breath', async () => {
      const seen: unknown[] = [];
      const bench = await open({ previewOrder: (input) => { seen.push(input.body); return Promise.reject(new TimeoutError({ message: 'late' })); } }, { limits: { requestMs: 400 } });
      const head = `POST /v1/orders/preview HTTP/1.1\r\nHost: ${new URL(bench.url).host}\r\nAuthorization: Bearer ${bench.secret}\r\nContent-Type: application/json\r\n`;
      const body = JSON.stringify({ ticket: TICKET });
      const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
      expect(await exchange(bench.url, `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body.slice(0, 20))}${chunk(body.slice(20))}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 504 /);
      expect(seen).toHaveLength(1);
      // Cut in a chunk, between chunks, or in a body of a known length: nothing of it reaches an operation.
      for (const part of [`Transfer-Encoding: chunked\r\n\r\n${chunk(body)}`, `Transfer-Encoding: chunked\r\n\r\n40\r\n${body.slice(0, 20)}`, `Content-Length: ${body.length + 1}\r\n\r\n${body}`]) {
        const socket = await rawSocket(bench.url);
        const answer = untilClosed(socket);
        socket.end(`${head}${part}`);
        expect(await answer).not.toMatch(/ 50\d /);
        expect(await exchange(bench.url, `${head}${part}`)).toMatch(/^HTTP\/1\.1 4\d\d /);
      }
      // Two lengths are how requests are smuggled.
      for (const part of [`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n`, `Content-Length: 1\r\nContent-Length: ${body.length}\r\n\r\n${body}`, `Content-Length: +${body.length}\r\n\r\n${body}`, `Transfer-Encoding: chunked, identity\r\n\r\n${chunk(body)}0\r\n\r\n`]) expect(await exchange(bench.url, `${head}${part}`)).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(seen).toHaveLength(1);
      // Whoever waits for leave gets it.
      expect(await exchange(bench.url, `${head}Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 504 /);
      expect(await exchange(bench.url, `${head}Expect: the unexpected\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)).toMatch(/^HTTP\/1\.1 (?:417|504) /);
      expect(seen.length).toBeLessThanOrEqual(3);
      // Answers come in the order of the questions.
      const ask = `GET /healthz HTTP/1.1\r\nHost: ${new URL(bench.url).host}\r\n`;
      const answers = await exchange(bench.url, `${ask}\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}${ask}Connection: close\r\n\r\n`);
      expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/gu)].map(([, status]) => status)).toEqual(['200', '504', '200']);
    });

    it('is a caller that hangs up: the work is aborted, and that is nobody\'s failure', async () => {
      const work = new EventEmitter();
      const begun = once(work, 'begun');
      const aborted = once(work, 'aborted');
      const bench = await open({
        quote: (_input, options) => new Promise((_resolve, reject) => {
          work.emit('begun');
          options?.signal?.addEventListener('abort', () => {
            work.emit('aborted');
            reject(new Error('aborted'));
          });
        }),
      });
      const socket = await rawSocket(bench.url);
      socket.write(`GET /v1/quotes/SPY HTTP/1.1\r\nHost: ${new URL(bench.url).host}\r\nAuthorization: Bearer ${bench.secret}\r\n\r\n`);
      await begun;
      expect(bench.server.running).toBe(1);
      socket.destroy();
      await aborted;
      expect((await bench.call('GET', '/healthz')).status).toBe(200);
      await vi.waitFor(() => {
        expect(bench.server.running).toBe(0);
      }, { timeout: 20_000 });
      expect(bench.failures).toEqual([]);
    });
  });

  it('takes nothing new once it drains, but says that it lives and finishes what runs', async () => {
    const work = new EventEmitter();
    const begun = once(work, 'begun');
    const bench = await open({
      status: async () => {
        work.emit('begun');
        await once(work, 'go');
        throw new TimeoutError({ message: 'late' });
      },
    });
    const running = bench.call('GET', '/v1/status');
    await begun;
    bench.server.drain();
    const refused = await bench.call('POST', '/v1/orders', { body: { ticket: TICKET }, headers: { 'idempotency-key': 'k' } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refused.json()).toMatchObject({ code: 'IBKR_DAEMON_STOPPING', retryable: true });
    expect((await bench.call('GET', '/healthz')).status).toBe(200);
    work.emit('go');
    expect((await running).status).toBe(504);
  });

  it('says which port is taken', async () => {
    const bench = await open();
    const { port } = new URL(bench.url);
    const second = apiBench({ target: { host: '127.0.0.1', port: Number(port) } });
    await expect(second).rejects.toMatchObject({ code: 'IBKR_HTTP_LISTEN' });
    await expect(second).rejects.toThrow(`port ${port} of 127.0.0.1: it is taken`);
  });

  it('serves documents under their scope', async () => {
    const bench = await open({}, { documents: [{ path: '/metrics', scope: 'read', accounts: 'none', read: () => Promise.resolve({ contentType: 'text/plain', text: 'a 1\n' }) }] });
    expect(await (await bench.call('GET', '/metrics')).text()).toBe('a 1\n');
    expect(await bench.problem('GET', '/metrics', { secret: null })).toMatchObject({ status: 401 });
    expect((await bench.call('DELETE', '/metrics')).headers.get('allow')).toBe('GET, HEAD');
  });

  it('serves every route of the contract', async () => {
    const bench = await open();
    for (const { method, path } of Object.values(ROUTES)) {
      const answer = await bench.call(method, path.replaceAll(/:\w+/g, 'x'));
      expect([path, answer.status === 404 && (await answer.text()).includes('IBKR_HTTP_NOT_FOUND'), answer.status === 405]).toEqual([path, false, false]);
    }
  });
});

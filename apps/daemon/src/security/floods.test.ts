import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeTicket } from '../testing/fake-order.js';
import { exchange, rawSocket, untilClosed } from '../testing/raw-http.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';

/** What a flood does to those who trade meanwhile: nothing. */
describe('under a flood', () => {
  const opened: AsyncDisposable[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
  });
  const daemonReady = async (...argv: readonly string[]): Promise<TestDaemon> => {
    const daemon = await startTestDaemon('--simulate', ...argv);
    opened.push(daemon);
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    return daemon;
  };
  const place = async (daemon: TestDaemon, key: string, secret: string): Promise<number> => (await daemon.call('POST', '/v1/orders', { secret, body: { ticket: fakeTicket() }, headers: { 'idempotency-key': key } })).status;

  it('of thousands of silent sockets, an order is placed and cancelled all the same', async () => {
    const daemon = await daemonReady();
    const { secret } = await daemon.makeToken({ name: 'trader', scope: 'trade' });
    const { hostname, port } = new URL(daemon.parts.url);
    for (let n = 0; n < 2000; n += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    expect([201, 202]).toContain(await place(daemon, 'flood-1', secret));
    expect((await daemon.call('DELETE', '/v1/orders/flood-1', { secret })).status).toBeLessThan(300);
    expect(daemon.parts.server.connections.open).toBeLessThanOrEqual(1024);
    // The witness: what the broker's side has seen.
    expect(daemon.parts.simulator?.control.journal().filter(({ kind }) => kind === 'order').length).toBeGreaterThan(0);
  });

  it('of requests that never end, of headers, and of large bodies, others are answered', async () => {
    const daemon = await daemonReady();
    const { url } = daemon.parts;
    const { host } = new URL(url);
    const slow = await Promise.all(Array.from({ length: 50 }, async () => {
      const socket = await rawSocket(url);
      sockets.push(socket);
      socket.write(`POST /v1/orders HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nX-`);
      return socket;
    }));
    expect(await exchange(url, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${'X-Flood: 1\r\n'.repeat(3000)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    // Without a token nothing of a body is read.
    expect(await exchange(url, `POST /v1/orders HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 401 /);
    expect((await daemon.call('POST', '/v1/orders/preview', { body: { ticket: fakeTicket({ tag: 'x'.repeat(70_000) }) } })).status).toBe(413);
    expect((await daemon.get('/v1/status')).status).toBe(200);
    expect(await place(daemon, 'slow-1', daemon.token)).toBeLessThan(300);
    expect(slow.every(({ destroyed }) => !destroyed)).toBe(true);
  });

  it('of wrong tokens, the caller is throttled and others with a token are not', async () => {
    await using directory = await temporaryDirectory();
    const file = path.join(directory.path, 'ibkit.ini');
    await writeFile(file, '[daemon]\nanonymous_per_minute = 60\n', { mode: 0o600 });
    const daemon = await daemonReady('--config', file);
    const statuses = await Promise.all(Array.from({ length: 130 }, async () => (await daemon.get('/v1/status', { authorization: 'Bearer guess' })).status));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await daemon.get('/v1/status')).status).toBe(200);
    expect(await place(daemon, 'guess-1', daemon.token)).toBeLessThan(300);
  });

  it('of questions of a read token, a trader is not held up', async () => {
    const daemon = await daemonReady();
    const reader = await daemon.makeToken({ name: 'reader', scope: 'read' });
    const trader = await daemon.makeToken({ name: 'trader', scope: 'trade' });
    const questions = Array.from({ length: 200 }, (_one, n) => daemon.call('GET', `/v1/contracts/FLOOD${n}`, { secret: reader.secret }));
    expect(await place(daemon, 'reader-1', trader.secret)).toBeLessThan(300);
    const answers = await Promise.all(questions);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_LOOK_UPS', retryable: true });
  }, 90_000);

  it('of the same order under one key, one is placed; under the key of another, none', async () => {
    const daemon = await daemonReady();
    const statuses = await Promise.all(Array.from({ length: 10 }, () => place(daemon, 'twice', daemon.token)));
    expect(statuses.every((status) => status < 300)).toBe(true);
    expect(daemon.parts.trading.orders().filter(({ key }) => key === 'twice')).toHaveLength(1);
    const other = await daemon.call('POST', '/v1/orders', { body: { ticket: fakeTicket({ quantity: 2 }) }, headers: { 'idempotency-key': 'twice' } });
    expect(await other.json()).toMatchObject({ status: 409, code: 'IBKR_ORDER_KEY_CONFLICT', retryable: false });
    expect(daemon.parts.trading.orders()).toHaveLength(1);
  });

  it('of bytes that are no request, nothing else is disturbed', async () => {
    const daemon = await daemonReady();
    for (const bytes of ['\0'.repeat(1000), 'GET\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET / HTTP/9.9\r\n\r\n', `GET ${'/'.repeat(20_000)} HTTP/1.1\r\n\r\n`]) {
      const socket = await rawSocket(daemon.parts.url);
      const answer = untilClosed(socket);
      socket.end(bytes, 'latin1');
      expect(await answer).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
    }
    expect((await daemon.get('/v1/status')).status).toBe(200);
  });
});

import { ROUTES } from '@ibkit/api-contract';
import type { Route } from '@ibkit/api-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeTicket } from '../testing/fake-order.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';

/** Who may do what. */
describe('tokens', () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon('--simulate');
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });
  const paths = Object.entries<Route>(ROUTES).map(([name, route]) => ({ name, ...route, url: route.path.replaceAll(/:\w+/g, 'x') }));
  const statusOf = async (method: string, url: string, secret: string): Promise<readonly [number, string]> => {
    const answer = await daemon.call(method, url, { secret });
    const text = await answer.text();
    return [answer.status, /"code":"(\w+)"/.exec(text)?.[1] ?? ''];
  };

  it('are needed everywhere but for the liveness probe', async () => {
    for (const { method, url, scope, name } of paths.filter((route) => route.scope !== undefined)) {
      expect([name, scope, ...(await statusOf(method, url, 'wrong'))]).toEqual([name, scope, 401, 'IBKR_HTTP_UNAUTHORISED']);
    }
    expect((await daemon.get('/healthz', {})).status).toBe(200);
  });

  it('of a smaller scope reach nothing of a larger one', async () => {
    const read = await daemon.makeToken({ name: 'scope read', scope: 'read' });
    const trade = await daemon.makeToken({ name: 'scope trade', scope: 'trade' });
    for (const { method, url, name } of paths.filter(({ scope }) => scope === 'trade' || scope === 'admin')) expect([name, ...(await statusOf(method, url, read.secret))]).toEqual([name, 403, 'IBKR_HTTP_SCOPE']);
    for (const { method, url, name } of paths.filter(({ scope }) => scope === 'admin')) expect([name, ...(await statusOf(method, url, trade.secret))]).toEqual([name, 403, 'IBKR_HTTP_SCOPE']);
    expect(daemon.parts.trading.orders()).toEqual([]);
  });

  it('in a URL are refused under every name, and by their value alone', async () => {
    for (const query of ['token=abc', 'access_token=abc', 'api_key=abc', 'Authorization=Bearer%20abc', `x=${daemon.token}`, `symbol=SPY&q=${encodeURIComponent(daemon.token)}`]) {
      const found = await daemon.problem(`/v1/status?${query}`);
      expect([query, found.status, found.code]).toEqual([query, 400, 'IBKR_HTTP_TOKEN_IN_URL']);
      expect(JSON.stringify(found)).not.toContain(daemon.token);
    }
    expect((await daemon.problem(`/v1/status?x=${daemon.token}`)).detail).toMatch(/must be revoked/);
    expect(daemon.logged.join('')).not.toContain(daemon.token);
  });

  it('that are revoked or over open nothing, from that moment on', async () => {
    const { id, secret } = await daemon.makeToken({ name: 'revoked', scope: 'read' });
    expect((await daemon.call('GET', '/v1/status', { secret })).status).toBe(200);
    expect((await daemon.call('DELETE', `/v1/tokens/${id}`)).status).toBe(200);
    expect((await daemon.call('GET', '/v1/status', { secret })).status).toBe(401);
    expect(await (await daemon.call('DELETE', '/v1/tokens/nobody')).json()).toMatchObject({ status: 404, code: 'IBKR_TOKEN_NOT_FOUND' });
    expect(await (await daemon.call('POST', '/v1/tokens', { body: { name: 'admin', scope: 'read' } })).json()).toMatchObject({ status: 409, code: 'IBKR_TOKEN_NAME_TAKEN' });
  });

  it('are listed without what opens anything', async () => {
    const { secret } = await daemon.makeToken({ name: 'listed', scope: 'read', quota: { lines: 3 } });
    const text = await (await daemon.get('/v1/tokens')).text();
    expect(text).toContain('"listed"');
    for (const hidden of [secret, daemon.token, 'sha256']) expect(text).not.toContain(hidden);
  });

  it('have quotas: whoever asks too often is told when to ask again, and nobody else is held up', async () => {
    const { secret } = await daemon.makeToken({ name: 'small', scope: 'read', quota: { requestsPerMinute: 2 } });
    const answers = await Promise.all([1, 2, 3].map(() => daemon.call('GET', '/v1/status', { secret })));
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused?.json()).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_REQUESTS', retryable: true });
    expect((await daemon.get('/v1/status')).status).toBe(200);
  });

  it('that are limited to accounts see and do nothing beyond them', async () => {
    const own = await daemon.makeToken({ name: 'own account', scope: 'admin', accounts: ['DU1234567'] });
    const other = await daemon.makeToken({ name: 'other account', scope: 'admin', accounts: ['DU7654321'] });
    const key = { 'idempotency-key': 'accounts-1' };
    const foreign = await daemon.call('POST', '/v1/orders', { secret: other.secret, body: { ticket: fakeTicket() }, headers: key });
    expect(await foreign.json()).toMatchObject({ status: 403, code: 'IBKR_HTTP_ACCOUNT' });
    const unnamed = await daemon.call('POST', '/v1/orders', { secret: own.secret, body: { ticket: fakeTicket({ account: undefined }) }, headers: key });
    expect(unnamed.status).toBe(403);
    const placed = await daemon.call('POST', '/v1/orders', { secret: own.secret, body: { ticket: fakeTicket() }, headers: key });
    expect([201, 202]).toContain(placed.status);
    const [order] = ROUTES.placeOrder.response.parse(await placed.json()).orders;
    const id = order?.id ?? '';
    expect((await daemon.call('GET', `/v1/orders/${id}`, { secret: own.secret })).status).toBe(200);
    for (const [method, path] of [['GET', `/v1/orders/${id}`], ['DELETE', `/v1/orders/${id}`]] as const) expect((await daemon.call(method, path, { secret: other.secret })).status).toBe(404);
    expect(await (await daemon.call('GET', '/v1/orders?status=all', { secret: other.secret })).json()).toMatchObject({ orders: [], foreign: [] });
    expect(await (await daemon.call('GET', '/v1/accounts', { secret: other.secret })).json()).toEqual({ accounts: [] });
    expect((await daemon.call('GET', '/v1/positions?account=DU1234567', { secret: other.secret })).status).toBe(403);
    expect(await (await daemon.call('GET', '/v1/status', { secret: other.secret })).text()).not.toContain('DU1234567');
    // What is about no account, such as the beginning of a term, is shown to everybody.
    const audit = ROUTES.audit.response.parse(await (await daemon.call('GET', '/v1/audit', { secret: other.secret })).json());
    expect(audit.entries.filter(({ type }) => type.startsWith('order.'))).toEqual([]);
    expect(JSON.stringify(audit)).not.toMatch(new RegExp(`DU1234567|${id}`));
    for (const [method, path, body] of [['DELETE', '/v1/orders', undefined], ['POST', '/v1/kill', { reason: 'x' }], ['POST', '/v1/tokens', { name: 'more', scope: 'admin' }], ['GET', '/v1/tokens', undefined]] as const) {
      expect([path, (await daemon.call(method, path, { secret: other.secret, body })).status]).toEqual([path, 403]);
    }
    expect((await daemon.call('DELETE', `/v1/orders/${id}`, { secret: own.secret })).status).toBeLessThan(300);
  });
});

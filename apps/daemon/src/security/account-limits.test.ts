import { ROUTES, TOPIC_KINDS, serverMessageSchema } from '@ibkit/api-contract';
import type { RouteName, ServerStreamMessage, TopicKindName } from '@ibkit/api-contract';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fakeTicket } from '../testing/fake-order.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';

const ADVISOR = 'DF1000001';
const MINE = 'DU2000002';
const OTHERS = [ADVISOR, 'DU1000001', 'DU3000003'] as const;

/** How each route is called by somebody who is limited to one account; `ID` is an order of somebody else. */
const CALLS: Readonly<Record<RouteName, { readonly query?: string; readonly params?: Readonly<Record<string, string>>; readonly body?: unknown; readonly key?: string }>> = {
  healthz: {}, readyz: {}, status: {}, diagnosis: {}, accounts: { query: 'tags=NetLiquidation' }, positions: {}, pnl: {},
  contract: {}, quote: {}, depth: {}, chain: { query: 'nextExpiries=1&strikesEachSide=1' }, history: { query: 'symbol=SPY&from=2026-11-02&to=2026-11-03&barSize=1%20day' }, historyPlan: { query: 'symbol=SPY&from=2026-11-02&to=2026-11-03&barSize=1%20day' },
  news: {}, article: { params: { provider: 'BRFG', article: 'x' } }, scan: { params: { code: 'TOP_PERC_GAIN' } }, histogram: { query: 'period=1%20day' },
  orders: { query: 'status=all&limit=1' }, previewOrder: { body: { ticket: fakeTicket({ account: MINE }), whatIf: false } }, placeOrder: { body: { ticket: fakeTicket({ account: MINE, limitPrice: 2 }) }, key: 'mine-2' },
  order: { params: { id: 'ID' } }, modifyOrder: { params: { id: 'ID' }, body: { quantity: 2 } }, cancelOrder: { params: { id: 'ID' } }, cancelAll: {}, fills: { query: 'limit=1' },
  reconcile: {}, lastReconcile: {}, risk: {}, arm: { body: { account: MINE, forMs: 1000, reason: 'x' } }, disarm: {}, kill: { body: { reason: 'x' } }, releaseKill: { query: 'reason=x' }, audit: { query: 'limit=3' },
  gateway: {}, startGateway: {}, stopGateway: {}, restartGateway: {}, flow: { params: { view: 'status' } }, error: { params: { code: '201' } }, errors: {},
  recordings: {}, startRecording: { body: { topics: ['orders'] } }, stopRecording: { params: { id: 'x' } }, tokens: {}, createToken: { body: { name: 'more', scope: 'read' } }, revokeToken: { params: { id: 'x' } }, createTicket: {}, connections: {},
}; // prettier-ignore

const TOPICS: Readonly<Record<TopicKindName, string>> = {
  quotes: 'quotes/SPY', trades: 'trades/SPY', ticks: 'ticks/SPY/bidAsk', bars: 'bars/SPY/5s', depth: 'depth/SPY', orders: 'orders', executions: 'executions', positions: 'positions', account: `account/${MINE}`, pnl: `pnl/${MINE}`,
  health: 'health', gateway: 'gateway', risk: 'risk', audit: 'audit',
}; // prettier-ignore

/** What moves by itself. */
const MOVING = new Set(['uptimeMs', 'serverTimeMs', 'usage', 'connectedForMs', 'startedAtMs', 'finishedAtMs', 'foreignAtMs', 'durationMs', 'atMs', 'epoch', 'values', 'dailyPnl', 'unrealizedPnl', 'detail', 'sinceMs', 'cause', 'trigger']);

function still(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) => (MOVING.has(name) ? undefined : value));
}

/** What a token that is limited to an account gets to see of what others do. */
describe('a token that is limited to accounts', () => {
  let simulator: Simulator;
  let daemon: TestDaemon;
  let secret = '';
  let foreignId = '';
  let orders = 0;
  beforeAll(async () => {
    simulator = await createSimulator({ accounts: [ADVISOR, 'DU1000001', MINE, 'DU3000003'] });
    daemon = await startTestDaemon('--port', String(simulator.port));
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    ({ secret } = await daemon.makeToken({ name: 'limited', scope: 'admin', accounts: [MINE] }));
    await place(MINE, 'mine-1', { tag: 'mytag' });
    await place(MINE, 'mine-fill', { orderType: 'MKT', limitPrice: undefined, tag: 'mytag' });
    await othersAct();
  }, 90_000);
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await simulator.close();
  });

  const place = async (account: string, key: string, changes: Readonly<Record<string, unknown>>): Promise<string> => {
    const answer = await daemon.call('POST', '/v1/orders', { body: { ticket: fakeTicket({ account, ...changes }) }, headers: { 'idempotency-key': key } });
    if (answer.status > 202) throw new Error(await answer.text());
    return ROUTES.placeOrder.response.parse(await answer.json()).orders[0]?.id ?? '';
  };
  /** An order that rests, one that fills, one that the broker rejects and one that is refused here, in each of the other accounts. */
  const othersAct = async (): Promise<void> => {
    for (const account of [OTHERS[1], OTHERS[2]]) {
      orders += 1;
      const filled = await place(account, `otherkey-${orders}-fill`, { instrument: { symbol: 'MSFT' }, orderType: 'MKT', limitPrice: undefined, quantity: 137, tag: 'othertag' });
      foreignId = await place(account, `otherkey-${orders}`, { instrument: { symbol: 'MSFT' }, limitPrice: 13.37, quantity: 137, tag: 'othertag' });
      await daemon.call('POST', '/v1/orders', { body: { ticket: fakeTicket({ account, instrument: { symbol: 'MSFT' }, quantity: 900_000_000, tag: 'othertag' }) }, headers: { 'idempotency-key': `otherkey-${orders}-bad` } });
      await daemon.call('POST', '/v1/orders', { body: { ticket: fakeTicket({ account, instrument: { symbol: 'MSFT' }, orderType: 'STP', tag: 'othertag' }) }, headers: { 'idempotency-key': `otherkey-${orders}-invalid` } });
      await vi.waitFor(() => { if (daemon.parts.trading.orders().find(({ intentId }) => intentId === filled)?.status !== 'filled') throw new Error('not filled'); }, { timeout: 20_000, interval: 5 });
      await daemon.call('DELETE', `/v1/orders/${foreignId}`);
    }
  };
  const secrets = (): readonly string[] => [...OTHERS, 'othertag', 'otherkey', ...daemon.parts.trading.orders().filter(({ account }) => account !== MINE).flatMap(({ intentId, permIds }) => [intentId, ...permIds.map((permId) => `"${permId}"`)]), ...daemon.parts.trading.fills().filter(({ account }) => account !== MINE).map(({ execId }) => execId)];
  const expectClean = (name: string, text: string): void => {
    const cursors = [...text.matchAll(/"(?:next|cursor)":"([\w-]+)"/gu)].map(([, cursor = '']) => Buffer.from(cursor, 'base64url').toString('utf8'));
    for (const hidden of secrets()) expect([name, hidden, `${text} ${cursors.join(' ')}`.includes(hidden)], text.slice(0, 2000)).toEqual([name, hidden, false]);
  };
  const ask = async (name: RouteName): Promise<{ readonly status: number; readonly text: string }> => {
    const { query, params, body, key } = CALLS[name];
    const path = ROUTES[name].path.replaceAll(/:(\w+)/g, (_all, part: string) => (params?.[part] ?? 'SPY').replace('ID', foreignId));
    const answer = await daemon.call(ROUTES[name].method, `${path}${query === undefined ? '' : `?${query}`}`, { secret, body, headers: key === undefined ? {} : { 'idempotency-key': key } });
    return { status: answer.status, text: `${await answer.text()} ${[...answer.headers].map(String).join(' ')}` };
  };
  const names = Object.keys(ROUTES).filter((name): name is RouteName => Object.hasOwn(CALLS, name));

  it('is refused every route that says so, and sees nobody else in any answer, error or header of the others', async () => {
    expect(names.sort()).toEqual(Object.keys(ROUTES).sort());
    for (const name of names) {
      const { status, text } = await ask(name);
      expect([name, status === 403], text).toEqual([name, ROUTES[name].accounts === 'refused']);
      expect([name, text.includes('IBKR_HTTP_ACCOUNT')]).toEqual([name, ROUTES[name].accounts === 'refused']);
      expectClean(name, text);
    }
    expect(daemon.parts.trading.orders().filter(({ account }) => account === MINE)).toHaveLength(3);
    expect(await (await daemon.call('GET', '/metrics', { secret })).json()).toMatchObject({ status: 403, code: 'IBKR_HTTP_ACCOUNT' });
  }, 90_000);

  it('cannot tell an order of others from one that is not there', async () => {
    for (const [method, body] of [['GET', undefined], ['PATCH', { quantity: 2 }], ['DELETE', undefined]] as const) {
      const there = await daemon.call(method, `/v1/orders/${foreignId}`, { secret, body });
      const nowhere = await daemon.call(method, '/v1/orders/nobody-knows-it', { secret, body });
      expect([there.status, await there.text()]).toEqual([nowhere.status, await nowhere.text()]);
    }
    const other = await daemon.call('GET', `/v1/orders?account=${OTHERS[1]}`, { secret });
    const none = await daemon.call('GET', '/v1/orders?account=DU9999999', { secret });
    expect([other.status, await other.text()]).toEqual([none.status, await none.text()]);
  });

  it('notices nothing of what others do: every answer is as it was before', async () => {
    const reading = names.filter((name) => ROUTES[name].accounts !== 'refused' && ROUTES[name].method === 'GET' && !['quote', 'depth', 'chain', 'history', 'histogram', 'scan', 'news', 'article', 'connections', 'healthz'].includes(name));
    const before = new Map<string, unknown>();
    await daemon.call('POST', '/v1/reconcile', {});
    for (const name of reading) before.set(name, still((await ask(name)).text.replace(/\} \S+,.*$/su, '}')));
    await othersAct();
    await daemon.call('POST', '/v1/reconcile', {});
    for (const name of reading) expect([name, still((await ask(name)).text.replace(/\} \S+,.*$/su, '}'))]).toEqual([name, before.get(name)]);
  }, 90_000);

  it('pages through its own orders, fills and records alone, each page full', async () => {
    for (const [path, list] of [['/v1/orders?status=all', 'orders'], ['/v1/fills?', 'fills'], ['/v1/audit?', 'entries'], ['/v1/audit?redact=true', 'entries']] as const) {
      const rows: string[] = [];
      let cursor = '';
      for (;;) {
        const page: unknown = await (await daemon.call('GET', `${path}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`, { secret })).json();
        const found: unknown = Object.entries(page ?? {}).find(([name]) => name === list)?.[1];
        expect(found).toHaveLength(1);
        rows.push(JSON.stringify(found));
        const next: unknown = Object.entries(page ?? {}).find(([name]) => name === 'next')?.[1];
        if (typeof next !== 'string') break;
        cursor = next;
      }
      expectClean(path, rows.join());
      const mine = daemon.parts.trading.orders().filter(({ account }) => account === MINE).length;
      expect([list, rows.length >= { orders: mine, fills: 1, entries: 2 * mine + 1 }[list], list !== 'orders' || rows.length === mine]).toEqual([list, true, true]);
    }
  }, 90_000);

  it('hears nothing of others on any topic, in snapshots, changes and what is told again after a return', async () => {
    const kinds = Object.keys(TOPIC_KINDS).filter((kind): kind is TopicKindName => Object.hasOwn(TOPICS, kind));
    expect(kinds).toEqual(Object.keys(TOPIC_KINDS));
    const listen = async (resume: Readonly<Record<string, string>>): Promise<{ readonly socket: WebSocket; readonly heard: ServerStreamMessage[]; readonly text: () => string }> => {
      const heard: ServerStreamMessage[] = [];
      let text = '';
      const socket = new WebSocket(`${daemon.parts.url.replace('http', 'ws')}/v1/stream`, { headers: { authorization: `Bearer ${secret}` } });
      socket.on('message', (data: Buffer) => {
        text += data.toString('utf8');
        heard.push(serverMessageSchema.parse(JSON.parse(data.toString('utf8'))));
      });
      await vi.waitFor(() => { if (!heard.some(({ t }) => t === 'welcome')) throw new Error('not welcome'); }, { timeout: 20_000, interval: 5 });
      kinds.forEach((kind, id) => { socket.send(JSON.stringify({ t: 'sub', id, topic: TOPICS[kind], mode: TOPIC_KINDS[kind].modes.find((mode) => mode === 'all'), resume: resume[id] })); });
      kinds.forEach((kind, id) => { if (TOPIC_KINDS[kind].accounts === 'own') for (const other of OTHERS) socket.send(JSON.stringify({ t: 'sub', id: 100 + id, topic: TOPICS[kind].replace(MINE, other) })); });
      await vi.waitFor(() => { for (const [id, kind] of kinds.entries()) if (TOPIC_KINDS[kind].accounts === 'own' && !heard.some((message) => (message.t === 'snapshot' || message.t === 'resumed') && message.id === id)) throw new Error(kind); }, { timeout: 20_000, interval: 5 });
      return { socket, heard, text: () => text };
    };
    const changesOf = (heard: readonly ServerStreamMessage[], kind: TopicKindName): number => heard.filter((message) => message.t === 'delta' && message.id === kinds.indexOf(kind)).length;
    const first = await listen({});
    await place(MINE, 'mine-3', {});
    // All of its own that is still to be told has been told then.
    await vi.waitFor(() => {
      const told = first.heard.flatMap((message) => (message.t === 'delta' && message.id === kinds.indexOf('orders') ? [JSON.stringify(message.data)] : []));
      if (!told.some((data) => data.includes('"key":"mine-3"') && data.includes('"status":"working"'))) throw new Error('not working');
    }, { timeout: 20_000, interval: 5 });
    const pong = async (n: number): Promise<void> => {
      // What is told now has everything before it behind it.
      first.socket.send(JSON.stringify({ t: 'ping', n }));
      await vi.waitFor(() => { if (!first.heard.some((message) => message.t === 'pong' && message.n === n)) throw new Error('no pong'); }, { timeout: 20_000, interval: 5 });
    };
    await pong(1);
    const at = Object.fromEntries(first.heard.flatMap((message) => (message.t === 'snapshot' ? [[String(message.id), message.at]] : [])));
    const quiet = ['orders', 'executions', 'positions', 'risk', 'audit'] as const;
    const before = quiet.map((kind) => changesOf(first.heard, kind));
    await othersAct();
    await pong(2);
    expect(quiet.map((kind) => changesOf(first.heard, kind))).toEqual(before);
    expectClean('the stream', first.text());
    first.socket.close();
    const again = await listen(at);
    await vi.waitFor(() => { if (changesOf(again.heard, 'orders') === 0) throw new Error('no change'); }, { timeout: 20_000, interval: 5 });
    expectClean('the stream, resumed', again.text());
    for (const kind of ['account', 'pnl'] as const) expect(again.heard.some((message) => message.t === 'err' && message.id === 100 + kinds.indexOf(kind) && message.code === 'IBKR_STREAM_FORBIDDEN'), kind).toBe(true);
    expect(again.heard.flatMap((message) => (message.t === 'gap' ? [message.data.missed] : [])).every((missed) => missed === undefined)).toBe(true);
    again.socket.close();
  }, 90_000);
});

import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect as connectSocket } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { STREAM_PROTOCOLS, TOPIC_KINDS, applyTopicDelta, parseTopic, serverMessageSchema } from '@ibkit/api-contract';
import type { ServerStreamMessage, Topic, TopicKindName } from '@ibkit/api-contract';
import { systemClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading, memoryJournal } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createTopics, watchedJournal } from '@ibkit/operations';
import { createSimulator } from '@ibkit/simulator';
import { decode, encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { StreamHub } from './stream-hub.js';
import type { StreamLimits } from './stream-limits.js';
import { FakeTopics } from './testing/fake-topics.js';
import { TEST_GUARD } from './testing/test-hub.js';

const TOKEN = { headers: { authorization: 'Bearer good' } };
const SPY = { symbol: 'SPY', conId: 756733, mode: 'live', stale: false } as const;

/** A real client, which checks every message against the contract. */
class Client {
  readonly socket: WebSocket;
  readonly messages: ServerStreamMessage[] = [];
  readonly states = new Map<number, unknown>();
  readonly #kinds = new Map<number, TopicKindName>();
  readonly #seqs = new Map<number, number>();
  readonly #isPacked: boolean;
  closed: { readonly code: number; readonly reason: string } | undefined;
  failure: Error | undefined;

  constructor(url: string, { isPacked = false, options = TOKEN }: { readonly isPacked?: boolean; readonly options?: object } = {}) {
    this.#isPacked = isPacked;
    this.socket = new WebSocket(`${url}/v1/stream`, isPacked ? STREAM_PROTOCOLS.msgpack : STREAM_PROTOCOLS.json, options);
    this.socket.on('message', (data: Buffer, isBinary) => {
      try {
        if (isBinary !== isPacked) throw new Error('the wrong encoding');
        this.#read(serverMessageSchema.parse(isPacked ? decode(data) : JSON.parse(data.toString('utf8'))));
      } catch (error) {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      }
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
    });
    this.socket.on('error', () => undefined);
  }

  say(message: object): void {
    this.socket.send(this.#isPacked ? encode(message) : JSON.stringify(message));
  }

  subscribe(id: number, topic: string, more: object = {}): void {
    const kind = parseTopic(topic)?.kind;
    if (kind !== undefined) this.#kinds.set(id, kind);
    this.say({ t: 'sub', id, topic, ...more });
  }

  async heard(type: ServerStreamMessage['t'], id?: number): Promise<void> {
    await vi.waitFor(() => {
      if (!this.messages.some((message) => message.t === type && (id === undefined || ('id' in message && message.id === id)))) throw new Error(`no ${type} of ${id ?? 'any'}: ${JSON.stringify(this.messages.slice(-3))}`);
    }, { timeout: 15_000, interval: 5 });
  }

  async over(): Promise<void> {
    await vi.waitFor(() => {
      if (this.closed === undefined) throw new Error('open');
    }, { timeout: 15_000, interval: 5 });
  }

  #read(message: ServerStreamMessage): void {
    this.messages.push(message);
    if (!('seq' in message)) return;
    const { id, seq } = message;
    if (seq !== (this.#seqs.get(id) ?? 0) + 1) throw new Error(`a hole in ${id} before ${seq}`);
    this.#seqs.set(id, seq);
    const kind = this.#kinds.get(id);
    if (kind !== undefined && message.t === 'snapshot') TOPIC_KINDS[kind].snapshot.parse(message.data);
    if (kind !== undefined && message.t === 'delta') TOPIC_KINDS[kind].delta.parse(message.data);
    if (message.t === 'snapshot') this.states.set(id, message.data);
    else if (message.t === 'delta' && kind !== undefined) this.states.set(id, applyTopicDelta(kind, this.states.get(id) as never, message.data as never));
  }
}

const servers: (() => Promise<void>)[] = [];

async function serve(hub: StreamHub): Promise<{ readonly url: string; readonly port: number; readonly server: Server }> {
  const server = createServer((_request, response) => response.end());
  server.on('upgrade', hub.onUpgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  servers.push(async () => {
    await hub.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `ws://127.0.0.1:${port}`, port, server };
}

afterEach(async () => {
  for (const close of servers.splice(0)) await close();
});

describe('the stream over loopback', () => {
  let topics: FakeTopics;
  let hub: StreamHub;
  let url: string;
  let port: number;
  const clients: Client[] = [];
  const hubOf = (limits: Partial<StreamLimits>): StreamHub => new StreamHub({ topics, guard: TEST_GUARD, accountFacts: { unknownOrders: () => 0 }, clock: systemClock(), version: '1', limits });
  beforeEach(async () => {
    topics = new FakeTopics();
    hub = hubOf({ stallMs: 800, closeMs: 10_000, authMs: 20_000 });
    ({ url, port } = await serve(hub));
    quotesOf('quotes/SPY').whole(SPY);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.terminate();
  });
  const quotesOf = (text: string): ReturnType<FakeTopics['get']> => topics.get(text, parseTopic(text) ?? ({ kind: 'quotes' } satisfies Topic));
  const open = (given: ConstructorParameters<typeof Client>[1] = {}): Client => {
    const client = new Client(url, given);
    clients.push(client);
    return client;
  };

  it('feeds fifty clients of every kind, each the same end', async () => {
    const crowd = Array.from({ length: 50 }, (_, index) => open({ isPacked: index % 2 === 1 }));
    const trades = topics.get('trades/SPY', { kind: 'trades', instrument: 'SPY' }, {});
    for (const [index, client] of crowd.entries()) {
      await client.heard('welcome');
      client.subscribe(1, 'quotes/SPY', { mode: (['all', 'latest', 'sampled'] as const)[index % 3], minIntervalMs: 10 + index });
      client.subscribe(2, 'trades/SPY');
      await client.heard('snapshot', 2);
    }
    for (let index = 0; index < 300; index += 1) {
      quotesOf('quotes/SPY').delta({ bid: String(index), ask: String(index + 1) });
      trades.delta({ symbol: 'SPY', conId: 1, price: String(index), size: '1', exchange: 'X', conditions: '', pastLimit: false, unreported: false, tradedAtUs: 1, receivedAtUs: 1 });
      if (index % 50 === 0) await new Promise((resolve) => systemClock().setTimer(0, () => { resolve(undefined); }));
    }
    await vi.waitFor(() => {
      for (const [index, client] of crowd.entries()) expect({ index, closed: client.closed, trades: client.messages.filter((message) => message.t === 'delta' && message.id === 2).length, quotes: client.states.get(1) }).toMatchObject({ closed: undefined, quotes: { bid: '299', ask: '300' } });
      for (const client of crowd) expect(client.messages.filter((message) => message.t === 'delta' && message.id === 2)).toHaveLength(300);
    }, { timeout: 15_000 });
    expect(crowd.map(({ failure }) => failure)).toEqual(crowd.map(() => undefined));
  });

  it('cuts a client that reads nothing, with the reason, while others get everything', async () => {
    const [quick, stalled] = [open(), open()];
    for (const client of [quick, stalled]) {
      await client.heard('welcome');
      client.subscribe(1, 'trades/SPY');
    }
    const trades = topics.get('trades/SPY', { kind: 'trades', instrument: 'SPY' });
    trades.whole({});
    await stalled.heard('snapshot');
    stalled.socket.pause();
    let [told, most] = [0, 0];
    await vi.waitFor(() => {
      for (let index = 0; index < 400; index += 1) {
        told += 1;
        trades.delta({ symbol: 'SPY', conId: 1, price: String(told), size: '1', exchange: 'X'.repeat(600), conditions: '', pastLimit: false, unreported: false, tradedAtUs: 1, receivedAtUs: 1 });
      }
      most = Math.max(most, hub.stats().bufferedBytes);
      expect(hub.stats().cut).toBe(1);
    }, { timeout: 20_000, interval: 10 });
    expect(most).toBeLessThan(4 * 1024 * 1024);
    stalled.socket.resume();
    await stalled.over();
    expect(stalled.closed).toEqual({ code: 4008, reason: 'IBKR_STREAM_SLOW' });
    expect(stalled.messages.at(-1)).toMatchObject({ t: 'end', code: 'IBKR_STREAM_SLOW' });
    await vi.waitFor(() => {
      expect(quick.messages.filter(({ t }) => t === 'delta')).toHaveLength(told);
    }, { timeout: 15_000 });
    expect(quick.closed).toBeUndefined();
  }, 60_000);

  it('refuses pages of other origins, wrong tokens and other paths, and closes on who stays silent', async () => {
    const answer = async (path: string, headers: string): Promise<string> => new Promise((resolve) => {
      const socket: Socket = connectSocket(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`));
      let text = '';
      socket.on('data', (data) => (text += data.toString('utf8')));
      socket.on('error', () => undefined);
      socket.on('close', () => { resolve(text); });
    });
    expect(await answer('/v1/stream', 'Origin: https://evil.example\r\n')).toMatch(/^HTTP\/1\.1 403 [\s\S]*IBKR_HTTP_ORIGIN/u);
    expect(await answer('/v1/stream', 'Authorization: Bearer bad\r\n')).toMatch(/^HTTP\/1\.1 401 [\s\S]*WWW-Authenticate: Bearer/u);
    expect(await answer('/other', 'Authorization: Bearer good\r\n')).toMatch(/^HTTP\/1\.1 404 /u);
    const impatient = await serve(hubOf({ authMs: 100 }));
    const silent = new Client(impatient.url, { options: {} });
    clients.push(silent);
    await silent.over();
    expect(silent.closed?.code).toBe(4001);
    const late = open({ options: {} });
    await late.heard('hello');
    late.say({ t: 'auth', ticket: 'good' });
    await late.heard('welcome');
  });

  it('outlives garbage, messages that are too large, and subscriptions without end', async () => {
    const [garbage, large, greedy, packed] = [open(), open(), open(), open({ isPacked: true })];
    for (const client of [garbage, large, greedy, packed]) await client.heard('welcome');
    for (let index = 0; index < 12; index += 1) garbage.socket.send(Buffer.from([index, 0xff, 0xfe]));
    large.socket.send('x'.repeat(20_000));
    // An array of four thousand million, in five bytes.
    packed.socket.send(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]));
    for (let id = 0; id < 400; id += 1) if (greedy.socket.readyState === WebSocket.OPEN) greedy.subscribe(id, 'quotes/SPY');
    await garbage.over();
    await large.over();
    await greedy.over();
    await packed.heard('err');
    expect([garbage.closed?.code, large.closed?.code, greedy.closed?.code]).toEqual([4004, 1009, 4029]);
    const after = open();
    await after.heard('welcome');
    after.subscribe(1, 'quotes/SPY');
    await after.heard('snapshot');
  });

  it('survives a storm of connections that come and go', async () => {
    for (let round = 0; round < 10; round += 1) {
      const storm = Array.from({ length: 20 }, () => open());
      await Promise.all(storm.map((client) => client.heard('welcome')));
      for (const client of storm) client.subscribe(1, 'quotes/SPY', { mode: 'all' });
      quotesOf('quotes/SPY').delta({ bid: String(round) });
      for (const [index, client] of storm.entries()) if (index % 2 === 0) client.socket.terminate(); else client.socket.close();
    }
    await vi.waitFor(() => {
      expect(hub.stats()).toMatchObject({ connections: 0, subscriptions: 0, bufferedBytes: 0 });
    }, { timeout: 15_000 });
  });
});

describe('the stream of a broker', () => {
  it('tells every topic from the simulator as the contract says, and orders over a restart of the daemon', async () => {
    await using simulator = await createSimulator({ seed: 3 });
    await using connection = new ConnectionManager({ host: simulator.host, port: simulator.port, clientId: 1 });
    await using marketData = new MarketData({ connection });
    const journal = watchedJournal(memoryJournal());
    await using trading = new Trading({ connection, marketData, journal });
    await connection.connect();
    await trading.ready();
    const account = connection.accounts[0] ?? '';
    const risk = { mode: 'paper' as const, gate: [], killSwitch: false, allowedAccounts: [account], unknownOrders: 0 };
    const started = async (): Promise<{ readonly client: Client; readonly stop: () => Promise<void> }> => {
      const topics = createTopics({ connection, marketData, trading, journal, risk: () => risk });
      const hub = new StreamHub({ topics, guard: TEST_GUARD, accountFacts: { unknownOrders: () => 0 }, clock: systemClock(), version: '1', limits: { closeMs: 200 } });
      const { url } = await serve(hub);
      const client = new Client(url);
      await client.heard('welcome');
      return { client, stop: async () => { client.socket.close(); await hub.close(); await topics.close(); } };
    };
    const first = await started();
    const names = ['quotes/SPY', 'trades/SPY', 'ticks/SPY/bidAsk', 'bars/SPY/1m', 'depth/SPY', 'positions', `account/${account}`, `pnl/${account}`, 'health', 'gateway', 'risk', 'orders', 'executions', 'audit'];
    for (const [id, name] of names.entries()) first.client.subscribe(id, name);
    for (const [id] of names.entries()) await first.client.heard('snapshot', id);
    await first.client.heard('delta', 0);
    await trading.place({ contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: 'BUY', quantity: 10, orderType: 'MKT', key: 'k1' });
    for (const id of [5, 11, 12, 13]) await first.client.heard('delta', id);
    const token = first.client.messages.find((message) => message.t === 'delta' && message.id === 11);
    expect(first.client.failure).toBeUndefined();
    await first.stop();
    const second = await started();
    second.client.subscribe(1, 'orders', { resume: token?.t === 'delta' ? token.at : '' });
    second.client.subscribe(2, 'quotes/SPY', { resume: (first.client.messages.find((message) => message.t === 'snapshot' && message.id === 0) as { at: string }).at });
    await second.client.heard('delta', 1);
    await second.client.heard('snapshot', 2);
    const told = first.client.messages.filter((message) => message.t === 'delta' && message.id === 11).map((message) => (message.t === 'delta' ? message.data : undefined));
    await vi.waitFor(() => {
      const again = second.client.messages.filter((message) => message.t === 'delta' && message.id === 1).map((message) => (message.t === 'delta' ? message.data : undefined));
      expect(again.slice(0, told.length - 1)).toEqual(told.slice(1));
    }, { timeout: 20_000 });
    expect(second.client.messages.find((message) => message.t === 'snapshot' && message.id === 2)).toMatchObject({ reason: 'epochChanged' });
    await second.stop();
  }, 60_000);
});

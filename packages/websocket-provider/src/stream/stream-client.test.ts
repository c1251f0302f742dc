import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerStreamMessage } from '@ibkit/api-contract';
import { FakeDaemon, json } from '../testing/fake-daemon.js';
import { StreamClient } from './stream-client.js';
import type { StreamConnectionChange, StreamOptions } from './stream-client.js';
import type { TopicEvent } from './topic-event.js';

const trade = (price: string): object => ({ symbol: 'AAPL', conId: 1, price, size: '100', exchange: 'ISLAND', conditions: '', pastLimit: false, unreported: false, tradedAtUs: 1_000_000, receivedAtUs: 1_000_001 });
const snapshot = (id: number, seq = 1, reason: 'start' | 'resync' | 'epochChanged' = 'start'): ServerStreamMessage => ({ t: 'snapshot', id, seq, at: `a${seq}`, tsUs: 1, reason, mode: 'all', data: {} });
const delta = (id: number, seq: number, price = '1.5'): ServerStreamMessage => ({ t: 'delta', id, seq, at: `a${seq}`, tsUs: 1, data: trade(price) });

const opened: StreamClient[] = [];

function rig(options: Partial<StreamOptions> & { readonly headers?: boolean } = {}): { readonly daemon: FakeDaemon; readonly client: StreamClient; readonly changes: StreamConnectionChange[] } {
  const daemon = new FakeDaemon(options);
  const changes: StreamConnectionChange[] = [];
  const client = new StreamClient({ token: 't0ken', clock: daemon.clock, random: daemon.random, onConnection: (change) => changes.push(change), ...options }, daemon.platform);
  opened.push(client);
  return { daemon, client, changes };
}

function follow(client: StreamClient): { readonly events: TopicEvent<'trades'>[]; readonly subscription: ReturnType<StreamClient['subscribe']> } {
  const events: TopicEvent<'trades'>[] = [];
  return { events, subscription: client.subscribe('trades', 'trades/AAPL', (event) => events.push(event)) };
}

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

describe('StreamClient', () => {
  it('connects with the first subscription, with the token in the header, and tells what comes in order', async () => {
    const { daemon, client } = rig();
    expect(daemon.sockets).toEqual([]);
    const { events, subscription } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    expect(daemon.socket.token).toBe('t0ken');
    expect(daemon.socket.sent).toEqual([{ t: 'sub', id: 1, topic: 'trades/AAPL' }]);
    daemon.socket.say(snapshot(1), delta(1, 2), delta(1, 3, '1.6'));
    await subscription.ready;
    expect(events.map(({ type }) => type)).toEqual(['snapshot', 'delta', 'delta']);
    expect(client.connected).toBe(true);
  });

  it('opens with a ticket where a header cannot be sent', async () => {
    const { daemon, client } = rig({ headers: false });
    daemon.answer = () => Promise.resolve(json(201, { ticket: 'one-use', expiresAtMs: 30_000 }));
    follow(client);
    await daemon.settle();
    daemon.socket.greet();
    expect(daemon.requests.map(({ method, path, headers }) => [method, path, headers['authorization']])).toEqual([['POST', '/v1/ws-tickets', 'Bearer t0ken']]);
    expect(daemon.socket.sent).toEqual([{ t: 'auth', ticket: 'one-use' }, { t: 'sub', id: 1, topic: 'trades/AAPL' }]);
  });

  it('goes on where it was after a break, and tells that it did', async () => {
    const { daemon, client, changes } = rig();
    const { events } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.say(snapshot(1), delta(1, 2));
    daemon.socket.hangUp();
    expect(changes.at(-1)).toMatchObject({ state: 'lost' });
    await daemon.clock.advance(250);
    daemon.socket.greet();
    expect(daemon.socket.sent).toEqual([{ t: 'sub', id: 1, topic: 'trades/AAPL', resume: 'a2' }]);
    daemon.socket.say({ t: 'resumed', id: 1, seq: 1, at: 'a2', tsUs: 1, mode: 'all' }, delta(1, 2));
    expect(events.map(({ type }) => type)).toEqual(['snapshot', 'delta', 'lost', 'resumed', 'delta']);
  });

  it('tells a gap when the history could not be continued, once, whether the daemon says it or not', async () => {
    for (const told of [true, false]) {
      const { daemon, client } = rig();
      const { events } = follow(client);
      await daemon.settle();
      daemon.socket.greet();
      daemon.socket.say(snapshot(1));
      daemon.socket.hangUp();
      await daemon.clock.advance(250);
      daemon.socket.greet('boot-2');
      if (told) daemon.socket.say({ t: 'gap', id: 1, seq: 1, at: 'b1', tsUs: 1, data: { reason: 'restarted', missed: 3 } });
      daemon.socket.say(snapshot(1, told ? 2 : 1, 'epochChanged'));
      expect(events.map(({ type }) => type)).toEqual(['snapshot', 'lost', 'gap', 'snapshot']);
    }
  });

  it('asks for a snapshot when a message is missing, and takes nothing in before it', async () => {
    const { daemon, client } = rig();
    const { events, subscription } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.say(snapshot(1), delta(1, 2), delta(1, 4), delta(1, 5), delta(1, 6));
    expect(daemon.socket.sent.slice(1)).toEqual([{ t: 'resync', id: 1 }]);
    daemon.socket.say(snapshot(1, 7, 'resync'), delta(1, 8));
    expect(events.map(({ type }) => type)).toEqual(['snapshot', 'delta', 'gap', 'snapshot', 'delta']);
    expect(subscription.holes).toBe(1);
  });

  it('notices a daemon that says nothing any more', async () => {
    const { daemon, client, changes } = rig();
    follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.say(snapshot(1));
    await daemon.clock.advance(12_000);
    daemon.socket.say({ t: 'heartbeat', tsUs: 1, at: {} });
    await daemon.clock.advance(12_000);
    expect(changes.map(({ state }) => state)).toEqual(['open']);
    await daemon.clock.advance(501);
    expect(changes.at(-1)).toMatchObject({ state: 'lost', error: { code: 'IBKR_STREAM_SILENT' } });
    expect(daemon.sockets[0]?.ended).toBe('terminated');
  });

  it('notices a daemon that never greets', async () => {
    const { daemon, client, changes } = rig({ timeoutMs: 10_000 });
    follow(client);
    await daemon.clock.advance(10_001);
    expect(changes.at(-1)).toMatchObject({ state: 'lost', error: { code: 'IBKR_STREAM_SILENT' } });
  });

  it.each([[4001, 'IBKR_STREAM_UNAUTHORIZED'], [4003, 'IBKR_STREAM_FORBIDDEN'], [4004, 'IBKR_STREAM_BAD_MESSAGE']])('ends for good after close code %i', async (code, expected) => {
    const { daemon, client, changes } = rig();
    const { events, subscription } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.hangUp(code, 'no');
    await expect(subscription.ready).rejects.toMatchObject({ code: expected });
    expect(events).toMatchObject([{ type: 'ended', error: { code: expected } }]);
    expect(changes.at(-1)).toMatchObject({ state: 'closed' });
    expect(daemon.clock.pending).toBe(0);
    expect(() => follow(client)).toThrow(expect.objectContaining({ code: 'IBKR_STREAM_CLOSED' }));
  });

  it.each([[4008, 'IBKR_STREAM_SLOW'], [4029, 'IBKR_STREAM_TOO_MANY'], [1001, 'IBKR_STREAM_LOST']])('comes back after close code %i', async (code, expected) => {
    const { daemon, client, changes } = rig();
    follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.hangUp(code);
    expect(changes.at(-1)).toMatchObject({ state: 'lost', error: { code: expected, retryable: true } });
    await daemon.clock.advance(250);
    expect(daemon.sockets).toHaveLength(2);
  });

  it('waits longer with each attempt that fails, at most the longest, and tries for ever', async () => {
    const { daemon, client, changes } = rig({ reconnectMinMs: 100, reconnectMaxMs: 800 });
    follow(client);
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await daemon.clock.advance(800);
      daemon.socket.hangUp(1006, '', new Error('connect ECONNREFUSED'));
    }
    const delays = changes.flatMap((change) => (change.state === 'lost' ? [change.retryInMs] : []));
    expect(delays).toHaveLength(8);
    for (const [index, delay] of delays.entries()) {
      const full = Math.min(800, 100 * 2 ** index);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    }
  });

  it('rejects a subscription that the daemon refuses, and leaves the others alone', async () => {
    const { daemon, client } = rig();
    const first = follow(client);
    const second = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    const problem = { type: 'about:blank', title: 'ContractError', status: 404, detail: 'no such contract', code: 'IBKR_CONTRACT_NOT_FOUND', errorClass: 'ContractError', ibCode: 200, retryable: false, tips: ['Check the symbol.'] };
    daemon.socket.say({ t: 'err', id: 1, code: 'IBKR_CONTRACT_NOT_FOUND', detail: 'no such contract', retryable: false, problem }, snapshot(2));
    await expect(first.subscription.ready).rejects.toMatchObject({ name: 'ContractError', code: 'IBKR_CONTRACT_NOT_FOUND', brokerCode: 200, tips: ['Check the symbol.'] });
    await second.subscription.ready;
    daemon.socket.hangUp();
    await daemon.clock.advance(250);
    daemon.socket.greet();
    expect(daemon.socket.sent.map((message) => ('id' in message ? message.id : undefined))).toEqual([2]);
  });

  it('asks again for what worked before and cannot be served for now', async () => {
    const { daemon, client } = rig();
    const { events } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.say(snapshot(1));
    daemon.socket.hangUp();
    await daemon.clock.advance(250);
    daemon.socket.greet();
    daemon.socket.say({ t: 'err', id: 1, code: 'IBKR_NOT_CONNECTED', detail: 'no gateway yet', retryable: true });
    await daemon.clock.advance(2000);
    expect(daemon.socket.sent).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ type: 'stale', cause: 'no gateway yet' });
  });

  it('drops a connection that sends what the contract does not know', async () => {
    for (const garbage of ['not json', '{"t":"riddle"}', JSON.stringify({ ...snapshot(1), seq: 'first' })]) {
      const { daemon, client, changes } = rig();
      follow(client);
      await daemon.settle();
      daemon.socket.greet();
      daemon.socket.say(garbage);
      expect(changes.at(-1)).toMatchObject({ state: 'lost', error: { code: 'IBKR_STREAM_PROTOCOL' } });
    }
  });

  it('ends a subscription whose data the contract does not know, with the reason', async () => {
    const { daemon, client } = rig();
    const { events, subscription } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.say(JSON.stringify({ ...snapshot(1), data: { last: { price: 12 } } }));
    await expect(subscription.ready).rejects.toMatchObject({ code: 'IBKR_STREAM_PROTOCOL' });
    expect(events).toMatchObject([{ type: 'ended', error: { code: 'IBKR_STREAM_PROTOCOL' } }]);
    expect(daemon.socket.sent.at(-1)).toEqual({ t: 'unsub', id: 1 });
  });

  it('closes idempotently and leaves nothing behind', async () => {
    const { daemon, client } = rig();
    const { events, subscription } = follow(client);
    await daemon.settle();
    daemon.socket.greet();
    daemon.socket.say(snapshot(1));
    subscription.close();
    subscription.close();
    expect(daemon.socket.sent.at(-1)).toEqual({ t: 'unsub', id: 1 });
    await client.close();
    await client.close();
    await daemon.clock.advance(1000);
    expect(events.map(({ type }) => type)).toEqual(['snapshot', 'ended']);
    expect(daemon.clock.pending).toBe(0);
    expect(daemon.closed).toBe(1);
  });

  it('refuses a topic of another kind', () => {
    const { client } = rig();
    expect(() => client.subscribe('trades', 'quotes/AAPL', () => undefined)).toThrow(/topic must be a topic of the kind trades/u);
    expect(() => client.subscribe('trades', 'trades', () => undefined)).toThrow(/topic/u);
  });

  it('gives every trade in order or a gap in its place, whatever is lost on the way and however often the line breaks', async () => {
    const step = fc.oneof({ weight: 8, arbitrary: fc.constant('trade' as const) }, fc.constant('drop' as const), fc.constant('break' as const), fc.constant('restart' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { daemon, client } = rig({ reconnectMinMs: 1, reconnectMaxMs: 1 });
        const told: (number | 'gap')[] = [];
        client.subscribe('trades', 'trades/AAPL', (event) => {
          if (event.type === 'delta') told.push(Number(event.data.price));
          if (event.type === 'gap') told.push('gap');
        });
        // The daemon: a history, an epoch, and the number of the next message of the present connection.
        let [history, epoch, seq] = [0, 1, 0];
        const begin = async (): Promise<void> => {
          await daemon.clock.advance(1);
          daemon.socket.greet(`boot-${epoch}`);
          const sub = daemon.socket.sent.find(({ t }) => t === 'sub');
          const from = sub?.t === 'sub' ? sub.resume?.split('.').map(Number) : undefined;
          seq = 1;
          if (from?.[0] === epoch) {
            daemon.socket.say({ t: 'resumed', id: 1, seq, at: `${epoch}.${from[1] ?? 0}`, tsUs: 1, mode: 'all' });
            for (let price = (from[1] ?? 0) + 1; price <= history; price += 1) send(price, true);
          } else {
            daemon.socket.say({ t: 'snapshot', id: 1, seq, at: `${epoch}.${history}`, tsUs: 1, reason: from === undefined ? 'start' : 'epochChanged', mode: 'all', data: {} });
          }
        };
        const send = (price: number, arrives: boolean): void => {
          seq += 1;
          if (arrives) daemon.socket.say({ t: 'delta', id: 1, seq, at: `${epoch}.${price}`, tsUs: 1, data: trade(String(price)) });
          const asked = daemon.socket.sent.at(-1);
          if (asked?.t === 'resync') {
            daemon.socket.sent.pop();
            seq += 1;
            daemon.socket.say({ t: 'snapshot', id: 1, seq, at: `${epoch}.${price}`, tsUs: 1, reason: 'resync', mode: 'all', data: {} });
          }
        };
        await begin();
        for (const what of steps) {
          if (what === 'trade' || what === 'drop') {
            history += 1;
            send(history, what === 'trade');
          } else {
            daemon.socket.hangUp();
            history += 1;
            if (what === 'restart') epoch += 1;
            await begin();
          }
        }
        history += 1;
        send(history, true);
        let [last, gap, silent] = [0, false, 0];
        for (const item of told) {
          if (item === 'gap') gap = true;
          else {
            silent += item === last + 1 || (gap && item > last) ? 0 : 1;
            [last, gap] = [item, false];
          }
        }
        expect({ silent, told: last === history || gap }).toEqual({ silent: 0, told: true });
        await client.close();
      }),
      { numRuns: 60 },
    );
  });
});

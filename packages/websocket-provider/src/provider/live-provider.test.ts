import { afterEach, describe, expect, it } from 'vitest';
import type { ServerStreamMessage } from '@ibkit/api-contract';
import { FakeDaemon } from '../testing/fake-daemon.js';
import { LiveProvider } from './live-provider.js';
import type { ProviderOptions, TickerOptions } from './live-provider.js';
import type { Update } from './update.js';

const trade = (price: string): object => ({ symbol: 'AAPL', conId: 1, price, size: '100', exchange: 'ISLAND', conditions: '', pastLimit: false, unreported: false, tradedAtUs: 1_500_000, receivedAtUs: 1_500_001 });
const QUOTE = { symbol: 'AAPL', conId: 1, bid: '189.9', ask: '189.92', mode: 'live', stale: false, receivedAtUs: 1 };
const frame = (id: number, seq: number): { readonly id: number; readonly seq: number; readonly at: string; readonly tsUs: number } => ({ id, seq, at: `a${seq}`, tsUs: 1 });
const snapshot = (id: number, data: object, mode: 'all' | 'latest' = 'all'): ServerStreamMessage => ({ t: 'snapshot', ...frame(id, 1), reason: 'start', mode, data });
const delta = (id: number, seq: number, data: object): ServerStreamMessage => ({ t: 'delta', ...frame(id, seq), data });

const open: LiveProvider[] = [];

function rig(options: Partial<ProviderOptions> = {}): { readonly daemon: FakeDaemon; readonly ws: LiveProvider; readonly subscribe: (ticker: string, options: TickerOptions, first: ServerStreamMessage) => Promise<void> } {
  const daemon = new FakeDaemon();
  const ws = new LiveProvider({ token: 't', clock: daemon.clock, random: daemon.random, ...options }, daemon.platform);
  open.push(ws);
  return {
    daemon,
    ws,
    subscribe: async (ticker, how, first) => {
      const done = ws.subscribe(ticker, how);
      await daemon.settle();
      if (!ws.connected) daemon.socket.greet();
      daemon.socket.say(first);
      await done;
    },
  };
}

/** What is there without waiting. */
async function taken(updates: AsyncIterator<Update, undefined>, count: number): Promise<Update[]> {
  const all: Update[] = [];
  for (let index = 0; index < count; index += 1) {
    const next = await updates.next();
    if (next.done === true) break;
    all.push(next.value);
  }
  return all;
}

afterEach(async () => {
  for (const ws of open.splice(0)) await ws.close();
});

describe('LiveProvider', () => {
  it('gives trades with ticker, price and size, also those that came before anybody read', async () => {
    const { daemon, ws, subscribe } = rig();
    await subscribe('aapl', { dataType: 'TRADES' }, snapshot(1, { last: trade('188') }));
    daemon.socket.say(delta(1, 2, trade('189.5')), delta(1, 3, trade('189.51')));
    const updates = await taken(ws.updates(), 2);
    expect(updates.map(({ type, ticker, price, size }) => [type, ticker, price, size])).toEqual([['trade', 'AAPL', 189.5, 100], ['trade', 'AAPL', 189.51, 100]]);
    expect(updates[0]).toMatchObject({ tradedAtMs: 1500, exchange: 'ISLAND' });
    expect(daemon.socket.sent).toEqual([{ t: 'sub', id: 1, topic: 'trades/AAPL' }]);
  });

  it('gives whole quotes, with what went away gone', async () => {
    const { daemon, ws, subscribe } = rig();
    await subscribe('AAPL', { dataType: 'QUOTES', minIntervalMs: 100 }, snapshot(1, QUOTE, 'latest'));
    const updates = ws.updates();
    expect(await taken(updates, 1)).toMatchObject([{ type: 'quote', bid: 189.9, ask: 189.92, price: undefined, stale: false }]);
    daemon.socket.say(delta(1, 2, { last: '189.91', lastSize: '3', bid: null }));
    expect(await taken(updates, 1)).toMatchObject([{ type: 'quote', bid: undefined, ask: 189.92, price: 189.91, size: 3 }]);
    expect(daemon.socket.sent).toEqual([{ t: 'sub', id: 1, topic: 'quotes/AAPL', minIntervalMs: 100 }]);
  });

  it('conflates quotes that nobody takes in, in their place', async () => {
    const { daemon, ws, subscribe } = rig();
    await subscribe('AAPL', {}, snapshot(1, QUOTE, 'latest'));
    await subscribe('MSFT', { dataType: 'TRADES' }, snapshot(2, {}));
    daemon.socket.say(delta(2, 2, trade('5')));
    for (let seq = 2; seq < 1000; seq += 1) daemon.socket.say(delta(1, seq, { bid: String(seq) }));
    const updates = await taken(ws.updates(), 2);
    expect(updates).toMatchObject([{ type: 'quote', bid: 999 }, { type: 'trade', ticker: 'MSFT' }]);
  });

  it('never leaves a trade out without a gap in its place', async () => {
    const { daemon, ws, subscribe } = rig({ capacity: 5 });
    await subscribe('AAPL', { dataType: 'TRADES' }, snapshot(1, {}));
    for (let seq = 2; seq < 14; seq += 1) daemon.socket.say(delta(1, seq, trade(String(seq))));
    const updates = ws.updates();
    const first = await taken(updates, 6);
    expect(first.map(({ type }) => type)).toEqual(['trade', 'trade', 'trade', 'trade', 'trade', 'gap']);
    expect(first.at(-1)).toMatchObject({ missed: 7 });
    daemon.socket.say(delta(1, 14, trade('14')));
    expect(await taken(updates, 1)).toMatchObject([{ type: 'trade', price: 14 }]);
  });

  it('tells a break: the quote is stale until it goes on', async () => {
    const { daemon, ws, subscribe } = rig();
    await subscribe('AAPL', {}, snapshot(1, QUOTE, 'latest'));
    const updates = ws.updates();
    await taken(updates, 1);
    daemon.socket.hangUp();
    expect(await taken(updates, 2)).toMatchObject([{ type: 'stale', ticker: 'AAPL' }, { type: 'quote', bid: 189.9, stale: true }]);
    await daemon.clock.advance(250);
    daemon.socket.greet();
    daemon.socket.say({ t: 'resumed', ...frame(1, 1), mode: 'latest' }, delta(1, 2, { bid: '190', stale: false, staleReason: null }));
    expect(await taken(updates, 2)).toMatchObject([{ type: 'resumed' }, { type: 'quote', bid: 190, stale: false }]);
  });

  it('gives bars and books', async () => {
    const { daemon, ws, subscribe } = rig();
    const bar = { timeUs: 5_000_000, open: '1', high: '2', low: '0.5', close: '1.5', volume: '700', complete: true };
    await subscribe('AAPL', { dataType: 'BARS', barSize: '1m' }, snapshot(1, { bar }));
    await subscribe('@756733', { dataType: 'DEPTH' }, snapshot(2, { symbol: 'SPY', conId: 756_733, bids: [{ price: '10', size: '2' }], asks: [], stale: false, crossed: false }));
    expect(await taken(ws.updates(), 2)).toMatchObject([
      { type: 'bar', ticker: 'AAPL', price: 1.5, size: 700, timeMs: 5000, complete: true },
      { type: 'depth', ticker: '@756733', price: 10, size: 2, bids: [{ price: 10, size: 2 }], asks: [] },
    ]);
    expect(daemon.socket.sent).toMatchObject([{ topic: 'bars/AAPL/1m' }, { topic: 'depth/@756733' }]);
  });

  it('subscribes once, however often it is asked, and forgets what was refused', async () => {
    const { daemon, ws, subscribe } = rig();
    await subscribe('AAPL', { dataType: 'TRADES' }, snapshot(1, {}));
    await ws.subscribe('aapl', { dataType: 'TRADES' });
    expect(daemon.socket.sent).toHaveLength(1);
    const refused = ws.subscribe('NOPE');
    daemon.socket.say({ t: 'err', id: 2, code: 'IBKR_CONTRACT_NOT_FOUND', detail: 'no', retryable: false });
    await expect(refused).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    expect(ws.subscriptions).toEqual(['AAPL TRADES']);
    expect(await ws.unsubscribe('AAPL')).toBe(true);
    expect(await ws.unsubscribe('AAPL', { dataType: 'TRADES' })).toBe(false);
    expect(daemon.socket.sent.at(-1)).toEqual({ t: 'unsub', id: 1 });
  });

  it('says when the daemon says nothing, and keeps the subscription', async () => {
    const { daemon, ws } = rig();
    const pending = ws.subscribe('AAPL', { timeoutMs: 50 });
    pending.catch(() => undefined);
    await daemon.clock.advance(50);
    await expect(pending).rejects.toMatchObject({ code: 'IBKR_STREAM_SUBSCRIBE_TIMEOUT', retryable: true });
    expect(ws.subscriptions).toEqual(['AAPL QUOTES']);
  });

  it('ends its readers when it is closed, and each reader may leave by itself', async () => {
    const { daemon, ws, subscribe } = rig();
    await subscribe('AAPL', { dataType: 'TRADES' }, snapshot(1, {}));
    const [first, second] = [ws.updates(), ws.updates()];
    await first.return?.();
    daemon.socket.say(delta(1, 2, trade('7')));
    expect(await taken(second, 1)).toMatchObject([{ price: 7 }]);
    const waiting = second.next();
    await ws.close();
    // The end of each ticker is told first.
    expect(await waiting).toMatchObject({ value: { type: 'ended', error: undefined } });
    expect(await second.next()).toEqual({ done: true, value: undefined });
    expect(await first.next()).toEqual({ done: true, value: undefined });
  });

  it.each([['', 'QUOTES'], ['A/B', 'QUOTES'], ['x'.repeat(65), 'TRADES']] as const)('refuses the ticker %j', async (ticker, dataType) => {
    await expect(rig().ws.subscribe(ticker, { dataType })).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('refuses options that break their rules', () => {
    for (const bad of [{ capacity: 0 }, { reconnectMinMs: 0 }, { url: 'ftp://x' }, { url: 'http://example.com' }, { url: 'http://127.0.0.1:1/?token=x' }, { timeoutMs: 0 }, { token: '' }]) {
      expect(() => rig(bad)).toThrow(expect.objectContaining({ name: expect.stringMatching(/UsageError|ConfigurationError/u) as string }));
    }
  });
});

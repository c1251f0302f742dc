import path from 'node:path';
import type { ApiChain, ApiPreview, ApiQuote } from '@ibkit/api-contract';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { chainText } from '../commands/market/chain-table.js';
import { QuoteBoard } from '../commands/market/quote-board.js';
import { previewText } from '../commands/orders/preview-text.js';
import { linkNews, linkText } from '../stream/link-news.js';
import { FakeSink, FakeSource } from '../testing/fake-io.js';
import { Progress } from './progress.js';

const SCREENS = path.join(import.meta.dirname, 'screens');
const COLORS = { good: String, bad: String, warning: String, dim: String, strong: String };

type Context = ConstructorParameters<typeof Progress>[0];

function context(clock = createTestClock()): { readonly context: Context; readonly err: FakeSink; readonly clock: ReturnType<typeof createTestClock> } {
  const err = new FakeSink(true);
  const io = { in: new FakeSource(true, ''), out: new FakeSink(true), err, env: {}, cwd: '/', stop: new AbortController().signal };
  const globals = { json: false, color: false };
  // What is drawn reads these and nothing else of the globals.
  return { context: { io, globals, clock, remainingMs: () => 1 } as unknown as Context, err, clock };
}

function quote(symbol: string, last: number, nowMs: number, rest: Partial<ApiQuote> = {}): ApiQuote {
  return { symbol, conId: 1, bid: last - 0.01, ask: last + 0.01, last, close: 100, volume: 1_000_000, mode: 'live', stale: false, receivedAtMs: nowMs - 12, ageMs: 12, ...rest };
}

// Made again with: npx vitest run src/render/screens.test.ts --update
describe('screens', () => {
  it('watch: quotes with the course of the last minutes', async () => {
    const { context: given, clock } = context();
    const board = new QuoteBoard(given, ['SPY', 'AAPL', 'NVDA']);
    for (let step = 0; step < 20; step += 1) {
      board.put(quote('SPY', 101 + Math.sin(step / 3), clock.now()), clock.now());
      board.put(quote('AAPL', 99 - step / 10, clock.now(), { mode: 'delayed' }), clock.now());
      await clock.advance(5_000);
    }
    board.put(quote('NVDA', 100.5, clock.now(), { gaps: 1 }), clock.now());
    board.stale('NVDA', 'usfarm is down');
    const session = { stop: () => undefined, redraw: () => undefined };
    board.key('s', session);
    board.key('s', session);
    await expect(board.text()).toMatchFileSnapshot(path.join(SCREENS, 'watch.txt'));
  });

  it('chain: calls, strikes and puts around the money', async () => {
    const row = (strike: number, right: 'C' | 'P', delta: number): ApiChain['rows'][number] => ({ conId: strike, expiry: '2026-12-18', strike, right, tradingClass: 'SPY', bid: 4.1, ask: 4.2, openInterest: 1200, greeks: { source: strike === 595 ? 'local' : 'tws', impliedVolatility: 0.151, delta }, mode: 'live', complete: true, missing: [], stale: strike === 605 });
    const chain: ApiChain = {
      underlying: { contract: { symbol: 'SPY' }, price: 600.4, mode: 'live', stale: false }, expiries: ['2026-12-18'],
      rows: [row(595, 'C', 0.6), row(595, 'P', -0.4), row(600, 'C', 0.52), row(600, 'P', -0.48), row(605, 'C', 0.44), row(605, 'P', -0.56)], complete: true, startedAtMs: 0, endedAtMs: 1,
    }; // prettier-ignore
    await expect(chainText(chain, COLORS)).toMatchFileSnapshot(path.join(SCREENS, 'chain.txt'));
  });

  it('order: a preview with margin, commission and what the gate says', async () => {
    const preview: ApiPreview = {
      account: 'DU1234567', paper: true, orders: [{}], estimate: { price: 260, basis: 'limit', notional: 2600, currency: 'USD' },
      whatIf: { initMargin: { change: 650, after: 650 }, maintMargin: { change: 520, after: 520 }, equityWithLoan: {}, commission: 1, commissionCurrency: 'USD' },
      warnings: ['The limit is 15 % through the market at 226.61.'], gate: ['KILL_SWITCH', 'RECONCILE_PENDING'],
    }; // prettier-ignore
    const text = previewText({ kind: 'order', instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 260 }, preview, (reason) => `(${reason})`, quote('AAPL', 226.6, 0));
    await expect(text).toMatchFileSnapshot(path.join(SCREENS, 'order-preview.txt'));
  });

  it('progress: how far, how much, how long still', async () => {
    const { context: given, err, clock } = context();
    const progress = new Progress(given);
    await clock.advance(30_000);
    progress.show({ share: 0.25, done: 12_000, unit: 'bars' });
    progress.end();
    await expect(err.text.replaceAll('\r', '').replaceAll('\u001b[K', '')).toMatchFileSnapshot(path.join(SCREENS, 'history-progress.txt'));
  });
});

describe('news of the connection', () => {
  const layer = (status: 'up' | 'down', cause = 'c') => ({ status, sinceMs: 0, cause });
  const health = (state: string, upstream: 'up' | 'down' = 'up', farm: 'up' | 'down' = 'up'): Parameters<typeof linkText>[0] => ({
    state, reconnectCount: 0, readiness: { dataReady: true, tradeReady: true, reasons: [] },
    health: { tcp: layer(state === 'connected' ? 'up' : 'down', 'peerClosed'), handshake: layer('up'), api: layer('up'), upstream: layer(upstream, '1100'), farms: { usfarm: layer(farm, '2103') } },
  }); // prettier-ignore

  it.each([
    [health('connected'), health('reconnecting'), 'lost', 'peerClosed Trying to get it back.'],
    [health('reconnecting'), health('connected'), 'recovered', 'session is back after 0 ms'],
    [health('reconnecting'), health('failed'), 'given up', 'peerClosed'],
    [health('connected'), health('connected', 'down'), 'degraded', 'the link to the broker is down: 1100'],
    [health('connected', 'up', 'down'), health('connected'), 'recovered', 'farm usfarm is back after 0 ms: 2103'],
  ])('%#: %j', (before, now, what, reason) => {
    expect(linkNews(before, now)).toEqual([{ what, reason }]);
  });

  it('is none when nothing changed, nor about parts of a session that is gone', () => {
    expect(linkNews(health('connected'), health('connected'))).toEqual([]);
    expect(linkNews(health('reconnecting'), health('reconnecting', 'down'))).toEqual([]);
    expect(linkText(health('connected', 'down', 'down'), 1_000)).toBe('connected, upstream down for 1 s: 1100, farms down: usfarm');
  });
});

import type { ApiAccounts, ApiQuote, ApiStatus } from '@ibkit/api-contract';
import { describe, expect, it } from 'vitest';
import type { Answer } from './api-client.js';
import { lines, screen } from './view.js';
import type { Look } from './view.js';

const up = { status: 'up', sinceMs: 0, cause: 'fine' } as const;

function lookAt(atMs: number, quote: Partial<ApiQuote> = {}, state: 'connected' | 'reconnecting' = 'connected'): Look {
  const spy: ApiQuote = { symbol: 'SPY', conId: 756733, bid: 451.2, ask: 451.22, last: 451.21, close: 450, volume: 1200, mode: 'live', stale: false, receivedAtMs: atMs, ageMs: 0, ...quote };
  const status: Answer<ApiStatus> = {
    ok: true,
    value: {
      version: '1.0.0', uptimeMs: atMs, simulated: true,
      connection: { state, host: '127.0.0.1', port: 4002, clientId: 1, mode: 'paper', reconnectCount: 0, accounts: ['DU1'] },
      health: { tcp: up, handshake: up, api: up, upstream: up, farms: { usfarm: up } },
    },
  };
  const accounts: Answer<ApiAccounts> = { ok: true, value: { accounts: [{ account: 'DU1', values: [{ tag: 'NetLiquidation', value: '1000000', currency: 'USD' }] }] } };
  return { atMs, quotes: [{ symbol: 'SPY', answer: { ok: true, value: spy } }], accounts, status };
}

describe('lines', () => {
  it('says everything once and then only what changed', () => {
    const first = lookAt(1000);
    expect(lines(first, undefined)).toHaveLength(3);
    expect(lines({ ...lookAt(2000, { receivedAtMs: 1000 }) }, first)).toEqual([]);
    expect(lines(lookAt(2000, { bid: 451.3 }), first)).toEqual(['00:00:02 quote    SPY    451.30 x 451.22  last 451.21  volume 1,200  live']);
  });

  it('tells a stale quote and a lost connection from a quiet market', () => {
    const shown = lines(lookAt(2000, { receivedAtMs: 1000, stale: true, staleReason: 'connection lost' }, 'reconnecting'), lookAt(1000));
    expect(shown.join('\n')).toMatch(/stale: connection lost[\s\S]*reconnecting/);
  });
});

describe('text from elsewhere', () => {
  it('cannot steer the terminal', () => {
    const problem = { code: 'X', detail: 'gone\u001b[2J\nnow' };
    const look: Look = { ...lookAt(1000), quotes: [{ symbol: 'SPY', answer: { ok: false, problem } }], accounts: { ok: false, problem }, status: { ok: false, problem } };
    expect(screen(look)).toContain('gone [2J now');
    expect(screen(look)).not.toContain('\u001b');
    expect(lines(look, undefined).join('\n')).not.toContain('\u001b');
  });
});

describe('screen', () => {
  it('shows quotes, account and health in one block', () => {
    const block = screen(lookAt(1000));
    expect(block).toMatch(/SPY\s+451\.20\s+451\.22\s+451\.21\s+\+0\.27%/);
    expect(block).toContain('NetLiquidation 1,000,000 USD');
    expect(block).toMatch(/health {3}connected, tcp up 1 s/);
  });
});

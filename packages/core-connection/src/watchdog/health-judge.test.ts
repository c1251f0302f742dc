import { describe, expect, it } from 'vitest';
import type { Layer } from '../inbound/health.js';
import { DEFAULT_WATCHDOG_LIMITS, judgeHealth } from './health-judge.js';
import type { WatchdogFacts } from './health-judge.js';
import { StreamSilence } from './stream-silence.js';

const layer = (status: Layer['status'], sinceMs = 0): Layer => ({ status, sinceMs, cause: `it is ${status}` });
const fine: WatchdogFacts = {
  nowMs: 10_000_000,
  state: 'connected',
  downForMs: 0,
  upstream: layer('up'),
  farms: { usfarm: layer('up') },
  streamsSilentForMs: 0,
  inRestartWindow: false,
  lastError: undefined,
};
const kinds = (facts: Partial<WatchdogFacts>): string[] => judgeHealth({ ...fine, ...facts }, DEFAULT_WATCHDOG_LIMITS).map((problem) => problem.kind);

describe('the verdict about the health', () => {
  it('finds nothing wrong with a healthy connection', () => {
    expect(kinds({})).toEqual([]);
  });

  it.each([
    ['a session that is missing', { state: 'reconnecting', downForMs: 180_000 }, { state: 'reconnecting', downForMs: 179_999 }, 'down'],
    ['no link to the broker', { upstream: layer('down', 9_700_000) }, { upstream: layer('down', 9_700_001) }, 'upstreamDown'],
    ['a farm that is down', { farms: { usfarm: layer('down', 9_400_000) } }, { farms: { usfarm: layer('down', 9_400_001) } }, 'farmDown'],
    ['silent streams', { streamsSilentForMs: 60_000 }, { streamsSilentForMs: 59_999 }, 'streamsSilent'],
  ] as const)('allows %s its time and no more', (_, late, early, kind) => {
    expect(kinds(late)).toEqual([kind]);
    expect(kinds(early)).toEqual([]);
  });

  it('blames nobody for what a restart explains, but for a connection that gave up', () => {
    expect(kinds({ inRestartWindow: true, state: 'reconnecting', downForMs: 1e9 })).toEqual([]);
    expect(kinds({ inRestartWindow: true, upstream: layer('down'), streamsSilentForMs: 1e9, farms: { a: layer('down') } })).toEqual([]);
    expect(kinds({ inRestartWindow: true, state: 'failed' })).toEqual(['failed']);
  });

  it('does not blame farms and streams for the lost link to the broker', () => {
    expect(kinds({ upstream: layer('down'), farms: { a: layer('down') }, streamsSilentForMs: 1e9 })).toEqual(['upstreamDown']);
  });

  it('names the farm and the reason', () => {
    expect(judgeHealth({ ...fine, farms: { ushmds: layer('down') } }, DEFAULT_WATCHDOG_LIMITS)).toEqual([{ kind: 'farmDown', forMs: 10_000_000, cause: 'ushmds: it is down' }]);
  });
});

describe('the silence of streams', () => {
  const stream = (id: number, messages: number, status: 'active' | 'interrupted' = 'active') => ({ id, messages, status, name: 'quotes' });

  it('is counted from the last look with news, and only over streams that are requested', () => {
    const silence = new StreamSilence();
    expect(silence.look([], 0)).toBe(0);
    expect(silence.look([stream(1, 0)], 10)).toBe(0);
    expect(silence.look([stream(1, 0), stream(2, 7, 'interrupted')], 20)).toBe(10);
    expect(silence.look([stream(1, 0), stream(2, 8, 'interrupted')], 50)).toBe(40);
    expect(silence.look([stream(1, 1)], 60)).toBe(0);
    expect(silence.look([stream(1, 1)], 70)).toBe(10);
    expect(silence.look([stream(1, 1)], 95)).toBe(35);
    silence.reset();
    expect(silence.look([stream(1, 1)], 99)).toBe(0);
  });
});

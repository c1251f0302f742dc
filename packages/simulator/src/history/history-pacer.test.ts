import { describe, expect, it } from 'vitest';
import { HistoryPacer } from './history-pacer.js';

interface Rig {
  nowMs: number;
  readonly pass: (identity: string, contract?: string, weight?: number) => boolean;
}

function rig(): Rig {
  const state = { nowMs: 0 };
  const pacer = new HistoryPacer(() => state.nowMs);
  return Object.assign(state, {
    pass: (identity: string, contract = identity, weight = 1) => pacer.pass({ identity, contract, weight }),
  });
}

describe('the pacing of historical queries', () => {
  it('lets 60 pass in ten minutes, refused ones not counted', () => {
    const it60 = rig();
    for (let at = 0; at < 60; at += 1) {
      it60.nowMs = at * 1_000;
      expect(it60.pass(`query ${at}`)).toBe(true);
    }
    expect(it60.pass('one more')).toBe(false);
    it60.nowMs = 599_999;
    expect(it60.pass('one more')).toBe(false);
    it60.nowMs = 600_000;
    expect(it60.pass('one more')).toBe(true);
    expect(it60.pass('and another')).toBe(false);
  });

  it('refuses the same query within 15 seconds', () => {
    const same = rig();
    expect(same.pass('a')).toBe(true);
    same.nowMs = 14_999;
    expect(same.pass('a')).toBe(false);
    same.nowMs = 15_000;
    expect(same.pass('a')).toBe(true);
  });

  it('refuses the sixth of one contract and kind within two seconds; BID_ASK counts twice', () => {
    const one = rig();
    for (let at = 0; at < 5; at += 1) expect(one.pass(`q${at}`, 'AAPL')).toBe(true);
    expect(one.pass('q5', 'AAPL')).toBe(false);
    expect(one.pass('q5', 'MSFT')).toBe(true);
    one.nowMs = 2_000;
    expect(one.pass('b1', 'AAPL', 2)).toBe(true);
    expect(one.pass('b2', 'AAPL', 2)).toBe(true);
    expect(one.pass('b3', 'AAPL', 2)).toBe(false);
  });
});

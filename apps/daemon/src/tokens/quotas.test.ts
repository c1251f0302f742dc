import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from './caller.js';
import { Quotas } from './quotas.js';

function caller(tokenId: string, scope: Caller['scope'], quota: Caller['quota'] = {}): Caller {
  return { tokenId, name: tokenId, scope, accounts: undefined, quota };
}

describe('Quotas', () => {
  let clock: TestClock;
  let quotas: Quotas;
  const reader = caller('reader', 'read');
  const trader = caller('trader', 'trade');
  beforeEach(() => {
    clock = createTestClock();
    quotas = new Quotas({ clock, settings: { requestsPerMinute: 3, readLines: 3, linesPerToken: 2, readLookUps: 2, lineHoldMs: 1000 } });
  });
  const refused = (run: () => unknown): unknown => {
    try {
      run();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('counts requests per token, and says when there is one again', async () => {
    for (let n = 0; n < 3; n += 1) quotas.request(reader, 'read');
    expect(refused(() => { quotas.request(reader, 'read'); })).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_REQUESTS', retryable: true, details: { retryAfterMs: 20_000 } });
    quotas.request(caller('other', 'read'), 'read');
    await clock.advance(19_999);
    expect(refused(() => { quotas.request(reader, 'read'); })).toMatchObject({ details: { retryAfterMs: 1 } });
    await clock.advance(1);
    quotas.request(reader, 'read');
  });

  it('never lets questions use up what orders need', () => {
    for (let n = 0; n < 3; n += 1) quotas.request(trader, 'read');
    expect(refused(() => { quotas.request(trader, 'read'); })).toBeDefined();
    quotas.request(trader, 'trade');
  });

  it('takes the quota of the token before its own', () => {
    const small = caller('small', 'read', { requestsPerMinute: 1, lines: 1 });
    quotas.request(small, 'read');
    expect(refused(() => { quotas.request(small, 'read'); })).toBeDefined();
    quotas.touchLine(small, 'SPY');
    expect(refused(() => { quotas.touchLine(small, 'QQQ'); })).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_LINES' });
  });

  it('passes whoever comes back exactly when it was told to, whatever came before', () => {
    const time = { atMs: 0 };
    const counted = new Quotas({ clock: { ...createTestClock(), monotonic: () => time.atMs } });
    const waits = [0, 13_533, 4282, 0, 7530].map((pause) => {
      time.atMs += pause;
      const waitMs = counted.take('k', 3) ?? 0;
      time.atMs += waitMs;
      return waitMs === 0 ? undefined : counted.take('k', 3);
    });
    expect(waits).toEqual(waits.map(() => undefined));
  });

  it('passes no more in any minute than twice the rate, and never starves a caller that waits as told', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 }), (perMinute, pauses) => {
      const time = { atMs: 0 };
      const counted = new Quotas({ clock: { ...createTestClock(), monotonic: () => time.atMs } });
      const passed: number[] = [];
      for (const pause of pauses) {
        time.atMs += pause;
        const waitMs = counted.take('k', perMinute);
        time.atMs += waitMs ?? 0;
        // Whoever waits as told passes then.
        if (waitMs !== undefined && counted.take('k', perMinute) !== undefined) return false;
        passed.push(time.atMs);
      }
      return passed.every((from) => passed.filter((atMs) => atMs >= from && atMs < from + 60_000).length <= 2 * perMinute);
    }));
  });

  it('holds lines of questions for a while and those of streams until they end', async () => {
    quotas.touchLine(reader, 'SPY');
    const end = quotas.holdLine(reader, 'QQQ');
    expect(refused(() => { quotas.touchLine(reader, 'IWM'); })).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_LINES', details: { retryAfterMs: 1000 } });
    // What it holds already is no new line.
    quotas.touchLine(reader, 'QQQ');
    await clock.advance(1000);
    expect(quotas.usage().readLines).toBe(1);
    end();
    end();
    expect(quotas.usage().readLines).toBe(0);
  });

  it('keeps lines for trading: read tokens share theirs, traders are not counted', () => {
    const other = caller('other', 'read');
    for (const line of ['A', 'B']) quotas.touchLine(reader, line);
    quotas.touchLine(other, 'A');
    quotas.touchLine(other, 'C');
    expect(quotas.usage().readLines).toBe(3);
    const third = caller('third', 'read');
    expect(refused(() => { quotas.touchLine(third, 'D'); })).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_LINES' });
    quotas.touchLine(third, 'C');
    for (const line of ['D', 'E', 'F', 'G']) quotas.touchLine(trader, line);
  });

  it('keeps look-ups for trading', () => {
    const ends = [quotas.lookUp(reader), quotas.lookUp(caller('other', 'read'))];
    expect(refused(() => quotas.lookUp(reader))).toMatchObject({ code: 'IBKR_HTTP_TOO_MANY_LOOK_UPS', retryable: true });
    quotas.lookUp(trader)();
    ends[0]?.();
    ends[0]?.();
    quotas.lookUp(reader);
    expect(refused(() => quotas.lookUp(reader))).toBeDefined();
  });

  it('refuses settings that make no sense', () => {
    expect(() => new Quotas({ clock, settings: { readLines: -1 } })).toThrow('quotas.readLines must be a whole number from 0, got -1');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RECONNECT_DELAYS, NO_BACKOFF, nextDelay } from './reconnect-delays.js';
import type { Backoff } from './reconnect-delays.js';
import { END_KINDS } from '../session/session-end.js';

describe('nextDelay', () => {
  it('asks a refusing port nearby every 250 ms for a minute, then every 2 s', () => {
    let backoff: Backoff = NO_BACKOFF;
    const waits: number[] = [];
    for (let atMs = 0; atMs < 70_000; ) {
      const next = nextDelay(backoff, { kind: 'refused', nearby: true, atMs }, DEFAULT_RECONNECT_DELAYS);
      expect(next.delay.jitter).toBe('none');
      backoff = next.backoff;
      waits.push(next.delay.baseMs);
      atMs += next.delay.baseMs;
    }
    expect(waits.filter((ms) => ms === 250)).toHaveLength(240);
    expect(new Set(waits.slice(240))).toEqual(new Set([2000]));
  });

  it('treats a refusal from far away like any other failure', () => {
    expect(nextDelay(NO_BACKOFF, { kind: 'refused', nearby: false, atMs: 0 }, DEFAULT_RECONNECT_DELAYS).delay).toEqual({ baseMs: 2000, jitter: 'full' });
  });

  it('doubles the bound up to 60 s with full jitter', () => {
    let backoff: Backoff = NO_BACKOFF;
    const bounds: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const next = nextDelay(backoff, { kind: 'readyTimeout', nearby: true, atMs: i }, DEFAULT_RECONNECT_DELAYS);
      backoff = next.backoff;
      bounds.push(next.delay.baseMs);
    }
    expect(bounds).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('waits a steady 5 s for a client id in use, and does not grow the bound of others', () => {
    const next = nextDelay({ steps: 2, refusedSinceMs: 0 }, { kind: 'clientIdInUse', nearby: true, atMs: 9 }, DEFAULT_RECONNECT_DELAYS);
    expect(next).toEqual({ delay: { baseMs: 5000, jitter: 'none' }, backoff: { steps: 2, refusedSinceMs: undefined } });
  });

  it.each(['tlsUntrusted', 'tlsRefused', 'tlsFailed'] as const)('asks at the slowest pace when only a person can mend it: %s', (kind) => {
    const next = nextDelay(NO_BACKOFF, { kind, nearby: true, atMs: 0 }, DEFAULT_RECONNECT_DELAYS);
    expect(next).toEqual({ delay: { baseMs: 60_000, jitter: 'none' }, backoff: { steps: 1, refusedSinceMs: undefined } });
  });

  it('waits a steady 5 s inside a known restart window, whatever fails there', () => {
    for (const kind of END_KINDS) {
      const next = nextDelay({ steps: 3, refusedSinceMs: 0 }, { kind, nearby: true, inRestartWindow: true, atMs: 9 }, DEFAULT_RECONNECT_DELAYS);
      expect(next).toEqual({ delay: { baseMs: 5000, jitter: 'none' }, backoff: { steps: 3, refusedSinceMs: undefined } });
    }
  });

  it('follows a gateway to its new port at once, but not again and again', () => {
    const first = nextDelay(NO_BACKOFF, { kind: 'portChanged', nearby: true, atMs: 0 }, DEFAULT_RECONNECT_DELAYS);
    expect(first.delay).toEqual({ baseMs: 250, jitter: 'none' });
    expect(nextDelay(first.backoff, { kind: 'portChanged', nearby: true, atMs: 1 }, DEFAULT_RECONNECT_DELAYS).delay).toEqual({ baseMs: 4000, jitter: 'full' });
  });

  it('never waits longer than the table allows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...END_KINDS), fc.boolean(), fc.nat(100_000), fc.boolean()), { maxLength: 200 }), (failures) => {
        let backoff: Backoff = NO_BACKOFF;
        let atMs = 0;
        for (const [kind, nearby, afterMs, inRestartWindow] of failures) {
          atMs += afterMs;
          const next = nextDelay(backoff, { kind, nearby, atMs, inRestartWindow }, DEFAULT_RECONNECT_DELAYS);
          backoff = next.backoff;
          expect(next.delay.baseMs).toBeGreaterThan(0);
          expect(next.delay.baseMs).toBeLessThanOrEqual(60_000);
        }
      }),
    );
  });
});

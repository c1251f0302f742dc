import { createTestClock } from '@ibkit/clock/testing';
import { ConnectionError } from '@ibkit/error-codes';
import type { IbkrErrorCode } from '@ibkit/error-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure } from '../testing/loopback.js';
import { CircuitBreaker } from './circuit-breaker.js';

const fault = (code: IbkrErrorCode = 'IBKR_CONNECT_HANDSHAKE_TIMEOUT'): ConnectionError => new ConnectionError({ code, message: 'mute' });

async function failTimes(breaker: CircuitBreaker, times: number, error = fault()): Promise<void> {
  for (let time = 0; time < times; time += 1) await breaker.execute(() => Promise.reject(error)).catch(() => undefined);
}

describe('a circuit breaker', () => {
  it('stops calls after the failures in a row, lets one trial through after its time, and closes when that works', async () => {
    const clock = createTestClock();
    const breaker = new CircuitBreaker({ failureThreshold: 3, openMs: 10_000, clock });
    const states: string[] = [];
    breaker.onStateChange((state) => states.push(state));
    let calls = 0;
    const call = (): Promise<number> => breaker.execute(() => (calls += 1));
    await failTimes(breaker, 3);
    expect(breaker.state).toBe('open');
    expect(await failure(call())).toMatchObject({ code: 'IBKR_CIRCUIT_OPEN', retryable: true, details: { retryAfterMs: 10_000 } });
    await clock.advance(9_999);
    expect(await failure(call())).toMatchObject({ details: { retryAfterMs: 1 } });
    expect(calls).toBe(0);
    await clock.advance(1);
    expect(breaker.retryAfterMs).toBe(0);
    expect(await call()).toBe(1);
    expect(states).toEqual(['open', 'halfOpen', 'closed']);
    expect(clock.pending).toBe(0);
  });

  it('opens again when the trial fails, and lets nothing else through during it', async () => {
    const clock = createTestClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, openMs: 1_000, clock });
    await failTimes(breaker, 1);
    await clock.advance(1_000);
    const trial = breaker.acquire();
    expect(breaker.state).toBe('halfOpen');
    expect(() => breaker.acquire()).toThrow(/a trial is under way/u);
    trial.failed(fault());
    await clock.settle();
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfterMs).toBe(1_000);
  });

  it('counts failures in a row only', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 3, clock: createTestClock() });
    await failTimes(breaker, 2);
    await breaker.execute(() => 'fine');
    await failTimes(breaker, 2);
    expect(breaker.state).toBe('closed');
  });

  it('never opens for a refused port', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, clock: createTestClock() });
    await failTimes(breaker, 50, fault('IBKR_CONNECT_REFUSED'));
    expect(breaker.state).toBe('closed');
  });

  it('is not led astray by a wall clock that is set', async () => {
    const clock = createTestClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, openMs: 1_000, clock });
    await failTimes(breaker, 1);
    clock.setNow(0);
    await clock.advance(1_000);
    expect(await breaker.execute(() => 'through')).toBe('through');
  });

  it('hands on what the work throws, and keeps the last failure in its refusal', async () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, clock: createTestClock() });
    await expect(breaker.execute(() => Promise.reject(new Error('a fault of its own')))).rejects.toThrow('a fault of its own');
    const refusal = await failure(breaker.execute(() => 1));
    expect(refusal.message).toContain('a fault of its own');
  });

  it('refuses wrong options by name', () => {
    expect(() => new CircuitBreaker({ failureThreshold: 0 })).toThrow(/failureThreshold must be a whole number from 1, got 0/u);
    expect(() => new CircuitBreaker({ openMs: Number.NaN })).toThrow(/openMs must be/u);
  });

  it('agrees with a model of itself, whatever happens', async () => {
    const step = fc.oneof(fc.constant('ok' as const), fc.constant('fail' as const), fc.constant('refused' as const), fc.integer({ min: 1, max: 1_500 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, failureThreshold) => {
        const clock = createTestClock();
        const breaker = new CircuitBreaker({ failureThreshold, openMs: 1_000, clock });
        let [failures, openUntil, trial] = [0, -1, false];
        for (const what of steps) {
          if (typeof what === 'number') {
            await clock.advance(what);
            continue;
          }
          const expected = clock.monotonic() >= openUntil;
          let runs = 0;
          await breaker
            .execute(() => {
              runs += 1;
              if (what !== 'ok') throw fault(what === 'fail' ? undefined : 'IBKR_CONNECT_REFUSED');
            })
            .catch(() => undefined);
          expect(runs).toBe(expected ? 1 : 0);
          if (!expected) continue;
          if (what === 'fail') {
            failures += 1;
            if (trial || failures >= failureThreshold) [openUntil, trial] = [clock.monotonic() + 1_000, true];
          } else if (what === 'ok' || trial) {
            [openUntil, trial] = [-1, false];
            if (what === 'ok') failures = 0;
          }
        }
      }),
    );
  });
});

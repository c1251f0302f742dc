import { seededRandom } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { RateLimitError, TimeoutError, UsageError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { createBackoff, retry } from './index.js';

const backoff = createBackoff({ initialMs: 100, factor: 3, maxMs: 500, jitter: 'none' });
const timeout = (): TimeoutError => new TimeoutError({ message: 'No answer.' });

describe('retry', () => {
  it('tries again after growing delays, until it succeeds', async () => {
    const clock = createTestClock();
    const triedAtMs: number[] = [];
    const result = retry(
      ({ attempt }) => {
        triedAtMs.push(clock.monotonic());
        if (attempt < 5) throw timeout();
        return `try ${attempt}`;
      },
      { clock, backoff, attempts: 10 },
    );
    await clock.advance(2000);
    expect(await result).toBe('try 5');
    expect(triedAtMs).toEqual([0, 100, 400, 900, 1400]);
    expect(clock.pending).toBe(0);
  });

  it('rejects with the last failure, unchanged, when its tries are used up', async () => {
    const clock = createTestClock();
    const failures: unknown[] = [];
    const result = retry(
      () => {
        const failure = timeout();
        failures.push(failure);
        return Promise.reject(failure);
      },
      { clock, random: seededRandom(1) },
    );
    const settled = Promise.allSettled([result]);
    await clock.advance(60_000);
    expect(await settled).toEqual([{ status: 'rejected', reason: failures[2] }]);
    expect(failures).toHaveLength(3);
  });

  it('does not repeat what is not retryable', async () => {
    let tries = 0;
    const attempt = (error: Error) => (): never => {
      tries += 1;
      throw error;
    };
    const clock = createTestClock();
    await expect(retry(attempt(new UsageError({ field: 'x', rule: 'must be y' })), { clock })).rejects.toThrow('x must be y');
    await expect(retry(attempt(new Error('a bug')), { clock })).rejects.toThrow('a bug');
    expect(tries).toBe(2);
  });

  it('asks shouldRetry with the failure and the attempt', async () => {
    const clock = createTestClock();
    const asked: [unknown, number][] = [];
    const failure = new Error('any');
    const result = retry(() => Promise.reject(failure), {
      clock,
      backoff,
      attempts: Number.POSITIVE_INFINITY,
      shouldRetry: (error, attempt) => asked.push([error, attempt]) < 3,
    });
    const settled = expect(result).rejects.toBe(failure);
    await clock.advance(1000);
    await settled;
    expect(asked).toEqual([[failure, 1], [failure, 2], [failure, 3]]);
  });

  it('rejects with the reason of the signal: before the first try, while waiting, and after a try', async () => {
    const clock = createTestClock();
    const stop = new AbortController();
    let tries = 0;
    const waiting = retry(
      () => {
        tries += 1;
        throw new RateLimitError({ code: 'IBKR_RATE_QUEUE_FULL', message: 'Full.' });
      },
      { clock, backoff, signal: stop.signal },
    );
    await clock.settle();
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(retry(() => (tries += 1), { clock, signal: stop.signal })).rejects.toThrow('enough');

    const during = new AbortController();
    const stopped = retry(
      ({ signal }) => {
        during.abort(new Error('stopped during the try'));
        expect(signal).toBe(during.signal);
        throw timeout();
      },
      { clock, signal: during.signal },
    );
    await expect(stopped).rejects.toThrow('stopped during the try');
    expect([tries, clock.pending]).toEqual([1, 0]);
  });

  it.each([0, 1.5, Number.NaN])('refuses %s attempts', async (attempts) => {
    await expect(retry(() => 1, { attempts })).rejects.toThrow('attempts must be an integer of at least 1, or Infinity');
  });
});

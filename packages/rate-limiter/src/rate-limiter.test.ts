import { getEventListeners } from 'node:events';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { ConnectionError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RATE_LIMITER_OPTIONS, RateLimiter } from './index.js';
import type { Lane, RateLimiterOptions } from './index.js';
import { LateClock } from './late-clock.js';

const { perSecond, reservePerSecond, guardMs } = DEFAULT_RATE_LIMITER_OPTIONS;
const WINDOW_MS = 1000 + guardMs;

function createLimiter(options?: RateLimiterOptions): { limiter: RateLimiter; clock: TestClock } {
  const clock = createTestClock();
  return { limiter: new RateLimiter({ clock, ...options }), clock };
}

/** Queues requests and notes when each is granted. */
function request(limiter: RateLimiter, clock: TestClock, wanted: { count: number; lane?: Lane }): number[] {
  const grantedAtMs: number[] = [];
  for (let index = 0; index < wanted.count; index += 1) {
    limiter.acquire({ priority: wanted.lane }).then(
      () => grantedAtMs.push(clock.monotonic()),
      () => undefined, // tests that end with waiting requests close or clear the limiter
    );
  }
  return grantedAtMs;
}

/** The most grants that any window of this length holds, both ends included. */
function most(timesMs: readonly number[], lengthMs: number): number {
  return Math.max(0, ...timesMs.map((fromMs) => timesMs.filter((atMs) => atMs >= fromMs && atMs <= fromMs + lengthMs).length));
}

function takeAll(limiter: RateLimiter, lane: Lane): number {
  let taken = 0;
  while (limiter.tryAcquire(lane)) taken += 1;
  return taken;
}

describe('RateLimiter, what it promises at the defaults', () => {
  it('lets 500 bulk requests leave within 11.7 s, never more than 45 in a second', async () => {
    const { limiter, clock } = createLimiter();
    const grantedAtMs = request(limiter, clock, { count: 500 });
    await clock.advance(11_700);
    expect(grantedAtMs).toHaveLength(500);
    expect(most(grantedAtMs, 1000)).toBe(45);
    expect(clock.pending).toBe(0);
  });

  it('spaces evenly what had to wait, so that late arrivals cannot fold two bursts into one second', async () => {
    const { limiter, clock } = createLimiter();
    const grantedAtMs = request(limiter, clock, { count: 300 });
    await clock.advance(60_000);
    expect(grantedAtMs.filter((atMs) => atMs === 0)).toHaveLength(perSecond);
    expect(most(grantedAtMs.filter((atMs) => atMs > 0), 100)).toBeLessThanOrEqual(5);
  });

  it('grants an order at once behind 10,000 queued look-ups', async () => {
    const { limiter, clock } = createLimiter({ maxQueued: 20_000 });
    const lookUps = request(limiter, clock, { count: 10_000 + perSecond });
    await clock.settle();
    expect(limiter.queued).toBe(10_000);
    expect(limiter.tryAcquire('order')).toBe(true);
    const orders = request(limiter, clock, { count: 1, lane: 'order' });
    const cancels = request(limiter, clock, { count: 2, lane: 'cancel' });
    await clock.settle();
    expect([orders, cancels, lookUps.length]).toEqual([[0], [0, 0], perSecond]);
    expect(clock.pending).toBe(1);
    await limiter.close();
  });

  it('holds all lanes to the rate plus the reserve, and bulk to the rate', () => {
    const { limiter } = createLimiter();
    expect(takeAll(limiter, 'data')).toBe(perSecond);
    expect(takeAll(limiter, 'order')).toBe(reservePerSecond);
    expect(limiter.tryAcquire('cancel')).toBe(false);
  });

  it('has another reserve when told to, also none', () => {
    const [large, none] = [createLimiter({ reservePerSecond: 9 }).limiter, createLimiter({ reservePerSecond: 0 }).limiter];
    expect([takeAll(large, 'data'), takeAll(large, 'order')]).toEqual([perSecond, 9]);
    expect([takeAll(none, 'data'), takeAll(none, 'order')]).toEqual([perSecond, 0]);
  });

  it('keeps the reserve free for orders, however many orders went before', () => {
    const { limiter } = createLimiter();
    for (let index = 0; index < 30; index += 1) expect(limiter.tryAcquire('order')).toBe(true);
    expect(takeAll(limiter, 'data')).toBe(perSecond - 30);
    expect(takeAll(limiter, 'order')).toBe(reservePerSecond);
  });
});

describe('RateLimiter, order of service', () => {
  it('serves waiting lanes in the order of their rank, each first in, first out', async () => {
    const { limiter, clock } = createLimiter();
    takeAll(limiter, 'order');
    const served: string[] = [];
    for (const lane of ['history', 'data', 'account', 'heartbeat', 'order', 'cancel'] as const) {
      for (const index of [1, 2]) void limiter.acquire({ priority: lane }).then(() => served.push(`${lane} ${index}`));
    }
    await clock.advance(5000);
    expect(served).toEqual(['cancel', 'order', 'heartbeat', 'account', 'data', 'history'].flatMap((lane) => [`${lane} 1`, `${lane} 2`]));
  });

  it('lets nothing overtake a request of its own lane', async () => {
    const { limiter, clock } = createLimiter();
    takeAll(limiter, 'data');
    const waiting = request(limiter, clock, { count: 1, lane: 'data' });
    await clock.advance(WINDOW_MS / 2);
    expect([limiter.tryAcquire('data'), limiter.tryAcquire('history'), waiting.length]).toEqual([false, false, 0]);
    await clock.advance(WINDOW_MS / 2);
    expect(waiting).toEqual([WINDOW_MS]);
  });

  it('lets nothing overtake while the timer is late, and no stall ends in a burst', async () => {
    const clock = new LateClock();
    const limiter = new RateLimiter({ clock });
    takeAll(limiter, 'data');
    const grantedAtMs: number[] = [];
    for (let index = 0; index < 200; index += 1) void limiter.acquire().then(() => grantedAtMs.push(clock.monotonic()));
    clock.stall(WINDOW_MS);
    expect([limiter.tryAcquire('data'), limiter.tryAcquire('history')]).toEqual([false, false]);
    await clock.advance(1000);
    clock.stall(900);
    await clock.advance(60_000);
    expect(grantedAtMs).toHaveLength(200);
    expect(most(grantedAtMs, 1000)).toBe(perSecond);
    expect(most(grantedAtMs, 20)).toBeLessThanOrEqual(6);
  });

  it('lets a heartbeat pass a queue of look-ups within one slot', async () => {
    const { limiter, clock } = createLimiter();
    request(limiter, clock, { count: 1000 });
    await clock.advance(2 * WINDOW_MS);
    const probes = request(limiter, clock, { count: 1, lane: 'heartbeat' });
    await clock.advance(WINDOW_MS / perSecond + 1);
    expect(probes).toHaveLength(1);
    limiter.clear(new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'The session ended.' }));
  });
});

describe('RateLimiter, giving up', () => {
  it('rejects with the reason of the signal, before or while waiting, and grants to the next', async () => {
    const { limiter, clock } = createLimiter();
    takeAll(limiter, 'data');
    const stop = new AbortController();
    const aborted = limiter.acquire({ signal: stop.signal });
    const next = request(limiter, clock, { count: 1 });
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(limiter.acquire({ signal: stop.signal })).rejects.toThrow('enough');
    await clock.advance(WINDOW_MS);
    expect([next, limiter.stats().aborted, clock.pending]).toEqual([[WINDOW_MS], 2, 0]);
  });

  it('leaves no timer when the last waiter aborts', async () => {
    const { limiter, clock } = createLimiter();
    takeAll(limiter, 'data');
    const stop = new AbortController();
    const aborted = limiter.acquire({ signal: stop.signal });
    expect(clock.pending).toBe(1);
    stop.abort();
    await expect(aborted).rejects.toThrow();
    expect(clock.pending).toBe(0);
  });

  it('rejects when the deadline passes, without a timer for each request', async () => {
    const { limiter, clock } = createLimiter();
    takeAll(limiter, 'data');
    const failures: [number, unknown][] = [];
    for (const deadlineMs of [300, 100, 200]) {
      limiter.acquire({ deadlineMs }).catch((error: unknown) => failures.push([clock.monotonic(), error]));
    }
    expect(clock.pending).toBe(1);
    await clock.advance(300);
    expect(failures).toMatchObject([100, 200, 300].map((atMs) => [atMs, { code: 'IBKR_RATE_DEADLINE', retryable: true, details: { lane: 'data', waitedMs: atMs } }]));
    expect([limiter.stats().expired, clock.pending]).toEqual([3, 0]);
  });

  it('takes a deadline of 0 as now or never', async () => {
    const { limiter, clock } = createLimiter({ perSecond: 1 });
    await limiter.acquire({ deadlineMs: 0 });
    await expect(limiter.acquire({ deadlineMs: 0 })).rejects.toMatchObject({ code: 'IBKR_RATE_DEADLINE' });
    expect(clock.pending).toBe(0);
  });

  it('refuses what does not fit in its lane, and only there', async () => {
    const { limiter, clock } = createLimiter({ maxQueued: 2 });
    takeAll(limiter, 'order');
    const waiting = request(limiter, clock, { count: 2 });
    await expect(limiter.acquire()).rejects.toMatchObject({ name: 'RateLimitError', code: 'IBKR_RATE_QUEUE_FULL', details: { lane: 'data', queued: 2 } });
    const orders = request(limiter, clock, { count: 1, lane: 'order' });
    await clock.advance(2 * WINDOW_MS);
    expect([waiting.length, orders.length, limiter.stats().refused]).toEqual([2, 1, 1]);
  });

  it('rejects everything that waits when it is cleared, and goes on', async () => {
    const { limiter, clock } = createLimiter();
    takeAll(limiter, 'order');
    const reason = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'The session ended.' });
    const waiting = [limiter.acquire(), limiter.acquire({ priority: 'order', deadlineMs: 5 }), limiter.acquire({ priority: 'history' })];
    limiter.clear(reason);
    expect(await Promise.allSettled(waiting)).toEqual(waiting.map(() => ({ status: 'rejected', reason })));
    expect([limiter.queued, limiter.stats().cleared, clock.pending]).toEqual([0, 3, 0]);
    await clock.advance(WINDOW_MS);
    expect(limiter.tryAcquire()).toBe(true);
  });

  it('rejects what waits and what comes later once it is closed', async () => {
    const { limiter, clock } = createLimiter({ perSecond: 1 });
    limiter.tryAcquire();
    const waiting = limiter.acquire();
    const closing = Promise.all([limiter.close(), limiter.close()]);
    await expect(waiting).rejects.toMatchObject({ code: 'IBKR_RATE_CLOSED', retryable: false });
    await closing;
    await expect(limiter.acquire()).rejects.toMatchObject({ code: 'IBKR_RATE_CLOSED' });
    await clock.advance(WINDOW_MS);
    expect([limiter.tryAcquire('cancel'), clock.pending]).toEqual([false, 0]);
  });

  it('is closed by await using', async () => {
    const { limiter } = createLimiter();
    {
      await using owned = limiter;
      expect(owned.tryAcquire()).toBe(true);
    }
    expect(limiter.tryAcquire()).toBe(false);
  });
});

describe('RateLimiter, throttle', () => {
  it('cuts the rate at once and lets it climb back evenly', async () => {
    const { limiter, clock } = createLimiter();
    limiter.throttle({ factor: 0.5, forMs: 46_000 });
    expect(limiter.stats().perSecond).toBe(22);
    expect(takeAll(limiter, 'data')).toBe(22);
    expect(takeAll(limiter, 'order')).toBe(reservePerSecond);
    await clock.advance(23_000);
    expect(limiter.stats().perSecond).toBe(33);
    await clock.advance(23_000);
    expect(limiter.stats().perSecond).toBe(perSecond);
  });

  it('makes a queue wait until the window fits the lower rate', async () => {
    const { limiter, clock } = createLimiter();
    const grantedAtMs = request(limiter, clock, { count: 400 });
    await clock.advance(3000);
    limiter.throttle();
    await clock.advance(60_000);
    const during = grantedAtMs.filter((atMs) => atMs > 3000 + WINDOW_MS && atMs < 10_000);
    expect(most(during, 1000)).toBeLessThanOrEqual(25);
    expect(during.length).toBeGreaterThan(100);
    expect([grantedAtMs.length, clock.pending]).toEqual([400, 0]);
  });

  it('takes several reports of one burst as one, and later ones as another', async () => {
    const { limiter, clock } = createLimiter();
    limiter.throttle();
    limiter.throttle();
    expect(limiter.stats().perSecond).toBe(22);
    await clock.advance(WINDOW_MS);
    limiter.throttle();
    expect(limiter.stats().perSecond).toBe(11);
    for (let index = 0; index < 10; index += 1) {
      await clock.advance(WINDOW_MS);
      limiter.throttle();
    }
    expect(limiter.stats().perSecond).toBe(1);
  });

  it.each([
    [{ factor: 0 }, 'factor'],
    [{ factor: 1 }, 'factor'],
    [{ forMs: 0 }, 'forMs'],
    [{ forMs: Number.POSITIVE_INFINITY }, 'forMs'],
  ])('refuses %o', (options, field) => {
    const { limiter } = createLimiter();
    expect(() => {
      limiter.throttle(options);
    }).toThrow(field);
  });
});

describe('RateLimiter, options and stats', () => {
  it('counts grants, waits and room', async () => {
    const { limiter, clock } = createLimiter({ perSecond: 2, reservePerSecond: 1, guardMs: 0 });
    request(limiter, clock, { count: 3 });
    await clock.advance(400);
    expect(limiter.stats()).toMatchObject({ granted: { data: 2 }, queued: { data: 1, order: 0 }, headroom: { bulk: 0, urgent: 1 }, perSecond: 2 });
    await clock.advance(600);
    expect(limiter.stats()).toMatchObject({ granted: { data: 3 }, queued: { data: 0 }, waitedMaxMs: { data: 1000, order: 0 }, headroom: { bulk: 1, urgent: 2 } });
  });

  it.each([
    [{ perSecond: 0 }, 'perSecond must be an integer from 1 to 1000, got 0'],
    [{ perSecond: 4.5 }, 'perSecond must be an integer from 1 to 1000, got 4.5'],
    [{ reservePerSecond: -1 }, 'reservePerSecond must be an integer from 0 to 1000, got -1'],
    [{ maxQueued: Number.NaN }, 'maxQueued must be an integer of at least 0, got NaN'],
    [{ guardMs: 1001 }, 'guardMs must be from 0 to 1000 milliseconds, got 1001'],
  ])('refuses %o', (options, message) => {
    expect(() => new RateLimiter(options)).toThrow(message);
  });

  it('refuses a negative deadline at the call', () => {
    const { limiter } = createLimiter();
    expect(() => limiter.acquire({ deadlineMs: -1 })).toThrow('deadlineMs must be at least 0 milliseconds, got -1');
  });

  it('gives a signal that many callers share one listener, and none once they have left', async () => {
    const clock = createTestClock();
    const limiter = new RateLimiter({ clock, perSecond: 1 });
    const controller = new AbortController();
    const waiting = Array.from({ length: 20 }, () => limiter.acquire({ signal: controller.signal }));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(10);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await limiter.close();
  });
});

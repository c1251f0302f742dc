import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { DEFAULT_HEARTBEAT_OPTIONS, HeartbeatMonitor } from './index.js';
import type { HeartbeatOptions, HeartbeatTimeout } from './index.js';
import { StallingLoop } from './stalling-loop.js';

const { intervalMs, timeoutMs, stallToleranceMs } = DEFAULT_HEARTBEAT_OPTIONS;

interface Watched<C extends Clock> {
  readonly clock: C;
  readonly monitor: HeartbeatMonitor;
  readonly probedAtMs: number[];
  readonly timeouts: (HeartbeatTimeout & { readonly atMs: number })[];
}

function watch<C extends Clock>(clock: C, options: Partial<HeartbeatOptions> = {}): Watched<C> {
  const probedAtMs: number[] = [];
  const timeouts: (HeartbeatTimeout & { readonly atMs: number })[] = [];
  const monitor = new HeartbeatMonitor({
    clock,
    probe: () => probedAtMs.push(clock.monotonic()),
    onTimeout: (timeout) => timeouts.push({ ...timeout, atMs: clock.monotonic() }),
    ...options,
  });
  monitor.start();
  return { clock, monitor, probedAtMs, timeouts };
}

const watchOnTestClock = (options?: Partial<HeartbeatOptions>): Watched<TestClock> => watch(createTestClock(), options);

describe('HeartbeatMonitor', () => {
  it('probes after the interval and gives up exactly at the timeout, once', async () => {
    const { clock, monitor, probedAtMs, timeouts } = watchOnTestClock();
    await clock.advance(timeoutMs - 1);
    expect([probedAtMs, timeouts, monitor.running]).toEqual([[intervalMs], [], true]);
    await clock.advance(1);
    expect(timeouts).toEqual([{ atMs: timeoutMs, silentMs: timeoutMs, probes: 1, probeError: undefined }]);
    await clock.advance(10 * timeoutMs);
    expect([timeouts.length, monitor.running, monitor.silentMs, clock.pending]).toEqual([1, false, timeoutMs, 0]);
  });

  it('probes once per interval while the silence lasts', async () => {
    const { clock, probedAtMs, timeouts } = watchOnTestClock({ intervalMs: 300, timeoutMs: 1000 });
    await clock.advance(1000);
    expect([probedAtMs, timeouts[0]?.probes]).toEqual([[300, 600, 900], 3]);
  });

  it('counts the silence from the last inbound byte', async () => {
    const { clock, monitor, probedAtMs, timeouts } = watchOnTestClock();
    await clock.advance(7000);
    monitor.receivedHeartbeat();
    expect(monitor.silentMs).toBe(0);
    await clock.advance(timeoutMs - 1);
    expect([probedAtMs, timeouts, monitor.silentMs]).toEqual([[intervalMs, 7000 + intervalMs], [], timeoutMs - 1]);
    await clock.advance(1);
    expect(timeouts).toMatchObject([{ atMs: 7000 + timeoutMs, probes: 1 }]);
  });

  it('never probes a peer that talks, and sets no timer per byte', async () => {
    const { clock, monitor, probedAtMs } = watchOnTestClock();
    for (let index = 0; index < 100; index += 1) {
      for (let byte = 0; byte < 50; byte += 1) monitor.receivedHeartbeat();
      expect(clock.pending).toBe(1);
      await clock.advance(intervalMs - 1);
    }
    expect(probedAtMs).toEqual([]);
    monitor.stop();
  });

  it('ignores jumps of the wall clock', async () => {
    const { clock, timeouts } = watchOnTestClock();
    clock.setNow(clock.now() + 86_400_000);
    await clock.advance(timeoutMs - 1);
    clock.setNow(0);
    expect(timeouts).toEqual([]);
    await clock.advance(1);
    expect(timeouts).toHaveLength(1);
  });

  it.each([
    ['throws', (): never => {
      throw new Error('not connected');
    }],
    ['rejects', (): Promise<never> => Promise.reject(new Error('not connected'))],
  ])('takes no probe for life, and reports why one %s', async (_, probe) => {
    const { clock, timeouts } = watchOnTestClock({ probe });
    await clock.advance(timeoutMs);
    expect(timeouts).toMatchObject([{ silentMs: timeoutMs, probes: 1, probeError: new Error('not connected') }]);
  });

  it('can be stopped by its own probe', async () => {
    const { clock, monitor, timeouts } = watchOnTestClock({
      probe: () => {
        monitor.stop();
      },
    });
    await clock.advance(10 * timeoutMs);
    expect([timeouts, clock.pending, monitor.silentMs]).toEqual([[], 0, intervalMs]);
  });

  it('starts afresh after a stop and after a timeout', async () => {
    const { clock, monitor, timeouts } = watchOnTestClock();
    await clock.advance(timeoutMs - 1);
    monitor.stop();
    monitor.stop();
    await clock.advance(timeoutMs);
    monitor.start();
    monitor.start();
    expect([monitor.silentMs, clock.pending]).toEqual([0, 1]);
    await clock.advance(timeoutMs);
    monitor.start();
    await clock.advance(timeoutMs);
    expect(timeouts.map(({ atMs }) => atMs)).toEqual([3 * timeoutMs - 1, 4 * timeoutMs - 1]);
  });

  it('is not running and silent for 0 ms before its start', () => {
    const monitor = new HeartbeatMonitor({ probe: () => undefined, onTimeout: () => undefined, clock: createTestClock() });
    monitor.receivedHeartbeat();
    expect([monitor.running, monitor.silentMs]).toEqual([false, 0]);
  });

  it('holds nothing once it is closed', async () => {
    const { clock, monitor } = watchOnTestClock();
    {
      await using owned = monitor;
      expect(owned.running).toBe(true);
    }
    await monitor.close();
    expect([monitor.running, clock.pending]).toEqual([false, 0]);
  });

  it.each([
    [{ intervalMs: 0 }, 'intervalMs must be a finite number of milliseconds of at least 1, got 0'],
    [{ intervalMs: Number.NaN }, 'intervalMs'],
    [{ timeoutMs: intervalMs }, 'timeoutMs must be finite and more than intervalMs (5000)'],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs'],
    [{ stallToleranceMs: Number.NaN }, 'stallToleranceMs'],
    [{ stallToleranceMs: 0 }, 'stallToleranceMs must be at least 1 millisecond, got 0'],
  ])('refuses %o', (options, message) => {
    expect(() => watchOnTestClock(options)).toThrow(message);
  });
});

describe('HeartbeatMonitor, while its own loop stalls', () => {
  it('probes afresh and grants an answer window when a stall hid the answers', () => {
    const { clock, monitor, probedAtMs, timeouts } = watch(new StallingLoop());
    clock.run(intervalMs);
    clock.stall(60_000);
    clock.run(0);
    expect([timeouts, probedAtMs]).toEqual([[], [intervalMs, intervalMs + 60_000]]);
    clock.run(timeoutMs - intervalMs - 1);
    expect(monitor.running).toBe(true);
    clock.run(1);
    expect(timeouts).toMatchObject([{ atMs: 60_000 + timeoutMs, silentMs: 60_000 + timeoutMs, probes: 2 }]);
  });

  it('does not probe when the stall ended before the interval did', () => {
    const { clock, probedAtMs } = watch(new StallingLoop());
    clock.run(100);
    clock.stall(intervalMs - 200);
    clock.run(99);
    expect(probedAtMs).toEqual([]);
    clock.run(1);
    expect(probedAtMs).toEqual([intervalMs]);
  });

  it('lets a turn of the loop pass before it judges, so that an answer in the socket counts', () => {
    const { clock, monitor, timeouts } = watch(new StallingLoop());
    clock.run(timeoutMs - 2);
    clock.arrive(1, () => {
      monitor.receivedHeartbeat();
    });
    // Too short to be noticed as a stall: the check runs 1 ms late, before the socket is read.
    clock.stall(3);
    clock.run(timeoutMs - 1);
    expect(timeouts).toEqual([]);
    clock.run(1);
    expect(timeouts).toHaveLength(1);
  });

  it('forgets a stall once the peer was heard again', () => {
    const { clock, monitor, timeouts } = watch(new StallingLoop());
    clock.run(intervalMs);
    clock.stall(30_000);
    clock.run(10);
    monitor.receivedHeartbeat();
    const heardAtMs = clock.monotonic();
    clock.run(timeoutMs);
    expect(timeouts).toMatchObject([{ atMs: heardAtMs + timeoutMs, silentMs: timeoutMs }]);
  });

  it('gives up on a dead peer after twice the timeout of running, however often it stalls', () => {
    const { clock, monitor, timeouts } = watch(new StallingLoop());
    const answerMs = timeoutMs - intervalMs;
    // A stall before the last byte excuses nothing after it.
    clock.stall(100 * timeoutMs);
    clock.run(10);
    monitor.receivedHeartbeat();
    let ranMs = 0;
    while (timeouts.length === 0 && ranMs < 10 * timeoutMs) {
      clock.run(answerMs - 1);
      ranMs += answerMs - 1;
      clock.stall(stallToleranceMs * 3);
    }
    expect(timeouts).toHaveLength(1);
    expect(ranMs).toBeGreaterThanOrEqual(timeoutMs);
    expect(ranMs).toBeLessThanOrEqual(2 * timeoutMs + answerMs);
  });

  it('tells how long each stall was', () => {
    const stalls: number[] = [];
    const { clock, monitor } = watch(new StallingLoop(), { onStall: ({ stalledMs }) => stalls.push(stalledMs) });
    clock.run(100);
    clock.stall(4000);
    clock.run(10);
    expect(stalls).toEqual([3100]); // from the check that was due a second after the start
    monitor.stop();
  });

  it('watches on although the listener of stalls throws, which becomes an uncaught exception', async () => {
    const uncaught: unknown[] = [];
    // vitest listens, too: for this test alone the exception is ours.
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
    try {
      const { clock, timeouts } = watch(new StallingLoop(), {
        onStall: () => {
          throw new Error('listener broke');
        },
      });
      clock.stall(30_000);
      clock.run(2 * timeoutMs);
      await new Promise((resolve) => systemClock().setTimer(0, () => {
        resolve(undefined);
      }));
      expect([timeouts.length, uncaught]).toEqual([1, [new Error('listener broke')]]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
  });

  it('grants no second window with an infinite tolerance', () => {
    const { clock, timeouts } = watch(new StallingLoop(), { stallToleranceMs: Number.POSITIVE_INFINITY });
    clock.run(intervalMs);
    clock.stall(60_000);
    clock.run(0);
    expect(timeouts).toMatchObject([{ atMs: intervalMs + 60_000, probes: 1 }]);
  });

  it('never gives up on a peer that it did not ask, however late the check', () => {
    const { clock, probedAtMs, timeouts } = watch(new StallingLoop(), { stallToleranceMs: Number.POSITIVE_INFINITY });
    clock.stall(60_000);
    clock.run(timeoutMs - intervalMs - 1);
    expect([probedAtMs, timeouts]).toEqual([[60_000], []]);
    clock.run(1);
    expect(timeouts).toHaveLength(1);
  });
});

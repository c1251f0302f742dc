import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeartbeatMonitor } from './index.js';
import { StallingLoop } from './stalling-loop.js';

/** Interval, timeout and the answer window between them, in milliseconds. */
const limits = fc
  .record({ intervalMs: fc.integer({ min: 50, max: 5000 }), answerMs: fc.integer({ min: 50, max: 5000 }) })
  .map(({ intervalMs, answerMs }) => ({ intervalMs, answerMs, timeoutMs: intervalMs + answerMs }));
/** A part of something, from 0 to just below 1. */
const part = fc.double({ min: 0, max: 0.999, noNaN: true });

describe('HeartbeatMonitor, for any schedule of inbound bytes', () => {
  it('stays calm while gaps are below the timeout, and gives up exactly at it once the peer is silent', async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(part, { maxLength: 40 }), async ({ intervalMs, timeoutMs }, gaps) => {
        const clock = createTestClock();
        const probedAtMs: number[] = [];
        const timedOutAtMs: number[] = [];
        const monitor = new HeartbeatMonitor({
          clock,
          intervalMs,
          timeoutMs,
          probe: () => probedAtMs.push(clock.monotonic()),
          onTimeout: () => timedOutAtMs.push(clock.monotonic()),
        });
        monitor.start();
        let expectedProbes = 0;
        for (const gap of gaps) {
          const gapMs = gap * timeoutMs;
          expectedProbes += Math.floor(gapMs / intervalMs);
          await clock.advance(gapMs);
          monitor.receivedHeartbeat();
        }
        expect([timedOutAtMs, monitor.running]).toEqual([[], true]);
        // A gap that ends within rounding of a probe's time may go either way.
        expect(Math.abs(probedAtMs.length - expectedProbes)).toBeLessThanOrEqual(gaps.length === 0 ? 0 : 1);
        const lastMs = clock.monotonic();
        await clock.advance(timeoutMs + 1);
        expect(timedOutAtMs).toHaveLength(1);
        expect(timedOutAtMs[0]).toBeCloseTo(lastMs + timeoutMs, 6);
        expect(clock.pending).toBe(0);
      }),
    );
  });
});

const segments = fc.array(
  fc.record({ kind: fc.constantFrom('run' as const, 'stall' as const), ms: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 8000 })) }),
  { maxLength: 40, size: 'max' },
);

describe('HeartbeatMonitor, for any schedule of stalls of its own loop', () => {
  it('never gives up on a peer that answers each probe within the answer window', () => {
    fc.assert(
      fc.property(limits, segments, part, ({ intervalMs, answerMs, timeoutMs }, schedule, delay) => {
        const loop = new StallingLoop();
        let timeouts = 0;
        const monitor = new HeartbeatMonitor({
          clock: loop,
          intervalMs,
          timeoutMs,
          probe: () => {
            loop.arrive(delay * answerMs, () => {
              monitor.receivedHeartbeat();
            });
          },
          onTimeout: () => (timeouts += 1),
        });
        monitor.start();
        for (const { kind, ms } of schedule) {
          if (kind === 'run') loop.run(ms);
          else loop.stall(ms);
        }
        expect(timeouts).toBe(0);
        monitor.stop();
        expect(loop.pending).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('gives up on a dead peer, not before the timeout and before it ran for twice as long', () => {
    fc.assert(
      fc.property(limits, segments, ({ intervalMs, timeoutMs }, schedule) => {
        const loop = new StallingLoop();
        let timedOutAtMs = Number.POSITIVE_INFINITY;
        const monitor = new HeartbeatMonitor({
          clock: loop,
          intervalMs,
          timeoutMs,
          probe: () => undefined,
          onTimeout: () => {
            timedOutAtMs = loop.monotonic();
          },
        });
        monitor.start();
        let ranMs = 0;
        let overran = false;
        for (const { kind, ms } of [...schedule, { kind: 'run', ms: 0 }]) {
          if (kind === 'stall') loop.stall(ms);
          else {
            loop.run(ms);
            ranMs += ms;
            overran ||= monitor.running && ranMs > 2 * timeoutMs;
          }
        }
        loop.run(2 * timeoutMs + 1 - Math.min(ranMs, 2 * timeoutMs));
        expect([overran, monitor.running]).toEqual([false, false]);
        expect(timedOutAtMs).toBeGreaterThanOrEqual(timeoutMs);
      }),
      { numRuns: 300 },
    );
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clockSkew } from './clock-skew.js';
import type { TimeSample } from './clock-skew.js';

const delay = fc.integer({ min: 0, max: 400 });

it('never claims more than the truth, whatever the delays and wherever the second turns', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.integer({ min: 0, max: 2_000_000_000_000 }),
      fc.array(fc.tuple(delay, delay, fc.integer({ min: 0, max: 3_000 })), { minLength: 1, maxLength: 10 }),
      (offsetMs, startMs, legs) => {
        let nowMs = startMs;
        const samples: TimeSample[] = legs.map(([there, back, pause]) => {
          const sentAtMs = nowMs;
          const timeSeconds = Math.floor((sentAtMs + there + offsetMs) / 1_000);
          const receivedAtMs = sentAtMs + there + back;
          nowMs = receivedAtMs + pause;
          return { sentAtMs, receivedAtMs, timeSeconds };
        });
        const skew = clockSkew(samples);
        expect(skew).toBeDefined();
        const { skewMs, uncertaintyMs } = skew ?? { skewMs: Number.NaN, uncertaintyMs: Number.NaN };
        // As near to 0 as the answers allow, and on the same side; the truth is not further away than what they leave open.
        expect(Math.abs(skewMs)).toBeLessThanOrEqual(Math.abs(offsetMs));
        expect(skewMs * offsetMs).toBeGreaterThanOrEqual(0);
        expect(Math.abs(offsetMs - skewMs)).toBeLessThanOrEqual(uncertaintyMs);
        expect(uncertaintyMs).toBeLessThanOrEqual(1_000 + 800);
      },
    ),
  );
});

it('takes the last answer when a clock was set in between, and says nothing without one', () => {
  expect(clockSkew([])).toBeUndefined();
  const before = { sentAtMs: 10_000, receivedAtMs: 10_000, timeSeconds: 10 };
  const after = { sentAtMs: 11_000, receivedAtMs: 11_000, timeSeconds: 91 };
  expect(clockSkew([before, after])).toEqual({ skewMs: 80_000, uncertaintyMs: 1_000 });
});

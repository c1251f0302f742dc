import type { TopicChange } from '@ibkit/operations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventRing } from './event-ring.js';

function change(position: number): TopicChange {
  return { kind: 'delta', position, tsUs: 0, data: { receivedAtUs: position }, notable: false };
}

describe('EventRing', () => {
  it('gives everything after a position, or says that it cannot', () => {
    const steps = fc.array(fc.record({ step: fc.integer({ min: 1, max: 3 }), waitMs: fc.integer({ min: 0, max: 4 }) }), { maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 50 }), fc.nat({ max: 900 }), (events, most, keepMs, after) => {
        const ring = new EventRing({ most, keepMs, from: 5 });
        const all: { position: number; atMs: number }[] = [];
        let [position, nowMs] = [5, 0];
        for (const { step, waitMs } of events) {
          position += step;
          nowMs += waitMs;
          all.push({ position, atMs: nowMs });
          ring.push(change(position), nowMs);
        }
        const kept = all.filter(({ atMs }, index) => index >= all.length - most && nowMs - atMs <= keepMs);
        expect(ring.size).toBe(kept.length);
        const found = ring.after(after);
        const expected = after < ring.from ? undefined : all.filter((event) => event.position > after).map((event) => event.position);
        expect(found?.map((event) => event.position)).toEqual(expected);
      }),
    );
  });

  it('lets go of what is old also when nothing comes', () => {
    const ring = new EventRing({ most: 10, keepMs: 100, from: 0 });
    ring.push(change(1), 0);
    ring.trim(101);
    expect([ring.size, ring.from, ring.after(0), ring.after(1)]).toEqual([0, 1, undefined, []]);
  });
});

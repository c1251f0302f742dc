import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimerQueue } from './timer-queue.js';

it('lets go of cancelled timers long before they would be due', () => {
  const queue = new TimerQueue();
  queue.add(1, () => undefined);
  for (let timer = 0; timer < 10_000; timer += 1) queue.add(1_000_000 + timer, () => undefined).cancel();
  expect(queue.size).toBe(1);
  expect(queue.stored).toBeLessThan(200);
});

it('keeps due order and ties whatever is cancelled', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ dueAtMs: fc.integer({ min: 0, max: 50 }), isCancelled: fc.boolean() }), { maxLength: 400 }), (timers) => {
      const queue = new TimerQueue();
      const fired: number[] = [];
      const added = timers.map(({ dueAtMs }, index) => queue.add(dueAtMs, () => fired.push(index)));
      added.forEach((timer, index) => {
        if (timers[index]?.isCancelled === true) timer.cancel();
      });
      const wanted = timers.flatMap(({ dueAtMs, isCancelled }, index) => (isCancelled ? [] : [{ dueAtMs, index }])).sort((a, b) => a.dueAtMs - b.dueAtMs || a.index - b.index);
      expect(queue.size).toBe(wanted.length);
      for (let due = queue.takeDue(50); due !== undefined; due = queue.takeDue(50)) due.fire();
      expect(fired).toEqual(wanted.map(({ index }) => index));
    }),
  );
});

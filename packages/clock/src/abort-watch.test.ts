import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onAbort } from './abort-watch.js';
import { createTestClock } from './testing.js';
import { sleep, withDeadline } from './waiting.js';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('waiting for a signal', () => {
  it('takes one listener for any number of waiters, and calls each of them once', () => {
    const controller = new AbortController();
    const called: number[] = [];
    const leaves = Array.from({ length: 50 }, (_, index) => onAbort(controller.signal, () => called.push(index)));
    expect(listenersOf(controller.signal)).toBe(1);
    leaves[3]?.();
    controller.abort();
    controller.abort();
    expect(called).toEqual(Array.from({ length: 50 }, (_, index) => index).filter((index) => index !== 3));
  });

  it('takes the listener away with the last waiter', () => {
    const controller = new AbortController();
    const [first, second] = [onAbort(controller.signal, () => undefined), onAbort(controller.signal, () => undefined)];
    first();
    expect(listenersOf(controller.signal)).toBe(1);
    second();
    second();
    expect(listenersOf(controller.signal)).toBe(0);
    let calls = 0;
    onAbort(controller.signal, () => (calls += 1));
    first();
    controller.abort();
    expect(calls).toBe(1);
  });

  it('does not call a waiter that another one takes away', () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => {
      called.push('first');
      leave();
    });
    const leave = onAbort(controller.signal, () => called.push('second'));
    controller.abort();
    expect(called).toEqual(['first']);
  });

  it('is what sleeps and deadlines do, too', async () => {
    const clock = createTestClock();
    const { signal, abort } = ((controller) => ({ signal: controller.signal, abort: controller.abort.bind(controller) }))(new AbortController());
    const never = new Promise<never>(() => undefined);
    const waiting = [
      ...Array.from({ length: 20 }, () => sleep(clock, 1_000, { signal })),
      ...Array.from({ length: 20 }, () => withDeadline(clock, 1_000, never, { signal, timeoutError: () => new Error('late') })),
    ];
    expect(listenersOf(signal)).toBe(1);
    abort(new Error('enough'));
    const outcomes = await Promise.allSettled(waiting);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect([listenersOf(signal), clock.pending]).toEqual([0, 0]);
  });
});

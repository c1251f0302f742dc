import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { onAbort } from './abort-watch.js';
import { Loopback, failure } from './testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

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

  it('gives a signal that many requests share one listener, and none once they are settled', async () => {
    const { connection } = await loopback.connected();
    const { signal, abort } = ((controller) => ({ signal: controller.signal, abort: controller.abort.bind(controller) }))(new AbortController());
    const requests = Array.from({ length: 20 }, () =>
      connection.request({ name: 'details', signal, build: (reqId) => ({ type: 'reqMatchingSymbols', reqId, pattern: 'S' }), receive: () => undefined }).catch((error: unknown) => error),
    );
    expect(listenersOf(signal)).toBe(1);
    abort(new Error('enough'));
    expect(await Promise.all(requests)).toHaveLength(20);
    expect(listenersOf(signal)).toBe(0);
  });
});

describe('a deadline', () => {
  it.each([Number.NaN, 0, -1])('of %d is refused by name, and nothing is sent', async (timeoutMs) => {
    const { connection, client, clock } = await loopback.connected();
    const before = clock.pending;
    const asked = connection.request({ name: 'details', timeoutMs, build: (reqId) => ({ type: 'reqMatchingSymbols', reqId, pattern: 'S' }), receive: () => undefined });
    expect(await failure(asked)).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field: 'timeoutMs' } });
    expect(await failure(connection.connect({ timeoutMs }))).toMatchObject({ details: { field: 'timeoutMs' } });
    expect(clock.pending).toBe(before);
    expect(client.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime']);
  });
});

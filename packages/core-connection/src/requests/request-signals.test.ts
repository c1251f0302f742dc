import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { Loopback, failure } from '../testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('a signal', () => {
  it('that many requests share gets one listener, and none once they are settled', async () => {
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

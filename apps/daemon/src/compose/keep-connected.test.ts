import { createTestClock } from '@ibkit/clock/testing';
import type { ConnectOptions, ConnectionEvents } from '@ibkit/core-connection';
import { ConnectionError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import { describe, expect, it } from 'vitest';
import { ASK_AGAIN_MS, keepConnected } from './keep-connected.js';

describe('keepConnected', () => {
  it('asks again after a failure that no retry mends, and after the connection gave up', async () => {
    const clock = createTestClock();
    const events = new EventBus<ConnectionEvents>();
    const outcomes = ['refuse', 'connect', 'connect'];
    const asked: ConnectOptions[] = [];
    const logged: string[] = [];
    const error = new ConnectionError({ code: 'IBKR_CONNECT_VERSION', message: 'the gateway is too old' });
    const stop = new AbortController();
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (_fields: unknown, message: string) => logged.push(message) };
    const kept = keepConnected({
      clock, log, signal: stop.signal,
      connection: {
        events,
        connect(options: ConnectOptions = {}) {
          asked.push(options);
          return outcomes[asked.length - 1] === 'refuse' ? Promise.reject(error) : Promise.resolve();
        },
      },
    });
    await clock.settle();
    expect(asked).toMatchObject([{ retryCount: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY }]);
    expect(logged).toEqual(['cannot connect, next attempt in 60 s: the gateway is too old']);
    await clock.advance(ASK_AGAIN_MS);
    expect(asked).toHaveLength(2);
    events.emit('connection.gaveUp', { reason: 'deadline', attempts: 3, error, atMs: 0 });
    await clock.advance(ASK_AGAIN_MS);
    expect(asked).toHaveLength(3);
    stop.abort(new Error('over'));
    await kept;
    expect([clock.pending, asked.length, logged.length]).toEqual([0, 3, 1]);
  });
});

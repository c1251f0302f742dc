import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionManager } from '../connection-manager.js';
import { Loopback } from '../testing/loopback.js';
import { connectOptions, connectionOptions } from './configured-connection.js';
import type { ConnectionConfig } from './configured-connection.js';

const CONFIG: ConnectionConfig = {
  host: '127.0.0.1', clientId: 7, paperTrading: true, useGateway: true, autoReconnect: true, requestTimeoutMs: 60_000, maxRequestsPerSecond: 45, connectionTimeoutMs: 30_000, maxRetries: 3, retryDelayMs: 1000,
  sourceOf: () => 'default',
};

const loopback = new Loopback();
afterEach(() => loopback.close());

describe('a connection from a configuration', () => {
  it('has its address, its mode, its time limit and its rate', async () => {
    const gateway = await loopback.gateway();
    await using connection = new ConnectionManager(connectionOptions({ ...CONFIG, port: gateway.port, maxRequestsPerSecond: 20.5 }));
    await connection.connect(connectOptions(CONFIG));
    expect(connection.getStatus()).toMatchObject({ connected: true, port: gateway.port, clientId: 7, paperTrading: true, useGateway: true });
    expect(connection.pacingStats().perSecond).toBe(20);
  });

  it('keeps the usual waits unless somebody gave another, which counts for a refusing port, too', () => {
    expect(connectionOptions(CONFIG)).not.toHaveProperty('reconnect');
    expect(connectionOptions({ ...CONFIG, retryDelayMs: 90_000, maxRequestsPerSecond: 0.5, sourceOf: () => 'IBKIT_RETRY_DELAY' })).toMatchObject({
      rate: { perSecond: 1 }, requestTimeoutMs: 60_000, autoReconnect: true,
      reconnect: { initialMs: 90_000, maxMs: 90_000, refusedMs: 90_000, refusedThenMs: 90_000 },
    });
  });

  it('is tried as often and as long as it says', () => {
    expect(connectOptions({ connectionTimeoutMs: 5000, maxRetries: 7 })).toEqual({ timeoutMs: 5000, retryCount: 7 });
  });
});

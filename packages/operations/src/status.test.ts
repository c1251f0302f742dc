import { ROUTES } from '@ibkit/api-contract';
import { createTestClock } from '@ibkit/clock/testing';
import { ConnectionManager } from '@ibkit/core-connection';
import { expect, it } from 'vitest';
import * as status from './status.js';

it('exports what its readers expect', () => {
  expect(Object.keys(status).sort()).toEqual(['connectionStatus']);
});

it('tells how a connection is, layer by layer, as the route answers it, without market data and orders', async () => {
  await using connection = new ConnectionManager({ host: '127.0.0.1', port: 4002, clientId: 7, clock: createTestClock() });
  const answer = status.connectionStatus({ connection, mode: 'paper', version: '1.2.3', simulated: true, uptimeMs: 1234.5 });
  expect(ROUTES.status.response.parse(answer)).toEqual(answer);
  expect(answer).toMatchObject({ version: '1.2.3', uptimeMs: 1235, simulated: true, connection: { state: 'disconnected', host: '127.0.0.1', port: 4002, clientId: 7, mode: 'paper', reconnectCount: 0, accounts: [] } });
  expect(answer.usage).toMatchObject({ openLines: 0, pendingRequests: 0, waitingMessages: 0, messagesPerSecond: 45 });
  expect([answer.health.tcp.status, answer.health.api.status, answer.health.upstream.status]).toEqual(['unknown', 'unknown', 'unknown']);
  expect(answer.connection).not.toHaveProperty('serverVersion');
});

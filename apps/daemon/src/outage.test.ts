import { createServer } from 'node:net';
import { once } from 'node:events';
import { ROUTES } from '@ibkit/api-contract';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { parseMetrics } from './testing/prometheus.js';
import { startTestDaemon } from './testing/test-daemon.js';
import type { TestDaemon } from './testing/test-daemon.js';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port;
}

/** Resolves when the connection is not connected any more. */
async function lost({ parts: { connection } }: TestDaemon): Promise<void> {
  while (connection.isConnected()) await connection.events.once('connection.stateChanged');
}

async function readyStatus(daemon: TestDaemon): Promise<number> {
  const answer = await daemon.get('/readyz');
  expect(ROUTES.readyz.response.parse(await answer.json()).ready).toBe(answer.status === 200);
  return answer.status;
}

describe('a daemon without a gateway', () => {
  it('starts, says that it is not ready, and becomes ready by itself when the gateway appears', async () => {
    const port = await freePort();
    await using daemon = await startTestDaemon('--port', String(port));
    expect((await daemon.get('/healthz', {})).status).toBe(200);
    expect(await readyStatus(daemon)).toBe(503);
    expect(await daemon.problem('/v1/quotes/SPY')).toMatchObject({ status: 503, code: 'IBKR_NOT_CONNECTED', retryable: true });
    expect(await daemon.problem('/v1/positions')).toMatchObject({ status: 503, retryable: true });
    expect(await daemon.problem('/v1/accounts')).toMatchObject({ status: 503, retryable: true });
    const { connection } = await daemon.read('/v1/status', ROUTES.status.response);
    expect(connection).toMatchObject({ accounts: [], reconnectCount: 0 });
    expect(connection.serverVersion).toBeUndefined();

    await using gateway = await createSimulator({ port });
    expect(gateway.port).toBe(port);
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    expect(await readyStatus(daemon)).toBe(200);
    expect(await daemon.read('/v1/quotes/SPY', ROUTES.quote.response)).toMatchObject({ symbol: 'SPY', stale: false });
  });

  it('shows quotes as stale while the gateway is gone, and fresh ones when it is back', async () => {
    const first = await createSimulator();
    const { port } = first;
    await using daemon = await startTestDaemon('--port', String(port));
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    expect(await daemon.read('/v1/quotes/SPY', ROUTES.quote.response)).toMatchObject({ stale: false });

    await first.close();
    await lost(daemon);
    const stale = await daemon.read('/v1/quotes/SPY', ROUTES.quote.response);
    expect(stale.stale).toBe(true);
    expect(stale.staleReason).not.toBe('');
    expect(await readyStatus(daemon)).toBe(503);
    expect(await daemon.problem('/v1/quotes/AAPL')).toMatchObject({ status: 503, code: 'IBKR_NOT_CONNECTED', retryable: true });

    await using again = await createSimulator({ port });
    expect(again.port).toBe(port);
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    await daemon.parts.marketData.subscribeTicker('SPY').waitFor((quote) => !quote.stale && quote.bid !== undefined, { timeoutMs: 15_000 });
    const fresh = await daemon.read('/v1/quotes/SPY', ROUTES.quote.response);
    expect(fresh.stale).toBe(false);
    expect(fresh.receivedAtMs).toBeGreaterThan(stale.receivedAtMs);
    expect(await daemon.read('/v1/quotes/AAPL', ROUTES.quote.response)).toMatchObject({ stale: false });
    const status = await daemon.read('/v1/status', ROUTES.status.response);
    expect(status.connection.reconnectCount).toBe(1);
    const { samples } = parseMetrics(await (await daemon.get('/metrics')).text());
    expect(samples.find(({ name }) => name === 'ibkit_connection_reconnects_total')?.value).toBe(1);
  });

  it('tells a gateway that has lost the broker from one that is gone', async () => {
    await using daemon = await startTestDaemon('--simulate');
    const { connection, trading, simulator } = daemon.parts;
    await trading.ready({ timeoutMs: 30_000 });
    const degraded = connection.events.once('connection.degraded');
    simulator?.control.notice(1100);
    await degraded;
    const broken = await daemon.get('/readyz');
    expect(broken.status).toBe(503);
    expect(ROUTES.readyz.response.parse(await broken.json())).toMatchObject({ dataReady: false, tradeReady: false });
    const status = await daemon.read('/v1/status', ROUTES.status.response);
    expect([status.connection.state, status.health.upstream.status]).toEqual(['connected', 'down']);
    const recovered = connection.events.once('connection.recovered');
    simulator?.control.notice(1102);
    await recovered;
    await trading.ready({ timeoutMs: 30_000 });
    expect(await readyStatus(daemon)).toBe(200);
  });
});

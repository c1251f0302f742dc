import { once } from 'node:events';
import { createServer } from 'node:http';

/** What a small Options Flow Monitor says; its own answers have more fields. */
const DATA: Readonly<Record<string, unknown>> = {
  '/status': { system_status: 'ok', market_hours: true, queue: 3 },
  '/tickers': { tickers: ['SPY', 'QQQ'] },
  '/trades': { ticker: 'SPY', count: 1, trades: [{ price: 1.25, size: 10 }] },
  '/minute-data': { ticker: 'SPY', minute_data: [{ minute: '09:30', open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 }] },
  '/divergence': { ticker: 'SPY', divergence_data: [{ score: 0.5 }] },
  '/predictions': { ticker: 'SPY', predictions: [{ id: 7, signal: 'bullish', confidence: 0.8 }] },
  '/data-range': { ticker: 'SPY', data: [{ value: 1 }], metadata: { rows: 1 } },
};

/** A ticker that the service refuses, as it does without the rights to one. */
export const FORBIDDEN_TICKER = 'FORBID';

/** An Options Flow Monitor service on loopback. */
export async function startFlowService(): Promise<{ readonly env: Readonly<Record<'API_BASE_URL' | 'API_KEY', string>>; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
    if (searchParams.get('ticker') === FORBIDDEN_TICKER) response.writeHead(403, { 'content-type': 'application/json' }).end('{"status":"error","message":"no"}');
    else response.end(JSON.stringify({ status: 'success', data: DATA[pathname] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    env: { API_BASE_URL: `http://127.0.0.1:${port}`, API_KEY: 'key-of-the-test' },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

import type { ApiAccounts, ApiHealth, ApiPositions, ApiQuote, ApiStatus } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import type { ConnectionManager, HealthReport } from '@ibkit/core-connection';
import type { Trading } from '@ibkit/gateway-trading';
import type { Quote } from '@ibkit/market-data';
import type { Handlers } from './http/api-server.js';
import type { QuoteBoard } from './quote-board.js';
import { readiness } from './readiness.js';

/** What the handlers read. */
export interface HandlerSources {
  readonly clock: Clock;
  readonly connection: ConnectionManager;
  readonly trading: Trading;
  readonly quotes: QuoteBoard;
  readonly version: string;
  readonly mode: 'paper' | 'live';
  readonly simulated: boolean;
}

function healthView({ layers: { tcp, handshake, api, upstream, farms } }: HealthReport): ApiHealth {
  return { tcp, handshake, api, upstream, farms: { ...farms } };
}

function quoteView(quote: Quote, nowMs: number): ApiQuote {
  const { symbol, conId, bid, bidSize, ask, askSize, last, lastSize, volume, open, high, low, close, mode, halted, stale, staleReason, receivedAtMs } = quote;
  return {
    symbol, conId, bid, bidSize, ask, askSize, last, lastSize, volume, open, high, low, close, mode, halted, stale, staleReason, receivedAtMs,
    ageMs: Math.max(0, nowMs - receivedAtMs),
  };
}

/** The handlers of the API over the daemon's parts. */
export function apiHandlers(sources: HandlerSources, startedAtMs: number): Handlers {
  const { clock, connection, trading, quotes, version, mode, simulated } = sources;
  const uptimeMs = (): number => Math.round(clock.monotonic() - startedAtMs);
  return {
    healthz: () => Promise.resolve({ body: { status: 'ok', version, uptimeMs: uptimeMs() } }),
    readyz: () => {
      const body = readiness(connection, trading);
      return Promise.resolve({ status: body.ready ? 200 : 503, body });
    },
    status: () => {
      const status = connection.getStatus();
      const body: ApiStatus = {
        version,
        uptimeMs: uptimeMs(),
        simulated,
        connection: {
          state: status.state, host: status.host, port: status.port, clientId: status.clientId, mode,
          serverVersion: status.serverVersion,
          connectedForMs: status.connected ? Math.round(status.uptimeMs) : undefined,
          reconnectCount: status.reconnectCount,
          serverTimeMs: status.serverOffsetMs === undefined ? undefined : connection.serverNow(),
          accounts: [...status.accounts],
        },
        health: healthView(status.health),
      };
      return Promise.resolve({ body });
    },
    accounts: async () => {
      const body: ApiAccounts = {
        accounts: (await trading.account()).map(({ account, values }) => ({ account, values: values.map(({ tag, value, currency }) => ({ tag, value, currency })) })),
      };
      return { body };
    },
    positions: async () => {
      const body: ApiPositions = {
        positions: (await trading.positions()).map(({ account, contract, position, avgCost }) => ({
          account, conId: contract.conId, symbol: contract.symbol, localSymbol: contract.localSymbol, secType: contract.secType, currency: contract.currency, position, averageCost: avgCost,
        })),
      };
      return { body };
    },
    quote: async ({ parameters, signal }) => {
      const quote = await quotes.get(parameters['symbol'] ?? '', signal);
      return { body: quoteView(quote, clock.now()) };
    },
  };
}

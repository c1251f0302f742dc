import type { Clock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import { apiHandlers } from './handlers.js';
import { ApiServer } from './http/api-server.js';
import type { DaemonLogger } from './log.js';
import { Metrics } from './metrics.js';
import type { DaemonSettings } from './options.js';
import { QuoteBoard } from './quote-board.js';
import { Teardown } from './teardown.js';
import { TokenStore } from './token-store.js';
import { VERSION } from './version.js';

/** A running daemon. */
export interface Daemon extends AsyncDisposable {
  /** Where the API is. */
  readonly url: string;
  /** Where the local user finds the admin token. */
  readonly tokenFile: string;
  /** Where the gateway or the embedded simulator is. */
  readonly gateway: { readonly host: string; readonly port: number; readonly simulated: boolean };
  /** Closes everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

/** What the daemon is given. */
export interface DaemonDeps {
  readonly clock: Clock;
  readonly log: DaemonLogger;
}

/** The longest single wait for a first connection; a daemon asks again for ever. */
const CONNECT_TIMEOUT_MS = 2_147_483_647;

function keepConnected(connection: ConnectionManager, log: DaemonLogger, stop: AbortSignal): void {
  // A daemon starts before its gateway does: it waits for it instead of failing.
  connection.connect({ retryCount: Number.POSITIVE_INFINITY, timeoutMs: CONNECT_TIMEOUT_MS, signal: stop }).catch((error: unknown) => {
    if (!stop.aborted) log.error({ code: isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED' }, `not connecting any more: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function logConnection(connection: ConnectionManager, log: DaemonLogger): void {
  connection.events.on('connection.stateChanged', ({ from, to, reason }) => {
    log.info({ from, to }, `connection ${to}: ${reason}`);
  });
  connection.events.on('connection.degraded', ({ code, message }) => {
    log.warn({ code }, `connection degraded: ${message}`);
  });
  connection.events.on('connection.alarm', ({ kind, message }) => {
    log.error({ kind }, message);
  });
}

/**
 * Starts the daemon: the embedded simulator if asked for, the connection, market data, trading, and the API.
 * It does not wait for the gateway: `/readyz` tells when there is one.
 * @throws ConnectionError `IBKR_HTTP_LISTEN` when the API's port is taken; ConfigurationError for a broken state directory.
 */
export async function startDaemon(settings: DaemonSettings, deps: DaemonDeps): Promise<Daemon> {
  const startedAtMs = deps.clock.monotonic();
  const stop = new AbortController();
  const teardown = new Teardown();
  try {
    return await start(settings, deps, { teardown, stop, startedAtMs });
  } catch (error) {
    stop.abort(error);
    await teardown.close();
    throw error;
  }
}

async function start(
  settings: DaemonSettings,
  { clock, log }: DaemonDeps,
  { teardown, stop, startedAtMs }: { readonly teardown: Teardown; readonly stop: AbortController; readonly startedAtMs: number },
): Promise<Daemon> {
  const tokens = await TokenStore.open(settings.stateDir, clock.now());

  const simulator = settings.simulate ? teardown.own(await createSimulator({ clock, seed: settings.simulatorSeed })) : undefined;
  const gateway = simulator === undefined
    ? { host: settings.gatewayHost, port: settings.gatewayPort, simulated: false }
    : { host: simulator.host, port: simulator.port, simulated: true };
  const connection = teardown.own(
    new ConnectionManager({ host: gateway.host, port: gateway.port, clientId: settings.clientId, paperTrading: settings.mode === 'paper', clock, logger: log }),
  );
  logConnection(connection, log);
  const marketData = teardown.own(new MarketData({ connection }));
  const trading = teardown.own(new Trading({ connection, marketData, mode: settings.mode }));
  const quotes = teardown.own(new QuoteBoard({ clock, marketData, connected: () => connection.isConnected() }));
  const metrics = teardown.own(new Metrics(connection));
  await trading.start();

  const server = teardown.own(
    new ApiServer({
      handlers: apiHandlers({ clock, connection, trading, quotes, version: VERSION, mode: settings.mode, simulated: gateway.simulated }, startedAtMs),
      metrics: () => metrics.read(),
      tokens,
      onFailure: (error, route) => {
        log.error({ route, code: isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED' }, `a request failed: ${error instanceof Error ? error.message : String(error)}`);
      },
    }),
  );
  const url = await server.listen(settings.listen);
  keepConnected(connection, log, stop.signal);

  const close = (): Promise<void> => {
    stop.abort(new Error('the daemon is closing'));
    return teardown.close();
  };
  return { url, tokenFile: tokens.tokenFile, gateway, close, [Symbol.asyncDispose]: close };
}

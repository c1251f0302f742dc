import type { Clock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import { journalDirectory, sqliteJournal } from '@ibkit/journal';
import type { MessageLog } from '@ibkit/logger';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { apiHandlers } from './handlers.js';
import { ApiServer } from './http/api-server.js';
import { keepConnected, logDegradation } from './keep-connected.js';
import type { DaemonLogger } from './log.js';
import { Metrics } from './metrics.js';
import type { DaemonSettings } from './options.js';
import { OwnerLock } from './owner-lock.js';
import { QuoteBoard } from './quote-board.js';
import { readiness } from './readiness.js';
import { Teardown } from './teardown.js';
import { TokenStore } from './token-store.js';
import { VERSION } from './version.js';

/** What the daemon is given. */
export interface DaemonDeps {
  readonly clock: Clock;
  readonly log: DaemonLogger;
  /** Notes every message to and from the gateway; `messageLog` of `@ibkit/logger` makes one. @defaultValue none */
  readonly messages?: MessageLog | undefined;
}

/** The parts of a running daemon. */
export interface Assembly {
  readonly url: string;
  readonly tokenFile: string;
  readonly gateway: { readonly host: string; readonly port: number; readonly simulated: boolean };
  readonly simulator: Simulator | undefined;
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
  readonly trading: Trading;
  readonly quotes: QuoteBoard;
  /** Closes every part in reverse order. Idempotent. */
  readonly close: () => Promise<void>;
}

/** Shorter than the API waits for a silent socket, so that a caller is told about a gateway that does not answer. */
const REQUEST_TIMEOUT_MS = 20_000;

/** Makes the parts, connects them, and opens the API. What was made is closed again when a later part fails. */
export async function assemble(settings: DaemonSettings, deps: DaemonDeps): Promise<Assembly> {
  const teardown = new Teardown();
  const stop = new AbortController();
  const close = (): Promise<void> => {
    stop.abort(new Error('the daemon is closing'));
    return teardown.close();
  };
  try {
    return { ...(await openParts(settings, deps, { teardown, signal: stop.signal })), close };
  } catch (error) {
    // The first failure is the one to tell; a part that cannot be closed either is its consequence.
    await close().catch(() => undefined);
    throw error;
  }
}

async function openParts(
  settings: DaemonSettings,
  { clock, log, messages }: DaemonDeps,
  { teardown, signal }: { readonly teardown: Teardown; readonly signal: AbortSignal },
): Promise<Omit<Assembly, 'close'>> {
  const startedAtMs = clock.monotonic();
  const { mode } = settings;
  teardown.own(await OwnerLock.take(settings.stateDir));
  const tokens = await TokenStore.open(settings.stateDir, clock.now());

  const simulator = settings.simulate ? teardown.own(await createSimulator({ clock, seed: settings.simulatorSeed })) : undefined;
  const gateway = { host: simulator?.host ?? settings.gatewayHost, port: simulator?.port ?? settings.gatewayPort, simulated: settings.simulate };
  const connection = teardown.own(
    new ConnectionManager({
      host: gateway.host, port: gateway.port, clientId: settings.clientId, paperTrading: mode === 'paper', requestTimeoutMs: REQUEST_TIMEOUT_MS, clock, logger: log,
    }),
  );
  logDegradation(connection, log);
  if (messages !== undefined) {
    connection.onMessage(messages.received);
    connection.onSent(messages.sent);
  }
  const marketData = teardown.own(new MarketData({ connection }));
  // Orders of an embedded simulator end with it, so nothing is kept of them.
  const directory = journalDirectory({ stateDirectory: settings.stateDir, host: gateway.host, port: gateway.port, clientId: settings.clientId });
  const journal = settings.simulate ? undefined : teardown.own(await sqliteJournal({ directory, clock }));
  const trading = teardown.own(new Trading({ connection, marketData, mode, journal, coordinator: journal?.coordinator }));
  const quotes = teardown.own(new QuoteBoard({ clock, marketData, connected: () => connection.isConnected() }));
  const metrics = teardown.own(new Metrics({ connection, readiness: () => readiness(connection, trading), followedSymbols: () => quotes.size }));
  await trading.start();

  const server = teardown.own(
    new ApiServer({
      handlers: apiHandlers({ clock, connection, trading, quotes, version: VERSION, mode, simulated: gateway.simulated }, startedAtMs),
      metrics: () => metrics.read(),
      tokens,
      onAnswer: (route, status) => {
        metrics.answered(route, status);
      },
      onFailure: (error, route) => {
        log.error({ route, code: isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED' }, `a request failed: ${error instanceof Error ? error.message : String(error)}`);
      },
    }),
  );
  const url = await server.listen(settings.listen);
  void keepConnected({ clock, connection, log, signal });
  return { url, tokenFile: tokens.tokenFile, gateway, simulator, connection, marketData, trading, quotes };
}

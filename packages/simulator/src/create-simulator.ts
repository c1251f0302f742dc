import type { ScaledClock } from '@ibkit/clock';
import { createBrokerage } from './brokerage/create-brokerage.js';
import { createControl } from './control/simulator-control.js';
import type { SimulatorControl } from './control/simulator-control.js';
import { createMarket } from './market/create-market.js';
import { loadReplay } from './replay/load-replay.js';
import { accountRoutes } from './server/account-routes.js';
import { relayBrokerage } from './server/brokerage-relay.js';
import { contractRoutes } from './server/contract-routes.js';
import { marketDataRoutes } from './server/market-data-routes.js';
import { orderRoutes } from './server/order-routes.js';
import { realTimeBarRoutes } from './server/real-time-bar-routes.js';
import type { RouteContext } from './server/route-context.js';
import { SimulatorServer } from './server/simulator-server.js';
import { systemRoutes } from './server/system-routes.js';
import { tickByTickRoutes } from './server/tick-by-tick-routes.js';
import { WitnessJournal } from './server/witness-journal.js';
import { resolveSimulatorOptions } from './simulator-options.js';
import type { SimulatorOptions } from './simulator-options.js';

/** A TWS that listens on a real TCP port, with a market and a brokerage behind it. */
export interface Simulator extends AsyncDisposable {
  readonly host: string;
  /** The port that it listens on; the chosen one when 0 was asked for. */
  readonly port: number;
  /** The simulator's own time; speed it up, pause it or advance it. While a replay waits for its first subscription it is paused. */
  readonly clock: ScaledClock;
  readonly control: SimulatorControl;
  /** Closes the port, every connection and every timer. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a simulator. Any TWS API client connects to it unchanged (server versions 157 to 193).
 *
 * @throws UsageError for an option out of range, and for a replay file that cannot be read.
 * @throws ConnectionError `IBKR_SIMULATOR_PORT_IN_USE` when another program uses the port.
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const resolved = resolveSimulatorOptions(options);
  const { clock: base, seed, speed, startAtMs, accounts, dataPermission } = resolved;
  const replay = resolved.replay.length === 0 ? undefined : await loadReplay(resolved.replay);
  const market = createMarket({ base, seed, speed, startAtMs, replay });
  const brokerage = createBrokerage({ market, accounts });
  const journal = new WitnessJournal({ clock: market.clock, limit: resolved.journalLimit });
  const context: RouteContext = { market, brokerage, dataPermission };
  const server = new SimulatorServer({
    host: resolved.host,
    port: resolved.port,
    maxServerVersion: resolved.maxServerVersion,
    maxClients: resolved.maxClients,
    maxPendingBytes: resolved.maxPendingBytes,
    handshakeTimeoutMs: resolved.handshakeTimeoutMs,
    journalTicks: resolved.journalTicks,
    pacing: resolved.pacing,
    messagesPerSecond: resolved.messagesPerSecond,
    networkClock: base,
    clock: market.clock,
    journal,
    accounts,
    nextValidId: (clientId) => brokerage.nextValidId(clientId),
    routes: [
      ...systemRoutes(context),
      ...contractRoutes(context),
      ...marketDataRoutes(context),
      ...tickByTickRoutes(context),
      ...realTimeBarRoutes(context),
      ...orderRoutes(context),
      ...accountRoutes(context),
    ],
  });
  const stopRelay = relayBrokerage({ brokerage, journal, sessionOf: (clientId) => server.readySession(clientId) });
  let closed: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    await server.close();
    stopRelay();
    brokerage.close();
    market.close();
  };
  const close = (): Promise<void> => (closed ??= shutDown());
  try {
    await server.listen();
  } catch (error) {
    await close();
    throw error;
  }
  market.start();
  return {
    host: server.host,
    get port() {
      return server.port;
    },
    clock: market.clock,
    control: createControl({ server, market, brokerage, journal }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

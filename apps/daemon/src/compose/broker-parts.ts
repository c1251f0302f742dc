import type { Clock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import type { Watchdog } from '@ibkit/core-connection';
import type { GatewayProcess } from '@ibkit/gateway-process';
import { Trading } from '@ibkit/gateway-trading';
import { journalDirectory, journalNeighbours, sqliteJournal } from '@ibkit/journal';
import type { SqliteJournal } from '@ibkit/journal';
import type { MessageLog } from '@ibkit/logger';
import { MarketData } from '@ibkit/market-data';
import { watchedJournal } from '@ibkit/operations';
import type { WatchedJournal } from '@ibkit/operations';
import { LineBudget } from '@ibkit/rate-limiter';
import type { Simulator } from '@ibkit/simulator';
import type { DaemonLogger } from '../log.js';
import { USUAL_RESTARTS } from '../settings/load-settings.js';
import type { DaemonSettings, RestartSettings } from '../settings/settings.js';
import { PassingDirectory } from '../state/passing-directory.js';
import { gatewayPart } from './gateway-part.js';
import { embeddedSimulator } from './embedded-simulator.js';
import { logDegradation } from './keep-connected.js';
import { restartWindowsOf } from './restart-windows.js';
import type { Teardown } from './teardown.js';
import { watchPart } from './watch-part.js';

/** Everything that speaks to the broker. */
export interface BrokerParts {
  readonly gateway: { readonly host: string; readonly port: number; readonly simulated: boolean };
  readonly simulator: Simulator | undefined;
  readonly connection: ConnectionManager;
  /** Absent without `[gateway-process]`, and with the simulator. */
  readonly gatewayProcess: GatewayProcess | undefined;
  /** Looks after the connection and the gateway; not begun yet. */
  readonly watchdog: Watchdog;
  readonly lines: LineBudget;
  readonly marketData: MarketData;
  /** Where trading writes; it tells of each append. */
  readonly journal: WatchedJournal;
  /** The same journal, for the audit trail. */
  readonly sqlite: SqliteJournal;
  readonly trading: Trading;
}

/** What they are made with. */
export interface BrokerPartsDeps {
  readonly clock: Clock;
  readonly log: DaemonLogger;
  readonly messages?: MessageLog | undefined;
  /** The environment that a gateway process is started with. @defaultValue empty */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The embedded simulator restarts when it is told to, not at five minutes to midnight. */
const NO_RESTARTS: RestartSettings = { ...USUAL_RESTARTS, daily: false, weeklyLogin: false };

/** Makes the parts that speak to the broker; nothing connects yet. */
export async function brokerParts(settings: DaemonSettings, { clock, log, messages, env = {} }: BrokerPartsDeps, teardown: Teardown): Promise<BrokerParts> {
  const { mode, clientId, stateDir, simulator: simulated } = settings;
  const simulator = simulated === undefined ? undefined : teardown.own(await embeddedSimulator(simulated, { clock, log }));
  const gateway = { host: simulator?.host ?? settings.gatewayHost, port: simulator?.port ?? settings.gatewayPort, simulated: simulator !== undefined };
  const restarts = settings.restarts ?? (gateway.simulated ? NO_RESTARTS : USUAL_RESTARTS);
  const connection = teardown.own(
    new ConnectionManager({
      host: gateway.host, port: gateway.port, clientId, paperTrading: mode === 'paper', useGateway: settings.useGateway, requestTimeoutMs: settings.requestTimeoutMs,
      rate: { perSecond: settings.maxRequestsPerSecond }, restartWindows: restartWindowsOf(restarts), clock, logger: log,
    }),
  );
  logDegradation(connection, log);
  if (messages !== undefined) {
    connection.onMessage(messages.received);
    connection.onSent(messages.sent);
  }
  const isInDoubt = (): boolean => trading.orders().some(({ status }) => status === 'unknown' || status === 'sending');
  const gatewayProcess = settings.gatewayProcess === undefined || gateway.simulated ? undefined : teardown.own(gatewayPart({
    settings, gatewayProcess: settings.gatewayProcess, restarts, env, clock,
    gatewayNow: () => connection.serverNow(),
    mayRestart: () => (isInDoubt() ? 'the outcome of an order is unknown' : true),
  }));
  const watchdog = teardown.own(watchPart({
    connection, log, settings: settings.watchdog,
    gateway: settings.gatewayProcess?.driver === 'external' ? undefined : gatewayProcess,
    // One that somebody stopped stays stopped, and one that starts or waits for a person is left to that.
    mayRestart: () => !isInDoubt() && ['ready', 'apiDown'].includes(gatewayProcess?.status().phase ?? ''),
  }));
  const lines = new LineBudget({ clock, lines: settings.marketDataLines });
  const marketData = teardown.own(new MarketData({ connection, lineBudget: lines }));
  const place = { stateDirectory: stateDir, host: gateway.host, port: gateway.port, clientId };
  const passing = gateway.simulated ? teardown.own(await PassingDirectory.make()) : undefined;
  const sqlite = teardown.own(await sqliteJournal({ clock, directory: passing?.path ?? journalDirectory(place), neighbours: () => (passing === undefined ? journalNeighbours(place) : []) }));
  const journal = watchedJournal(sqlite);
  const trading = teardown.own(
    new Trading({
      connection, marketData, mode, journal, coordinator: sqlite.coordinator, allowLive: settings.allowLive, accounts: settings.allowedAccounts, readOnly: settings.readOnly,
      limits: settings.limits, priceBand: settings.priceBand,
      onListenerError: (error, type) => {
        log.error({ type }, `a listener of orders threw: ${error instanceof Error ? error.message : String(error)}`);
      },
    }),
  );
  return { gateway, simulator, connection, gatewayProcess, watchdog, lines, marketData, journal, sqlite, trading };
}

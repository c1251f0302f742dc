import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncApiDocument, openApiDocument } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { Alarms } from '@ibkit/core-connection';
import type { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { GatewayProcess } from '@ibkit/gateway-process';
import type { Trading } from '@ibkit/gateway-trading';
import type { MessageLog } from '@ibkit/logger';
import type { MarketData } from '@ibkit/market-data';
import { createOperations } from '@ibkit/operations';
import type { LocalOperations } from '@ibkit/operations';
import { OptionsFlowClient } from '@ibkit/options-flow';
import { Recorder, describeRecording } from '@ibkit/recording';
import type { Simulator } from '@ibkit/simulator';
import { operationsFor } from '../callers/operations-for.js';
import { Access } from '../http/access.js';
import { ApiServer } from '../http/api-server.js';
import type { DocumentRoute } from '../http/api-server.js';
import { resolveHttpLimits } from '../http/limits.js';
import { checkTls } from '../http/server-tls.js';
import { staticFiles } from '../http/static-files.js';
import type { DaemonLogger } from '../log.js';
import { Metrics } from '../metrics/metrics.js';
import { fittingConnections } from '../process/open-files.js';
import { addressList } from '../settings/listen-address.js';
import type { DaemonSettings } from '../settings/settings.js';
import { streamPart } from '../stream/stream-part.js';
import type { StreamHub } from '../stream/stream-hub.js';
import type { StreamStats } from '../metrics/stream-metrics.js';
import { takeOwnerLock } from '../state/owner-lock.js';
import { Quotas } from '../tokens/quotas.js';
import { TicketBook } from '../tokens/tickets.js';
import { TokenStore } from '../tokens/token-store.js';
import { VERSION } from '../version.js';
import { alarmSinks, watchAll } from './alarm-parts.js';
import { brokerParts } from './broker-parts.js';
import { drained } from './drain.js';
import { keepConnected } from './keep-connected.js';
import { PinnedSymbols } from './pinned-symbols.js';
import { resumeRecordings } from './resume-recordings.js';
import { Teardown } from './teardown.js';
import { TlsPart, readTls, tlsFileState } from './tls-part.js';
import { startWatch } from './watch-part.js';

/** What the daemon is given. */
export interface DaemonDeps {
  readonly clock: Clock;
  readonly log: DaemonLogger;
  /** Notes every message to and from the gateway; `messageLog` of `@ibkit/logger` makes one. @defaultValue none */
  readonly messages?: MessageLog | undefined;
  /** How many files the process may have open at once. @defaultValue as many as it likes */
  readonly openFiles?: number | undefined;
  /** The environment that a gateway process is started with. @defaultValue empty */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
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
  readonly operations: LocalOperations;
  readonly gatewayProcess: GatewayProcess | undefined;
  readonly tokens: TokenStore;
  readonly server: ApiServer;
  /** Reads again what can be read without a restart: the files of TLS. @returns whether what they hold is in use; true without TLS */
  readonly reload: () => Promise<boolean>;
  /** Takes nothing new, lets what runs come to its end, closes every part in reverse order. Idempotent. */
  readonly close: () => Promise<void>;
}

/** Where the dashboard is built to: beside the program. */
const DASHBOARD = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dashboard');

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

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

async function openParts(settings: DaemonSettings, deps: DaemonDeps, { teardown, signal }: { readonly teardown: Teardown; readonly signal: AbortSignal }): Promise<Omit<Assembly, 'close'>> {
  const { clock, log } = deps;
  const startedAtMs = clock.monotonic();
  const tlsState = settings.tls === undefined ? '' : await tlsFileState(settings.tls);
  const tls = settings.tls === undefined ? undefined : await readTls(settings.tls);
  for (const warning of settings.warnings) log.warn({}, `configuration: ${warning}`);
  teardown.own(await takeOwnerLock({
    stateDir: settings.stateDir, clock,
    onLost: () => {
      log.error({ code: 'IBKR_STATE_DIR_IN_USE' }, `the lock of the state directory ${settings.stateDir} is gone, or another daemon took it: stop one of them`);
    },
  }));
  const tokens = teardown.own(await TokenStore.open({
    stateDir: settings.stateDir, clock,
    onFailure: (error) => {
      log.error({}, `the token store cannot be written: ${errorText(error)}`);
    },
  }));
  const broker = await brokerParts(settings, deps, teardown);
  const { connection, watchdog, marketData, trading, lines, gateway, gatewayProcess, simulator } = broker;
  const alarms = teardown.own(new Alarms({ sinks: alarmSinks(settings.alarms, clock, log), clock, logger: log }));
  teardown.own(watchAll(alarms, broker));
  const inFlight = (): number => trading.orders().filter(({ status }) => status === 'staged' || status === 'sending').length;
  const flow = settings.flow === undefined ? undefined : new OptionsFlowClient({ ...settings.flow, clock });
  const operations = teardown.own(createOperations({
    connection, marketData, trading, mode: settings.mode, version: VERSION, simulated: gateway.simulated, gateway: gatewayProcess, flow,
    audit: broker.sqlite, previewBandPercent: settings.previewBandPercent,
    recordings: { directory: settings.recordingsDir, open: (options) => Recorder.open(options), describe: (directory) => describeRecording(directory) },
  }));
  const quotas = new Quotas({ clock, settings: settings.quotas });
  const tickets = new TicketBook({ clock, callerOf: (id) => tokens.byId(id) });
  const access = new Access({ tokens, quotas, hosts: settings.allowedHosts, anonymousPerMinute: resolveHttpLimits(settings.http).anonymousPerMinute });
  await trading.start();
  const stream = teardown.own(streamPart({
    connection, marketData, trading, gateway: gatewayProcess, journal: broker.journal, risk: () => operations.risk({}), clock, version: VERSION, access, tokens, tickets, quotas,
    onListenerError: (error) => {
      log.error({}, `a listener of a topic threw: ${errorText(error)}`);
    },
  }));
  teardown.own(new PinnedSymbols({ symbols: settings.symbols, marketData, clock, log }));

  const metrics = teardown.own(new Metrics({ clock, connection, watchdog, trading, marketData, lines, alarms, quotas, followedQuotes: () => operations.followedQuotes, http: () => server.connections, stream: () => streamStats(stream.hub) }));
  const documents: readonly DocumentRoute[] = [
    { path: '/metrics', scope: 'read', accounts: 'refused', read: () => metrics.read() },
    { path: '/openapi.json', scope: 'read', accounts: 'none', read: () => Promise.resolve({ contentType: 'application/json', text: JSON.stringify(openApiDocument({ version: VERSION, url })) }) },
    { path: '/asyncapi.json', scope: 'read', accounts: 'none', read: () => Promise.resolve({ contentType: 'application/json', text: JSON.stringify(asyncApiDocument({ version: VERSION, url })) }) },
  ];
  const parts = { clock, version: VERSION, startedAtMs, tokens, tickets, broker: operations, quotas, connections: () => stream.hub.clients() };
  const { connections } = resolveHttpLimits(settings.http);
  const fitting = fittingConnections(connections, deps.openFiles);
  if (fitting < connections) log.warn({ openFiles: deps.openFiles, connections: fitting }, `the system allows this process ${deps.openFiles ?? 0} open files, so there is room for ${fitting} connections of callers instead of ${connections}: raise the limit (ulimit -n, LimitNOFILE=)`);
  const server = new ApiServer({
    clock, access, quotas, documents, tls,
    operations: (caller, origin) => operationsFor(parts, caller, origin),
    pages: await staticFiles(DASHBOARD),
    limits: { ...settings.http, connections: fitting },
    addresses: addressList(settings.allowedAddresses),
    onAnswer: (route, status, durationMs) => {
      metrics.answered(route, status, durationMs);
    },
    onFailure: (error, route) => {
      log.error({ route, code: isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED' }, `a request failed: ${errorText(error)}`);
    },
  });
  teardown.own({
    async close() {
      server.drain();
      const left = await drained({ clock, deadlineMs: settings.drainMs, running: () => server.running, inFlight });
      if (left.running + left.inFlight > 0) log.warn(left, 'stopped while something was still running; what is written down is looked for at the next start');
      // Streams keep the server open: they are told why they end.
      await stream.close();
      await server.close();
    },
  });
  stream.attach(server.server, (socket) => {
    server.trust(socket);
  });
  const tlsPart = settings.tls === undefined || tls === undefined ? undefined : teardown.own(new TlsPart({ clock, log, alarms, files: settings.tls, facts: checkTls(tls), renew: (renewed) => server.renewTls(renewed) }));
  await tlsPart?.begin(tlsState);
  const url = await server.listen('unix' in settings.listen ? { unix: settings.listen.unix } : settings.listen);
  void keepConnected({ clock, connection, log, signal });
  if (!gateway.simulated) void resumeRecordings({ clock, connection, operations, log, signal });
  // A gateway that the daemon runs is started by the watch.
  startWatch(watchdog, log);
  if (gatewayProcess !== undefined && settings.gatewayProcess?.driver === 'external') lookAtGateway(gatewayProcess, { log, signal });
  const reload = (): Promise<boolean> => {
    if (tlsPart === undefined) log.info({}, 'asked to read the certificates again, and there are none');
    return tlsPart?.reload() ?? Promise.resolve(true);
  };
  return { reload, url, tokenFile: tokens.tokenFile, gateway, simulator, connection, marketData, trading, operations, gatewayProcess, tokens, server };
}

function streamStats(hub: StreamHub): StreamStats {
  const { connections, subscriptions, bufferedBytes, sentFrames, sentBytes, conflated, cut } = hub.stats();
  return { clients: connections, subscriptions, bufferedBytes, sentFrames, sentBytes, conflated, cut };
}

function lookAtGateway(gatewayProcess: GatewayProcess, { log, signal }: { readonly log: DaemonLogger; readonly signal: AbortSignal }): void {
  gatewayProcess.open().catch((error: unknown) => {
    if (!signal.aborted) log.error({ code: isIbkrError(error) ? error.code : undefined }, `the gateway cannot be watched: ${errorText(error)}`);
  });
}

import type { CircuitBreakerState } from './circuit/circuit-breaker.js';
import type { HealthReport } from './inbound/health.js';
import type { InboundHub } from './inbound/inbound-hub.js';
import { publicState } from './lifecycle/connection-machine.js';
import type { ConnectionState } from './lifecycle/connection-machine.js';
import type { ConnectionShell } from './lifecycle/connection-shell.js';
import type { ResolvedConnectionOptions } from './options.js';
import type { RestartOutlook } from './restart/restart-watch.js';

/** A snapshot of a connection for people and dashboards. Account ids in it are meant for the answer, not for logs. */
export interface ConnectionStatus {
  readonly state: ConnectionState;
  readonly connected: boolean;
  readonly host: string;
  /** The present one: after 1300 the one that the gateway moved to. */
  readonly port: number;
  readonly clientId: number;
  readonly paperTrading: boolean;
  readonly useGateway: boolean;
  /** How long the present session has been ready, 0 without one. */
  readonly uptimeMs: number;
  readonly uptimeSeconds: number;
  /** When the present session became ready, epoch milliseconds. */
  readonly connectedAtMs: number | undefined;
  /** Sessions that were made ready after a loss. */
  readonly reconnectCount: number;
  readonly accounts: readonly string[];
  readonly serverVersion: number | undefined;
  /** The gateway's own text of when and in which zone it saw us connect. */
  readonly serverConnectionTime: string | undefined;
  readonly epoch: number;
  readonly health: HealthReport;
  /** Gateway time minus our time in milliseconds, once learned. */
  readonly serverOffsetMs: number | undefined;
  /** When the next attempt starts, epoch milliseconds, while one is waited for. */
  readonly nextAttemptAtMs: number | undefined;
  /** Where we stand in the calendar of restarts. */
  readonly restart: RestartOutlook;
  /** The circuit breaker's state; absent without one. */
  readonly circuit: CircuitBreakerState | undefined;
  /** Why the last session or attempt ended. */
  readonly lastError: { readonly code: string; readonly message: string; readonly atMs: number } | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Frames that the codec could not read, over all sessions. */
  readonly undecodableFrames: number;
  readonly pendingRequests: number;
  readonly subscriptions: number;
  /** Messages that wait in the rate limiter. */
  readonly queuedMessages: number;
}

/** What a status is put together from. */
export interface StatusFacts extends Pick<ConnectionStatus, 'health' | 'restart' | 'connectedAtMs' | 'undecodableFrames' | 'pendingRequests' | 'subscriptions' | 'queuedMessages'> {
  readonly options: ResolvedConnectionOptions;
  readonly shell: ConnectionShell;
  readonly inbound: InboundHub;
}

/** Puts a {@link ConnectionStatus} together. */
export function statusOf({ options, shell, inbound, connectedAtMs, ...known }: StatusFacts): ConnectionStatus {
  const { host, clientId, paperTrading, useGateway, circuit, clock } = options;
  const { state, session, readySession: ready, lastFailure } = shell;
  const uptimeMs = state.status === 'ready' ? clock.monotonic() - state.readyAtMs : 0;
  return {
    state: publicState(state),
    connected: state.status === 'ready',
    host,
    port: shell.port,
    clientId,
    paperTrading,
    useGateway,
    uptimeMs,
    uptimeSeconds: uptimeMs / 1000,
    connectedAtMs: ready === undefined ? undefined : connectedAtMs,
    reconnectCount: shell.reconnectCount,
    accounts: inbound.accounts,
    serverVersion: ready?.serverVersion,
    serverConnectionTime: ready?.connectionTime,
    epoch: state.epoch,
    serverOffsetMs: inbound.serverClock.offsetMs,
    nextAttemptAtMs: shell.nextAttemptAtMs,
    circuit: circuit?.state,
    lastError: lastFailure === undefined ? undefined : { code: lastFailure.error.code, message: lastFailure.error.message, atMs: lastFailure.atMs },
    bytesIn: session?.bytesIn ?? 0,
    bytesOut: session?.bytesOut ?? 0,
    ...known,
  };
}

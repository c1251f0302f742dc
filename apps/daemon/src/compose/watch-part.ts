import { Watchdog } from '@ibkit/core-connection';
import type { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { GatewayProcess } from '@ibkit/gateway-process';
import type { DaemonLogger } from '../log.js';
import type { WatchdogSettings } from '../settings/settings.js';

/** What {@link watchPart} is made from. */
export interface WatchPartOptions {
  readonly connection: ConnectionManager;
  readonly settings: WatchdogSettings;
  /** A gateway that the daemon starts; absent when somebody else does. */
  readonly gateway?: Pick<GatewayProcess, 'start' | 'stop' | 'restart'> | undefined;
  /** Whether it may be restarted now. */
  readonly mayRestart: () => boolean;
  readonly log: DaemonLogger;
}

/**
 * The watch over the link, which is not begun yet. It begins again by itself when a connection that it gave up comes back.
 * Streams that say nothing are not its business: market data judges them, because it knows when the markets are open.
 */
export function watchPart({ connection, settings, gateway, mayRestart, log }: WatchPartOptions): Watchdog {
  const { checkMs, downMs, restartGateway, maxRestartsPerHour } = settings;
  const watchdog = new Watchdog({
    connection,
    healthCheckIntervalMs: checkMs,
    limits: { downMs, streamsSilentMs: Number.POSITIVE_INFINITY },
    gateway: gateway === undefined ? undefined : { start: () => gateway.start(), stop: () => gateway.stop(), restart: () => gateway.restart() },
    maxGatewayRestartsPerHour: maxRestartsPerHour,
    restartGatewayOn: restartGateway ? undefined : [],
    mayRestartGateway: mayRestart,
  });
  connection.events.on('connection.established', () => {
    if (watchdog.status.gaveUp) startWatch(watchdog, log);
  });
  watchdog.events.on('watchdog.unhealthy', ({ problem: { kind, forMs, cause } }) => {
    log.warn({ kind, forMs: Math.round(forMs) }, `something is wrong for too long: ${cause}`);
  });
  watchdog.events.on('watchdog.healthy', ({ kind }) => {
    log.info({ kind }, 'a trouble is over');
  });
  watchdog.events.on('watchdog.gateway', ({ action, phase, reason, detail }) => {
    const line = `${action} of the gateway: ${phase}${detail === undefined ? '' : `, ${detail}`}`;
    if (phase === 'failed') log.error({ reason }, line);
    else log.info({ reason }, line);
  });
  connection.events.on('connection.restartWindow', ({ phase, name, kind }) => {
    log.info({ kind }, `${name}: the time in which the link may be away has ${phase === 'entered' ? 'begun' : 'ended'}`);
  });
  return watchdog;
}

/** Begins to watch. Never rejects: what goes wrong is in the log and in the alarms. */
export function startWatch(watchdog: Watchdog, log: DaemonLogger): void {
  watchdog.start().catch((error: unknown) => {
    log.error({ code: isIbkrError(error) ? error.code : undefined }, `the connection is not watched: ${error instanceof Error ? error.message : String(error)}`);
  });
}

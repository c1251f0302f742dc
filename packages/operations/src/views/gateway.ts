import type { ApiGateway } from '@ibkit/api-contract';
import type { ConnectionStatus } from '@ibkit/core-connection';
import type { GatewayPlannedEvent, GatewayPortStatus } from '../gateway/gateway-port.js';
import { known } from './known.js';

function eventView(event: GatewayPlannedEvent | undefined): ApiGateway['nextRestart'] {
  return event === undefined ? undefined : { kind: event.kind, atMs: event.fromMs };
}

/** The process of a gateway that is looked after here. */
export function gatewayView(status: GatewayPortStatus): ApiGateway {
  const { phase, sinceMs, cause, driver, host, port, pid, startedAtMs, serverVersion, deadlineMs, lockOut, retryAtMs, failedLogins, restartsLastHour } = status;
  return known({
    managed: driver !== 'external', phase, sinceMs, cause, driver, host, port, pid, startedAtMs, serverVersion, deadlineMs, lockOut, retryAtMs, failedLogins, restartsLastHour,
    nextRestart: eventView(status.nextRestart),
    nextLogin: eventView(status.nextLogin),
  }); // prettier-ignore
}

/** A gateway that somebody else looks after: as much of it as the connection knows. */
export function externalGatewayView({ host, port, serverVersion, health, connected }: Pick<ConnectionStatus, 'host' | 'port' | 'serverVersion' | 'health' | 'connected'>): ApiGateway {
  const { sinceMs, cause } = health.layers.api;
  return known({ managed: false, phase: 'external' as const, sinceMs, cause, driver: 'external', host, port, serverVersion: connected ? serverVersion : undefined, failedLogins: 0, restartsLastHour: 0 });
}

import type { ApiStatus } from '@ibkit/api-contract';
import type { ConnectionManager } from '@ibkit/core-connection';
import { healthView } from '../views/health.js';
import { known } from '../views/known.js';

/** What is asked how it is, and what is known of the program around it. */
export interface ConnectionStatusOptions {
  readonly connection: Pick<ConnectionManager, 'getStatus' | 'pacingStats' | 'serverNow' | 'silentMs'>;
  /** How many market data lines are open. @defaultValue 0 */
  readonly openLines?: number | undefined;
  /** What the accounts of the connection must be. */
  readonly mode: 'paper' | 'live';
  /** Of the program. */
  readonly version: string;
  /** Whether the gateway is an embedded simulator. */
  readonly simulated: boolean;
  /** How long the program runs, milliseconds. */
  readonly uptimeMs: number;
}

/** How a connection is, as the `status` operation answers it: for programs that ask nothing else, and load neither market data nor orders. */
export function connectionStatus({ connection, openLines = 0, mode, version, simulated, uptimeMs }: ConnectionStatusOptions): ApiStatus {
  const status = connection.getStatus();
  const { queued, headroom, perSecond } = connection.pacingStats();
  return {
    version,
    uptimeMs: Math.round(uptimeMs),
    simulated,
    connection: known<ApiStatus['connection']>({
      state: status.state,
      host: status.host,
      port: status.port,
      clientId: status.clientId,
      mode,
      serverVersion: status.serverVersion,
      connectedForMs: status.connected ? Math.round(status.uptimeMs) : undefined,
      reconnectCount: status.reconnectCount,
      serverTimeMs: status.serverOffsetMs === undefined ? undefined : connection.serverNow(),
      accounts: [...status.accounts],
    }),
    health: healthView(status.health),
    usage: known({
      openLines,
      pendingRequests: status.pendingRequests,
      waitingMessages: Object.values(queued).reduce((sum, count) => sum + count, 0),
      messageHeadroom: Math.floor(headroom.bulk),
      messagesPerSecond: perSecond,
      inboundAgeMs: connection.silentMs,
    }),
  };
}

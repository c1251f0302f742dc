import type { ConnectionOptions } from '../options.js';
import { DEFAULT_RECONNECT_DELAYS } from './reconnect-delays.js';
import type { ReconnectDelays } from './reconnect-delays.js';
import type { ConnectOptions } from './connect-options.js';

/** The part of a configuration that is about the connection, as `Config` of `@ibkit/config` has it. */
export interface ConnectionConfig {
  readonly host: string;
  readonly port?: number | undefined;
  readonly clientId: number;
  readonly paperTrading: boolean;
  readonly useGateway: boolean;
  readonly autoReconnect: boolean;
  /** Milliseconds. */
  readonly requestTimeoutMs: number;
  readonly maxRequestsPerSecond: number;
  /** How long `connect` may take, in milliseconds. */
  readonly connectionTimeoutMs: number;
  /** Attempts of `connect` after the first one that failed. */
  readonly maxRetries: number;
  /** The first wait between attempts, in milliseconds. */
  readonly retryDelayMs: number;
  /** `default` for a value that nobody gave. */
  sourceOf(key: 'retryDelayMs'): string;
}

function delaysOf(retryDelayMs: number): ReconnectDelays {
  const { maxMs, refusedThenMs } = DEFAULT_RECONNECT_DELAYS;
  const initialMs = Math.max(1, retryDelayMs);
  return { initialMs, maxMs: Math.max(maxMs, initialMs), refusedMs: initialMs, refusedThenMs: Math.max(refusedThenMs, initialMs) };
}

/**
 * The options that a configuration asks for: `new ConnectionManager(connectionOptions(config))`. Its message rate is rounded down to whole messages, at
 * least one; `retryDelayMs` takes the place of the first waits, that of a refusing port included, when somebody gave it.
 */
export function connectionOptions(config: ConnectionConfig): ConnectionOptions {
  const { host, port, clientId, paperTrading, useGateway, autoReconnect, requestTimeoutMs, maxRequestsPerSecond, retryDelayMs } = config;
  return {
    host, port, clientId, paperTrading, useGateway, autoReconnect, requestTimeoutMs,
    rate: { perSecond: Math.max(1, Math.floor(maxRequestsPerSecond)) },
    ...(config.sourceOf('retryDelayMs') === 'default' ? {} : { reconnect: delaysOf(retryDelayMs) }),
  };
}

/** How a configuration wants `connect` to try: `connection.connect(connectOptions(config))`. */
export function connectOptions({ connectionTimeoutMs, maxRetries }: Pick<ConnectionConfig, 'connectionTimeoutMs' | 'maxRetries'>): ConnectOptions {
  return { timeoutMs: connectionTimeoutMs, retryCount: maxRetries };
}

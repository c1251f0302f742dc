import type { Config } from '@ibkit/config';
import type { ConnectionOptions } from '@ibkit/core-connection';

/** What the configuration says about connections, beside where the gateway is. */
export interface ConfiguredConnection {
  readonly options: Pick<ConnectionOptions, 'rate' | 'requestTimeoutMs' | 'reconnect'>;
  /** Attempts after the first one that failed. */
  readonly retryCount: number;
  /** Whether a lost connection may be made again at all. */
  readonly autoReconnect: boolean;
}

/** After the first minute of a port that refuses it is asked at most so often, as by default, in milliseconds. */
const REFUSED_THEN_MS = 2000;
/** The largest wait by default, in milliseconds. */
const LARGEST_WAIT_MS = 60_000;

function reconnectOf(retryDelayMs: number): ConnectionOptions['reconnect'] {
  const initialMs = Math.max(1, retryDelayMs);
  return { initialMs, maxMs: Math.max(LARGEST_WAIT_MS, initialMs), refusedMs: initialMs, refusedThenMs: Math.max(REFUSED_THEN_MS, initialMs) };
}

/**
 * The values of the configuration as options of a connection. A command tries once, and waits by the usual table, unless somebody said `max_retries` or
 * `retry_delay`: it has an answer to give within `--timeout`.
 */
export function configuredConnection(config: Config): ConfiguredConnection {
  const isSaid = (key: 'maxRetries' | 'retryDelayMs' | 'requestTimeoutMs'): boolean => config.sourceOf(key) !== 'default';
  return {
    options: {
      // The limiter counts whole messages.
      rate: { perSecond: Math.max(1, Math.floor(config.maxRequestsPerSecond)) },
      ...(isSaid('requestTimeoutMs') ? { requestTimeoutMs: config.requestTimeoutMs } : {}),
      ...(isSaid('retryDelayMs') ? { reconnect: reconnectOf(config.retryDelayMs) } : {}),
    },
    retryCount: isSaid('maxRetries') ? config.maxRetries : 0,
    autoReconnect: config.autoReconnect,
  };
}

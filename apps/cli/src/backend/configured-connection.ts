import type { Config } from '@ibkit/config';
import { connectionOptions } from '@ibkit/core-connection';
import type { ConnectionOptions } from '@ibkit/core-connection';

/** What the configuration says about connections, beside where the gateway is. */
export interface ConfiguredConnection {
  readonly options: Pick<ConnectionOptions, 'rate' | 'requestTimeoutMs' | 'reconnect'>;
  /** Attempts after the first one that failed. */
  readonly retryCount: number;
  /** Whether a lost connection may be made again at all. */
  readonly autoReconnect: boolean;
}

/**
 * The values of the configuration as options of a connection. A command tries once unless somebody said `max_retries`: it has an answer to give within
 * `--timeout`.
 */
export function configuredConnection(config: Config): ConfiguredConnection {
  const { rate, requestTimeoutMs, reconnect } = connectionOptions(config);
  return { options: { rate, requestTimeoutMs, reconnect }, retryCount: config.sourceOf('maxRetries') === 'default' ? 0 : config.maxRetries, autoReconnect: config.autoReconnect };
}

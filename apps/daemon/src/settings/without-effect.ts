import type { Config, ConfigKey } from '@ibkit/config';

/** Values of every ibkit program that this one does not take, under the names of the configuration, and what it does instead. */
const UNUSED = [
  ['autoReconnect', 'auto_reconnect', 'it always comes back'],
  ['connectionTimeoutMs', 'connection_timeout', 'it tries until it is connected'],
  ['maxRetries', 'max_retries', 'it tries until it is connected'],
  ['retryDelayMs', 'retry_delay', 'its waits between attempts are fixed'],
  ['accountId', 'account_id', 'allowed_accounts says what may be traded'],
  ['logAccounts', 'log_accounts', 'it always masks accounts'],
  ['gatewayPath', 'gateway_path', 'the section gateway-process says how the gateway is started'],
] as const satisfies readonly (readonly [ConfigKey, string, string])[];

/** A sentence for every value that was set and changes nothing: nobody shall rely on it. */
export function withoutEffect(config: Pick<Config, 'sourceOf'>): readonly string[] {
  return UNUSED.filter(([key]) => config.sourceOf(key) !== 'default').map(([, name, instead]) => `${name} changes nothing for ibkitd: ${instead}`);
}

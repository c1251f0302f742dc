import { readDuration, readFlag, readLevel, readList, readNumber, readText, readWhole, readWord } from './read-text.js';
import type { Reader } from './read-text.js';
import { isLivePort } from './values.js';
import type { ConfigKey } from './values.js';

/** One spelling under which a value can be given. */
export interface KeyName {
  readonly key: ConfigKey;
  readonly read: Reader;
}

/** How one value is named in files, variables and flags. */
export interface KeySpec {
  readonly key: ConfigKey;
  /** Its section in a file. */
  readonly section: string;
  /** Its name there, in snake case. */
  readonly name: string;
  readonly read: Reader;
  /** Variables besides `IBKIT_<NAME>`, which wins over them. */
  readonly variables?: readonly string[] | undefined;
  /** Whether problems and printed configurations hide the value. */
  readonly hidden?: boolean | undefined;
  /** Whether a value must not come from a `.env` file: it may lie in a directory that somebody else filled. */
  readonly refusedInDotenv?: ((value: unknown) => boolean) | undefined;
}

const always = (): boolean => true;

const connection = (key: ConfigKey, name: string, read: Reader, extra: Partial<KeySpec> = {}): KeySpec => ({ key, section: 'connection', name, read, ...extra });
const account = (key: ConfigKey, name: string, read: Reader, extra: Partial<KeySpec> = {}): KeySpec => ({ key, section: 'account', name, read, ...extra });
const logging = (key: ConfigKey, name: string, read: Reader): KeySpec => ({ key, section: 'logging', name, read });

/** Every value, in the order in which files are written. */
export const KEYS: readonly KeySpec[] = [
  connection('host', 'host', readText, { variables: ['IB_HOST'] }),
  connection('port', 'port', readWhole, { variables: ['IB_PORT'], refusedInDotenv: (value) => typeof value === 'number' && isLivePort(value) }),
  connection('clientId', 'client_id', readWhole, { variables: ['IB_CLIENT_ID'] }),
  connection('tradingMode', 'trading_mode', readWord, { refusedInDotenv: (value) => value !== 'paper' }),
  connection('application', 'application', readWord),
  connection('autoReconnect', 'auto_reconnect', readFlag),
  connection('connectionTimeoutMs', 'connection_timeout', readDuration),
  connection('requestTimeoutMs', 'request_timeout', readDuration),
  connection('maxRetries', 'max_retries', readWhole),
  connection('retryDelayMs', 'retry_delay', readDuration),
  connection('maxRequestsPerSecond', 'max_requests_per_second', readNumber),
  account('accountId', 'account_id', readText, { hidden: true, refusedInDotenv: always }),
  account('allowedAccounts', 'allowed_accounts', readList, { hidden: true, refusedInDotenv: always }),
  logging('logLevel', 'log_level', readLevel),
  logging('logFormat', 'log_format', readWord),
  logging('logFile', 'log_file', readText),
  logging('logFileMaxBytes', 'log_file_max_bytes', readWhole),
  logging('logFileCount', 'log_file_count', readWhole),
  logging('logFileRotateAfterMs', 'log_file_rotate_after', readDuration),
  logging('logFileKeepForMs', 'log_file_keep_for', readDuration),
  logging('logAccounts', 'log_accounts', readFlag),
  logging('logOrders', 'log_orders', readFlag),
  logging('logAllMessages', 'log_all_messages', readFlag),
  { key: 'gatewayPath', section: 'gateway', name: 'gateway_path', read: readText, refusedInDotenv: always },
];

/** A yes or no that stands for one of two words; anything else goes on to be refused. */
const choice =
  (whenTrue: string, whenFalse: string): Reader =>
  (raw) => {
    const value = readFlag(raw);
    if (value === true) return whenTrue;
    return value === false ? whenFalse : value;
  };

/** Other spellings that people know: of the original tools, and in milliseconds. */
const ALIASES: ReadonlyMap<string, KeyName> = new Map<string, KeyName>([
  ['paper_trading', { key: 'tradingMode', read: choice('paper', 'live') }],
  ['paper', { key: 'tradingMode', read: choice('paper', 'live') }],
  ['live', { key: 'tradingMode', read: choice('live', 'paper') }],
  ['use_gateway', { key: 'application', read: choice('gateway', 'tws') }],
  ['gateway', { key: 'application', read: choice('gateway', 'tws') }],
  ['tws', { key: 'application', read: choice('tws', 'gateway') }],
  ['connection_timeout_ms', { key: 'connectionTimeoutMs', read: readNumber }],
  ['request_timeout_ms', { key: 'requestTimeoutMs', read: readNumber }],
  ['retry_delay_ms', { key: 'retryDelayMs', read: readNumber }],
]);

const BY_NAME: ReadonlyMap<string, KeyName> = new Map<string, KeyName>([...KEYS.map((spec): [string, KeyName] => [spec.name, spec]), ...ALIASES]);
const BY_KEY: ReadonlyMap<ConfigKey, KeySpec> = new Map(KEYS.map((spec) => [spec.key, spec]));

/** The sections that belong to ibkit; every other one is the user's own. */
export const OWN_SECTIONS: ReadonlySet<string> = new Set(KEYS.map(({ section }) => section));

/** `clientId`, `client-id` and `CLIENT_ID` are all `client_id`. */
export function snakeCase(name: string): string {
  return name
    .trim()
    .replace(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .replace(/[-\s]+/gu, '_')
    .toLowerCase();
}

/** What a name in a file, a flag or the rest of a variable stands for. */
export function keyNamed(name: string): KeyName | undefined {
  return BY_NAME.get(snakeCase(name));
}

/** How a value is named. */
export function specOf(key: ConfigKey): KeySpec {
  const spec = BY_KEY.get(key);
  if (spec === undefined) throw new Error(`There is no configuration key ${key}`);
  return spec;
}

/** The section and name of a value, for messages: `connection.port`. */
export function pathOf(key: ConfigKey): string {
  const { section, name } = specOf(key);
  return `${section}.${name}`;
}

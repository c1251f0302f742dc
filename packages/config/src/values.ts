/** Paper money or real money. */
export type TradingMode = 'paper' | 'live';

/** Which program of the broker listens on the other side. */
export type BrokerApplication = 'gateway' | 'tws';

/** From everything to nothing. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** `auto` is pretty on a terminal and JSON lines elsewhere. */
export type LogFormat = 'auto' | 'json' | 'pretty';

/** Every value that ibkit's own parts read, as an object to build on. */
export class ConfiguredValues {
  /** Where TWS or IB Gateway listens. @defaultValue '127.0.0.1' */
  readonly host: string;
  /** Its API port, 1 to 65535; absent: the usual one of application and mode. */
  readonly port?: number | undefined;
  /** The id of the order role, 0 to 2147483647. @defaultValue 1 */
  readonly clientId: number;
  /** @defaultValue 'paper' */
  readonly tradingMode: TradingMode;
  /** @defaultValue 'gateway' */
  readonly application: BrokerApplication;
  /** Whether a lost connection is opened again. @defaultValue true */
  readonly autoReconnect: boolean;
  /** How long one attempt to connect may take, in milliseconds. @defaultValue 30000 */
  readonly connectionTimeoutMs: number;
  /** How long a request may wait for its answer, in milliseconds. @defaultValue 60000 */
  readonly requestTimeoutMs: number;
  /** How often a failed attempt is repeated, 0 to 1000. @defaultValue 3 */
  readonly maxRetries: number;
  /** The first pause between attempts, in milliseconds. @defaultValue 1000 */
  readonly retryDelayMs: number;
  /** Messages per second to the gateway, above 0 and at most 1000. @defaultValue 45, below the broker's usual 50 */
  readonly maxRequestsPerSecond: number;
  /** The account to use when the login has several. */
  readonly accountId?: string | undefined;
  /** The only accounts that orders may name; empty: no list. @defaultValue [] */
  readonly allowedAccounts: readonly string[];
  /** @defaultValue 'info' */
  readonly logLevel: LogLevel;
  /** @defaultValue 'auto' */
  readonly logFormat: LogFormat;
  /** A file for log lines, rotated by size and age. */
  readonly logFile?: string | undefined;
  /** The size at which the log file is rotated, in bytes, at least 1024. @defaultValue 10485760 */
  readonly logFileMaxBytes: number;
  /** How many old log files are kept, 0 to 1000. @defaultValue 5 */
  readonly logFileCount: number;
  /** The age at which the log file is rotated, in milliseconds, at least 1000; absent: no limit. */
  readonly logFileRotateAfterMs?: number | undefined;
  /** How long old log files are kept, in milliseconds, at least 1000; absent: no limit. */
  readonly logFileKeepForMs?: number | undefined;
  /** Whether logs show account ids in full. @defaultValue false */
  readonly logAccounts: boolean;
  /** Whether logs show the contents of orders. @defaultValue false */
  readonly logOrders: boolean;
  /** Whether every message to and from the gateway is logged. @defaultValue false */
  readonly logAllMessages: boolean;
  /** Where IB Gateway is installed, for starting it. */
  readonly gatewayPath?: string | undefined;

  constructor(values: ConfigValues) {
    this.host = values.host;
    this.port = values.port;
    this.clientId = values.clientId;
    this.tradingMode = values.tradingMode;
    this.application = values.application;
    this.autoReconnect = values.autoReconnect;
    this.connectionTimeoutMs = values.connectionTimeoutMs;
    this.requestTimeoutMs = values.requestTimeoutMs;
    this.maxRetries = values.maxRetries;
    this.retryDelayMs = values.retryDelayMs;
    this.maxRequestsPerSecond = values.maxRequestsPerSecond;
    this.accountId = values.accountId;
    this.allowedAccounts = values.allowedAccounts;
    this.logLevel = values.logLevel;
    this.logFormat = values.logFormat;
    this.logFile = values.logFile;
    this.logFileMaxBytes = values.logFileMaxBytes;
    this.logFileCount = values.logFileCount;
    this.logFileRotateAfterMs = values.logFileRotateAfterMs;
    this.logFileKeepForMs = values.logFileKeepForMs;
    this.logAccounts = values.logAccounts;
    this.logOrders = values.logOrders;
    this.logAllMessages = values.logAllMessages;
    this.gatewayPath = values.gatewayPath;
  }
}

/** Every value that ibkit's own parts read. */
export type ConfigValues = Pick<ConfiguredValues, keyof ConfiguredValues>;

/** The name of a value. */
export type ConfigKey = keyof ConfigValues;

/** The values when nothing is configured. */
export const DEFAULT_CONFIG: ConfigValues = Object.freeze({
  host: '127.0.0.1',
  clientId: 1,
  tradingMode: 'paper',
  application: 'gateway',
  autoReconnect: true,
  connectionTimeoutMs: 30_000,
  requestTimeoutMs: 60_000,
  maxRetries: 3,
  retryDelayMs: 1000,
  maxRequestsPerSecond: 45,
  allowedAccounts: Object.freeze([]),
  logLevel: 'info',
  logFormat: 'auto',
  logFileMaxBytes: 10_485_760,
  logFileCount: 5,
  logAccounts: false,
  logOrders: false,
  logAllMessages: false,
});

/** The ports that a fresh TWS or IB Gateway listens on. */
const DEFAULT_PORTS: Readonly<Record<BrokerApplication, Readonly<Record<TradingMode, number>>>> = {
  tws: { paper: 7497, live: 7496 },
  gateway: { paper: 4002, live: 4001 },
};

/** The usual API port: TWS 7497 paper and 7496 live, Gateway 4002 paper and 4001 live. */
export function defaultPort(application: BrokerApplication, tradingMode: TradingMode): number {
  return DEFAULT_PORTS[application][tradingMode];
}

/** Whether a port is one that a live TWS or Gateway uses by default. */
export function isLivePort(port: number): boolean {
  return port === DEFAULT_PORTS.tws.live || port === DEFAULT_PORTS.gateway.live;
}

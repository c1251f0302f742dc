import type { LogFormat, LogLevel } from '@ibkit/config';
import type { PriceBand, TradingLimits } from '@ibkit/gateway-trading';
import type { HttpLimits } from '../http/limits.js';
import type { QuotaSettings } from '../tokens/quotas.js';

/** Where the daemon listens for its own clients: a TCP address, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly unix: string };

/** The embedded simulator. */
export interface SimulatorSettings {
  /** @defaultValue that of the scenario, or 1 */
  readonly seed?: number | undefined;
  /** How much faster than real time its market goes. @defaultValue that of the scenario, or 1 */
  readonly speed?: number | undefined;
  /** Where its time begins, epoch milliseconds. @defaultValue that of the scenario, the regular open of the replayed day, or now */
  readonly startAtMs?: number | undefined;
  /** Files whose market is played again. @defaultValue a market made from the seed */
  readonly replay?: readonly string[] | undefined;
  /** A file that says what goes wrong, and when. */
  readonly scenario?: string | undefined;
}

/** How the process of the gateway is run; from the configuration file alone, never from a request. */
export type GatewayProcessSettings =
  | { readonly driver: 'external' }
  | { readonly driver: 'direct'; readonly program: string; readonly args: readonly string[] }
  | { readonly driver: 'ibc'; readonly script: string; readonly version: string; readonly credentialsFile: string; readonly twsPath?: string | undefined; readonly ibcPath?: string | undefined };

/** The days of the week as the configuration names them. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A day of the week. */
export type Weekday = (typeof WEEKDAYS)[number];

/** When the link is expected to be away: readings of a clock on the wall of `timeZone`, against the gateway's time. */
export interface RestartSettings {
  readonly timeZone: string;
  /** The minute at which TWS or IB Gateway restarts itself, `HH:MM`; `false`: it does not. */
  readonly daily: string | false;
  readonly dailyMinutes: number;
  /** When the login of the week ends and a person must log in again, in a zone of its own unless somebody said the time; `false`: nobody waits for one. */
  readonly weeklyLogin: { readonly day: Weekday; readonly at: string; readonly forMinutes: number; readonly timeZone?: string | undefined } | false;
  /** The region whose nightly server resets hold alarms back, too. */
  readonly servers: 'none' | 'north-america' | 'europe' | 'asia';
}

/** How the link is looked after. */
export interface WatchdogSettings {
  /** Between two looks at the health, milliseconds. */
  readonly checkMs: number;
  /** How long the connection may be away outside of a restart window before a gateway that the daemon runs is restarted, milliseconds. */
  readonly downMs: number;
  /** Whether a gateway that the daemon runs is restarted when nothing else helps. */
  readonly restartGateway: boolean;
  readonly maxRestartsPerHour: number;
}

/** The files of TLS, all PEM. */
export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of clients: whoever has no certificate of theirs is refused at the handshake. */
  readonly clientCaFile?: string | undefined;
}

/** Who is told about trouble, besides the log. */
export interface AlarmSettings {
  readonly webhook?: string | undefined;
  /** A program that is started with the alarm on its standard input. */
  readonly command?: string | undefined;
}

/** The options flow service. */
export interface FlowSettings {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** Everything that the daemon is told: by its configuration file, the environment and the command line. */
export interface DaemonSettings {
  readonly gatewayHost: string;
  /** Given, or by mode. */
  readonly gatewayPort: number;
  readonly clientId: number;
  readonly mode: 'paper' | 'live';
  readonly useGateway: boolean;
  readonly requestTimeoutMs: number;
  readonly maxRequestsPerSecond: number;
  /** Absent: a gateway of its own. */
  readonly simulator?: SimulatorSettings | undefined;
  readonly listen: ListenAddress;
  readonly tls?: TlsSettings | undefined;
  /** Further names that callers may use, with or without a port. */
  readonly allowedHosts: readonly string[];
  /** The only addresses that may connect, as addresses or `ADDRESS/PREFIX`; empty: all. */
  readonly allowedAddresses: readonly string[];
  readonly stateDir: string;
  /** How long a tidy end waits for orders in flight, milliseconds. */
  readonly drainMs: number;
  /** Followed from the start on, whether somebody asks or not. */
  readonly symbols: readonly string[];
  /** Lines of market data that the broker's account has. */
  readonly marketDataLines: number;
  /** The only accounts that may be traded; empty: every account of a paper session, none of a live one. */
  readonly allowedAccounts: readonly string[];
  /** Whether live orders may be sent at all, once armed. */
  readonly allowLive: boolean;
  readonly readOnly: boolean;
  readonly limits: TradingLimits;
  readonly priceBand?: PriceBand | undefined;
  /** What the market may move between preview and placement of an order without a price of its own, percent; `Infinity`: any. @defaultValue that of the operations */
  readonly previewBandPercent?: number | undefined;
  readonly http: Partial<HttpLimits>;
  readonly quotas: Partial<QuotaSettings>;
  readonly gatewayProcess?: GatewayProcessSettings | undefined;
  /** @defaultValue the usual ones with a gateway, none with the embedded simulator */
  readonly restarts?: RestartSettings | undefined;
  readonly watchdog: WatchdogSettings;
  readonly flow?: FlowSettings | undefined;
  readonly alarms: AlarmSettings;
  /** Where recordings are written. */
  readonly recordingsDir: string;
  readonly logLevel: LogLevel;
  /** How the lines on stderr look; a file always gets JSON. */
  readonly logFormat: LogFormat;
  /** Where log lines go besides stderr. */
  readonly logFile?: string | undefined;
  /** The size at which a new log file is begun, bytes. */
  readonly logFileMaxBytes: number;
  /** How many old log files are kept. */
  readonly logFileCount: number;
  /** After how long a new log file is begun, besides its size. @defaultValue no limit */
  readonly logFileRotateAfterMs?: number | undefined;
  /** How long old log files are kept, besides their number. @defaultValue no limit */
  readonly logFileKeepForMs?: number | undefined;
  /** Whether log lines show what is in orders. @defaultValue false */
  readonly logOrders?: boolean | undefined;
  /** Whether every message to and from the gateway is logged. @defaultValue false */
  readonly logAllMessages?: boolean | undefined;
  /** Machine-readable lines on stdout. */
  readonly json: boolean;
  /** Stop when the standard input ends: for parents that must not leave a daemon behind, however they end. */
  readonly stopWithInput: boolean;
  /** What the configuration says that has no effect, for the log. */
  readonly warnings: readonly string[];
}

/** What to do: run with settings, or print a text (help, version) and end. */
export type Invocation = { readonly kind: 'run'; readonly settings: DaemonSettings } | { readonly kind: 'print'; readonly text: string };

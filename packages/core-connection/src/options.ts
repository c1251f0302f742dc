import { systemClock, systemRandom } from '@ibkit/clock';
import type { Clock, Random } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { DEFAULT_HEARTBEAT, resolveHeartbeat } from './heartbeat-options.js';
import type { HeartbeatOptions, ResolvedHeartbeat } from './heartbeat-options.js';
import { checkBooleans, checkList, checkMethods, checkMilliseconds, checkObject, checkText } from './option-shapes.js';
import { DEFAULT_RECONNECT_DELAYS } from './lifecycle/reconnect-delays.js';
import type { ReconnectDelays, ResolvedReconnectDelays } from './lifecycle/reconnect-delays.js';
import { RestartCalendar } from './restart/restart-calendar.js';
import type { RestartWindow } from './restart/restart-window.js';
import { CircuitBreaker } from './circuit/circuit-breaker.js';
import type { CircuitBreakerOptions, CircuitBreakerState, CircuitTrial } from './circuit/circuit-breaker.js';
import { resolveTls } from './tls/tls-options.js';
import type { ResolvedTls, TlsOptions } from './tls/tls-options.js';

/** Takes log lines: structured facts first, then the message. pino and `@ibkit/logger` fit. */
export interface ConnectionLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** How long each step of a connection attempt, and one message, may take, in milliseconds. */
export interface ConnectionTimeouts {
  /** From the attempt to an open TCP link. @defaultValue 5_000 */
  readonly tcpMs?: number | undefined;
  /** From our hello to the gateway's. @defaultValue 10_000, because a gateway that shows a dialog accepts and stays silent for ever */
  readonly handshakeMs?: number | undefined;
  /** From the gateway's hello to readiness (nextValidId and managedAccounts). @defaultValue 10_000 */
  readonly readyMs?: number | undefined;
  /**
   * How long one message may take to become whole while its bytes keep coming; after that its announced length is taken for a lie and the
   * session ends. @defaultValue 30_000, enough for the longest answers over a slow tunnel
   */
  readonly frameMs?: number | undefined;
}

/** How fast we may send. */
export interface RateOptions {
  /** Messages in any sliding second for everything but orders and cancels. @defaultValue 45; TWS allows 50 with the usual 100 market data lines */
  readonly perSecond?: number | undefined;
  /** More per second that only orders and cancels may use. @defaultValue 4 */
  readonly reservePerSecond?: number | undefined;
  /** Messages that may wait for their turn. @defaultValue 10_000 */
  readonly maxQueued?: number | undefined;
}

/** What a connection needs of a circuit breaker: a `CircuitBreaker` of this package, perhaps shared by several connections to one gateway. */
export interface ConnectionCircuit {
  readonly state: CircuitBreakerState;
  readonly retryAfterMs: number;
  /** @throws ConnectionError `IBKR_CIRCUIT_OPEN` */
  acquire(): CircuitTrial;
  onStateChange(listener: (state: CircuitBreakerState) => void): () => void;
}

/** Options of {@link ConnectionManager}. Everything has a default. */
export interface ConnectionOptions {
  /** @defaultValue '127.0.0.1' */
  readonly host?: string | undefined;
  /** 1 to 65535. @defaultValue by mode: TWS 7497 paper, 7496 live; Gateway 4002 paper, 4001 live */
  readonly port?: number | undefined;
  /** TLS to a tunnel in front of the gateway; `true` for the defaults of {@link TlsOptions}. The gateway itself has none. @defaultValue false */
  readonly tls?: boolean | TlsOptions | undefined;
  /** The identity of this program at the gateway, 0 to 2147483647. It never changes by itself. @defaultValue 1 */
  readonly clientId?: number | undefined;
  /** Chooses the default port only; what the account is, the gateway says. @defaultValue true */
  readonly paperTrading?: boolean | undefined;
  /** Chooses the default port: IB Gateway instead of TWS. @defaultValue false */
  readonly useGateway?: boolean | undefined;
  /** Whether a lost session is opened again. @defaultValue true */
  readonly autoReconnect?: boolean | undefined;
  /** Failed attempts in a row after which a recovery gives up (state `failed`), at least 1. @defaultValue Infinity */
  readonly maxAttempts?: number | undefined;
  readonly timeouts?: ConnectionTimeouts | undefined;
  /** The waits between attempts. */
  readonly reconnect?: ReconnectDelays | undefined;
  /** `false` switches the judgement off: a half-open link then stays "connected" for minutes or hours. */
  readonly heartbeat?: false | HeartbeatOptions | undefined;
  readonly rate?: RateOptions | undefined;
  /**
   * When the link is expected to be away: `sessionRestart()` for the gateway's own restart, `IBKR_WINDOWS` for the broker's. Inside a window attempts
   * are 5 s apart and no alarm rings before its end. Windows follow the gateway's clock. @defaultValue none
   */
  readonly restartWindows?: readonly RestartWindow[] | undefined;
  /** How long before a window `connection.restartApproaching` is told, in milliseconds from 0. @defaultValue 60_000 */
  readonly restartLeadMs?: number | undefined;
  /**
   * Stops attempts for a while when several in a row have failed; a refused port never counts. `true` for the defaults of
   * {@link CircuitBreakerOptions}, or a breaker of your own to share. @defaultValue false: the growing waits alone
   */
  readonly circuitBreaker?: boolean | CircuitBreakerOptions | ConnectionCircuit | undefined;
  /** The deadline of requests that name none, in milliseconds, above 0. @defaultValue 60_000 */
  readonly requestTimeoutMs?: number | undefined;
  /** How long an outage may last before `connection.alarm`, in milliseconds, above 0; `Infinity` for never. @defaultValue 60_000 */
  readonly alarmAfterMs?: number | undefined;
  /** Bytes that may wait in the socket before a message is refused, above 0: a peer that stopped reading must not eat our memory. @defaultValue 1 MiB */
  readonly maxBufferedBytes?: number | undefined;
  /** Not with the heartbeat's mode `thread`. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
  /** Chance for the jitter. @defaultValue the engine's */
  readonly random?: Random | undefined;
  /** @defaultValue none */
  readonly logger?: ConnectionLogger | undefined;
}

/** What has a default that depends on nothing else. */
export interface DefaultConnectionOptions {
  readonly host: string;
  readonly clientId: number;
  readonly paperTrading: boolean;
  readonly useGateway: boolean;
  readonly autoReconnect: boolean;
  readonly maxAttempts: number;
  readonly requestTimeoutMs: number;
  readonly alarmAfterMs: number;
  readonly maxBufferedBytes: number;
  readonly restartLeadMs: number;
  readonly timeouts: { readonly [K in keyof ConnectionTimeouts]-?: number };
  readonly heartbeat: ResolvedHeartbeat;
  readonly rate: { readonly [K in keyof RateOptions]-?: number };
  readonly reconnect: ResolvedReconnectDelays;
}

/** The options that apply when nothing else is said. */
export const DEFAULT_CONNECTION_OPTIONS: DefaultConnectionOptions = Object.freeze({
  host: '127.0.0.1',
  clientId: 1,
  paperTrading: true,
  useGateway: false,
  autoReconnect: true,
  maxAttempts: Number.POSITIVE_INFINITY,
  requestTimeoutMs: 60_000,
  alarmAfterMs: 60_000,
  maxBufferedBytes: 1_048_576,
  restartLeadMs: 60_000,
  timeouts: Object.freeze({ tcpMs: 5_000, handshakeMs: 10_000, readyMs: 10_000, frameMs: 30_000 }),
  heartbeat: DEFAULT_HEARTBEAT,
  rate: Object.freeze({ perSecond: 45, reservePerSecond: 4, maxQueued: 10_000 }),
  reconnect: DEFAULT_RECONNECT_DELAYS,
});

/** {@link ConnectionOptions} checked and complete. */
export interface ResolvedConnectionOptions extends Omit<DefaultConnectionOptions, 'heartbeat'> {
  readonly port: number;
  readonly tls: ResolvedTls | undefined;
  readonly heartbeat: false | ResolvedHeartbeat;
  readonly restarts: RestartCalendar;
  readonly circuit: ConnectionCircuit | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: ConnectionLogger;
}

/** The port that TWS or IB Gateway listens on out of the box. */
export function defaultPort(mode: { readonly paperTrading: boolean; readonly useGateway: boolean }): number {
  if (mode.useGateway) return mode.paperTrading ? 4002 : 4001;
  return mode.paperTrading ? 7497 : 7496;
}

const SILENT: ConnectionLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const MAX_CLIENT_ID = 2_147_483_647;

function refuse(field: string, value: unknown, rule: string): never {
  throw new UsageError({ field, value, rule });
}

function wholeNumber(field: string, value: number, range: { readonly min: number; readonly max: number }): void {
  if (!Number.isSafeInteger(value) || value < range.min || value > range.max) {
    refuse(field, value, `must be a whole number from ${range.min} to ${range.max}`);
  }
}

/** `defaults` overridden by what is given; an explicit `undefined` means the default. */
function withDefaults<T extends object>(defaults: T, given: { readonly [K in keyof T]?: T[K] | undefined } | undefined): T {
  const result = { ...defaults };
  for (const key in defaults) {
    const value = given?.[key];
    if (value !== undefined) result[key] = value;
  }
  return result;
}

function checkReconnect(delays: ResolvedReconnectDelays): void {
  const { factor, ...waits } = delays;
  for (const [name, value] of Object.entries(waits)) checkMilliseconds(`reconnect.${name}`, value);
  if (!Number.isFinite(factor) || factor < 1) refuse('reconnect.factor', factor, 'must be a number of at least 1');
  if (delays.maxMs < delays.initialMs) refuse('reconnect.maxMs', delays.maxMs, `must be at least reconnect.initialMs (${delays.initialMs})`);
}

function resolveCircuit(given: ConnectionOptions['circuitBreaker'], clock: Clock): ConnectionCircuit | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return new CircuitBreaker({ clock });
  return 'acquire' in given ? given : new CircuitBreaker({ clock, ...given });
}

const LOG_METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Checks what kind of thing each option is, before anything is made of it. */
function checkShapes(options: ConnectionOptions): void {
  checkObject('options', options);
  const { host, clock, random, logger, tls, restartWindows, circuitBreaker, heartbeat } = options;
  if (host !== undefined) checkText('host', host, 'must name a host');
  checkBooleans(options, ['paperTrading', 'useGateway', 'autoReconnect']);
  for (const field of ['timeouts', 'reconnect', 'rate'] as const) if (options[field] !== undefined) checkObject(field, options[field]);
  if (heartbeat !== undefined && heartbeat !== false) checkObject('heartbeat', heartbeat, 'must be false or an object');
  if (tls !== undefined && typeof tls !== 'boolean') checkObject('tls', tls, 'must be true, false or an object');
  if (circuitBreaker !== undefined && typeof circuitBreaker !== 'boolean') checkObject('circuitBreaker', circuitBreaker, 'must be true, false or an object');
  if (restartWindows !== undefined) checkList('restartWindows', restartWindows, 'must be a list of windows');
  if (clock !== undefined) checkMethods('clock', clock, ['now', 'monotonic', 'setTimer']);
  if (random !== undefined) checkMethods('random', random, ['next']);
  if (logger !== undefined) checkMethods('logger', logger, LOG_METHODS);
}

/**
 * Fills in the defaults and checks every value.
 * @throws {@link UsageError} that names the option, the value and the rule.
 */
export function resolveConnectionOptions(options: ConnectionOptions = {}): ResolvedConnectionOptions {
  checkShapes(options);
  const { timeouts, heartbeat, rate, reconnect, ...plainDefaults } = DEFAULT_CONNECTION_OPTIONS;
  const plain = withDefaults(plainDefaults, options);
  const clock = options.clock ?? systemClock();
  const resolved: ResolvedConnectionOptions = {
    ...plain,
    port: options.port ?? defaultPort(plain),
    tls: resolveTls(options.tls, plain.host),
    timeouts: withDefaults(timeouts, options.timeouts),
    reconnect: withDefaults(reconnect, options.reconnect),
    heartbeat: resolveHeartbeat(options.heartbeat, heartbeat, options.clock !== undefined),
    rate: withDefaults(rate, options.rate),
    restarts: new RestartCalendar(options.restartWindows ?? []),
    circuit: resolveCircuit(options.circuitBreaker, clock),
    clock,
    random: options.random ?? systemRandom(),
    logger: options.logger ?? SILENT,
  };
  check(resolved);
  return resolved;
}

function check(options: ResolvedConnectionOptions): void {
  wholeNumber('port', options.port, { min: 1, max: 65_535 });
  wholeNumber('clientId', options.clientId, { min: 0, max: MAX_CLIENT_ID });
  if (options.maxAttempts !== Number.POSITIVE_INFINITY) {
    wholeNumber('maxAttempts', options.maxAttempts, { min: 1, max: Number.MAX_SAFE_INTEGER });
  }
  for (const [name, value] of Object.entries(options.timeouts)) checkMilliseconds(`timeouts.${name}`, value);
  checkReconnect(options.reconnect);
  for (const [name, value] of Object.entries(options.rate)) {
    wholeNumber(`rate.${name}`, value, { min: name === 'reservePerSecond' ? 0 : 1, max: name === 'maxQueued' ? Number.MAX_SAFE_INTEGER : 1_000 });
  }
  checkMilliseconds('requestTimeoutMs', options.requestTimeoutMs);
  if (!Number.isFinite(options.restartLeadMs) || options.restartLeadMs < 0) {
    refuse('restartLeadMs', options.restartLeadMs, 'must be a number of milliseconds from 0');
  }
  if (options.alarmAfterMs !== Number.POSITIVE_INFINITY) checkMilliseconds('alarmAfterMs', options.alarmAfterMs);
  wholeNumber('maxBufferedBytes', options.maxBufferedBytes, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

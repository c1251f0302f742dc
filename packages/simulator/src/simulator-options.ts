import { isIP } from 'node:net';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from '@ibkit/wire';
import { DEFAULT_ORDERS, resolveOrderOptions } from './brokerage/order-options.js';
import type { OrderOptions } from './brokerage/order-options.js';
import type { Scenario, ScenarioOptions } from './control/scenario.js';
import { checkSpecs } from './market/check-specs.js';
import type { SessionMode } from './market/instrument-days.js';
import type { InstrumentSpec } from './market/instrument-spec.js';
import { DEFAULT_LIMITS, resolveLimits } from './server/limits.js';
import type { SimulatorLimits } from './server/limits.js';
import type { PacingMode } from './server/message-pacer.js';
import type { DataPermission } from './server/route-context.js';

/** Options of {@link createSimulator}. */
export interface SimulatorOptions {
  /** Address to listen on; loopback only. @defaultValue `127.0.0.1` */
  readonly host?: string | undefined;
  /** TCP port, 0 to 65535; 0 lets the operating system choose a free one. @defaultValue 0 */
  readonly port?: number | undefined;
  /** Decides every random move of the market: the same seed gives the same market. A safe integer. @defaultValue 1 */
  readonly seed?: number | undefined;
  /** Accounts that clients see and trade. @defaultValue `['DU1234567']` */
  readonly accounts?: readonly string[] | undefined;
  /** Allows account names that do not begin with DU or DF, as paper accounts do. @defaultValue false */
  readonly forceAccounts?: boolean | undefined;
  /** Simulated milliseconds per real one, above 0. @defaultValue 1 */
  readonly speed?: number | undefined;
  /** Where the simulator's clock starts, epoch milliseconds. @defaultValue the clock's time, or the regular open of the replayed day */
  readonly startAtMs?: number | undefined;
  /**
   * Nothing happens by itself: the clock is paused from the start and moves with `control.step` alone, `startAtMs` is {@link LOCK_STEP_START_MS} when neither it nor a replay
   * says otherwise, and the durations of faults, scenarios and pacing are milliseconds of this clock. Then the same seed and the same requests give the same bytes.
   * @defaultValue false
   */
  readonly lockStep?: boolean | undefined;
  /**
   * When the market trades. `always`: round the clock on every day, so that quotes move and orders fill whenever a program or a test runs, at night and on Sundays, too.
   * `calendar`: as the exchanges do, with nights, weekends, holidays and early closes. @defaultValue `always`
   */
  readonly sessions?: SessionMode | undefined;
  /** Files to replay: trades, quotes, bars and option chains (docs/simulator-replay.md). @defaultValue none: a market made from the seed */
  readonly replay?: readonly string[] | undefined;
  /** What happens to clients that send too fast: `off` nothing, `pace` they wait, `strict` error 100 and at the third a closed connection. @defaultValue `off` */
  readonly pacing?: PacingMode | undefined;
  /** Messages per client in any real second, for `pacing`. Above 0. @defaultValue 50, as TWS with 100 market data lines */
  readonly messagesPerSecond?: number | undefined;
  /** Which market data clients are subscribed to. `delayed` must be asked for with reqMarketDataType 3 or 4; with `none` every line is refused (354). @defaultValue `live` */
  readonly dataPermission?: DataPermission | undefined;
  /** How old delayed data is, market milliseconds of at least 0. @defaultValue 900000: a quarter of an hour, as at the exchanges */
  readonly dataDelayMs?: number | undefined;
  /** How many lines, streams and scans clients may have; see {@link SimulatorLimits}. @defaultValue those of TWS with 100 market data lines */
  readonly limits?: Partial<SimulatorLimits> | undefined;
  /** Partial fills, limits and callbacks of orders; see {@link OrderOptions}. @defaultValue partial fills, 20 orders per contract and side, nothing duplicated */
  readonly orders?: Partial<OrderOptions> | undefined;
  /** Instruments to list besides the built-in ones, or in the place of built-in stocks. @defaultValue none */
  readonly instruments?: readonly InstrumentSpec[] | undefined;
  /** Highest protocol version to offer, 157 to 193. @defaultValue 193 */
  readonly maxServerVersion?: number | undefined;
  /** Connections at a time, above 0. @defaultValue 32, as TWS */
  readonly maxClients?: number | undefined;
  /** Bytes that may wait for a client that does not read before it is cut, above 0. @defaultValue 16 MiB */
  readonly maxPendingBytes?: number | undefined;
  /** Real milliseconds that a client may take to say who it is, above 0. @defaultValue 10000 */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Entries that the witness journal keeps, above 0. @defaultValue 100000 */
  readonly journalLimit?: number | undefined;
  /** Journals every tick sent instead of counting them. @defaultValue false */
  readonly journalTicks?: boolean | undefined;
  /** Port of the HTTP control, on the same host, 0 to 65535; 0 lets the operating system choose a free one. @defaultValue none: no control port */
  readonly controlPort?: number | undefined;
  /** What goes wrong, and when: a JSON file, or its content. @defaultValue none */
  readonly scenario?: string | Scenario | undefined;
  /** Where accounts, positions, orders, executions and ids are kept over restarts. One simulator at a time. @defaultValue none: they begin anew */
  readonly stateFile?: string | undefined;
  /** Real time. The simulator's own clock runs on top of it. @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** {@link SimulatorOptions} with every default in place. */
export interface ResolvedSimulatorOptions {
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly accounts: readonly string[];
  readonly speed: number;
  readonly startAtMs: number | undefined;
  readonly lockStep: boolean;
  readonly sessions: SessionMode;
  readonly replay: readonly string[];
  readonly pacing: PacingMode;
  readonly messagesPerSecond: number;
  readonly dataPermission: DataPermission;
  readonly dataDelayMs: number;
  readonly limits: SimulatorLimits;
  readonly orders: OrderOptions;
  readonly instruments: readonly InstrumentSpec[];
  readonly maxServerVersion: number;
  readonly maxClients: number;
  readonly maxPendingBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly journalLimit: number;
  readonly journalTicks: boolean;
  readonly controlPort: number | undefined;
  readonly stateFile: string | undefined;
  readonly clock: Clock;
}

/** Where the clock starts in lock-step when nobody says: Monday 2026-01-05, 09:30 in New York. */
export const LOCK_STEP_START_MS: number = Date.UTC(2026, 0, 5, 14, 30);

const MIB = 1024 * 1024;

/** The defaults of {@link SimulatorOptions}. */
export const DEFAULT_SIMULATOR: Readonly<Omit<ResolvedSimulatorOptions, 'clock' | 'startAtMs' | 'controlPort' | 'stateFile'>> = Object.freeze({
  host: '127.0.0.1',
  port: 0,
  seed: 1,
  accounts: Object.freeze(['DU1234567']),
  speed: 1,
  lockStep: false,
  sessions: 'always',
  replay: Object.freeze([]),
  pacing: 'off',
  messagesPerSecond: 50,
  dataPermission: 'live',
  dataDelayMs: 900_000,
  limits: DEFAULT_LIMITS,
  orders: DEFAULT_ORDERS,
  instruments: Object.freeze([]),
  maxServerVersion: MAX_SERVER_VERSION,
  maxClients: 32,
  maxPendingBytes: 16 * MIB,
  handshakeTimeoutMs: 10_000,
  journalLimit: 100_000,
  journalTicks: false,
});

const DATA_PERMISSIONS: ReadonlySet<string> = new Set<DataPermission>(['live', 'delayed', 'none']);
const SESSION_MODES: ReadonlySet<string> = new Set<SessionMode>(['always', 'calendar']);
const PACING_MODES: ReadonlySet<string> = new Set<PacingMode>(['off', 'strict', 'pace']);
const PAPER_ACCOUNT = /^D[UF]\w+$/;
const ANY_ACCOUNT = /^\w+$/;

function refuse(field: string, rule: string, value: unknown): never {
  throw new UsageError({ field, rule, value });
}

function integer(option: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) refuse(option, `must be an integer from ${min} to ${max}`, value);
  return value;
}

function above0(option: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0) refuse(option, 'must be a finite number above 0', value);
  return value;
}

function loopback(host: string): string {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  // The protocol has neither passwords nor encryption: whoever reaches the port may trade and read everything.
  if (!isLoopback) refuse('host', 'must be a loopback address (127.0.0.1, ::1 or localhost)', host);
  return host;
}

function accountList(accounts: readonly string[], force: boolean): readonly string[] {
  const rule = force
    ? 'must be names of letters and digits, at least one and none twice'
    : 'must be names that begin with DU or DF (or set forceAccounts), at least one and none twice';
  const isName = force ? ANY_ACCOUNT : PAPER_ACCOUNT;
  const isFine = accounts.length > 0 && new Set(accounts).size === accounts.length && accounts.every((name) => isName.test(name));
  // Without the value: it may end up in a log.
  if (!isFine) throw new UsageError({ field: 'accounts', rule });
  return accounts;
}

/**
 * Puts the options that a scenario brings and the defaults in place, and checks every value.
 * @throws UsageError that names the option, the rule and the value.
 */
export function resolveSimulatorOptions(options: SimulatorOptions = {}, brought: ScenarioOptions = {}): ResolvedSimulatorOptions {
  const pacing = options.pacing ?? brought.pacing ?? DEFAULT_SIMULATOR.pacing;
  const dataPermission = options.dataPermission ?? brought.dataPermission ?? DEFAULT_SIMULATOR.dataPermission;
  const lockStep = options.lockStep ?? brought.lockStep ?? DEFAULT_SIMULATOR.lockStep;
  const replay = options.replay ?? DEFAULT_SIMULATOR.replay;
  const startAtMs = options.startAtMs ?? brought.startAtMs ?? (lockStep && replay.length === 0 ? LOCK_STEP_START_MS : undefined);
  const sessions = options.sessions ?? brought.sessions ?? DEFAULT_SIMULATOR.sessions;
  if (!SESSION_MODES.has(sessions)) refuse('sessions', "must be 'always' or 'calendar'", sessions);
  if (!PACING_MODES.has(pacing)) refuse('pacing', "must be 'off', 'strict' or 'pace'", pacing);
  if (!DATA_PERMISSIONS.has(dataPermission)) refuse('dataPermission', "must be 'live', 'delayed' or 'none'", dataPermission);
  const d = DEFAULT_SIMULATOR;
  return {
    host: loopback(options.host ?? d.host),
    port: integer('port', options.port ?? d.port, 0, 65_535),
    seed: integer('seed', options.seed ?? brought.seed ?? d.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    accounts: accountList(options.accounts ?? brought.accounts ?? d.accounts, options.forceAccounts ?? false),
    speed: above0('speed', options.speed ?? brought.speed ?? d.speed),
    startAtMs: startAtMs === undefined ? undefined : integer('startAtMs', startAtMs, 0, Number.MAX_SAFE_INTEGER),
    lockStep,
    sessions,
    replay,
    pacing,
    messagesPerSecond: integer('messagesPerSecond', options.messagesPerSecond ?? brought.messagesPerSecond ?? d.messagesPerSecond, 1, 1_000_000),
    dataPermission,
    dataDelayMs: integer('dataDelayMs', options.dataDelayMs ?? d.dataDelayMs, 0, 86_400_000),
    limits: resolveLimits(options.limits),
    orders: resolveOrderOptions(options.orders),
    instruments: checkSpecs(options.instruments ?? d.instruments),
    maxServerVersion: integer('maxServerVersion', options.maxServerVersion ?? brought.maxServerVersion ?? d.maxServerVersion, MIN_SERVER_VERSION, MAX_SERVER_VERSION),
    maxClients: integer('maxClients', options.maxClients ?? d.maxClients, 1, 10_000),
    maxPendingBytes: integer('maxPendingBytes', options.maxPendingBytes ?? brought.maxPendingBytes ?? d.maxPendingBytes, 1, Number.MAX_SAFE_INTEGER),
    handshakeTimeoutMs: above0('handshakeTimeoutMs', options.handshakeTimeoutMs ?? d.handshakeTimeoutMs),
    journalLimit: integer('journalLimit', options.journalLimit ?? d.journalLimit, 1, 10_000_000),
    journalTicks: options.journalTicks ?? d.journalTicks,
    controlPort: options.controlPort === undefined ? undefined : integer('controlPort', options.controlPort, 0, 65_535),
    stateFile: options.stateFile,
    clock: options.clock ?? systemClock(),
  };
}

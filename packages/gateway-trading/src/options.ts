import { TimeZone, systemRandom } from '@ibkit/clock';
import type { Random } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { TradingConnection } from './broker/connection-port.js';
import type { Coordinator } from './coordinator/coordinator.js';
import type { TradingAuth } from './guards/own-arming.js';
import { resolveLimits } from './guards/limits.js';
import type { PriceBand, ResolvedLimits, TradingLimits } from './guards/limits.js';
import type { QuoteSource } from './guards/quote-look.js';
import type { Journal } from './journal/journal.js';
import { memoryJournal } from './journal/memory-journal.js';
import type { TradingMode } from './orders/order-gate.js';
import type { ContractSource } from './orders/contract-rules/contract-rules.js';
import type { PriceSource } from './orders/preview.js';
import type { OptionSource } from './spreads/spread-legs.js';

/** What a `Trading` is made from. */
export interface TradingOptions {
  /** A `ConnectionManager`, or anything that offers the same. Its clock is used. */
  readonly connection: TradingConnection;
  /** A `MarketData`, or anything that knows live prices: for the estimates of `preview`, for caps on the value of market orders, for the price band, and for the legs of spreads. */
  readonly marketData?: (PriceSource & QuoteSource & Partial<OptionSource & ContractSource>) | undefined;
  /** Where everything about orders is written before it is done. @defaultValue a new {@link memoryJournal}, which forgets with the process */
  readonly journal?: Journal | undefined;
  /**
   * Sees to it that one process at a time trades: `start` acquires its lease, `close` gives it back, and the gate is closed from the
   * moment that it is lost. @defaultValue none: the journal's terms alone fence a writer that was replaced
   */
  readonly coordinator?: Coordinator | undefined;
  /** What the accounts of the session must be. @defaultValue 'paper' */
  readonly mode?: TradingMode | undefined;
  /** The opt-in that live mode needs besides. @defaultValue false */
  readonly allowLive?: boolean | undefined;
  /** The accounts that may be traded. Empty allows every account of a paper session, and none in live mode. @defaultValue [] */
  readonly accounts?: readonly string[] | undefined;
  /** Refuses orders and cancels. @defaultValue false */
  readonly readOnly?: boolean | undefined;
  /**
   * An `AuthManager`: decides about accounts, allow-list, read-only mode, live trading and its arming. Leave out `mode`, `allowLive`, `accounts` and
   * `readOnly` then, so that there is one truth. @defaultValue none: those four options decide
   */
  readonly auth?: TradingAuth | undefined;
  /** Caps per order, per day and per minute. @defaultValue none */
  readonly limits?: TradingLimits | undefined;
  /** Refuses limit prices that are too far from the last live quote, and when there is none. Needs `marketData`. @defaultValue none */
  readonly priceBand?: PriceBand | undefined;
  /** How long before a restart window of the connection the gate closes for new orders, milliseconds; `false`: never. @defaultValue 60000 */
  readonly closeBeforeRestartMs?: number | false | undefined;
  /** After this silence of the link, milliseconds, an order first proves that it is alive; `false`: never. @defaultValue 5000 */
  readonly probeAfterQuietMs?: number | false | undefined;
  /** Whether an order with an unknown outcome holds up new ones for the same account and instrument. @defaultValue 'block' */
  readonly onUnknown?: 'block' | 'warn' | undefined;
  /**
   * What happens when the broker has an order of ours twice, which is an alarm (`order.duplicated`) either way: each of them is cancelled, or
   * left alone. @defaultValue 'cancel'
   */
  readonly onDuplicate?: 'cancel' | 'alarm' | undefined;
  /**
   * Whether the order calls of `connection.api` become orders of this ledger; else they are refused. Between `start` and `close`.
   * @defaultValue false: code that finds an `api` somewhere cannot trade unless somebody decided that it may
   */
  readonly apiOrders?: boolean | undefined;
  /** How long a market order may wait for the journal and its turn, milliseconds. @defaultValue 5000, because its price moves on */
  readonly marketSendDeadlineMs?: number | undefined;
  /** The same for other orders. @defaultValue 30000 */
  readonly sendDeadlineMs?: number | undefined;
  /** How long the broker may take to answer an order before its outcome counts as unknown, milliseconds. @defaultValue 10000 */
  readonly ackTimeoutMs?: number | undefined;
  /** How far apart two complete snapshots must be to prove that an order is not there, milliseconds. @defaultValue 30000 */
  readonly absenceWindowMs?: number | undefined;
  /** The longest wait for a list of the broker, milliseconds. @defaultValue 20000 */
  readonly listTimeoutMs?: number | undefined;
  /** The pause after a sweep that failed, milliseconds. @defaultValue 5000 */
  readonly reconcileRetryMs?: number | undefined;
  /** Sweeps also when nothing happens, this often, milliseconds; `false` does not. @defaultValue 1200000 (20 minutes) */
  readonly reconcileEveryMs?: number | false | undefined;
  /** How long an iteration over an order listens on after everything expected has come, milliseconds. @defaultValue 1000 */
  readonly lingerMs?: number | undefined;
  /** The zone in which the broker's day ends. @defaultValue 'America/New_York' */
  readonly brokerTimeZone?: string | undefined;
  /** For ids. @defaultValue the engine's */
  readonly random?: Random | undefined;
  /** Told what a listener of `events` threw. @defaultValue it is only counted */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** The defaults of {@link TradingOptions}. */
export const DEFAULT_TRADING = Object.freeze({
  mode: 'paper',
  allowLive: false,
  accounts: [],
  readOnly: false,
  closeBeforeRestartMs: 60_000,
  probeAfterQuietMs: 5_000,
  onUnknown: 'block',
  onDuplicate: 'cancel',
  apiOrders: false,
  marketSendDeadlineMs: 5_000,
  sendDeadlineMs: 30_000,
  ackTimeoutMs: 10_000,
  absenceWindowMs: 30_000,
  listTimeoutMs: 20_000,
  reconcileRetryMs: 5_000,
  reconcileEveryMs: 20 * 60_000,
  lingerMs: 1_000,
  brokerTimeZone: 'America/New_York',
} as const);

/** {@link TradingOptions} with every value in place. */
export interface ResolvedTradingOptions {
  readonly connection: TradingConnection;
  readonly marketData: (PriceSource & QuoteSource & Partial<OptionSource & ContractSource>) | undefined;
  readonly journal: Journal;
  readonly coordinator: Coordinator | undefined;
  readonly mode: TradingMode;
  readonly allowLive: boolean;
  readonly accounts: readonly string[];
  readonly readOnly: boolean;
  readonly auth: TradingAuth | undefined;
  readonly limits: ResolvedLimits;
  readonly closeBeforeRestartMs: number | false;
  readonly probeAfterQuietMs: number | false;
  readonly onUnknown: 'block' | 'warn';
  readonly onDuplicate: 'cancel' | 'alarm';
  readonly apiOrders: boolean;
  readonly marketSendDeadlineMs: number;
  readonly sendDeadlineMs: number;
  readonly ackTimeoutMs: number;
  readonly absenceWindowMs: number;
  readonly listTimeoutMs: number;
  readonly reconcileRetryMs: number;
  readonly reconcileEveryMs: number | false;
  readonly lingerMs: number;
  readonly brokerTimeZone: TimeZone;
  readonly random: Random;
  readonly onListenerError: ((error: unknown, type: string) => void) | undefined;
}

const DURATIONS = [
  'marketSendDeadlineMs',
  'sendDeadlineMs',
  'ackTimeoutMs',
  'absenceWindowMs',
  'listTimeoutMs',
  'reconcileRetryMs',
  'lingerMs',
] as const satisfies readonly (keyof ResolvedTradingOptions)[];

function checkChoice(field: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new UsageError({ field, value, rule: `must be one of ${allowed.join(', ')}` });
}

function checkDuration(field: string, value: number, min: number): void {
  if (!(Number.isFinite(value) && value >= min)) throw new UsageError({ field, value, rule: `must be a finite number of milliseconds, at least ${min}` });
}

/**
 * Fills in the defaults and checks every value.
 * @throws {@link UsageError} that names option, value and rule.
 */
export function resolveTradingOptions(options: TradingOptions): ResolvedTradingOptions {
  const given = <K extends keyof typeof DEFAULT_TRADING & keyof ResolvedTradingOptions>(key: K): NonNullable<TradingOptions[K]> | (typeof DEFAULT_TRADING)[K] =>
    options[key] ?? DEFAULT_TRADING[key];
  const resolved: ResolvedTradingOptions = {
    connection: options.connection,
    marketData: options.marketData,
    journal: options.journal ?? memoryJournal(),
    coordinator: options.coordinator,
    mode: options.auth?.mode ?? given('mode'),
    allowLive: given('allowLive'),
    accounts: [...given('accounts')],
    readOnly: given('readOnly'),
    auth: options.auth,
    limits: resolveLimits(options.limits, options.priceBand),
    closeBeforeRestartMs: given('closeBeforeRestartMs'),
    probeAfterQuietMs: given('probeAfterQuietMs'),
    onUnknown: given('onUnknown'),
    onDuplicate: given('onDuplicate'),
    apiOrders: given('apiOrders'),
    marketSendDeadlineMs: given('marketSendDeadlineMs'),
    sendDeadlineMs: given('sendDeadlineMs'),
    ackTimeoutMs: given('ackTimeoutMs'),
    absenceWindowMs: given('absenceWindowMs'),
    listTimeoutMs: given('listTimeoutMs'),
    reconcileRetryMs: given('reconcileRetryMs'),
    reconcileEveryMs: given('reconcileEveryMs'),
    lingerMs: given('lingerMs'),
    brokerTimeZone: zoneOf(options.brokerTimeZone ?? DEFAULT_TRADING.brokerTimeZone),
    random: options.random ?? systemRandom(),
    onListenerError: options.onListenerError,
  };
  checkChoice('mode', resolved.mode, ['paper', 'live']);
  checkChoice('onUnknown', resolved.onUnknown, ['block', 'warn']);
  checkChoice('onDuplicate', resolved.onDuplicate, ['cancel', 'alarm']);
  if (resolved.apiOrders && resolved.connection.attachOrderGate === undefined) {
    throw new UsageError({ field: 'apiOrders', value: true, rule: 'needs a connection with an api face: a ConnectionManager of @ibkit/core-connection' });
  }
  for (const field of DURATIONS) checkDuration(field, resolved[field], 0);
  checkAuth(options);
  for (const field of ['closeBeforeRestartMs', 'probeAfterQuietMs'] as const) if (resolved[field] !== false) checkDuration(field, resolved[field], 0);
  if (options.priceBand !== undefined && options.marketData === undefined) throw new UsageError({ field: 'marketData', rule: 'must be given with priceBand, which needs live quotes' });
  if (resolved.reconcileEveryMs !== false) checkDuration('reconcileEveryMs', resolved.reconcileEveryMs, 1_000);
  return resolved;
}

function checkAuth(options: TradingOptions): void {
  if (options.auth === undefined) return;
  for (const field of ['mode', 'allowLive', 'accounts', 'readOnly'] as const) {
    if (options[field] !== undefined) throw new UsageError({ field, rule: 'must be left out beside auth, which decides about it' });
  }
}

function zoneOf(name: string): TimeZone {
  try {
    return new TimeZone(name);
  } catch (cause) {
    throw new UsageError({ field: 'brokerTimeZone', value: name, rule: 'must be an IANA time zone', cause });
  }
}

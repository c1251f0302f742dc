import type { Clock } from '@ibkit/clock';
import type { ConnectionManager } from '@ibkit/core-connection';
import { UsageError } from '@ibkit/error-codes';
import type { Trading } from '@ibkit/gateway-trading';
import type { MarketData } from '@ibkit/market-data';
import type { FlowPort } from './flow/flow-port.js';
import type { GatewayPort } from './gateway/gateway-port.js';
import type { RecordingsPort } from './recordings/recordings-port.js';
import type { AuditSource } from './risk/risk-deps.js';

/** The connection that operations work over: a `ConnectionManager` of `@ibkit/core-connection`. */
export type OperationsConnection = Pick<ConnectionManager, keyof ConnectionManager>;

/** The market data that operations ask: a `MarketData` of `@ibkit/market-data`. */
export type OperationsMarketData = Pick<MarketData, keyof MarketData>;

/** The orders and accounts that operations ask: a `Trading` of `@ibkit/gateway-trading`, started. */
export type OperationsTrading = Pick<Trading, keyof Trading>;

/** Options of {@link LocalOperations}. None of the parts is closed with it. */
export interface OperationsOptions {
  readonly connection: OperationsConnection;
  readonly marketData: OperationsMarketData;
  readonly trading: OperationsTrading;
  /** What the accounts of the connection must be. */
  readonly mode: 'paper' | 'live';
  /** Of the program, for `status`. */
  readonly version: string;
  /** Whether the gateway is an embedded simulator, for `status`. @defaultValue false */
  readonly simulated?: boolean | undefined;
  /** The process of the gateway. @defaultValue none: it runs by itself, and cannot be started or stopped here */
  readonly gateway?: GatewayPort | undefined;
  /** The options flow service. @defaultValue none */
  readonly flow?: FlowPort | undefined;
  /** Where recordings are kept, and what writes them. @defaultValue none */
  readonly recordings?: RecordingsPort | undefined;
  /** The audit trail: a `SqliteJournal` of `@ibkit/journal`. @defaultValue none */
  readonly audit?: AuditSource | undefined;
  /** How long the token of a preview may be redeemed, milliseconds. @defaultValue 60000 */
  readonly previewTtlMs?: number | undefined;
  /** What the market may move between the preview and the placement of an order without a price of its own, percent above 0; `Infinity`: any. @defaultValue 2 */
  readonly previewBandPercent?: number | undefined;
  /** @defaultValue the connection's */
  readonly clock?: Clock | undefined;
  /** How long an answer may wait for data that comes by itself (a quote, a book, profit and loss), milliseconds. @defaultValue 5000 */
  readonly dataWaitMs?: number | undefined;
  /** How long one page of history may take, milliseconds: then what there is is answered, with where to go on. @defaultValue 25000 */
  readonly pageWaitMs?: number | undefined;
  /** How long the line of a quote stays open after it was last asked for, milliseconds. @defaultValue 60000 */
  readonly quoteKeepMs?: number | undefined;
  /** The most quotes followed at once: market data lines are few. @defaultValue 80 */
  readonly maxQuotes?: number | undefined;
}

/** {@link OperationsOptions} with every default applied. */
export type ResolvedOperationsOptions = Omit<OperationsOptions, 'simulated' | 'clock' | 'dataWaitMs' | 'pageWaitMs' | 'quoteKeepMs' | 'maxQuotes'> & {
  readonly simulated: boolean;
  readonly clock: Clock;
  readonly dataWaitMs: number;
  readonly pageWaitMs: number;
  readonly quoteKeepMs: number;
  readonly maxQuotes: number;
};

const LONGEST_MS = 3_600_000;

function milliseconds(field: string, value: number, least: number): number {
  if (value >= least && value <= LONGEST_MS) return value;
  throw new UsageError({ field, value, rule: `must be a number of milliseconds from ${least} to ${LONGEST_MS}` });
}

/** Applies the defaults. @throws {@link UsageError} naming option, value and rule. */
export function resolveOperationsOptions(options: OperationsOptions): ResolvedOperationsOptions {
  const { maxQuotes = 80 } = options;
  if (!Number.isSafeInteger(maxQuotes) || maxQuotes < 1) throw new UsageError({ field: 'maxQuotes', value: maxQuotes, rule: 'must be a whole number of at least 1' });
  return Object.freeze({
    ...options,
    simulated: options.simulated ?? false,
    clock: options.clock ?? options.connection.clock,
    dataWaitMs: milliseconds('dataWaitMs', options.dataWaitMs ?? 5000, 1),
    pageWaitMs: milliseconds('pageWaitMs', options.pageWaitMs ?? 25_000, 1),
    quoteKeepMs: milliseconds('quoteKeepMs', options.quoteKeepMs ?? 60_000, 1),
    maxQuotes,
  });
}

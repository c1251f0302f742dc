import { UsageError } from '@ibkit/error-codes';

/** The numbers that a `MarketData` can be tuned with; times are milliseconds. */
export interface MarketDataSettings {
  /** How long a line stays open at the broker after its last reader: 0 and more. @defaultValue 2000, so that look-ups in a row share one */
  readonly lingerMs?: number | undefined;
  /** How long the broker may take to find a contract. @defaultValue 15000 */
  readonly lookUpTimeoutMs?: number | undefined;
  /** How long a found contract is reused. @defaultValue 43200000 (12 hours): contracts change at most daily */
  readonly contractTtlMs?: number | undefined;
  /** How many found contracts are kept. @defaultValue 10000 */
  readonly contractCapacity?: number | undefined;
  /** How long a snapshot may take; TWS ends one after 11 s at the latest. @defaultValue 12000 */
  readonly snapshotTimeoutMs?: number | undefined;
  /** How old a price of an open line may be before `getLatestPrice` looks anew. @defaultValue 5000 */
  readonly maxPriceAgeMs?: number | undefined;
  /** How long a line may stay silent after the gateway's link to the broker came back, before it is asked for again. @defaultValue 15000 */
  readonly verifyMs?: number | undefined;
  /** How often a line is asked for again while another session of the same user has the data (10197). @defaultValue 60000 */
  readonly competingRetryMs?: number | undefined;
  /** How long one request about the past may stay without its answer before it is asked again. @defaultValue 60000 */
  readonly historyTimeoutMs?: number | undefined;
  /** How long a line of quotes may be silent before it is doubted, at least; quiet instruments earn more. @defaultValue 60000 */
  readonly quoteSilenceMs?: number | undefined;
  /** The same for tick-by-tick streams. @defaultValue 120000 */
  readonly tickSilenceMs?: number | undefined;
  /** The same for real-time bars, which TWS sends every five seconds. @defaultValue 60000 */
  readonly barSilenceMs?: number | undefined;
  /** The same for order books. @defaultValue 60000 */
  readonly depthSilenceMs?: number | undefined;
  /** The longest silence that a quiet instrument can earn. @defaultValue 1800000 (30 minutes) */
  readonly mostSilenceMs?: number | undefined;
}

/** {@link MarketDataSettings} with every default applied. */
export type ResolvedMarketDataSettings = { readonly [K in keyof MarketDataSettings]-?: number };

/** What is used where nothing is said. */
export const DEFAULT_MARKET_DATA_SETTINGS: ResolvedMarketDataSettings = Object.freeze({
  lingerMs: 2000,
  lookUpTimeoutMs: 15_000,
  contractTtlMs: 12 * 60 * 60 * 1000,
  contractCapacity: 10_000,
  snapshotTimeoutMs: 12_000,
  maxPriceAgeMs: 5000,
  verifyMs: 15_000,
  competingRetryMs: 60_000,
  historyTimeoutMs: 60_000,
  quoteSilenceMs: 60_000,
  tickSilenceMs: 120_000,
  barSilenceMs: 60_000,
  depthSilenceMs: 60_000,
  mostSilenceMs: 1_800_000,
});

/** The largest sensible time: 30 days. */
const LONGEST_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Applies the defaults and checks the ranges.
 * @throws {@link UsageError} naming the option, its value and the rule.
 */
export function resolveMarketDataSettings(settings: MarketDataSettings): ResolvedMarketDataSettings {
  const defaults = DEFAULT_MARKET_DATA_SETTINGS;
  const resolved: ResolvedMarketDataSettings = {
    lingerMs: settings.lingerMs ?? defaults.lingerMs,
    lookUpTimeoutMs: settings.lookUpTimeoutMs ?? defaults.lookUpTimeoutMs,
    contractTtlMs: settings.contractTtlMs ?? defaults.contractTtlMs,
    contractCapacity: settings.contractCapacity ?? defaults.contractCapacity,
    snapshotTimeoutMs: settings.snapshotTimeoutMs ?? defaults.snapshotTimeoutMs,
    maxPriceAgeMs: settings.maxPriceAgeMs ?? defaults.maxPriceAgeMs,
    verifyMs: settings.verifyMs ?? defaults.verifyMs,
    competingRetryMs: settings.competingRetryMs ?? defaults.competingRetryMs,
    historyTimeoutMs: settings.historyTimeoutMs ?? defaults.historyTimeoutMs,
    quoteSilenceMs: settings.quoteSilenceMs ?? defaults.quoteSilenceMs,
    tickSilenceMs: settings.tickSilenceMs ?? defaults.tickSilenceMs,
    barSilenceMs: settings.barSilenceMs ?? defaults.barSilenceMs,
    depthSilenceMs: settings.depthSilenceMs ?? defaults.depthSilenceMs,
    mostSilenceMs: settings.mostSilenceMs ?? defaults.mostSilenceMs,
  };
  checkDuration('lingerMs', resolved.lingerMs, 0);
  checkDuration('contractTtlMs', resolved.contractTtlMs, 0);
  checkDuration('maxPriceAgeMs', resolved.maxPriceAgeMs, 0);
  checkDuration('lookUpTimeoutMs', resolved.lookUpTimeoutMs, 1);
  checkDuration('snapshotTimeoutMs', resolved.snapshotTimeoutMs, 1);
  checkDuration('verifyMs', resolved.verifyMs, 1000);
  checkDuration('competingRetryMs', resolved.competingRetryMs, 1000);
  checkDuration('historyTimeoutMs', resolved.historyTimeoutMs, 1000);
  checkDuration('quoteSilenceMs', resolved.quoteSilenceMs, 1000);
  checkDuration('tickSilenceMs', resolved.tickSilenceMs, 1000);
  checkDuration('barSilenceMs', resolved.barSilenceMs, 1000);
  checkDuration('depthSilenceMs', resolved.depthSilenceMs, 1000);
  checkDuration('mostSilenceMs', resolved.mostSilenceMs, 1000);
  const { contractCapacity } = resolved;
  if (!Number.isSafeInteger(contractCapacity) || contractCapacity < 1) {
    throw new UsageError({ field: 'contractCapacity', value: contractCapacity, rule: 'must be a whole number of at least 1' });
  }
  return Object.freeze(resolved);
}

/**
 * Checks a time in milliseconds.
 * @throws {@link UsageError} when it is not a number from `least` to 30 days.
 */
export function checkDuration(field: string, value: number, least: number): number {
  if (value >= least && value <= LONGEST_MS) return value;
  throw new UsageError({ field, value, rule: `must be a number of milliseconds from ${least} to ${LONGEST_MS}` });
}

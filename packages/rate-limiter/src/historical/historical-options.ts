import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { checkInteger, checkMilliseconds } from '../check-range.js';

/** The rules by which the broker counts historical queries. TWS API: historical data limitations. */
export interface HistoricalRules {
  /** Small-bar queries in any `windowMs`, `BID_ASK` counted double. @defaultValue 60 */
  readonly mostInWindow: number;
  /** Milliseconds. @defaultValue 600000, ten minutes */
  readonly windowMs: number;
  /** How far apart identical small-bar queries must be, in milliseconds. @defaultValue 15000 */
  readonly identicalMs: number;
  /** Small-bar queries of one contract, exchange and kind in any `contractWindowMs`: the broker takes the sixth as a violation. @defaultValue 5 */
  readonly mostPerContract: number;
  /** Milliseconds. @defaultValue 2000 */
  readonly contractWindowMs: number;
  /** What a `BID_ASK` query counts. @defaultValue 2 */
  readonly bidAskWeight: number;
  /** Queries without their answer yet, of every bar size. @defaultValue 50 */
  readonly maxOpen: number;
  /** The longest bar, in seconds, that the rules above count; only `maxOpen` holds for longer ones. @defaultValue 30 */
  readonly smallBarSeconds: number;
  /** How much longer than the broker's every window is, in milliseconds: a query that waits for the message limiter arrives later than one that does not. @defaultValue 200 */
  readonly guardMs: number;
}

/** A query that left, as plain data: what {@link HistoricalPacer.past} gives and the next process takes. */
export interface PastQuery {
  /** Epoch milliseconds UTC. */
  readonly sentAtMs: number;
  readonly identity: string;
  readonly contract: string;
  readonly weight: number;
}

/** Options of {@link HistoricalPacer}. Every limit can be set: the broker's change with account and version. */
export interface HistoricalPacerOptions extends Partial<{ readonly [K in keyof HistoricalRules]: HistoricalRules[K] | undefined }> {
  /** Where time comes from. @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
  /** Queries that may wait, an integer of at least 0. @defaultValue 10000 */
  readonly maxQueued?: number | undefined;
  /** How long nothing leaves after a pacing violation, in milliseconds; doubled for each one that follows within `windowMs`. @defaultValue 15000 */
  readonly pauseMs?: number | undefined;
  /** Where the doubling ends, in milliseconds, at least `pauseMs`. @defaultValue 600000 */
  readonly maxPauseMs?: number | undefined;
  /**
   * What a former process sent, from its {@link HistoricalPacer.past}: the broker counts on over a restart. What lies in the future by the wall clock counts as sent now.
   * @defaultValue nothing
   */
  readonly past?: readonly PastQuery[] | undefined;
}

/** What holds when nothing else is said. */
export const DEFAULT_HISTORICAL_PACER_OPTIONS = Object.freeze({
  mostInWindow: 60,
  windowMs: 600_000,
  identicalMs: 15_000,
  mostPerContract: 5,
  contractWindowMs: 2000,
  bidAskWeight: 2,
  maxOpen: 50,
  smallBarSeconds: 30,
  guardMs: 200,
  maxQueued: 10_000,
  pauseMs: 15_000,
  maxPauseMs: 600_000,
});

/** {@link HistoricalPacerOptions} with every gap filled. */
export interface ResolvedHistoricalPacerOptions extends HistoricalRules {
  readonly clock: Clock;
  readonly maxQueued: number;
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  readonly past: readonly PastQuery[];
}

/**
 * Fills the gaps and checks the ranges.
 * @throws {@link UsageError} naming option, value and rule.
 */
export function resolveHistoricalPacerOptions(options: HistoricalPacerOptions): ResolvedHistoricalPacerOptions {
  const defaults = DEFAULT_HISTORICAL_PACER_OPTIONS;
  const pauseMs = options.pauseMs ?? defaults.pauseMs;
  const resolved = {
    clock: options.clock ?? systemClock(),
    mostInWindow: options.mostInWindow ?? defaults.mostInWindow,
    windowMs: options.windowMs ?? defaults.windowMs,
    identicalMs: options.identicalMs ?? defaults.identicalMs,
    mostPerContract: options.mostPerContract ?? defaults.mostPerContract,
    contractWindowMs: options.contractWindowMs ?? defaults.contractWindowMs,
    bidAskWeight: options.bidAskWeight ?? defaults.bidAskWeight,
    maxOpen: options.maxOpen ?? defaults.maxOpen,
    smallBarSeconds: options.smallBarSeconds ?? defaults.smallBarSeconds,
    guardMs: options.guardMs ?? defaults.guardMs,
    maxQueued: options.maxQueued ?? defaults.maxQueued,
    pauseMs,
    // Asking for a longer pause alone must not fail on the default end.
    past: options.past ?? [],
    maxPauseMs: options.maxPauseMs ?? Math.max(pauseMs, defaults.maxPauseMs),
  };
  checkInteger('bidAskWeight', resolved.bidAskWeight, [1, 1000]);
  // A limit below the weight of one query would let it wait for ever.
  checkInteger('mostInWindow', resolved.mostInWindow, [resolved.bidAskWeight, 1_000_000]);
  checkInteger('mostPerContract', resolved.mostPerContract, [resolved.bidAskWeight, 1_000_000]);
  checkInteger('maxOpen', resolved.maxOpen, [1, 1_000_000]);
  checkInteger('maxQueued', resolved.maxQueued, [0, Number.MAX_SAFE_INTEGER]);
  for (const field of ['windowMs', 'identicalMs', 'contractWindowMs', 'guardMs', 'pauseMs'] as const) checkMilliseconds(field, resolved[field]);
  checkMilliseconds('maxPauseMs', resolved.maxPauseMs, resolved.pauseMs);
  for (const { sentAtMs, weight } of resolved.past) {
    checkMilliseconds('past.sentAtMs', sentAtMs);
    checkInteger('past.weight', weight, [1, 1000]);
  }
  if (!(resolved.smallBarSeconds >= 0)) throw new UsageError({ field: 'smallBarSeconds', value: resolved.smallBarSeconds, rule: 'must be at least 0 seconds' });
  return resolved;
}

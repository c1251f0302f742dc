import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { checkInteger, checkMilliseconds } from '../check-range.js';

/** What a line is used for. Each kind has its own limit. */
export const LINE_KINDS = Object.freeze(['quotes', 'tickByTick', 'depth'] as const);

/** What a line is used for. */
export type LineKind = (typeof LINE_KINDS)[number];

/** How much a line matters, most first. A lease of a lower one may be taken back for a higher one, if its holder agreed to that. */
export const LINE_PRIORITIES = Object.freeze(['trading', 'normal', 'background'] as const);

/** How much a line matters. */
export type LinePriority = (typeof LINE_PRIORITIES)[number];

/** Options of {@link LineBudget}. */
export interface LineBudgetOptions {
  /** Where time comes from. @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
  /** Market-data lines of the user, an integer of at least 1; watchlists in TWS use the same ones. @defaultValue 100 */
  readonly lines?: number | undefined;
  /** Tick-by-tick streams. @defaultValue 5 for each 100 lines begun, at most 500 */
  readonly tickByTick?: number | undefined;
  /** Market-depth streams. @defaultValue one for each 100 lines begun less one, from 3 to 60 */
  readonly depth?: number | undefined;
  /** Quote lines that only `trading` may use, 0 to `lines`. @defaultValue 0 */
  readonly reserve?: number | undefined;
  /** How far apart two tick-by-tick requests for one instrument must be, in milliseconds. @defaultValue 15000 */
  readonly tickByTickGapMs?: number | undefined;
  /** How long a limit that the broker's refusal showed is believed, in milliseconds. @defaultValue 60000 */
  readonly learnedForMs?: number | undefined;
}

/** {@link LineBudgetOptions} with every gap filled. */
export interface ResolvedLineBudgetOptions {
  readonly clock: Clock;
  readonly limits: Readonly<Record<LineKind, number>>;
  readonly reserve: number;
  readonly tickByTickGapMs: number;
  readonly learnedForMs: number;
}

/**
 * The usual quotas of a user with this many market-data lines.
 * TWS API: 100 lines carry 5 tick-by-tick streams, 200 carry 10, 1100 carry 55; depth is 3 up to 400 lines, 4 up to 500, 10 up to 1100, 60 at most.
 */
export function lineLimits(lines: number): Readonly<Record<LineKind, number>> {
  checkInteger('lines', lines, [1, 1_000_000]);
  const hundreds = Math.ceil(lines / 100);
  return { quotes: lines, tickByTick: Math.min(500, 5 * hundreds), depth: Math.min(60, Math.max(3, hundreds - 1)) };
}

/**
 * Fills the gaps and checks the ranges.
 * @throws {@link UsageError} naming option, value and rule.
 */
export function resolveLineBudgetOptions(options: LineBudgetOptions): ResolvedLineBudgetOptions {
  const usual = lineLimits(options.lines ?? 100);
  const { tickByTick = usual.tickByTick, depth = usual.depth, reserve = 0, tickByTickGapMs = 15_000, learnedForMs = 60_000 } = options;
  checkInteger('tickByTick', tickByTick, [0, 1_000_000]);
  checkInteger('depth', depth, [0, 1_000_000]);
  checkInteger('reserve', reserve, [0, usual.quotes]);
  checkMilliseconds('tickByTickGapMs', tickByTickGapMs);
  checkMilliseconds('learnedForMs', learnedForMs);
  return { clock: options.clock ?? systemClock(), limits: { quotes: usual.quotes, tickByTick, depth }, reserve, tickByTickGapMs, learnedForMs };
}

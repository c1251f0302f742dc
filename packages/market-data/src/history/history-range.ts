import { parseLocalDate } from '@ibkit/clock';
import type { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** An end of a range: epoch milliseconds, a `Date`, or a day `YYYY-MM-DD` that means its midnight in the contract's zone. */
export type HistoryTime = number | Date | string;

/** TWS API: the kinds of data that bars are made of. */
export const HISTORY_KINDS = [
  'TRADES', 'MIDPOINT', 'BID', 'ASK', 'BID_ASK', 'AGGTRADES', 'HISTORICAL_VOLATILITY', 'OPTION_IMPLIED_VOLATILITY', 'FEE_RATE',
  'YIELD_BID', 'YIELD_ASK', 'YIELD_BID_ASK', 'YIELD_LAST',
] as const;

/** What bars are made of. `AGGTRADES` is for crypto. `ADJUSTED_LAST` is missing: TWS gives it only up to now, not for a range. */
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** @throws {@link UsageError} for a kind that TWS does not have for ranges. */
export function checkedKind<K extends string>(field: string, kind: string, known: readonly K[]): K {
  const found = known.find((name) => name === kind);
  if (found !== undefined) return found;
  throw new UsageError({ field, value: kind, rule: `must be one of ${known.join(', ')}` });
}

/** Checks the form, so that a call fails at once and not when the contract is known. @throws {@link UsageError} */
export function checkHistoryTime(field: string, time: HistoryTime): void {
  const rule = 'must be epoch milliseconds, a Date, or a day YYYY-MM-DD';
  if (typeof time === 'string') {
    try {
      parseLocalDate(time);
    } catch (error) {
      throw new UsageError({ field, value: time, rule, cause: error });
    }
    return;
  }
  const atMs = Number(time);
  // Epoch seconds are the usual mistake: they would mean January 1970 and fetch half a century.
  if (!Number.isFinite(atMs) || (atMs !== 0 && Math.abs(atMs) < 10_000_000_000)) throw new UsageError({ field, value: time, rule: `${rule}; this looks like ${Number.isFinite(atMs) ? 'epoch seconds' : 'no time'}` });
}

/** How far server time, which is an estimate, may be behind. */
const CLOCK_SLACK_MS = 60_000;

/** Checks what can be seen without the contract's zone. @throws {@link UsageError} for a range that ends before it begins. */
export function checkHistoryOrder(from: HistoryTime, to: HistoryTime | undefined): void {
  if (to === undefined || (typeof from === 'string') !== (typeof to === 'string')) return;
  const isReversed = typeof from === 'string' && typeof to === 'string' ? to < from : Number(to) < Number(from);
  if (isReversed) throw reversed(to);
}

/** Checks a range once its zone is known. @throws {@link UsageError} for one that ends before it begins, or begins in the future. */
export function checkHistoryRange(range: { readonly fromMs: number; readonly toMs: number }, nowMs: number): void {
  if (range.toMs < range.fromMs) throw reversed(range.toMs);
  if (range.fromMs > nowMs + CLOCK_SLACK_MS) throw new UsageError({ field: 'from', value: range.fromMs, rule: 'must not lie in the future: nothing was recorded there' });
}

function reversed(to: HistoryTime): UsageError {
  return new UsageError({ field: 'to', value: to, rule: 'must not be before `from`' });
}

/** Epoch milliseconds of an end of a range. */
export function instantOfTime(time: HistoryTime, timeZone: TimeZone): number {
  return typeof time === 'string' ? timeZone.instantOf(time, 0) : Number(time);
}

import { UsageError } from '@ibkit/error-codes';

/**
 * Extra ticks that a line carries only when asked, by name, with the number of the TWS API (generic tick list).
 * Each fills the fields of the quote that its name suggests.
 */
export const GENERIC_TICKS = {
  optionVolume: 100,
  optionOpenInterest: 101,
  historicalVolatility: 104,
  averageOptionVolume: 105,
  impliedVolatility: 106,
  indexFuturePremium: 162,
  miscStats: 165,
  auction: 225,
  markPrice: 232,
  rtVolume: 233,
  shortable: 236,
  tradeCount: 293,
  tradeRate: 294,
  volumeRate: 295,
  lastRth: 318,
  rtTradeVolume: 375,
  rtHistoricalVolatility: 411,
  futuresOpenInterest: 588,
  shortTermVolume: 595,
} as const;

/** The name of an extra tick. */
export type GenericTickName = keyof typeof GENERIC_TICKS;

/** An extra tick by name, or by its number in the TWS API. */
export type GenericTick = GenericTickName | number;

const LARGEST = 9999;

/**
 * The numbers for a list of ticks: each once, ascending.
 * @throws {@link UsageError} for an unknown name or an impossible number.
 */
export function genericTickIds(ticks: readonly GenericTick[]): readonly number[] {
  return [...new Set(ticks.map(idOf))].sort((a, b) => a - b);
}

/** The union of two lists of numbers: each once, ascending. */
export function mergedTickIds(a: readonly number[], b: readonly number[]): readonly number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

function idOf(tick: GenericTick): number {
  if (typeof tick === 'string') {
    if (Object.hasOwn(GENERIC_TICKS, tick)) return GENERIC_TICKS[tick];
    throw new UsageError({ field: 'ticks', value: tick, rule: `must be a number or one of ${Object.keys(GENERIC_TICKS).join(', ')}` });
  }
  if (Number.isSafeInteger(tick) && tick > 0 && tick <= LARGEST) return tick;
  throw new UsageError({ field: 'ticks', value: tick, rule: `must be a whole number from 1 to ${LARGEST} or a name` });
}

import type { WireOrderCondition } from '../order-model.js';
import * as scalars from '../scalar.js';
import type { Draw, Sample } from './sample-message.js';

function price(draw: Draw): number {
  return draw.integer(1, 10_000_000) / 100;
}

/**
 * Values that `@stoqey/ib` writes and reads without loss, so that a difference is one of layout: numbers that need no exponent,
 * 64-bit ids that fit into a number, multipliers that are numbers.
 */
export const ORACLE_VALUES: ReadonlyMap<unknown, Sample> = new Map<unknown, Sample>([
  [scalars.number, price],
  [scalars.quantity, price],
  [scalars.nonZeroNumber, price],
  [scalars.numberOrInfinity, (draw) => (draw.chance() ? Infinity : price(draw))],
  [scalars.longId, (draw) => String(draw.integer(1, 2_000_000_000))],
  ['multiplier', (draw) => String(draw.integer(1, 1000))],
  ['advancedRejectJson', (draw) => JSON.stringify({ reason: draw.integer(1, 9) })],
  ['scanCode', () => 'TOP_PERC_GAIN'],
  ['faDataType', (draw) => draw.oneOf(1, 3)],
]);

const CONDITION_TYPES = { price: 1, time: 3, margin: 4, execution: 5, volume: 6, percentChange: 7 } as const;

/** What the condition compares with, the way the library hands it to its encoder. */
function comparedWith(condition: WireOrderCondition): string | undefined {
  switch (condition.type) {
    case 'price':
      return String(condition.price);
    case 'time':
      return condition.time;
    case 'margin':
      return String(condition.percent);
    case 'volume':
      return String(condition.volume);
    case 'percentChange':
      return String(condition.percentChange);
    case 'execution':
      return undefined;
  }
}

/** A condition as the library's encoder takes it. */
export function conditionToEncode(condition: WireOrderCondition): object {
  return { ...condition, type: CONDITION_TYPES[condition.type], strValue: comparedWith(condition) };
}

/** A condition as the library's decoder makes it. */
export function conditionDecoded(condition: WireOrderCondition): object {
  const type = CONDITION_TYPES[condition.type];
  if (condition.type !== 'percentChange') return { ...condition, type };
  const { percentChange, ...rest } = condition;
  return { ...rest, type, percent: percentChange };
}

import type { WireOrder } from '@ibkit/wire';
import { decimalText } from '../decimal.js';
import { checkChoice, checkObject, fail, finite, positive, withoutUndefined } from './invalid-field.js';

/**
 * What a stop turns into once the market has reached `when` (TWS API: adjusted orders): another stop, a stop limit, or a trailing stop.
 */
export type StopAdjustment =
  | { readonly to: 'STP'; readonly when: number; readonly stopPrice: number }
  | { readonly to: 'STP LMT'; readonly when: number; readonly stopPrice: number; readonly limitPrice: number }
  | { readonly to: 'TRAIL'; readonly when: number; readonly stopPrice: number; readonly trailAmount: number; readonly trailPercent?: undefined }
  | { readonly to: 'TRAIL'; readonly when: number; readonly stopPrice: number; readonly trailPercent: number; readonly trailAmount?: undefined };

/** {@link StopAdjustment} as the journal keeps it: amounts are decimal text. */
export interface StagedAdjustment {
  readonly to: 'STP' | 'STP LMT' | 'TRAIL';
  readonly when: string;
  readonly stopPrice: string;
  readonly limitPrice?: string | undefined;
  readonly trailAmount?: string | undefined;
  readonly trailPercent?: string | undefined;
}

/** The fields that each kind takes besides `when` and `stopPrice`. */
const FIELDS: Readonly<Record<StopAdjustment['to'], readonly string[]>> = { STP: [], 'STP LMT': ['limitPrice'], TRAIL: ['trailAmount', 'trailPercent'] };

/** Checks an adjustment and gives it the form of the journal. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function stageAdjustment(adjust: StopAdjustment): StagedAdjustment {
  checkObject('adjust', adjust);
  checkChoice('adjust.to', adjust.to, Object.keys(FIELDS));
  const given: Readonly<Record<string, unknown>> = { ...adjust };
  for (const field of ['limitPrice', 'trailAmount', 'trailPercent']) {
    if (given[field] !== undefined && !FIELDS[adjust.to].includes(field)) fail(`adjust.${field}`, `must be absent when the stop turns into ${adjust.to}`, given[field]);
  }
  const base = { to: adjust.to, when: decimalText(finite('adjust.when', adjust.when)), stopPrice: decimalText(finite('adjust.stopPrice', adjust.stopPrice)) };
  if (adjust.to === 'STP') return base;
  if (adjust.to === 'STP LMT') return { ...base, limitPrice: decimalText(finite('adjust.limitPrice', adjust.limitPrice)) };
  const { trailAmount, trailPercent } = adjust;
  if ((trailAmount === undefined) === (trailPercent === undefined)) fail('adjust.trailAmount', 'must be given, or trailPercent, and not both', trailAmount);
  return withoutUndefined({
    ...base,
    trailAmount: trailAmount === undefined ? undefined : decimalText(positive('adjust.trailAmount', trailAmount)),
    trailPercent: trailPercent === undefined ? undefined : decimalText(positive('adjust.trailPercent', trailPercent)),
  });
}

/** TWS API: adjustableTrailingUnit. */
const UNIT = { amount: 0, percent: 100 } as const;

/** The fields that carry an adjustment. */
export function wireAdjustment({ to, when, stopPrice, limitPrice, trailAmount, trailPercent }: StagedAdjustment): WireOrder {
  const trailing = trailAmount ?? trailPercent;
  return {
    adjustedOrderType: to,
    triggerPrice: Number(when),
    adjustedStopPrice: Number(stopPrice),
    adjustedStopLimitPrice: limitPrice === undefined ? undefined : Number(limitPrice),
    adjustedTrailingAmount: trailing === undefined ? undefined : Number(trailing),
    adjustableTrailingUnit: trailing === undefined ? undefined : trailPercent === undefined ? UNIT.amount : UNIT.percent,
  };
}

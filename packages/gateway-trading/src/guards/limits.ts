import { UsageError } from '@ibkit/error-codes';
import { decimalText } from '../orders/decimal.js';

/** Caps on what may be sent. A cap that is absent does not exist. Amounts of money are in the currency of the contract; each currency is counted by itself. */
export interface TradingLimits {
  readonly perOrder?:
    | {
        /** Units of the contract: shares, contracts. */
        readonly maxQuantity?: number | undefined;
        /** Price times quantity times multiplier. */
        readonly maxNotional?: number | undefined;
      }
    | undefined;
  /** Over all accounts, for the broker's day (`brokerTimeZone`), counted in the journal: a restart does not begin anew. */
  readonly perDay?:
    | {
        readonly maxQuantity?: number | undefined;
        readonly maxNotional?: number | undefined;
        readonly maxOrders?: number | undefined;
      }
    | undefined;
  /** Orders and changes of orders in any sliding window of `perMs`. Stops a loop that has run wild. */
  readonly orderRate?:
    | {
        readonly maxOrders: number;
        /** @defaultValue 60000 */
        readonly perMs?: number | undefined;
      }
    | undefined;
}

/** How far a limit price may be from the market. */
export interface PriceBand {
  /** Of the last live quote, above 0. */
  readonly percent: number;
  /** `'through'` refuses only prices on the bad side of the market: a buy far above, a sell far below. @defaultValue 'both' */
  readonly sides?: 'both' | 'through' | undefined;
}

/** {@link TradingLimits} and {@link PriceBand}, checked, as decimal text. */
export interface ResolvedLimits {
  readonly orderQuantity: string | undefined;
  readonly orderNotional: string | undefined;
  readonly dayQuantity: string | undefined;
  readonly dayNotional: string | undefined;
  readonly dayOrders: number | undefined;
  readonly rate: { readonly maxOrders: number; readonly perMs: number } | undefined;
  readonly band: { readonly percent: number; readonly sides: 'both' | 'through' } | undefined;
}

/** The window of `orderRate` when it names none, milliseconds. */
export const DEFAULT_RATE_WINDOW_MS = 60_000;

function amount(field: string, value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value > 0 && Number.isFinite(value))) throw new UsageError({ field, value, rule: 'must be a finite number above 0' });
  return decimalText(value);
}

function whole(field: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError({ field, value, rule: 'must be a whole number, at least 1' });
  return value;
}

function rateOf(rate: TradingLimits['orderRate']): ResolvedLimits['rate'] {
  if (rate === undefined) return undefined;
  const { maxOrders, perMs = DEFAULT_RATE_WINDOW_MS } = rate;
  if (!(Number.isFinite(perMs) && perMs >= 1)) throw new UsageError({ field: 'limits.orderRate.perMs', value: perMs, rule: 'must be a finite number of milliseconds, at least 1' });
  return { maxOrders: whole('limits.orderRate.maxOrders', maxOrders), perMs };
}

function bandOf(band: PriceBand | undefined): ResolvedLimits['band'] {
  if (band === undefined) return undefined;
  const { percent, sides = 'both' } = band;
  if (!(Number.isFinite(percent) && percent > 0)) throw new UsageError({ field: 'priceBand.percent', value: percent, rule: 'must be a finite number above 0' });
  if (!['both', 'through'].includes(sides)) throw new UsageError({ field: 'priceBand.sides', value: sides, rule: "must be 'both' or 'through'" });
  return { percent, sides };
}

/**
 * Checks the caps.
 * @throws {@link UsageError} that names option, value and rule.
 */
export function resolveLimits(limits: TradingLimits = {}, band?: PriceBand): ResolvedLimits {
  const { perOrder = {}, perDay = {}, orderRate } = limits;
  return {
    orderQuantity: amount('limits.perOrder.maxQuantity', perOrder.maxQuantity),
    orderNotional: amount('limits.perOrder.maxNotional', perOrder.maxNotional),
    dayQuantity: amount('limits.perDay.maxQuantity', perDay.maxQuantity),
    dayNotional: amount('limits.perDay.maxNotional', perDay.maxNotional),
    dayOrders: perDay.maxOrders === undefined ? undefined : whole('limits.perDay.maxOrders', perDay.maxOrders),
    rate: rateOf(orderRate),
    band: bandOf(band),
  };
}

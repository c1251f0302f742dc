import { ContractError, UsageError } from '@ibkit/error-codes';
import type { SpreadLeg, SpreadPlan } from './spread-plan.js';
import type { SpreadTerms } from './spread-request.js';
import { failSpread } from './spread-fields.js';

/** Which option a leg is, as it is asked for. */
export interface OptionQuery {
  readonly symbol: string;
  readonly secType: 'OPT' | 'FOP';
  readonly exchange: string;
  readonly currency: string;
  /** `YYYY-MM-DD`. */
  readonly lastTradeDate: string;
  readonly strike: number;
  readonly right: 'C' | 'P';
  readonly tradingClass?: string | undefined;
}

/** What has to be known about an option to make it a leg. A resolved contract of `@ibkit/market-data` has it. */
export interface ResolvedOption {
  readonly conId: number;
  readonly strike?: number | undefined;
  readonly right?: 'C' | 'P' | undefined;
  /** `YYYY-MM-DD`. */
  readonly lastTradeDate?: string | undefined;
  /** Units of the underlying; absent for 1. */
  readonly multiplier?: number | undefined;
  /** The smallest price step; 0 when it is not known. */
  readonly minTick: number;
}

/** Finds the one contract that is meant. `MarketData` of `@ibkit/market-data` does. */
export interface OptionSource {
  resolve(query: OptionQuery, options: { readonly signal?: AbortSignal | undefined }): Promise<ResolvedOption>;
}

/** A leg of which the contract is known. */
export interface ResolvedLeg extends SpreadLeg {
  readonly conId: number;
  readonly multiplier: number;
  readonly minTick: number;
}

/** A leg with its contract. @throws ContractError `IBKR_SPREAD_LEG_MISMATCH` when the contract is not the one that was asked for. */
export function legWith(leg: SpreadLeg, option: ResolvedOption): ResolvedLeg {
  const { conId, strike, right, lastTradeDate, multiplier = 1, minTick } = option;
  if (strike !== leg.strike || right !== leg.right || lastTradeDate !== leg.expiry) {
    throw new ContractError({
      code: 'IBKR_SPREAD_LEG_MISMATCH',
      message: `The contract that was found is not the leg that was asked for: strike ${strike ?? 'none'}, right ${right ?? 'none'}, last day ${lastTradeDate ?? 'none'} instead of ${leg.strike}, ${leg.right}, ${leg.expiry}`,
      details: { asked: { strike: leg.strike, right: leg.right, expiry: leg.expiry }, conId },
      tips: ['Name the tradingClass: classes with other settlement days trade side by side.'],
    });
  }
  return { ...leg, conId, multiplier, minTick };
}

/**
 * Asks which contracts the legs are, all at once.
 * @throws UsageError without a source; ContractError when a leg does not exist, is ambiguous, or is not the one that was asked for; the signal's reason.
 */
export async function resolveLegs(plan: SpreadPlan, terms: SpreadTerms, { source, signal }: { readonly source: OptionSource | undefined; readonly signal?: AbortSignal | undefined }): Promise<readonly ResolvedLeg[]> {
  if (source === undefined) {
    throw new UsageError({ field: 'marketData', rule: 'must be given to Trading, so that the legs of a spread can be looked up; with contract ids of your own use spreadOrder and place' });
  }
  const { symbol, secType = 'OPT', exchange = 'SMART', currency = 'USD', tradingClass } = terms;
  return Promise.all(plan.legs.map(async (leg) => {
    const { expiry, strike, right } = leg;
    return legWith(leg, await source.resolve({ symbol, secType, exchange, currency, lastTradeDate: expiry, strike, right, tradingClass }, { signal }));
  }));
}

/** The units of the underlying in each leg, which must be the same in all. */
export function multiplierOfLegs(legs: readonly ResolvedLeg[]): number {
  const multipliers = [...new Set(legs.map(({ multiplier }) => multiplier))];
  const [multiplier = 1] = multipliers;
  if (multipliers.length > 1) failSpread('tradingClass', 'must name one class: the legs that were found have different multipliers', multipliers, ['One of the classes was adjusted for a split or a merger: its options are for another number of shares.']);
  return multiplier;
}

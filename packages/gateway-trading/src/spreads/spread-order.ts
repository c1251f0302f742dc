import { compareDecimals, decimalText, isMultipleOf } from '../orders/decimal.js';
import type { TradableContract } from '../orders/contract.js';
import type { OrderRequest } from '../orders/order-request.js';
import { explainSpread, priceRangeOf } from './spread-explanation.js';
import type { SpreadExplanation } from './spread-explanation.js';
import { failSpread } from './spread-fields.js';
import { multiplierOfLegs } from './spread-legs.js';
import type { ResolvedLeg } from './spread-legs.js';
import type { SpreadPlan } from './spread-plan.js';
import type { SpreadTerms } from './spread-request.js';

/** A spread as the one order that it is, with what it means. */
export interface SpreadOrder {
  /** For {@link Trading.place}: a combination of the legs, bought. */
  readonly order: OrderRequest;
  readonly spread: SpreadExplanation;
  readonly legs: readonly ResolvedLeg[];
}

/** Checks everything that does not need the broker. @param today `YYYY-MM-DD` where the options are traded @throws UsageError `IBKR_SPREAD_INVALID` */
export function checkSpreadTerms(plan: SpreadPlan, terms: SpreadTerms, today: string): void {
  const { symbol, quantity, orderType = 'LMT', limitPrice } = terms;
  if (typeof symbol !== 'string' || symbol.trim() === '') failSpread('symbol', 'must name the underlying', symbol);
  if (!Number.isSafeInteger(quantity) || quantity < 1) failSpread('quantity', 'must be a whole number of at least 1', quantity);
  // Options on futures have no exchange that everybody means.
  if (terms.secType === 'FOP' && terms.exchange === undefined) failSpread('exchange', 'must be named for options on futures');
  const { expiry } = plan.legs.reduce((first, leg) => (leg.expiry < first.expiry ? leg : first));
  if (expiry < today) failSpread(plan.kind === 'calendar' ? 'nearExpiry' : 'expiry', `must not be past: it is ${today} at the exchange`, expiry);
  switch (orderType) {
    case 'MKT':
      if (limitPrice !== undefined) failSpread('limitPrice', 'must be absent for a market order: say orderType LMT to limit the price', limitPrice);
      return;
    case 'LMT':
      if (typeof limitPrice !== 'number' || !Number.isFinite(limitPrice)) failSpread('limitPrice', 'must be a finite number: what you pay for one unit of the underlying, negative for what you receive', limitPrice);
      checkPriceRange(plan, limitPrice);
      return;
    default:
      failSpread('orderType', 'must be LMT or MKT', orderType);
  }
}

/** A price that is outside of what the legs can be worth has the wrong sign, or the legs are the wrong way round. */
function checkPriceRange(plan: SpreadPlan, limitPrice: number): void {
  const { least, most } = priceRangeOf(plan);
  const { name } = plan;
  if (limitPrice > most) {
    const why = most === 0 ? `a ${name} brings money (a credit), written as a negative price` : `a ${name} is never worth more, so that more would be lost at every price`;
    failSpread('limitPrice', `must be at most ${decimalText(most)}: ${why}`, limitPrice, [`To receive ${decimalText(Math.abs(limitPrice))} write ${decimalText(-Math.abs(limitPrice))}.`, 'Or the legs are the wrong way round: what is bought and what is sold.']);
  }
  if (limitPrice < least) {
    const why = least === 0 ? `a ${name} costs money (a debit), written as a positive price` : `a ${name} never brings more`;
    failSpread('limitPrice', `must be at least ${decimalText(least)}: ${why}`, limitPrice, ['Or the legs are the wrong way round: what is bought and what is sold.']);
  }
}

function tickOf({ minTick }: SpreadTerms, legs: readonly ResolvedLeg[]): number {
  const ticks = legs.map((leg) => leg.minTick).filter((tick) => tick > 0);
  return minTick ?? (ticks.length === 0 ? 0 : Math.min(...ticks));
}

function checkTick(limitPrice: number, tick: number): void {
  if (tick > 0 && !isMultipleOf(decimalText(limitPrice), decimalText(tick))) {
    failSpread('limitPrice', `must be a multiple of the smallest price step ${decimalText(tick)}`, limitPrice, ['Say minTick when the spread itself has another step than its legs.']);
  }
}

/**
 * Makes the one order that a spread is. Pure; use it with contract ids of your own, or let `Trading.placeSpread` look them up.
 * @param today `YYYY-MM-DD` where the options are traded
 * @throws UsageError `IBKR_SPREAD_INVALID` that names the field, the rule and the value.
 */
export function spreadOrder(plan: SpreadPlan, legs: readonly ResolvedLeg[], terms: SpreadTerms & { readonly today: string }): SpreadOrder {
  checkSpreadTerms(plan, terms, terms.today);
  checkLegs(plan, legs);
  const { symbol, quantity, orderType = 'LMT', limitPrice, exchange = 'SMART', currency = 'USD', tif, account, key, tag, requestHash } = terms;
  const multiplier = multiplierOfLegs(legs);
  const tick = tickOf(terms, legs);
  const contract: TradableContract = {
    symbol,
    secType: 'BAG',
    exchange,
    currency,
    multiplier,
    minTick: tick,
    comboLegs: legs.map(({ conId, ratio, action }) => ({ conId, ratio, action, exchange })),
  };
  const subject = { contract, action: 'BUY', quantity, tif, account, key, tag, requestHash } as const;
  const explained = { symbol, quantity, multiplier, currency };
  if (orderType === 'MKT' || limitPrice === undefined) return { order: { ...subject, orderType: 'MKT' }, spread: explainSpread(plan, explained), legs };
  checkTick(limitPrice, tick);
  return { order: { ...subject, orderType: 'LMT', limitPrice }, spread: explainSpread(plan, { ...explained, netPrice: limitPrice }), legs };
}

/** The contracts are those of the plan, leg by leg, and no two are the same. */
function checkLegs(plan: SpreadPlan, legs: readonly ResolvedLeg[]): void {
  const fits = legs.length === plan.legs.length && plan.legs.every((leg, place) => {
    const { strike, right, expiry, action, ratio } = legs[place] ?? leg;
    return compareDecimals(decimalText(strike), decimalText(leg.strike)) === 0 && right === leg.right && expiry === leg.expiry && action === leg.action && ratio === leg.ratio;
  });
  if (!fits) failSpread('legs', `must be the ${plan.legs.length} legs of the plan, in its order`, legs.length);
  const ids = legs.map(({ conId }) => conId);
  for (const [place, conId] of ids.entries()) {
    if (!Number.isSafeInteger(conId) || conId <= 0) failSpread(`legs[${place}].conId`, 'must be a whole number above 0', conId);
    if (ids.indexOf(conId) !== place) failSpread(`legs[${place}].conId`, 'must be another contract than that of the other legs', conId);
  }
}

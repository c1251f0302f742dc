import { decimalText } from '../orders/decimal.js';
import { cleanPrice, exactProduct, payoffOf, valueRange } from './payoff.js';
import type { Payoff, PayoffAmount, PriceRange } from './payoff.js';
import type { SpreadLeg, SpreadPlan } from './spread-plan.js';
import type { SpreadKind } from './spread-request.js';

/** What an explanation is about besides the legs. */
export interface ExplainOptions {
  readonly symbol: string;
  /** Units of the spread. */
  readonly quantity: number;
  /** Units of the underlying in one option. */
  readonly multiplier: number;
  readonly currency: string;
  /** The net price for one unit of the underlying; positive is paid, negative received. Absent when it is not known. */
  readonly netPrice?: number | undefined;
}

/** What a spread is, costs, and can come to: as data and in words. Commissions are not in it. */
export interface SpreadExplanation {
  readonly kind: SpreadKind;
  /** `bull call spread` */
  readonly name: string;
  readonly view: string;
  /** Whether it costs money or brings money; without a price what it must do in any market, absent when it may do either. */
  readonly side: 'debit' | 'credit' | 'even' | undefined;
  /** What net prices make sense: outside of it one side would always lose. Without a bound where there is none. */
  readonly priceRange: { readonly least?: number | undefined; readonly most?: number | undefined };
  readonly netPrice: number | undefined;
  readonly multiplier: number;
  readonly currency: string;
  /** For the whole quantity, in the currency: paid when positive, received when negative. */
  readonly premium: number | undefined;
  /** For the whole quantity, in the currency, on the last day. Absent without a price. */
  readonly maxGain: PayoffAmount | undefined;
  readonly maxLoss: PayoffAmount | undefined;
  /** Prices of the underlying on the last day; empty when there are none, absent when they cannot be known beforehand. */
  readonly breakEvens: readonly number[] | undefined;
  /** The same in words, a sentence each. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

const FAR_VALUE = 'it depends on what the far option is worth on the near day, and so on volatility';

/** The net prices at which neither side always loses; of a calendar spread only the sign is certain. */
export function priceRangeOf({ kind, legs }: SpreadPlan): { readonly least: number; readonly most: number } {
  if (kind !== 'calendar') return valueRange(legs);
  // The far option is worth at least as much as the near one.
  const isLong = legs.some(({ action, expiry }) => action === 'BUY' && legs.every((other) => other.expiry <= expiry));
  return isLong ? { least: 0, most: Number.POSITIVE_INFINITY } : { least: Number.NEGATIVE_INFINITY, most: 0 };
}

function calendarPayoff(netPrice: number, isLong: boolean): Pick<Payoff, 'maxGain' | 'maxLoss'> & { readonly breakEvens: undefined; readonly gainsMost: undefined; readonly losesMost: undefined } {
  const unknown: PayoffAmount = { kind: 'unknown', why: FAR_VALUE };
  const none = { breakEvens: undefined, gainsMost: undefined, losesMost: undefined };
  // Held no longer than to the near day: the most that a long one can lose is what it cost, the most that a short one can gain is what it brought.
  return isLong ? { maxGain: unknown, maxLoss: { kind: 'limited', amount: netPrice }, ...none } : { maxGain: { kind: 'limited', amount: cleanPrice(-netPrice) }, maxLoss: unknown, ...none };
}

function total(amount: PayoffAmount, factor: number): PayoffAmount {
  return amount.kind === 'limited' ? { kind: 'limited', amount: exactProduct(amount.amount, factor) } : amount;
}

function sideOf(netPrice: number | undefined, { least, most }: { readonly least: number; readonly most: number }): SpreadExplanation['side'] {
  if (netPrice !== undefined) return netPrice === 0 ? 'even' : netPrice > 0 ? 'debit' : 'credit';
  if (least >= 0) return 'debit';
  return most <= 0 ? 'credit' : undefined;
}

function bounds({ least, most }: { readonly least: number; readonly most: number }): SpreadExplanation['priceRange'] {
  return { ...(Number.isFinite(least) ? { least } : {}), ...(Number.isFinite(most) ? { most } : {}) };
}

function money(amount: number, currency: string): string {
  return `${decimalText(Math.abs(amount))} ${currency}`;
}

function legText({ action, ratio, strike, right, expiry }: SpreadLeg): string {
  const verb = action === 'BUY' ? 'buys' : 'sells';
  return `${verb} ${ratio === 1 ? 'the' : `${ratio} of the`} ${decimalText(strike)} ${right === 'C' ? 'call' : 'put'} of ${expiry}`;
}

function rangeText(range: PriceRange | undefined): string {
  if (range === undefined) return '';
  const { from, to } = range;
  if (to === undefined) return from === 0 ? ' at any price' : `, at ${decimalText(from)} or above`;
  if (from === 0 && to > 0) return `, at ${decimalText(to)} or below`;
  return from === to ? `, at ${decimalText(from)}` : `, from ${decimalText(from)} to ${decimalText(to)}`;
}

function amountText(what: 'gain' | 'lose', amount: PayoffAmount, currency: string, range: PriceRange | undefined): string {
  switch (amount.kind) {
    case 'unlimited':
      return `What you can ${what} has no limit.`;
    case 'unknown':
      return `How much you can ${what} is not known beforehand: ${amount.why}.`;
    case 'limited':
      if (amount.amount < 0) return `You ${what === 'gain' ? 'lose' : 'gain'} at least ${money(amount.amount, currency)} at any price.`;
      return `The most that you can ${what} is ${money(amount.amount, currency)}${rangeText(range)}.`;
  }
}

function premiumText({ netPrice = 0, quantity, multiplier, currency }: ExplainOptions, premium: number): string {
  if (netPrice === 0) return 'It costs nothing and brings nothing.';
  const [side, verb] = netPrice > 0 ? ['A debit', 'pay'] : ['A credit', 'receive'];
  const each = exactProduct(Math.abs(netPrice), multiplier);
  const all = quantity === 1 ? '' : `, ${money(premium, currency)} for ${quantity}`;
  return `${side}: you ${verb} ${decimalText(Math.abs(netPrice))} for each unit of the underlying, ${money(each, currency)} for one spread${all}.`;
}

function warningsFor({ kind, legs }: SpreadPlan): readonly string[] {
  const warnings: string[] = [];
  if (legs.some(({ action }) => action === 'SELL')) warnings.push('A leg that was sold can be exercised against you before its last day where the style is American.');
  if (kind === 'calendar') warnings.push('After the near day only the far option is left: the amounts are for a spread that is closed by then.');
  return warnings;
}

/** Says what a spread is, what it costs, and what it can come to. Pure: the same input gives the same output. */
export function explainSpread(plan: SpreadPlan, options: ExplainOptions): SpreadExplanation {
  const { symbol, quantity, multiplier, currency, netPrice } = options;
  const { kind, name, view, legs } = plan;
  const range = priceRangeOf(plan);
  const factor = exactProduct(quantity, multiplier);
  const side = sideOf(netPrice, range);
  const what = `${name.charAt(0).toUpperCase()}${name.slice(1)} on ${symbol}: ${legs.map(legText).join(', ')}; ${view}.`;
  const base = { kind, name, view, side, priceRange: bounds(range), netPrice, multiplier, currency, warnings: warningsFor(plan) } as const;
  if (netPrice === undefined) {
    const sure = side === undefined ? '' : `It is a ${side}: it ${side === 'debit' ? 'costs' : 'brings'} money. `;
    const unpriced = `${sure}How much it costs or brings is known when it is filled.`;
    return { ...base, premium: undefined, maxGain: undefined, maxLoss: undefined, breakEvens: undefined, lines: [what, unpriced] };
  }
  const payoff = kind === 'calendar' ? calendarPayoff(netPrice, range.least >= 0) : payoffOf(legs, netPrice);
  const premium = exactProduct(netPrice, factor);
  const maxGain = total(payoff.maxGain, factor);
  const maxLoss = total(payoff.maxLoss, factor);
  const { breakEvens } = payoff;
  const lines = [what, premiumText(options, premium), amountText('lose', maxLoss, currency, payoff.losesMost), amountText('gain', maxGain, currency, payoff.gainsMost)];
  if (breakEvens !== undefined) {
    lines.push(breakEvens.length === 0 ? 'There is no price at which it breaks even.' : `It breaks even with the underlying at ${breakEvens.map(decimalText).join(' and ')} on its last day.`);
  }
  return { ...base, premium, maxGain, maxLoss, breakEvens, lines };
}

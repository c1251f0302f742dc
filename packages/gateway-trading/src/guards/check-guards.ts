import { addDecimals, compareDecimals, decimalText, multiplyDecimals } from '../orders/decimal.js';
import type { OrderContract } from '../orders/contract.js';
import type { ResolvedLimits } from './limits.js';

/** Why the caps or the price band speak against an order. */
export type GuardReason =
  | 'ORDER_QUANTITY'
  | 'ORDER_NOTIONAL'
  | 'DAY_QUANTITY'
  | 'DAY_NOTIONAL'
  | 'DAY_ORDERS'
  | 'ORDER_RATE'
  | 'NOTIONAL_UNKNOWN'
  | 'PRICE_BAND'
  | 'QUOTE_STALE'
  | 'QUOTE_DELAYED'
  | 'QUOTE_UNKNOWN';

/**
 * What the guards look at in an order, new or changed. A `StagedRequest` fits once its account is known; for a change give the order as it
 * will be, with what it counts already.
 */
export interface GuardedOrder {
  readonly contract: Pick<OrderContract, 'secType' | 'currency' | 'multiplier'>;
  readonly action: 'BUY' | 'SELL';
  /** In full, decimal text: what it will be after a change. */
  readonly quantity: string;
  readonly limitPrice?: string | undefined;
  /** Where a stop order wakes up. */
  readonly stopPrice?: string | undefined;
  /** Where an if-touched order wakes up. */
  readonly triggerPrice?: string | undefined;
  /** The amount of money of an order that has no quantity. */
  readonly cashQuantity?: string | undefined;
  /** For a change: what the order counted so far. Absent for a new order. */
  readonly counted?: Pick<LimitCount, 'quantity' | 'notional'> | undefined;
}

/** What an order counts towards the limits of a day; kept in the journal with the record that stages it. */
export interface LimitCount {
  /** The broker's day, `YYYY-MM-DD`. */
  readonly day: string;
  /** 1 for a new order, 0 for a change. */
  readonly orders: 0 | 1;
  /** Decimal text; for a change what it adds. */
  readonly quantity: string;
  readonly currency: string;
  /** Absent when nobody could say. Decimal text; for a change what it adds. */
  readonly notional?: string | undefined;
}

/** What the market was when we looked, or why that is not known. */
export type QuoteFact =
  | { readonly price: string; /** How long ago we looked, milliseconds. */ readonly ageMs: number }
  | { readonly missing: 'QUOTE_STALE' | 'QUOTE_DELAYED' | 'QUOTE_UNKNOWN' };

/** What has been used up so far. */
export interface LimitUse {
  readonly orders: number;
  /** Decimal text. */
  readonly quantity: string;
  /** In the currency of the order, decimal text. */
  readonly notional: string;
  /** Whether orders of today count whose value nobody knows. */
  readonly hasUnvalued: boolean;
  /** Orders and changes within the window of the rate. */
  readonly recent: number;
}

/** Everything that the guards judge by. Facts only, so that they can be asked about any moment. */
export interface GuardFacts {
  readonly limits: ResolvedLimits;
  readonly used: LimitUse;
  /** Absent when nobody looked, because {@link needsQuote} said no. */
  readonly quote?: QuoteFact | undefined;
}

/** A price that is older than this says nothing about the market of now, milliseconds. */
export const MAX_QUOTE_AGE_MS = 10_000;

/** Instruments of which one unit is one unit: the others say by their multiplier how much one contract is. */
const UNIT_KINDS: ReadonlySet<string> = new Set(['STK', 'CASH', 'CFD', 'CRYPTO', 'FUND', 'CMDTY']);

/** Whether the guards must know the market before they can judge this order. */
export function needsQuote(order: GuardedOrder, { orderNotional, dayNotional, band }: ResolvedLimits): boolean {
  const { limitPrice, action, cashQuantity } = order;
  const wakesAt = wakingPrice(order);
  const hasCap = orderNotional !== undefined || dayNotional !== undefined;
  // A sell fills at its limit or better, so that its limit is no upper bound.
  if (hasCap && cashQuantity === undefined && (action === 'SELL' || (limitPrice === undefined && wakesAt === undefined))) return true;
  return band !== undefined && isBanded(order) && wakesAt === undefined;
}

/** The price of a combination is a difference: a percentage of it says nothing. */
function isBanded({ limitPrice, contract }: GuardedOrder): boolean {
  return limitPrice !== undefined && contract.secType !== 'BAG';
}

/** Where the market will be when the order begins to trade. */
function wakingPrice({ stopPrice, triggerPrice }: GuardedOrder): string | undefined {
  return stopPrice ?? triggerPrice;
}

/** What one unit of a contract stands for, decimal text; `undefined` for a derivative that does not say it. Combinations are taken for ones of stock options. */
export function multiplierOf({ secType, multiplier }: GuardedOrder['contract']): string | undefined {
  if (multiplier !== undefined) return decimalText(Number(multiplier));
  if (secType === 'BAG') return '100';
  return UNIT_KINDS.has(secType) ? '1' : undefined;
}

function absolute(value: string): string {
  return value.startsWith('-') ? value.slice(1) : value;
}

function larger(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareDecimals(a, b) >= 0 ? a : b;
}

function freshPrice(quote: QuoteFact | undefined): string | undefined {
  return quote !== undefined && 'price' in quote && quote.ageMs <= MAX_QUOTE_AGE_MS ? quote.price : undefined;
}

/**
 * What an order is worth at most, as far as anybody knows: price times quantity times multiplier, decimal text. `undefined` without a price, and for a
 * derivative that does not say its multiplier.
 */
export function notionalOf(order: GuardedOrder, quote: QuoteFact | undefined): string | undefined {
  const { contract, action, quantity, limitPrice, cashQuantity } = order;
  if (cashQuantity !== undefined) return cashQuantity;
  const multiplier = multiplierOf(contract);
  const market = freshPrice(quote);
  const price = action === 'BUY' && limitPrice !== undefined ? limitPrice : [limitPrice, wakingPrice(order), market].map((each) => (each === undefined ? undefined : absolute(each))).reduce(larger);
  if (price === undefined || multiplier === undefined) return undefined;
  return absolute(multiplyDecimals(multiplyDecimals(quantity, price), multiplier));
}

/** What an order adds to its day. */
export function limitCountOf(order: GuardedOrder, quote: QuoteFact | undefined, day: string): LimitCount {
  const { counted, contract, quantity } = order;
  const notional = notionalOf(order, quote);
  return {
    day,
    orders: counted === undefined ? 1 : 0,
    quantity: added(quantity, counted?.quantity),
    currency: contract.currency,
    ...(notional === undefined ? {} : { notional: added(notional, counted === undefined ? undefined : (counted.notional ?? '0')) }),
  };
}

/** How much more than before, at least 0. */
function added(now: string, before: string | undefined): string {
  if (before === undefined || before === '0') return now;
  const more = addDecimals(now, `-${before}`);
  return more.startsWith('-') ? '0' : more;
}

function exceeds(value: string, cap: string | undefined): boolean {
  return cap !== undefined && compareDecimals(value, cap) > 0;
}

function notionalReasons(order: GuardedOrder, { limits, used, quote }: GuardFacts): readonly GuardReason[] {
  const { orderNotional, dayNotional } = limits;
  if (orderNotional === undefined && dayNotional === undefined) return [];
  const notional = notionalOf(order, quote);
  if (notional === undefined) return ['NOTIONAL_UNKNOWN'];
  const reasons: GuardReason[] = [];
  if (exceeds(notional, orderNotional)) reasons.push('ORDER_NOTIONAL');
  if (dayNotional === undefined) return reasons;
  const more = limitCountOf(order, quote, '').notional ?? notional;
  // What takes nothing more is not held up by what others took.
  if (exceeds(more, '0') && exceeds(addDecimals(used.notional, more), dayNotional)) reasons.push('DAY_NOTIONAL');
  if (exceeds(more, '0') && used.hasUnvalued) reasons.push('NOTIONAL_UNKNOWN');
  return reasons;
}

function bandReasons(order: GuardedOrder, { limits: { band }, quote }: GuardFacts): readonly GuardReason[] {
  const { action, limitPrice } = order;
  if (band === undefined || limitPrice === undefined || !isBanded(order)) return [];
  // A stop-limit order meets the market at its stop, wherever that is now.
  const reference = wakingPrice(order) ?? freshPrice(quote);
  if (reference === undefined) return [quote !== undefined && 'missing' in quote ? quote.missing : quote === undefined ? 'QUOTE_UNKNOWN' : 'QUOTE_STALE'];
  const width = (Math.abs(Number(reference)) * band.percent) / 100;
  const above = Number(limitPrice) - Number(reference);
  const through = action === 'BUY' ? above : -above;
  const far = band.sides === 'both' ? Math.abs(above) > width : through > width;
  return far ? ['PRICE_BAND'] : [];
}

/**
 * Every reason of the caps and of the price band against an order, or a change of one, most important first; empty when it may go. Pure: ask it
 * immediately before the journal is written and again before bytes leave.
 */
export function checkGuards(order: GuardedOrder, facts: GuardFacts): readonly GuardReason[] {
  const { limits, used } = facts;
  const { quantity, orders } = limitCountOf(order, facts.quote, '');
  const reasons: GuardReason[] = [];
  if (exceeds(order.quantity, limits.orderQuantity)) reasons.push('ORDER_QUANTITY');
  if (exceeds(quantity, '0') && exceeds(addDecimals(used.quantity, quantity), limits.dayQuantity)) reasons.push('DAY_QUANTITY');
  if (limits.dayOrders !== undefined && orders > 0 && used.orders + orders > limits.dayOrders) reasons.push('DAY_ORDERS');
  if (limits.rate !== undefined && used.recent + 1 > limits.rate.maxOrders) reasons.push('ORDER_RATE');
  return [...reasons, ...notionalReasons(order, facts), ...bandReasons(order, facts)];
}

import { createHash } from 'node:crypto';
import { orderContract } from './contract.js';
import type { OrderContract, SecType, TradableContract } from './contract.js';
import { decimalText, isMultipleOf } from './decimal.js';
import { stageAdjustment } from './terms/adjustable-stop.js';
import type { StagedAdjustment, StopAdjustment } from './terms/adjustable-stop.js';
import { checkContract, checkNotExpired } from './terms/check-contract.js';
import { checkChoice, checkFlag, checkObject, checkText, fail, finite, positive, withoutUndefined } from './terms/invalid-field.js';
import type { Unchecked } from './terms/invalid-field.js';
import { stageAttributes } from './terms/order-attributes.js';
import type { OrderAttributes, StagedAttributes } from './terms/order-attributes.js';
import { instantOf } from './terms/order-time.js';
import { ORDER_TYPES, ORDER_TYPE_RULES, PRICE_FIELDS, TIMES_IN_FORCE } from './terms/order-types.js';
import type { OrderType, PriceField, TimeInForce } from './terms/order-types.js';

/** Buy or sell. */
export type OrderAction = 'BUY' | 'SELL';

/** What the fields of a type mean, in the currency of the contract. Prices are on the tick grid where the contract says its grid. */
export interface OrderPriceFields {
  /**
   * The worst price to trade at; the cap of a pegged order. Of a combination (`BAG`) it is the net price for buying one unit of it, the sum
   * of what its `BUY` legs cost less what its `SELL` legs bring: positive when buying it costs money (a debit), negative when buying it
   * brings money (a credit), and 0 is a price, too. Selling one unit at a net price of 1.20 brings 1.20.
   */
  readonly limitPrice: number;
  /** What releases a stop; the first stop of a trailing one. */
  readonly stopPrice: number;
  /** What releases an if-touched order. */
  readonly triggerPrice: number;
  /** How far a trailing stop stays from the market. */
  readonly trailAmount: number;
  /** The same in percent of the price, above 0 and below 100. */
  readonly trailPercent: number;
  /** How far the limit of a trailing stop limit is from its stop. */
  readonly limitOffset: number;
  /** How far a pegged or relative order stays from what it is pegged to. */
  readonly offset: number;
  /** The same of a relative order as a share: 0.01 is one percent. */
  readonly percentOffset: number;
  /** What a stop turns into later. */
  readonly adjust: StopAdjustment;
}

/** A type with the fields that it needs and those that it takes; it refuses the others. */
type Priced<T extends OrderType, Needs extends PriceField = never, Takes extends PriceField = never> = { readonly orderType: T } & Pick<OrderPriceFields, Needs> & {
    readonly [K in Takes]?: OrderPriceFields[K] | undefined;
  } & Readonly<Partial<Record<Exclude<PriceField, Needs | Takes>, undefined>>>;

/** The order types of the TWS API, each with its own fields. */
export type OrderPricing =
  | Priced<'MKT' | 'MOC' | 'MTL' | 'MKT PRT'>
  | Priced<'LMT' | 'LOC', 'limitPrice'>
  | Priced<'STP', 'stopPrice', 'adjust'>
  | Priced<'STP PRT', 'stopPrice'>
  | Priced<'STP LMT', 'stopPrice' | 'limitPrice', 'adjust'>
  | Priced<'TRAIL', 'trailAmount', 'stopPrice'>
  | Priced<'TRAIL', 'trailPercent', 'stopPrice'>
  | Priced<'TRAIL LIMIT', 'trailAmount' | 'limitOffset', 'stopPrice'>
  | Priced<'TRAIL LIMIT', 'trailPercent' | 'limitOffset', 'stopPrice'>
  | Priced<'MIT', 'triggerPrice'>
  | Priced<'LIT', 'triggerPrice' | 'limitPrice'>
  | Priced<'REL', never, 'limitPrice' | 'offset' | 'percentOffset'>
  | Priced<'MIDPRICE', never, 'limitPrice'>
  | Priced<'PEG MID' | 'PEG MKT' | 'PEG PRIM', never, 'limitPrice' | 'offset'>;

/** What an order is for, and for whom. */
export interface OrderSubject {
  readonly contract: TradableContract;
  readonly action: OrderAction;
  /** Above 0; whole unless the contract says another `sizeIncrement`, or is crypto or a fund. 0 together with `cashQuantity`. */
  readonly quantity: number;
  /** @defaultValue 'DAY' */
  readonly tif?: TimeInForce | undefined;
  /** Whether it may fill outside regular trading hours. @defaultValue false */
  readonly outsideRth?: boolean | undefined;
  /** Required when the session has several accounts, and always in live mode. */
  readonly account?: string | undefined;
  /**
   * Makes a repeat harmless: the same key with the same request gives back the same order, the same key with another request is refused.
   * At most 64 printable ASCII characters. @defaultValue a new one
   */
  readonly key?: string | undefined;
  /** Your own strategy tag, kept in the journal and echoed on the order, never sent. At most 128 characters. */
  readonly tag?: string | undefined;
  /**
   * What tells this request from others under its key, at most 128 characters: for callers that make the request from something else, such as a
   * ticket, of which a repeat may resolve differently. @defaultValue SHA-256 over the checked request, the account and the tag
   */
  readonly requestHash?: string | undefined;
}

/** What a caller wants done. */
export type OrderRequest = OrderSubject & OrderAttributes & OrderPricing;

/** An {@link OrderRequest} of which the compiler does not know whether type and fields go together; the checks find out. */
export type LooseOrderRequest = OrderSubject & OrderAttributes & { readonly orderType: OrderType } & { readonly [K in PriceField]?: OrderPriceFields[K] | undefined };

/**
 * A validated request with every default in place, as the journal keeps it: prices and sizes are decimal text, times are UTC. What was not
 * given is not there, so that requests of earlier versions read and hash as they did.
 */
export interface StagedRequest extends StagedAttributes {
  readonly contract: OrderContract;
  readonly action: OrderAction;
  readonly quantity: string;
  readonly orderType: OrderType;
  readonly limitPrice?: string | undefined;
  readonly tif: TimeInForce;
  readonly outsideRth: boolean;
  readonly stopPrice?: string | undefined;
  readonly triggerPrice?: string | undefined;
  readonly trailAmount?: string | undefined;
  readonly trailPercent?: string | undefined;
  readonly limitOffset?: string | undefined;
  readonly offset?: string | undefined;
  readonly percentOffset?: string | undefined;
  readonly adjust?: StagedAdjustment | undefined;
}

const ACTIONS: readonly OrderAction[] = ['BUY', 'SELL'];
/** Kinds that the broker takes orders for in fractions through the API. */
const FRACTIONAL: readonly SecType[] = ['CRYPTO', 'FUND'];
/** Futures, and spreads, trade at zero and below; a share, an option or a coin never does. */
const BELOW_ZERO: readonly SecType[] = ['FUT', 'FOP', 'CMDTY', 'BAG'];
/** Kinds that are traded for an amount of money (TWS API: Order.cashQty). */
const FOR_CASH: readonly SecType[] = ['CASH', 'CRYPTO'];

const MAX_TAG_LENGTH = 128;
const MAX_HASH_LENGTH = 128;
const MAX_KEY_LENGTH = 64;

function checkStep(quantity: number, { secType, minSize = 0, sizeIncrement = 0 }: TradableContract): void {
  const step = sizeIncrement > 0 ? sizeIncrement : FRACTIONAL.includes(secType) ? undefined : 1;
  if (step === 1 && !Number.isSafeInteger(quantity)) fail('quantity', `must be a whole number for ${secType}`, quantity);
  if (step !== undefined && !isMultipleOf(decimalText(quantity), decimalText(step))) fail('quantity', `must be a multiple of ${decimalText(step)}`, quantity);
  if (minSize > 0 && quantity < minSize) fail('quantity', `must be at least ${decimalText(minSize)}`, quantity);
}

function checkQuantity(quantity: unknown, { contract, cashQuantity }: LooseOrderRequest): void {
  if (cashQuantity !== undefined) {
    if (!FOR_CASH.includes(contract.secType)) fail('cashQuantity', `must be absent for ${contract.secType}: only ${FOR_CASH.join(' and ')} trade for an amount of money`, cashQuantity);
    if (quantity !== 0) fail('quantity', 'must be 0 together with cashQuantity, which decides', quantity);
    return;
  }
  checkStep(positive('quantity', quantity), contract);
}

/** A price on the grid of the contract, and above 0 where the instrument has no others. */
function priceText(field: string, value: unknown, { secType, minTick = 0 }: TradableContract): string {
  const price = finite(field, value);
  if (price <= 0 && !BELOW_ZERO.includes(secType)) fail(field, 'must be above 0', price);
  const text = decimalText(price);
  if (minTick > 0 && !isMultipleOf(text, decimalText(minTick))) fail(field, `must be a multiple of the smallest price step ${decimalText(minTick)}`, price);
  return text;
}

function percentText(field: string, value: unknown): string {
  const percent = positive(field, value);
  if (percent >= 100) fail(field, 'must be below 100', percent);
  return decimalText(percent);
}

function offsetText(field: string, value: unknown, below = Number.POSITIVE_INFINITY): string {
  const offset = finite(field, value);
  if (offset < 0 || offset >= below) fail(field, below === 1 ? 'must be a share from 0 to 1: 0.01 is one percent' : 'must be 0 or more', offset);
  return decimalText(offset);
}

function checkFieldsOf(type: OrderType, request: Unchecked<LooseOrderRequest>): void {
  const { needs, takes, oneOf = [] } = ORDER_TYPE_RULES[type];
  for (const field of needs) if (request[field] === undefined) fail(field, `is required for ${type}`, request[field]);
  const known = [...needs, ...takes, ...oneOf];
  for (const field of PRICE_FIELDS) {
    if (request[field] !== undefined && !known.includes(field)) fail(field, `must be absent for ${type}: it would be ignored`, request[field]);
  }
  const [first = 'trailAmount'] = oneOf;
  const given = oneOf.filter((field) => request[field] !== undefined);
  if (oneOf.length > 0 && given.length !== 1) fail(first, `or ${oneOf.slice(1).join(' or ')} must be given for ${type}, exactly one of them`, request[first]);
}

type StagedPrices = Pick<StagedRequest, PriceField>;

function stagePrices(request: LooseOrderRequest): StagedPrices {
  const { contract, limitPrice, stopPrice, triggerPrice, trailAmount, trailPercent, limitOffset, offset, percentOffset, adjust } = request;
  // TWS API: 0 is how an unset stop travels.
  for (const [field, value] of [['stopPrice', stopPrice], ['triggerPrice', triggerPrice]] as const) if (value === 0) fail(field, 'must not be 0, which the broker reads as absent', value);
  return {
    limitPrice: limitPrice === undefined ? undefined : priceText('limitPrice', limitPrice, contract),
    stopPrice: stopPrice === undefined ? undefined : priceText('stopPrice', stopPrice, contract),
    triggerPrice: triggerPrice === undefined ? undefined : priceText('triggerPrice', triggerPrice, contract),
    trailAmount: trailAmount === undefined ? undefined : decimalText(positive('trailAmount', trailAmount)),
    trailPercent: trailPercent === undefined ? undefined : percentText('trailPercent', trailPercent),
    limitOffset: limitOffset === undefined ? undefined : offsetText('limitOffset', limitOffset),
    offset: offset === undefined ? undefined : offsetText('offset', offset),
    percentOffset: percentOffset === undefined ? undefined : offsetText('percentOffset', percentOffset, 1),
    adjust: adjust === undefined ? undefined : stageAdjustment(adjust),
  };
}

function checkTif(tif: TimeInForce, { orderType, goodTillDate }: LooseOrderRequest): void {
  const { tifs } = ORDER_TYPE_RULES[orderType];
  if (!tifs.includes(tif)) fail('tif', `must be one of ${tifs.join(', ')} for ${orderType}`, tif);
  if ((tif === 'GTD') === (goodTillDate !== undefined)) return;
  fail('goodTillDate', tif === 'GTD' ? 'is required for the time in force GTD' : `must be absent for the time in force ${tif}: say tif GTD`, goodTillDate);
}

function checkTimes({ goodTillDate, goodAfterTime }: StagedRequest, nowMs: number): void {
  const tillMs = goodTillDate === undefined ? undefined : instantOf(goodTillDate);
  if (tillMs === undefined) return;
  if (tillMs <= nowMs) fail('goodTillDate', 'must not be past', goodTillDate);
  const afterMs = goodAfterTime === undefined ? undefined : instantOf(goodAfterTime);
  if (afterMs !== undefined && afterMs >= tillMs) fail('goodAfterTime', 'must be before goodTillDate', goodAfterTime);
}

/**
 * Checks a request field by field and gives it back with its defaults, in the form of the journal.
 * @param nowMs the time at the broker, for what must not be past; not judged when absent
 * @throws {@link UsageError} with code `IBKR_ORDER_INVALID` that names the field, the rule and the value.
 */
export function stageRequest(request: LooseOrderRequest, nowMs?: number): StagedRequest {
  checkObject('request', request);
  checkContract(request.contract);
  const { contract, action, quantity, orderType, tif = 'DAY', outsideRth = false } = request;
  checkChoice('action', action, ACTIONS);
  checkChoice('orderType', orderType, ORDER_TYPES);
  checkChoice('tif', tif, TIMES_IN_FORCE);
  const { secTypes } = ORDER_TYPE_RULES[orderType];
  if (secTypes !== undefined && !secTypes.includes(contract.secType)) fail('orderType', `${orderType} exists for ${secTypes.join(' and ')} only`, contract.secType);
  checkQuantity(quantity, request);
  checkFieldsOf(orderType, request);
  checkTif(tif, request);
  checkFlag('outsideRth', outsideRth);
  checkText('account', request.account, { max: 32 });
  checkText('tag', request.tag, { max: MAX_TAG_LENGTH });
  if (request.key !== undefined) checkText('key', request.key, { required: true, max: MAX_KEY_LENGTH });
  if (request.requestHash !== undefined) checkText('requestHash', request.requestHash, { required: true, max: MAX_HASH_LENGTH });
  const staged: StagedRequest = withoutUndefined({
    contract: orderContract(contract),
    action,
    quantity: decimalText(quantity),
    orderType,
    tif,
    outsideRth,
    ...stagePrices(request),
    ...stageAttributes(request, { contract, quantity }),
  });
  if (nowMs !== undefined) {
    checkNotExpired(contract, nowMs);
    checkTimes(staged, nowMs);
  }
  return staged;
}

/** One text for one value, whatever the order of its keys. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`);
  return `{${parts.join(',')}}`;
}

/** What tells one request from another under the same key: SHA-256 over the canonical request, the account and the tag. */
export function hashRequest(staged: StagedRequest, account: string, tag: string | undefined): string {
  return createHash('sha256').update(canonical({ ...staged, account, tag })).digest('hex');
}

/** What tells one group of requests from another, by the hashes of its members. */
export function hashOf(hashes: readonly string[]): string {
  return createHash('sha256').update(hashes.join()).digest('hex');
}

import type { ClientMessageOf, WireContract, WireOrder, WireOrderCondition } from '@ibkit/wire';
import type { ComboLeg, SecType, TradableContract } from '../orders/contract.js';
import { stageRequest } from '../orders/order-request.js';
import type { LooseOrderRequest, OrderPriceFields, StagedRequest } from '../orders/order-request.js';
import type { StopAdjustment } from '../orders/terms/adjustable-stop.js';
import type { OrderAlgo } from '../orders/terms/algos.js';
import { SEC_TYPES } from '../orders/terms/check-contract.js';
import type { OrderCondition, OrderConditions } from '../orders/terms/conditions.js';
import { OCA_TYPES } from '../orders/terms/order-attributes.js';
import type { OcaGroup } from '../orders/terms/order-attributes.js';
import { ORDER_TYPE_RULES, TIMES_IN_FORCE } from '../orders/terms/order-types.js';
import type { OrderType, PriceField } from '../orders/terms/order-types.js';
import { TRIGGER_METHODS } from '../orders/terms/trigger-methods.js';
import type { TriggerMethod } from '../orders/terms/trigger-methods.js';
import { wireOrderContract, wireTerms } from '../orders/wire-order.js';
import { inLibraryNames, refuseField } from './api-fields.js';
import { differences, withoutShown } from './same-fields.js';

/** An order call as a request of ours: nothing that it says is missing. */
export interface ApiRequest {
  readonly request: LooseOrderRequest;
  readonly staged: StagedRequest;
}

/** What the sender adds, and what is looked at apart. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['account', 'orderRef', 'transmit', 'parentId']);
/** TWS API: adjustableTrailingUnit. */
const PERCENT_UNIT = 100;
const TRAILING: readonly OrderType[] = ['TRAIL', 'TRAIL LIMIT'];

function given(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function choice<T extends string>(field: string, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  return found ?? refuseField(field, `must be one of ${allowed.join(', ')}`, value);
}

function isOrderType(value: string): value is OrderType {
  return Object.hasOwn(ORDER_TYPE_RULES, value);
}

function orderTypeOf({ orderType = '' }: WireOrder): OrderType {
  if (isOrderType(orderType)) return orderType;
  return refuseField('order.orderType', `must be one of ${Object.keys(ORDER_TYPE_RULES).join(', ')}`, orderType);
}

function named<T extends string>(codes: Readonly<Record<T, number>>, code: number, names: readonly T[]): T | undefined {
  return names.find((name) => codes[name] === code);
}

function triggerMethod(field: string, code: number | undefined): TriggerMethod | undefined {
  if (given(code) === undefined) return undefined;
  const method = [...TRIGGER_METHODS].find(([, known]) => known === code)?.[0];
  return method ?? refuseField(field, `must be one of ${[...TRIGGER_METHODS.values()].join(', ')}`, code);
}

function contractOf({ symbol = '', secType, exchange = '', currency = '', comboLegs, right, ...rest }: WireContract): TradableContract {
  const { conId, primaryExch, localSymbol, tradingClass, lastTradeDateOrContractMonth, strike, multiplier } = rest;
  return {
    conId, symbol, exchange, primaryExch, currency, localSymbol, tradingClass, lastTradeDateOrContractMonth, strike, right, multiplier,
    secType: choice<SecType>('contract.secType', secType, SEC_TYPES),
    comboLegs: comboLegs?.map((leg, index): ComboLeg => {
      const { conId: legId = 0, ratio = 0, exchange: legExchange } = leg;
      return { conId: legId, ratio, action: choice(`contract.comboLegs[${index}].action`, leg.action, ['BUY', 'SELL']), exchange: legExchange === '' ? undefined : legExchange };
    }),
  }; // prettier-ignore
}

function pricesOf(orderType: OrderType, order: WireOrder): { readonly [K in PriceField]?: OrderPriceFields[K] | undefined } {
  const { needs, takes, oneOf = [] } = ORDER_TYPE_RULES[orderType];
  const has = (field: PriceField): boolean => [...needs, ...takes, ...oneOf].includes(field);
  const isTrailing = TRAILING.includes(orderType);
  const aux = given(order.auxPrice);
  return {
    // A price of 0 is one where a price must be; elsewhere it is how "none" is written.
    limitPrice: needs.includes('limitPrice') ? order.lmtPrice : has('limitPrice') ? given(order.lmtPrice) : undefined,
    stopPrice: isTrailing ? given(order.trailStopPrice) : has('stopPrice') ? aux : undefined,
    triggerPrice: has('triggerPrice') ? aux : undefined,
    trailAmount: has('trailAmount') ? aux : undefined,
    trailPercent: has('trailPercent') ? given(order.trailingPercent) : undefined,
    limitOffset: has('limitOffset') ? order.lmtPriceOffset : undefined,
    offset: has('offset') ? aux : undefined,
    percentOffset: has('percentOffset') ? given(order.percentOffset) : undefined,
    adjust: adjustmentOf(order),
  };
}

function adjustmentOf(order: WireOrder): StopAdjustment | undefined {
  const { adjustedOrderType, triggerPrice: when = 0, adjustedStopPrice: stopPrice = 0, adjustedStopLimitPrice, adjustedTrailingAmount = 0 } = order;
  if (adjustedOrderType === undefined || adjustedOrderType === '') return undefined;
  const to = choice('order.adjustedOrderType', adjustedOrderType, ['STP', 'STP LMT', 'TRAIL']);
  if (to === 'STP') return { to, when, stopPrice };
  if (to === 'STP LMT') return { to, when, stopPrice, limitPrice: adjustedStopLimitPrice ?? refuseField('order.adjustedStopLimitPrice', 'is required for an adjustment to STP LMT') };
  const { adjustableTrailingUnit = 0 } = order;
  return adjustableTrailingUnit === PERCENT_UNIT ? { to, when, stopPrice, trailPercent: adjustedTrailingAmount } : { to, when, stopPrice, trailAmount: adjustedTrailingAmount };
}

function conditionOf(condition: WireOrderCondition, index: number): OrderCondition {
  const join = condition.conjunctionConnection === 'o' ? 'or' : 'and';
  const at = `order.conditions[${index}]`;
  switch (condition.type) {
    case 'price': {
      const { conId, exchange, price } = condition;
      return { type: 'price', join, conId, exchange, price, is: condition.isMore ? 'above' : 'below', triggerMethod: triggerMethod(`${at}.triggerMethod`, condition.triggerMethod) };
    }
    case 'volume':
      return { type: 'volume', join, conId: condition.conId, exchange: condition.exchange, volume: condition.volume, is: condition.isMore ? 'above' : 'below' };
    case 'percentChange':
      return { type: 'percentChange', join, conId: condition.conId, exchange: condition.exchange, percent: condition.percentChange, is: condition.isMore ? 'above' : 'below' };
    case 'time':
      return { type: 'time', join, time: condition.time, is: condition.isMore ? 'after' : 'before' };
    case 'margin':
      return { type: 'margin', join, percent: condition.percent, is: condition.isMore ? 'above' : 'below' };
    case 'execution':
      return { type: 'execution', join, symbol: condition.symbol, secType: condition.secType, exchange: condition.exchange };
  }
}

function conditionsOf({ conditions = [], conditionsCancelOrder, conditionsIgnoreRth }: WireOrder): OrderConditions | undefined {
  if (conditions.length === 0) return undefined;
  return { when: conditions.map(conditionOf), then: conditionsCancelOrder === true ? 'cancel' : 'submit', outsideRth: conditionsIgnoreRth === true };
}

function ocaOf({ ocaGroup = '', ocaType = 0 }: WireOrder): OcaGroup | undefined {
  if (ocaGroup === '') return undefined;
  const type = named(OCA_TYPES, ocaType, ['cancelWithBlock', 'reduceWithBlock', 'reduceWithoutBlock']);
  return { group: ocaGroup, type: type ?? refuseField('order.ocaType', 'must be 1, 2 or 3 with an ocaGroup', ocaType) };
}

function algoOf({ algoStrategy = '', algoParams = [] }: WireOrder): OrderAlgo | undefined {
  if (algoStrategy === '') return undefined;
  const tags = algoParams.map(({ tag }) => tag);
  if (new Set(tags).size < tags.length) refuseField('order.algoParams', 'must have each tag once', tags);
  return { strategy: algoStrategy, params: Object.fromEntries(algoParams.map(({ tag, value }) => [tag, value])) };
}

function legPricesOf({ orderComboLegs = [] }: WireOrder): readonly number[] | undefined {
  if (orderComboLegs.length === 0) return undefined;
  return orderComboLegs.map(({ price }, index) => price ?? refuseField(`order.orderComboLegs[${index}].price`, 'is required: either each leg has a price, or none'));
}

function indicatorOf(value: number | undefined): 0 | 1 | undefined {
  if (value === undefined || value === 0 || value === 1) return value;
  return refuseField('order.manualOrderIndicator', 'must be 0 or 1', value);
}

function checkPlaceable({ transmit, parentId, whatIf }: WireOrder): void {
  // What is not transmitted waits in the platform, where one touch would transmit it; nobody could say here what becomes of it.
  if (transmit !== true) refuseField('order.transmit', 'must be true: an order that waits in the platform cannot be followed; use trading.bracket() for orders that belong together', transmit);
  if (given(parentId) !== undefined) refuseField('order.parentId', 'must be left out: use trading.bracket(), which writes an entry and its exits down together', parentId);
  if (whatIf === true) refuseField('order.whatIf', 'must be left out: use trading.whatIf(), which can never become an order', whatIf);
}

function requestOf({ contract, order }: ClientMessageOf<'placeOrder'>, orderType: OrderType): LooseOrderRequest {
  const { tif = '', account = '', orderRef = '', smartComboRoutingParams = [] } = order;
  return {
    contract: contractOf(contract),
    action: choice('order.action', order.action, ['BUY', 'SELL']),
    orderType,
    quantity: order.totalQuantity ?? 0,
    tif: tif === '' ? undefined : choice('order.tif', tif, TIMES_IN_FORCE),
    outsideRth: order.outsideRth,
    account: account === '' ? undefined : account,
    tag: orderRef === '' ? undefined : orderRef,
    ...pricesOf(orderType, order),
    goodTillDate: order.goodTillDate,
    goodAfterTime: order.goodAfterTime,
    cashQuantity: given(order.cashQty),
    displaySize: given(order.displaySize),
    hidden: order.hidden,
    allOrNone: order.allOrNone,
    minQuantity: given(order.minQty),
    discretionaryAmount: given(order.discretionaryAmt),
    triggerMethod: triggerMethod('order.triggerMethod', order.triggerMethod),
    conditions: conditionsOf(order),
    oca: ocaOf(order),
    algo: algoOf(order),
    nonGuaranteed: smartComboRoutingParams.some(({ tag, value }) => tag === 'NonGuaranteed' && value === '1') ? true : undefined,
    legPrices: legPricesOf(order),
    sweepToFill: order.sweepToFill,
    notHeld: order.notHeld,
    includeOvernight: order.includeOvernight,
    modelCode: order.modelCode,
    extOperator: order.extOperator,
    manualOrderTime: order.manualOrderTime,
    manualOrderIndicator: indicatorOf(order.manualOrderIndicator),
  };
}

/** Holds what would be sent against what was asked for. @throws {@link UsageError} that names the first field which says something else. */
function checkNothingLost({ contract, order }: ClientMessageOf<'placeOrder'>, staged: StagedRequest): void {
  const rule = 'must be left out: an order of ibkit cannot say it, so it would be lost without a word';
  const [lost] = differences(contract, wireOrderContract(staged.contract));
  if (lost !== undefined) refuseField(`contract.${lost}`, rule, Reflect.get(contract, lost));
  const terms = wireTerms(staged);
  const [missing] = differences({ ...order, tif: order.tif === undefined || order.tif === '' ? terms.tif : order.tif }, terms).filter((name) => !OWN_FIELDS.has(name));
  if (missing !== undefined) refuseField(`order.${missing}`, rule, Reflect.get(order, missing));
}

/**
 * An order of the library as a request of ours. What ours cannot say is refused, whatever it is: both are compared as they would travel.
 * @param facts the time at the broker; whether it changes an order, so that it may be what the broker showed of it
 * @throws {@link UsageError} `IBKR_ORDER_INVALID` that names the field as the library does.
 */
export function apiRequest(call: ClientMessageOf<'placeOrder'>, { nowMs, isChange }: { readonly nowMs: number; readonly isChange: boolean }): ApiRequest {
  const message = isChange ? { ...call, order: withoutShown(call.order) } : call;
  checkPlaceable(message.order);
  const orderType = orderTypeOf(message.order);
  const request = requestOf(message, orderType);
  const staged = inLibraryNames(orderType, () => stageRequest(request, nowMs));
  checkNothingLost(message, staged);
  return { request, staged };
}

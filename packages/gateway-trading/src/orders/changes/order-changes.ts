import { compareDecimals, decimalText } from '../decimal.js';
import { stageRequest } from '../order-request.js';
import type { LooseOrderRequest, OrderPriceFields, StagedRequest } from '../order-request.js';
import type { OrderState } from '../order-state.js';
import { checkObject, fail, withoutUndefined } from '../terms/invalid-field.js';
import type { OrderAttributes } from '../terms/order-attributes.js';
import type { PriceField, TimeInForce } from '../terms/order-types.js';

type ChangedPrices = { readonly [K in Exclude<PriceField, 'adjust'>]?: OrderPriceFields[K] | undefined };

/**
 * What may change in a working order; the rest of it stays as it is (TWS API: code 105 refuses anything else). An order of another type,
 * side or contract is another order.
 */
export interface OrderChanges
  extends ChangedPrices, Pick<OrderAttributes, 'goodTillDate' | 'goodAfterTime' | 'displaySize' | 'discretionaryAmount'> {
  /** The whole quantity, what is filled already included. */
  readonly quantity?: number | undefined;
  readonly tif?: TimeInForce | undefined;
  readonly outsideRth?: boolean | undefined;
}

const CHANGEABLE = [
  'quantity', 'limitPrice', 'stopPrice', 'triggerPrice', 'trailAmount', 'trailPercent', 'limitOffset', 'offset', 'percentOffset', 'tif', 'outsideRth', 'goodTillDate',
  'goodAfterTime', 'displaySize', 'discretionaryAmount',
] as const satisfies readonly (keyof OrderChanges)[]; // prettier-ignore

/** The pairs of which an order has one: a change names the other. */
const INSTEAD = [['trailAmount', 'trailPercent'], ['offset', 'percentOffset']] as const;

function numeric(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** What a caller would have asked for to get these terms, as far as it can change. */
export function requestOf(terms: StagedRequest): LooseOrderRequest {
  return {
    contract: terms.contract,
    action: terms.action,
    quantity: Number(terms.quantity),
    orderType: terms.orderType,
    tif: terms.tif,
    outsideRth: terms.outsideRth,
    limitPrice: numeric(terms.limitPrice),
    stopPrice: numeric(terms.stopPrice),
    triggerPrice: numeric(terms.triggerPrice),
    trailAmount: numeric(terms.trailAmount),
    trailPercent: numeric(terms.trailPercent),
    limitOffset: numeric(terms.limitOffset),
    offset: numeric(terms.offset),
    percentOffset: numeric(terms.percentOffset),
    goodTillDate: terms.goodTillDate,
    goodAfterTime: terms.goodAfterTime,
    cashQuantity: numeric(terms.cashQuantity),
    displaySize: terms.displaySize,
    discretionaryAmount: numeric(terms.discretionaryAmount),
    minQuantity: terms.minQuantity,
    hidden: terms.hidden,
    allOrNone: terms.allOrNone,
  };
}

/** What the broker would hold once it had taken the changes: the order with them, checked like a new one. */
function merged(terms: StagedRequest, changes: OrderChanges): LooseOrderRequest {
  const given = withoutUndefined({ ...changes });
  const request: Record<string, unknown> = {};
  for (const [one, other] of INSTEAD) {
    if (given[one] !== undefined && given[other] === undefined) request[other] = undefined;
    if (given[other] !== undefined && given[one] === undefined) request[one] = undefined;
  }
  // An order that is no longer good till a date has no date.
  if (given.tif !== undefined && given.tif !== 'GTD' && given.goodTillDate === undefined) request['goodTillDate'] = undefined;
  return { ...requestOf(terms), ...request, ...given, quantity: given.quantity ?? Number(terms.quantity) };
}

/**
 * The terms of an order with changes.
 * @param nowMs the time at the broker
 * @throws {@link UsageError} `IBKR_ORDER_INVALID` that names the field, the rule and the value.
 */
export function changedTerms({ terms, filledQuantity }: Pick<OrderState, 'terms' | 'filledQuantity'>, changes: OrderChanges, nowMs: number): StagedRequest {
  checkObject('changes', changes);
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined && !CHANGEABLE.some((field) => field === name)) fail(name, `cannot change in a working order, only ${CHANGEABLE.join(', ')} can: cancel it and place another`, value);
  }
  if (changes.stopPrice !== undefined && terms.orderType.startsWith('TRAIL')) fail('stopPrice', 'follows the market by itself: change trailAmount or trailPercent', changes.stopPrice);
  const { quantity, contract, ...staged } = stageRequest(merged(terms, changes), nowMs);
  if (changes.quantity !== undefined && compareDecimals(quantity, decimalText(filledQuantity)) <= 0) {
    fail('quantity', `must be above ${decimalText(filledQuantity)}, which is filled already: it is the whole quantity, not the rest`, changes.quantity);
  }
  const kept: Partial<StagedRequest> = { ...terms };
  for (const field of CHANGEABLE) Reflect.deleteProperty(kept, field);
  const { action, orderType } = terms;
  return { ...kept, ...staged, contract, action, orderType, quantity };
}

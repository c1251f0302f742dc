import type { OrderChanges } from '../orders/changes/order-changes.js';
import type { LooseOrderRequest, StagedRequest } from '../orders/order-request.js';
import type { OrderState } from '../orders/order-state.js';
import { wireOrderContract, wireTerms } from '../orders/wire-order.js';
import { refuseField } from './api-fields.js';
import type { ApiRequest } from './api-request.js';
import { differences } from './same-fields.js';

/** What may change in a working order, as it is called on the wire. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'totalQuantity', 'lmtPrice', 'auxPrice', 'tif', 'outsideRth', 'trailStopPrice', 'trailingPercent', 'lmtPriceOffset', 'percentOffset', 'goodTillDate', 'goodAfterTime',
  'displaySize', 'discretionaryAmt',
]); // prettier-ignore
/** What a change cannot take away by leaving it out. */
const LASTING = ['goodAfterTime', 'displaySize', 'discretionaryAmount'] as const;
const RULE = 'cannot change in a working order: cancel it and place another';

/** What a look-up, or the broker when it shows an order, adds to a contract that is named without it. */
const COMPLETED: ReadonlySet<string> = new Set(['conId', 'localSymbol', 'tradingClass', 'primaryExch', 'multiplier']);

/** A field that is left out stays as it is, and one that completes the contract changes nothing: the contract of an order cannot change. */
function checkSameContract(order: OrderState, { staged }: ApiRequest): void {
  const known = wireOrderContract(order.contract);
  const asked = wireOrderContract(staged.contract);
  const [changed] = differences(known, asked).filter((field) => Reflect.get(asked, field) !== undefined && !(COMPLETED.has(field) && Reflect.get(known, field) === undefined));
  if (changed !== undefined) refuseField(`contract.${changed}`, RULE, Reflect.get(asked, changed));
}

/**
 * What a second order under the same id changes (TWS API: placeOrder).
 * @returns what is to be changed; nothing at all when the order is that already
 * @throws {@link UsageError} `IBKR_ORDER_INVALID` for what cannot change.
 */
export function apiChanges(order: OrderState, asked: ApiRequest): OrderChanges {
  const { request, staged } = asked;
  const { terms } = order;
  checkSameContract(order, asked);
  if (request.account !== undefined && request.account !== order.account) refuseField('order.account', RULE);
  if (request.tag !== undefined && request.tag !== order.tag) refuseField('order.orderRef', RULE);
  const [fixed] = differences(wireTerms(terms), wireTerms(staged)).filter((field) => !CHANGEABLE.has(field));
  if (fixed !== undefined) refuseField(`order.${fixed}`, RULE, Reflect.get(wireTerms(staged), fixed));
  for (const field of LASTING) {
    if (terms[field] !== undefined && staged[field] === undefined) refuseField(`order.${field === 'discretionaryAmount' ? 'discretionaryAmt' : field}`, 'cannot be taken away from a working order: cancel it and place another');
  }
  const changed = <K extends keyof StagedRequest & keyof OrderChanges & keyof LooseOrderRequest>(field: K): LooseOrderRequest[K] | undefined =>
    staged[field] === terms[field] ? undefined : request[field];
  return {
    quantity: changed('quantity'),
    limitPrice: changed('limitPrice'),
    stopPrice: changed('stopPrice'),
    triggerPrice: changed('triggerPrice'),
    trailAmount: changed('trailAmount'),
    trailPercent: changed('trailPercent'),
    limitOffset: changed('limitOffset'),
    offset: changed('offset'),
    percentOffset: changed('percentOffset'),
    tif: changed('tif'),
    outsideRth: changed('outsideRth'),
    goodTillDate: changed('goodTillDate'),
    goodAfterTime: changed('goodAfterTime'),
    displaySize: changed('displaySize'),
    discretionaryAmount: changed('discretionaryAmount'),
  };
}

/** Whether nothing is to be changed. */
export function isUnchanged(changes: OrderChanges): boolean {
  return Object.values(changes).every((value) => value === undefined);
}

import type { ChangeRequestedRecord, ChangeVerdictRecord } from '../../journal/journal-record.js';
import { addDecimals, decimalText } from '../decimal.js';
import type { StagedRequest } from '../order-request.js';
import type { OrderChangeState, OrderState } from '../order-state.js';

/** The fields of a state that a request decides. */
export function termsOf(request: StagedRequest): Pick<OrderState, 'quantity' | 'orderType' | 'limitPrice' | 'tif' | 'outsideRth' | 'terms'> {
  return {
    quantity: Number(request.quantity),
    orderType: request.orderType,
    limitPrice: request.limitPrice === undefined ? undefined : Number(request.limitPrice),
    tif: request.tif,
    outsideRth: request.outsideRth,
    terms: request,
  };
}

/** `quantity` less what is filled, at least 0. */
export function remainingOf(quantity: number, filledQuantity: number): number {
  return Math.max(0, Number(addDecimals(decimalText(quantity), decimalText(-filledQuantity))));
}

/** Whether nobody knows yet which terms the order has. */
export function isChangeOpen({ change }: Pick<OrderState, 'change'>): boolean {
  return change?.status === 'requested' || change?.status === 'unknown';
}

/** The next state after a change was asked for. */
export function requestChange(order: OrderState, { revision, request, epoch, atMs }: ChangeRequestedRecord): OrderState {
  if (revision <= (order.change?.revision ?? 0)) return order;
  const change: OrderChangeState = { revision, terms: request, status: 'requested', epoch, requestedAtMs: atMs };
  return { ...order, change, changedAtMs: atMs };
}

/** The order with the terms of its change, which the broker has. */
export function withChangedTerms(order: OrderState, change: OrderChangeState, atMs: number): OrderState {
  const terms = termsOf(change.terms);
  return {
    ...order,
    ...terms,
    remainingQuantity: remainingOf(terms.quantity, order.filledQuantity),
    reportedFilled: Math.min(terms.quantity, order.reportedFilled),
    change: { ...change, status: 'accepted', code: undefined, reason: undefined },
    changedAtMs: atMs,
  };
}

/** The order with another quantity, which the broker gave it. */
export function resize(order: OrderState, quantity: string, atMs: number): OrderState {
  const size = Number(quantity);
  if (size === order.quantity) return order;
  return {
    ...order,
    quantity: size,
    terms: { ...order.terms, quantity },
    remainingQuantity: remainingOf(size, order.filledQuantity),
    reportedFilled: Math.min(size, order.reportedFilled),
    changedAtMs: atMs,
  };
}

/**
 * The next state after something was learned about a change. That the broker shows the new terms settles it whatever was thought before;
 * everything else is believed only as long as nobody knew.
 */
export function settleChange(order: OrderState, { revision, verdict, code, reason, atMs }: ChangeVerdictRecord): OrderState {
  const { change } = order;
  if (change?.revision !== revision || change.status === verdict || change.status === 'accepted') return order;
  if (verdict === 'accepted') return withChangedTerms(order, change, atMs);
  const isOpen = isChangeOpen(order);
  if (!isOpen || (verdict === 'unsent' && change.status !== 'requested')) return order;
  return { ...order, change: { ...change, status: verdict, code, reason }, changedAtMs: atMs };
}

import type { ApiCancelReport, ApiForeignOrder, ApiOrder } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import { isEnded } from '@ibkit/gateway-trading';
import type { CancelAllReport, ForeignOrder, OrderChangeState, OrderState } from '@ibkit/gateway-trading';
import { contractView } from './contract.js';
import { orderFillView } from './fill.js';
import { filled, finite, known } from './known.js';

function changeView({ revision, status, code, reason }: OrderChangeState): NonNullable<ApiOrder['change']> {
  return known<NonNullable<ApiOrder['change']>>({ revision, status, code, reason });
}

/** One of our orders as answers show it: all that is known about it. */
export function orderView(order: OrderState): ApiOrder {
  const { terms, change, bracket } = order;
  return known<ApiOrder>({
    id: order.intentId,
    key: order.key,
    tag: order.tag,
    account: order.account,
    clientId: order.clientId,
    orderId: order.orderId,
    permIds: [...order.permIds],
    contract: contractView(order.contract),
    action: order.action,
    quantity: order.quantity,
    orderType: order.orderType,
    limitPrice: order.limitPrice,
    stopPrice: terms.stopPrice === undefined ? undefined : Number(terms.stopPrice),
    tif: order.tif,
    outsideRth: order.outsideRth,
    terms: { ...terms },
    status: order.status,
    ended: isEnded(order.status),
    evidence: order.evidence,
    notWorking: order.notWorking,
    reason: order.reason,
    brokerCode: order.brokerNotice?.code,
    brokerStatus: order.brokerStatus,
    whyHeld: order.whyHeld,
    cancel: order.cancel,
    change: change === undefined ? undefined : changeView(change),
    parentId: order.parentIntentId,
    bracket: bracket === undefined ? undefined : { group: bracket.group, role: bracket.role },
    warnings: order.warnings.map(({ code, message, atMs }) => ({ code, message, atMs })),
    filledQuantity: order.filledQuantity,
    remainingQuantity: order.remainingQuantity,
    averagePrice: order.averagePrice,
    fills: order.fills.map((fill) => orderFillView(fill, order)),
    stagedAtMs: order.stagedAtMs,
    sentAtMs: order.sentAtMs,
    ackedAtMs: order.ackedAtMs,
    endedAtMs: order.endedAtMs,
    changedAtMs: order.changedAtMs,
  });
}

/** A working order of somebody else. */
export function foreignOrderView(order: ForeignOrder): ApiForeignOrder {
  const { permId, clientId, orderId, account, orderRef, contract, action, quantity, orderType, limitPrice, status } = order;
  return known<ApiForeignOrder>({
    permId,
    clientId,
    orderId,
    account: filled(account),
    orderRef: filled(orderRef),
    contract: contractView(contract),
    action: filled(action),
    quantity: finite(quantity),
    orderType: filled(orderType),
    limitPrice: finite(limitPrice),
    status,
  });
}

function errorView(error: Error): { readonly code: string; readonly reason: string } {
  return { code: isIbkrError(error) ? error.code : 'IBKR_INTERNAL', reason: error.message };
}

/** What a cancel of everything did. */
export function cancelReportView({ requested, failed, foreign }: CancelAllReport): ApiCancelReport {
  return known<ApiCancelReport>({
    asked: requested.map(({ state }) => orderView(state)),
    failed: failed.map(({ order, error }) => ({ id: order.intentId, key: order.key, ...errorView(error) })),
    global: foreign?.requested === true,
    globalError: foreign?.requested === false ? errorView(foreign.error) : undefined,
  });
}

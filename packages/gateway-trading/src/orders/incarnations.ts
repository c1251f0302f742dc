import type { OrderState } from './order-state.js';
import { isEnded } from './order-state.js';

/*
 * The broker gives an order one permanent id that stays with it over every change (TWS API: Order.permId). A second one means that it has
 * the order twice, as some platforms make of a change that they kept while their link was down. Such an order is over when each of its
 * incarnations is: the verdict on one says nothing about the other, which can still fill.
 */

/** The state once another permanent id is known. A second one brings an order back to life that had its verdict. */
export function withPermId(order: OrderState, permId: string, atMs: number): OrderState {
  if (order.permIds.includes(permId)) return order;
  const permIds = [...order.permIds, permId];
  if (order.permIds.length === 0) return { ...order, permIds, changedAtMs: atMs };
  const wasOver = isEnded(order.status);
  const revived: Partial<OrderState> = wasOver ? { status: 'working', evidence: 'openOrder', endedAtMs: undefined, reason: undefined, brokerNotice: undefined } : {};
  return { ...order, ...revived, permIds, endedPermIds: wasOver ? order.permIds : (order.endedPermIds ?? []), changedAtMs: atMs };
}

/** The state once one of several incarnations is over. */
export function withoutIncarnation(order: OrderState, permId: string | undefined, atMs: number): OrderState {
  const { permIds, endedPermIds = [] } = order;
  if (permId === undefined || permIds.length < 2 || !permIds.includes(permId) || endedPermIds.includes(permId)) return order;
  return { ...order, endedPermIds: [...endedPermIds, permId], changedAtMs: atMs };
}

/** Whether the broker has the order twice, and not every incarnation is over. */
export function hasLivingTwin({ permIds, endedPermIds = [] }: OrderState): boolean {
  return permIds.length > 1 && permIds.some((permId) => !endedPermIds.includes(permId));
}

import { OrderError } from '@ibkit/error-codes';
import type { OrderState } from '@ibkit/gateway-trading';
import type { OrderDeps } from './order-deps.js';

type Ledger = Pick<OrderDeps['trading'], 'order' | 'orders' | 'risk'>;

/** Every order of the journal, oldest first. @throws {@link UsageError} or OrderError before trading was started and after it was closed: nothing is known then, which is not the same as no orders. */
export function knownOrders(trading: Ledger): readonly OrderState[] {
  trading.risk();
  return trading.orders();
}

/** The order with this id, or the latest attempt under this key. @throws OrderError `IBKR_ORDER_NOT_FOUND` */
export function findOrder(trading: Ledger, id: string): OrderState {
  const found = knownOrders(trading).find(({ intentId }) => intentId === id) ?? trading.order(id)?.state;
  if (found !== undefined) return found;
  throw new OrderError({
    code: 'IBKR_ORDER_NOT_FOUND',
    message: 'There is no order of ours with this id or key: orders of other clients, and of other journals, cannot be addressed',
    details: { id },
  });
}

/** The state of an order now. */
export function stateNow(trading: Ledger, order: OrderState): OrderState {
  const latest = trading.order(order.key)?.state;
  if (latest?.intentId === order.intentId) return latest;
  return trading.orders().find(({ intentId }) => intentId === order.intentId) ?? order;
}

/** The orders that were placed together, the entry first. */
export function ordersWith(trading: Ledger, entry: OrderState): readonly OrderState[] {
  const { bracket } = entry;
  return bracket === undefined ? [stateNow(trading, entry)] : trading.orders().filter((order) => order.bracket?.group === bracket.group);
}

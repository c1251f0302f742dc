import type { OperationOutput } from './operations.js';
import type { Route } from './route.js';
import { ROUTES } from './routes.js';
import type { RouteName } from './routes.js';
import type { ApiOrder } from '../trading/order.js';

/** Nobody has said yet what became of it. */
function isOpenEnded({ status }: Pick<ApiOrder, 'status'>): boolean {
  return status === 'unknown' || status === 'sending' || status === 'staged';
}

type StatusOf = { readonly [K in RouteName]?: (output: OperationOutput<K>) => number };

const STATUS_OF: StatusOf = {
  readyz: ({ ready }) => (ready ? 200 : 503),
  // No order at all: it could not be read what became of it.
  placeOrder: ({ orders, repeated }) => (orders.length === 0 || orders.some(isOpenEnded) ? 202 : repeated ? 200 : 201),
  modifyOrder: (order) => (isOpenEnded(order) || order.change?.status === 'requested' || order.change?.status === 'unknown' ? 202 : 200),
  cancelOrder: (order) => (isOpenEnded(order) || (!order.ended && order.cancel === 'requested') ? 202 : 200),
};

/** The HTTP status of an answer that is no problem. */
export function statusOf<K extends RouteName>(name: K, output: OperationOutput<K>): number {
  const route: Route = ROUTES[name];
  return STATUS_OF[name]?.(output) ?? route.statuses?.[0] ?? 200;
}

import type { WireContract, WireOrder } from '@ibkit/wire';
import type { Brokerage, Execution, OrderView } from '../brokerage/brokerage.js';

/** The brokerage's client of the orders that no API client placed: somebody typed them into TWS. */
export const MANUAL_CLIENT = -1;

/** Twins of a client's orders belong to a client of their own in the brokerage, so that both can work under one order id. */
const FIRST_TWIN_CLIENT = -2;

/** Twins of later order ids may be older: their ids grow by more than any order id. */
const TWIN_STRIDE = 2 ** 32;

function twinClient(clientId: number): number {
  return FIRST_TWIN_CLIENT - clientId;
}

/** Whose an order is, and under which id, as clients see it. */
interface Ids {
  readonly clientId: number;
  readonly orderId: number;
}

/** Whether no API client placed it. */
export function isManual({ clientId }: { readonly clientId: number }): boolean {
  return clientId === MANUAL_CLIENT;
}

/** TWS API: orders without an API client have the order id 0 and the client id 0; a twin has the ids of the order that it stands beside. */
export function shownIds({ clientId, orderId }: Ids): Ids {
  if (isManual({ clientId })) return { clientId: 0, orderId: 0 };
  return clientId <= FIRST_TWIN_CLIENT ? { clientId: FIRST_TWIN_CLIENT - clientId, orderId: orderId % TWIN_STRIDE } : { clientId, orderId };
}

/** An order as clients see it. */
export function shownOrder(order: OrderView): OrderView {
  return order.clientId < 0 ? { ...order, ...shownIds(order) } : order;
}

/** A fill as clients see it. */
export function shownExecution(execution: Execution): Execution {
  return execution.clientId < 0 ? { ...execution, ...shownIds(execution) } : execution;
}

/** The working orders that a client is told of when it asks for its own. TWS API: client 0 is told of those without a client, too. */
export function openOrdersOf(brokerage: Brokerage, clientId: number): readonly OrderView[] {
  return brokerage.openOrders().map(shownOrder).filter((order) => order.clientId === clientId);
}

/** Cancels the order of a client; when that does not work any more, the twin under the same id that does. */
export function cancelOrder(brokerage: Brokerage, clientId: number, orderId: number): void {
  const isOriginal = brokerage.openOrders(clientId).some((order) => order.orderId === orderId);
  const twin = isOriginal ? undefined : brokerage.openOrders(twinClient(clientId)).find((order) => shownIds(order).orderId === orderId);
  if (twin === undefined) brokerage.cancel(clientId, orderId);
  else brokerage.cancel(twin.clientId, twin.orderId);
}

/** Places a second order under the ids of one that works: with a permanent id of its own, while the first works on. */
export function placeTwin(brokerage: Brokerage, clientId: number, request: { readonly orderId: number; readonly contract: WireContract; readonly order: WireOrder }): void {
  const client = twinClient(clientId);
  const round = Math.floor(brokerage.nextValidId(client) / TWIN_STRIDE) + 1;
  brokerage.place(client, round * TWIN_STRIDE + request.orderId, request.contract, { ...request.order, parentId: 0 });
}

import { UsageError } from '@ibkit/error-codes';
import type { Brokerage, OrderView } from '../brokerage/brokerage.js';
import { MANUAL_CLIENT, shownOrder } from '../server/order-owner.js';
import { fieldsOf, finiteNumber, oneOf, optional, text } from './rules.js';
import type { Rule } from './rules.js';

/** An order for a stock that somebody types into TWS: no API client placed it, its order id is 0 and its reference empty. */
export interface ManualOrder {
  readonly symbol: string;
  readonly action: 'BUY' | 'SELL';
  readonly quantity: number;
  /** @defaultValue `MKT`, or `LMT` when there is a limit */
  readonly lmtPrice?: number | undefined;
  /** @defaultValue `GTC` */
  readonly tif?: 'DAY' | 'GTC' | undefined;
  /** @defaultValue the first account */
  readonly account?: string | undefined;
}

const LARGEST = 1_000_000_000;

/** The rule for {@link ManualOrder}. */
export const MANUAL_ORDER: Rule<ManualOrder> = fieldsOf<ManualOrder>(
  {
    symbol: text(40),
    action: oneOf('BUY', 'SELL'),
    quantity: finiteNumber(0.000_001, LARGEST),
    lmtPrice: optional(finiteNumber(0.000_001, LARGEST)),
    tif: optional(oneOf('DAY', 'GTC')),
    account: optional(text(40)),
  },
  'a manual order',
);

/**
 * Places an order without an API client.
 * @throws UsageError for what is out of range, and with the broker's words for an order that it refuses.
 */
export function placeManualOrder(brokerage: Brokerage, order: ManualOrder): OrderView {
  MANUAL_ORDER.check(order, '');
  const { symbol, action, quantity, lmtPrice, tif = 'GTC', account = brokerage.accounts[0] } = order;
  const orderId = brokerage.nextValidId(MANUAL_CLIENT);
  let placed: OrderView | undefined;
  let refusal: string | undefined;
  const unlisten = brokerage.on((event) => {
    if (event.kind === 'openOrder' && event.order.clientId === MANUAL_CLIENT && event.order.orderId === orderId) placed = event.order;
    if (event.kind === 'verdict' && event.clientId === MANUAL_CLIENT && event.orderId === orderId) refusal = event.message;
  });
  brokerage.place(MANUAL_CLIENT, orderId, { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' }, { action, totalQuantity: quantity, orderType: lmtPrice === undefined ? 'MKT' : 'LMT', lmtPrice, tif, account });
  unlisten();
  if (placed === undefined || refusal !== undefined) throw new UsageError({ field: 'manual order', rule: `must be one that the broker takes: ${refusal ?? 'it did not say why not'}` });
  return shownOrder(placed);
}

/** Cancels a working order that no API client placed. @throws UsageError when there is none with this permanent id. */
export function cancelManualOrder(brokerage: Brokerage, permId: string): void {
  const order = brokerage.openOrders(MANUAL_CLIENT).find((open) => open.permId === permId);
  if (order === undefined) throw new UsageError({ field: 'permId', value: permId, rule: 'must be that of a working order without an API client' });
  brokerage.cancel(MANUAL_CLIENT, order.orderId);
}

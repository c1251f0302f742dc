import type { ApiOrders, OperationInput } from '@ibkit/api-contract';
import { isEnded } from '@ibkit/gateway-trading';
import type { OrderState } from '@ibkit/gateway-trading';
import { known } from '../views/known.js';
import { foreignOrderView, orderView } from '../views/order.js';
import { badCursor, cursorOf, placeOf } from './cursor.js';
import type { OrderDeps } from './order-deps.js';
import { knownOrders } from './order-lookup.js';
import type { IsVisible } from '../limited/visible.js';

type Query = OperationInput<'orders'>;

/** The rows of a page when nobody says how many. */
export const PAGE_ROWS = 500;

const IS_WANTED: Readonly<Record<NonNullable<Query['status']>, (order: OrderState) => boolean>> = {
  open: ({ status }) => !isEnded(status),
  ended: ({ status }) => isEnded(status),
  unknown: ({ status }) => status === 'unknown',
  all: () => true,
};

/**
 * Our orders, newest first. A page begins behind the last order of the page before, wherever the list has grown meanwhile: orders are only ever added
 * at its front. Orders of others are on the first page. @param isVisible whose orders there are at all
 * @throws {@link UsageError} for a cursor that is none.
 */
export function orderPage({ status = 'open', account, tag, key, limit = PAGE_ROWS, cursor }: Query, { trading }: Pick<OrderDeps, 'trading'>, isVisible: IsVisible = () => true): ApiOrders {
  const newestFirst = knownOrders(trading).filter((order) => isVisible(order.account)).reverse();
  const behind = cursor === undefined ? newestFirst : newestFirst.slice(indexBehind(newestFirst, cursor));
  const isWanted = (order: OrderState): boolean =>
    IS_WANTED[status](order) && (account === undefined || order.account === account) && (tag === undefined || order.tag === tag) && (key === undefined || order.key === key);
  const rows = behind.filter(isWanted);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const report = trading.lastReconcile;
  const withOthers = cursor === undefined && tag === undefined && key === undefined && (status === 'open' || status === 'all');
  const foreign = (withOthers ? (report?.foreignOrders ?? []) : []).filter((order) => isVisible(order.account) && (account === undefined || order.account === account));
  return known<ApiOrders>({
    orders: page.map(orderView),
    foreign: foreign.map(foreignOrderView),
    foreignAtMs: report?.finishedAtMs,
    next: rows.length > page.length && last !== undefined ? cursorOf('orders', [last.intentId]) : undefined,
  });
}

function indexBehind(newestFirst: readonly OrderState[], cursor: string): number {
  const [intentId] = placeOf('orders', cursor);
  const index = newestFirst.findIndex((order) => order.intentId === intentId);
  if (index === -1) throw badCursor();
  return index + 1;
}

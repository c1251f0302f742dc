import { UsageError } from '@ibkit/error-codes';
import type { OrderState } from '../orders/order-state.js';
import type { FillReport } from './execution-report.js';

/** Which fills to list; an absent field fits all. */
export interface FillQuery {
  /** From this time on, epoch milliseconds. */
  readonly from?: number | undefined;
  /** Before this time, epoch milliseconds. */
  readonly to?: number | undefined;
  readonly account?: string | undefined;
  /** The key of an order, every attempt under it included. */
  readonly key?: string | undefined;
}

function checkTime(field: string, value: number | undefined): void {
  if (value !== undefined && (typeof value !== 'number' || Number.isNaN(value))) throw new UsageError({ field, value, rule: 'must be epoch milliseconds' });
}

/** When a fill was: by the broker's stamp where it says its zone, else when we learned of it. */
function timeOf({ executedAtMs, atMs }: FillReport): number {
  return executedAtMs ?? atMs;
}

function fillsOf(order: OrderState): readonly FillReport[] {
  const { intentId, key, tag, account, clientId, orderId, permIds } = order;
  return order.fills.map((fill) => ({
    ...fill,
    kind: fill.kind ?? 'whole',
    contract: fill.contract ?? order.contract,
    executedAtMs: fill.executedAtMs,
    intentId, key, tag, account, clientId, orderId, permIds,
  }));
}

/**
 * The fills of our own orders, of every day that the journal knows, oldest first: each execution once, as it was corrected.
 * @throws {@link UsageError} for a time that is none.
 */
export function fillHistory(orders: readonly OrderState[], { from, to, account, key }: FillQuery = {}): readonly FillReport[] {
  checkTime('from', from);
  checkTime('to', to);
  return orders
    .filter((order) => (account === undefined || order.account === account) && (key === undefined || order.key === key))
    .flatMap(fillsOf)
    .filter((fill) => timeOf(fill) >= (from ?? -Infinity) && timeOf(fill) < (to ?? Infinity))
    .sort((a, b) => timeOf(a) - timeOf(b));
}

import { UsageError, isIbkrError } from '@ibkit/error-codes';
import type { OrderType } from '../orders/terms/order-types.js';

/** What our fields are called in the library. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = {
  quantity: 'totalQuantity',
  limitPrice: 'lmtPrice',
  triggerPrice: 'auxPrice',
  trailAmount: 'auxPrice',
  offset: 'auxPrice',
  trailPercent: 'trailingPercent',
  limitOffset: 'lmtPriceOffset',
  cashQuantity: 'cashQty',
  minQuantity: 'minQty',
  discretionaryAmount: 'discretionaryAmt',
  legPrices: 'orderComboLegs',
  nonGuaranteed: 'smartComboRoutingParams',
  tag: 'orderRef',
  'oca.group': 'ocaGroup',
  'oca.type': 'ocaType',
  'algo.strategy': 'algoStrategy',
  'adjust.to': 'adjustedOrderType',
  'adjust.when': 'triggerPrice',
  'adjust.stopPrice': 'adjustedStopPrice',
  'adjust.limitPrice': 'adjustedStopLimitPrice',
  'adjust.trailAmount': 'adjustedTrailingAmount',
  'adjust.trailPercent': 'adjustedTrailingAmount',
};

function libraryName(field: string, orderType: OrderType | undefined): string {
  const name = field.replace(/^order\./u, '');
  if (name.startsWith('contract')) return name;
  if (name === 'stopPrice') return orderType?.startsWith('TRAIL') === true ? 'order.trailStopPrice' : 'order.auxPrice';
  return `order.${LIBRARY_NAMES[name] ?? name.replace(/^algo\.params/u, 'algoParams').replace(/^conditions\.when/u, 'conditions')}`;
}

/** Refuses an order call, naming the field as the library does. @throws {@link UsageError} `IBKR_ORDER_INVALID`, always. */
export function refuseField(field: string, rule: string, value?: unknown): never {
  throw new UsageError({ code: 'IBKR_ORDER_INVALID', field, rule, value });
}

/** Runs a check of ours and gives what it refuses the names of the library. @throws what `check` throws. */
export function inLibraryNames<T>(orderType: OrderType | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!isIbkrError(error) || error.code !== 'IBKR_ORDER_INVALID' || typeof error.details['field'] !== 'string') throw error;
    const { field, rule, value } = error.details;
    throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: libraryName(field, orderType), rule: String(rule), value, cause: error });
  }
}

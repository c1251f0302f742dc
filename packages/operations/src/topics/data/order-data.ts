import type { ApiFill, ApiOrder, TopicDelta } from '@ibkit/api-contract';
import { known } from '../../views/known.js';
import { amountText, numberText } from './numbers.js';

type FillData = TopicDelta<'executions'>['fill'];
type OrderData = TopicDelta<'orders'>['order'];

function commissionData(commission: ApiFill['commission']): FillData['commission'] {
  if (commission.status === 'pending') return commission;
  return known<FillData['commission']>({ ...commission, amount: numberText(commission.amount), realizedPnl: amountText(commission.realizedPnl) });
}

/** A fill of an answer as the stream tells it. */
export function fillData(fill: ApiFill): FillData {
  return { ...fill, quantity: numberText(fill.quantity), price: numberText(fill.price), commission: commissionData(fill.commission) };
}

/** An order of an answer as the stream tells it. */
export function orderData(order: ApiOrder): OrderData {
  return known<OrderData>({
    ...order,
    quantity: numberText(order.quantity),
    limitPrice: amountText(order.limitPrice),
    stopPrice: amountText(order.stopPrice),
    filledQuantity: numberText(order.filledQuantity),
    remainingQuantity: numberText(order.remainingQuantity),
    averagePrice: amountText(order.averagePrice),
    fills: order.fills.map(fillData),
  });
}

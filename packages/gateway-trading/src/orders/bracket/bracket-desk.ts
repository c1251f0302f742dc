import type { OrderDesk } from '../order-desk.js';
import type { OrderState } from '../order-state.js';
import type { StagedRequest } from '../order-request.js';
import type { OrderPreview } from '../preview.js';
import { bracketOrders, checkBracketPrices } from './bracket-request.js';
import type { BracketOrder, BracketRequest } from './bracket-request.js';

type Orders = readonly [BracketOrder, ...BracketOrder[]];

function ordersOf(bracket: BracketRequest): Orders {
  const [entry, ...exits] = bracketOrders(bracket);
  if (entry === undefined) throw new TypeError('a bracket has an entry');
  return [entry, ...exits];
}

function checkOf(orders: Orders): (staged: readonly StagedRequest[]) => void {
  return (staged) => {
    checkBracketPrices(orders.flatMap(({ role }, index) => (staged[index] === undefined ? [] : [{ role, staged: staged[index] }])));
  };
}

/** See `Trading.bracket`. */
export function placeBracket(desk: OrderDesk, bracket: BracketRequest, signal: AbortSignal | undefined): Promise<readonly OrderState[]> {
  const orders = ordersOf(bracket);
  return desk.placeAll(orders, signal, checkOf(orders));
}

/** See `Trading.previewBracket`. */
export async function previewBracket(
  desk: OrderDesk,
  bracket: BracketRequest,
  signal: AbortSignal | undefined,
): Promise<Pick<OrderPreview, 'order' | 'account' | 'gate'> & { readonly exits: readonly StagedRequest[] }> {
  const orders = ordersOf(bracket);
  const { orders: [order, ...exits], account, gate } = await desk.previewedAll(orders, signal, checkOf(orders));
  return { order, exits, account, gate };
}

import type { OrderDesk } from '../order-desk.js';
import type { OrderState } from '../order-state.js';
import { bracketOrders, checkBracketPrices } from './bracket-request.js';
import type { BracketRequest } from './bracket-request.js';

/** See `Trading.bracket`. */
export function placeBracket(desk: OrderDesk, bracket: BracketRequest, signal: AbortSignal | undefined): Promise<readonly OrderState[]> {
  const [entry, ...exits] = bracketOrders(bracket);
  if (entry === undefined) throw new TypeError('a bracket has an entry');
  return desk.placeAll([entry, ...exits], signal, (staged) => {
    checkBracketPrices([entry, ...exits].flatMap(({ role }, index) => (staged[index] === undefined ? [] : [{ role, staged: staged[index] }])));
  });
}

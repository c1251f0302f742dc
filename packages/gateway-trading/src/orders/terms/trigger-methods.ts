import { checkChoice } from './invalid-field.js';

/** What a stop or a price condition watches (TWS API: Order.triggerMethod). */
export type TriggerMethod = 'default' | 'doubleBidAsk' | 'last' | 'doubleLast' | 'bidAsk' | 'lastOrBidAsk' | 'midpoint';

const METHODS: readonly TriggerMethod[] = ['default', 'doubleBidAsk', 'last', 'doubleLast', 'bidAsk', 'lastOrBidAsk', 'midpoint'];
const CODES: Readonly<Record<TriggerMethod, number>> = Object.freeze({
  default: 0,
  doubleBidAsk: 1,
  last: 2,
  doubleLast: 3,
  bidAsk: 4,
  lastOrBidAsk: 7,
  midpoint: 8,
});

/** Every method with its number. */
export const TRIGGER_METHODS: ReadonlyMap<TriggerMethod, number> = new Map(METHODS.map((method) => [method, CODES[method]]));

/** The number that travels. */
export function triggerMethodCode(method: TriggerMethod): number {
  return CODES[method];
}

/** @throws {@link UsageError} `IBKR_ORDER_INVALID` for an unknown method. */
export function checkTriggerMethod(field: string, method: unknown): void {
  if (method !== undefined) checkChoice(field, method, Object.keys(CODES));
}

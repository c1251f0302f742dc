import type { Instrument } from '../market/instrument.js';
import type { Quote } from '../market/market.js';
import type { OrderTicket, OrderView } from './brokerage.js';
import { comboQuote } from './combo.js';
import type { ComboLeg, Product } from './combo.js';
import type { Condition } from './conditions.js';
import type { OrderPrices } from './order-prices.js';
import type { OrderTypePolicy } from './order-types.js';
import type { TriggerMethod, TriggerRule } from './trigger.js';

/** An order that passed every rule, in the engine's own terms. */
export interface OrderTerms {
  readonly instrument: Product;
  /** What is traded, with what buying one unit of the product does: the legs of a combination, or the instrument itself. */
  readonly legs: readonly ComboLeg[];
  readonly exchange: string;
  readonly account: string;
  readonly ticket: OrderTicket;
  readonly action: OrderView['action'];
  readonly policy: OrderTypePolicy;
  readonly tif: OrderView['tif'];
  readonly totalQuantity: number;
  readonly prices: OrderPrices;
  readonly triggerMethod: TriggerMethod;
  /** When the order ends by itself, epoch milliseconds; undefined for never. */
  readonly expiresAtMs: number | undefined;
  /** Not before, epoch milliseconds. */
  readonly goodAfterMs: number | undefined;
  /** The auction that the order waits for. */
  readonly auction: 'open' | 'close' | undefined;
  readonly conditions: readonly Condition[];
  /** The conditions cancel the order instead of releasing it. */
  readonly conditionsCancel: boolean;
  /** Empty for none. */
  readonly ocaGroup: string;
  readonly ocaType: 1 | 2 | 3;
  /** Order id of the parent, 0 for none. */
  readonly parentId: number;
  readonly allOrNone: boolean;
  /** The first fill must be of this size. */
  readonly minQty: number;
}

/** Whether the terms are of a combination. */
export function isCombo({ instrument }: OrderTerms): boolean {
  return instrument.secType === 'BAG';
}

/** The market of what the order is for. */
export function quoteOf(terms: OrderTerms, market: (conId: number) => Quote): Quote {
  return isCombo(terms) ? comboQuote(terms, market) : market(terms.instrument.conId);
}

/** What the leg of an order on a single instrument is. */
export function soleLeg(instrument: Instrument, exchange: string): ComboLeg {
  return { instrument, ratio: 1, action: 'BUY', exchange };
}

/** What releases the order; undefined when it works at once. */
export function triggerRuleOf({ policy, action, triggerMethod, prices, instrument }: OrderTerms): TriggerRule | undefined {
  if (policy.trigger === undefined) return undefined;
  const isUp = (action === 'BUY') === (policy.trigger === 'against');
  return { method: triggerMethod, crossing: isUp ? 'up' : 'down', trail: prices.trail, minTick: instrument.minTick };
}

import type { OrderHandle } from '../order-handle.js';
import type { BracketState } from './bracket-watch.js';

/** A bracket of ours: the handles of its orders, and what they add up to right now. */
export class BracketHandle {
  readonly entry: OrderHandle;
  readonly takeProfit: OrderHandle | undefined;
  readonly stopLoss: OrderHandle | undefined;
  readonly #state: () => BracketState;

  /** Made by `Trading`. */
  constructor(orders: { readonly entry: OrderHandle; readonly takeProfit: OrderHandle | undefined; readonly stopLoss: OrderHandle | undefined }, state: () => BracketState) {
    this.entry = orders.entry;
    this.takeProfit = orders.takeProfit;
    this.stopLoss = orders.stopLoss;
    this.#state = state;
  }

  /** The idempotency key of the entry, and of the whole. */
  get key(): string {
    return this.entry.key;
  }

  /** All that is known right now. */
  get state(): BracketState {
    return this.#state();
  }
}

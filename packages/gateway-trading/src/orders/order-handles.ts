import type { Clock } from '@ibkit/clock';
import { OrderError } from '@ibkit/error-codes';
import { BracketHandle } from './bracket/bracket-handle.js';
import type { BracketRole } from './bracket/bracket-request.js';
import { bracketState } from './bracket/bracket-watch.js';
import type { BracketState } from './bracket/bracket-watch.js';
import { OrderHandle } from './order-handle.js';
import type { OrderRegister } from './order-register.js';
import type { OrderState } from './order-state.js';

/** An order: its handle, its state, or its key. */
export type OrderLike = string | { readonly key: string; readonly intentId: string };

/** What {@link OrderHandles} are made from. */
export interface OrderHandlesOptions {
  readonly clock: Clock;
  readonly register: OrderRegister;
  readonly lingerMs: number;
  /** Aborts when trading is closed. */
  readonly closed: AbortSignal;
}

/** The key of an order, however it was named. */
export function keyOf(order: OrderLike): string {
  return typeof order === 'string' ? order : order.key;
}

/** Finds orders of the ledger by what callers have of them, and gives out their handles. */
export class OrderHandles {
  readonly #options: OrderHandlesOptions;

  constructor(options: OrderHandlesOptions) {
    this.#options = options;
  }

  /** The state of an order of ours. @throws {@link OrderError} `IBKR_ORDER_NOT_FOUND` */
  find(order: OrderLike): OrderState {
    const { ledger } = this.#options.register;
    const state = typeof order === 'string' ? ledger.findKey(order) : ledger.get(order.intentId);
    if (state !== undefined) return state;
    throw new OrderError({
      code: 'IBKR_ORDER_NOT_FOUND',
      message: 'There is no order of ours with this key: orders of other clients, and of other journals, cannot be addressed',
      details: { key: keyOf(order) },
    });
  }

  /** The handle of an order, as it is now. */
  of(order: OrderState): OrderHandle {
    const { clock, register, lingerMs, closed } = this.#options;
    return new OrderHandle({ clock, register, intentId: order.intentId, lingerMs, closed }, register.ledger.get(order.intentId) ?? order);
  }

  /** The handle of the bracket that these orders make. */
  bracket(orders: readonly OrderState[]): BracketHandle {
    const handle = (role: BracketRole): OrderHandle | undefined => {
      const found = orders.find(({ bracket }) => bracket?.role === role);
      return found === undefined ? undefined : this.of(found);
    };
    const entry = handle('entry');
    if (entry === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'The entry of a bracket is missing from the ledger: this is a defect of ibkit' });
    return new BracketHandle({ entry, takeProfit: handle('takeProfit'), stopLoss: handle('stopLoss') }, () => this.#stateOf(entry));
  }

  #stateOf(entry: OrderHandle): BracketState {
    const state = bracketState(this.#options.register.ledger, entry.intentId);
    if (state === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'A bracket is missing from the ledger: this is a defect of ibkit' });
    return state;
  }
}

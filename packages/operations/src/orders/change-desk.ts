import type { ApiOrder, ApiOrderChanges } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import { isEnded } from '@ibkit/gateway-trading';
import type { OrderState } from '@ibkit/gateway-trading';
import { orderView } from '../views/order.js';
import type { OrderDeps } from './order-deps.js';
import { findOrder, stateNow } from './order-lookup.js';
import { atOnce, untilEnough } from './waiting.js';
import type { Patience } from './waiting.js';

/** How often a change is checked anew. */
const TRIES = 5;

/** Changes and cancels orders of ours. A caller who hangs up takes nothing back: what was begun goes on. */
export class ChangeDesk {
  readonly #deps: OrderDeps;

  constructor(deps: OrderDeps) {
    this.#deps = deps;
  }

  /** See `modifyOrder` of the API. */
  async modify(id: string, changes: ApiOrderChanges, patience: Patience): Promise<ApiOrder> {
    patience.signal?.throwIfAborted();
    const { trading } = this.#deps;
    const order = findOrder(trading, id);
    const before = order.change?.revision ?? 0;
    const isWritten = ({ change }: OrderState): boolean => change !== undefined && change.revision > before;
    const done = handled(this.#change(order, changes, TRIES));
    try {
      await untilEnough(() => done, (signal) => this.#until(order, isWritten, signal), patience);
    } catch (error) {
      const { change } = stateNow(trading, order);
      // The outcome of a change that may have left is told by its state, never by an error that reads like "not sent".
      const isOpen = change !== undefined && change.revision > before && (change.status === 'requested' || change.status === 'unknown');
      if (patience.signal?.aborted === true || !isOpen) throw error;
    }
    return orderView(stateNow(trading, order));
  }

  /** See `cancelOrder` of the API. */
  async cancel(id: string, patience: Patience): Promise<ApiOrder> {
    patience.signal?.throwIfAborted();
    const { trading } = this.#deps;
    const order = findOrder(trading, id);
    const isOver = ({ status, cancel }: OrderState): boolean => isEnded(status) || cancel === 'refused';
    const isWritten = ({ status, cancel }: OrderState): boolean => cancel === 'requested' || isEnded(status);
    const done = handled(trading.cancel(order));
    try {
      await untilEnough((signal) => done.then(() => this.#until(order, isOver, signal)), (signal) => this.#until(order, isWritten, signal), patience);
    } catch (error) {
      // It may have arrived all the same: the verdict comes as a state.
      const isUncertain = isIbkrError(error) && error.code === 'IBKR_CANCEL_UNCERTAIN';
      if (patience.signal?.aborted === true || !isUncertain) throw error;
    }
    return orderView(stateNow(trading, order));
  }

  /**
   * A change says what shall be, not by how much: where the order moved on while it was checked (it was accepted, or filled in part), and nothing was
   * written down or sent yet, it is checked again.
   */
  async #change(order: OrderState, changes: ApiOrderChanges, tries: number): Promise<void> {
    try {
      await this.#deps.trading.modify(order, changes);
    } catch (error) {
      if (tries <= 1 || !isIbkrError(error) || error.code !== 'IBKR_ORDER_OVERTAKEN') throw error;
      await this.#change(order, changes, tries - 1);
    }
  }

  /** Resolves once the order is as it should be, or nobody waits any more. */
  async #until(order: OrderState, isIt: (state: OrderState) => boolean, signal: AbortSignal): Promise<void> {
    const { trading } = this.#deps;
    if (isIt(stateNow(trading, order))) return;
    const handle = trading.order(order.key);
    if (handle?.intentId !== order.intentId) return atOnce();
    for await (const state of handle.updates({ signal })) if (isIt(state)) return;
  }
}

/** Whoever waits is told of an error; when nobody does, the journal knows. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

import { conditionConIds } from './conditions.js';
import type { SimulatedOrder } from './simulated-order.js';

/** The instruments whose market an order depends on. */
function watchedBy({ terms }: SimulatedOrder): ReadonlySet<number> {
  return new Set([...terms.legs.map(({ instrument }) => instrument.conId), ...conditionConIds(terms.conditions)]);
}

/** Every order of every client, by client and order id, and those that work, in the order of placing. */
export class OrderBook {
  readonly #byClient = new Map<number, Map<number, SimulatedOrder>>();
  readonly #highestIds = new Map<number, number>();
  readonly #working = new Set<SimulatedOrder>();
  readonly #watching = new Map<number, Set<SimulatedOrder>>();
  readonly #watched = new Map<SimulatedOrder, ReadonlySet<number>>();
  readonly #completed: SimulatedOrder[] = [];

  /** The highest order id that the client has used; 0 when none. */
  highestId(clientId: number): number {
    return this.#highestIds.get(clientId) ?? 0;
  }

  /** Remembers that the id is used, whatever becomes of its order. */
  useId(clientId: number, orderId: number): void {
    this.#highestIds.set(clientId, Math.max(this.highestId(clientId), orderId));
  }

  /** The highest order id of every client that has used one. */
  highestIds(): readonly { readonly clientId: number; readonly highest: number }[] {
    return [...this.#highestIds].map(([clientId, highest]) => ({ clientId, highest }));
  }

  find(clientId: number, orderId: number): SimulatedOrder | undefined {
    return this.#byClient.get(clientId)?.get(orderId);
  }

  /** Remembers an order under its ids. */
  add(order: SimulatedOrder): void {
    const orders = this.#byClient.get(order.clientId) ?? new Map<number, SimulatedOrder>();
    this.#byClient.set(order.clientId, orders);
    orders.set(order.orderId, order);
    this.useId(order.clientId, order.orderId);
  }

  /** The order works from now on, or works on with other terms. Gives the instruments that it watches. */
  work(order: SimulatedOrder): ReadonlySet<number> {
    this.#forget(order);
    this.#working.add(order);
    const conIds = watchedBy(order);
    this.#watched.set(order, conIds);
    for (const conId of conIds) {
      const orders = this.#watching.get(conId) ?? new Set<SimulatedOrder>();
      this.#watching.set(conId, orders);
      orders.add(order);
    }
    return conIds;
  }

  /** The order ended. Gives the instruments that no working order watches any more. */
  complete(order: SimulatedOrder): readonly number[] {
    this.#working.delete(order);
    this.#completed.push(order);
    return this.#forget(order);
  }

  /** A copy, so that orders may end while it is walked. */
  working(): readonly SimulatedOrder[] {
    return [...this.#working];
  }

  /** The working orders that depend on the market of an instrument, oldest first; a copy. */
  watching(conId: number): readonly SimulatedOrder[] {
    return [...(this.#watching.get(conId) ?? [])];
  }

  completed(): readonly SimulatedOrder[] {
    return this.#completed;
  }

  #forget(order: SimulatedOrder): readonly number[] {
    const free: number[] = [];
    for (const conId of this.#watched.get(order) ?? []) {
      const orders = this.#watching.get(conId);
      orders?.delete(order);
      if (orders?.size !== 0) continue;
      this.#watching.delete(conId);
      free.push(conId);
    }
    this.#watched.delete(order);
    return free;
  }
}

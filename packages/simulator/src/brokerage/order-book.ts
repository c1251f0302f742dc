import type { SimulatedOrder } from './simulated-order.js';

/** Every order of every client, by client and order id, and those that work, in the order of placing. */
export class OrderBook {
  readonly #byClient = new Map<number, Map<number, SimulatedOrder>>();
  readonly #highestIds = new Map<number, number>();
  readonly #working = new Set<SimulatedOrder>();
  readonly #completed: SimulatedOrder[] = [];

  /** The highest order id that the client has used; 0 when none. */
  highestId(clientId: number): number {
    return this.#highestIds.get(clientId) ?? 0;
  }

  /** The highest order id of every client that has used one. */
  highestIds(): readonly { readonly clientId: number; readonly highest: number }[] {
    return [...this.#highestIds].map(([clientId, highest]) => ({ clientId, highest }));
  }

  /** Remembers that the id is used, whatever becomes of its order. */
  useId(clientId: number, orderId: number): void {
    this.#highestIds.set(clientId, Math.max(this.highestId(clientId), orderId));
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

  /** Takes in an order that was kept: among the working ones, or among those that ended. */
  restore(order: SimulatedOrder): void {
    this.add(order);
    if (order.isTerminal) this.#completed.push(order);
    else this.#working.add(order);
  }

  /** The order works from now on. */
  work(order: SimulatedOrder): void {
    this.#working.add(order);
  }

  /** The order ended. */
  complete(order: SimulatedOrder): void {
    this.#working.delete(order);
    this.#completed.push(order);
  }

  /** A copy, so that orders may end while it is walked. */
  working(): readonly SimulatedOrder[] {
    return [...this.#working];
  }

  completed(): readonly SimulatedOrder[] {
    return this.#completed;
  }

  /** Whether any order works in this instrument. */
  hasWorkingIn(conId: number): boolean {
    for (const order of this.#working) if (order.conId === conId) return true;
    return false;
  }
}

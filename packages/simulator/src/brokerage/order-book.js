import { conditionConIds } from './conditions.js';
/** The instruments whose market an order depends on. */
function watchedBy({ terms }) {
    return new Set([...terms.legs.map(({ instrument }) => instrument.conId), ...conditionConIds(terms.conditions)]);
}
/** Every order of every client, by client and order id, and those that work, in the order of placing. */
export class OrderBook {
    #byClient = new Map();
    #highestIds = new Map();
    #working = new Set();
    #watching = new Map();
    #watched = new Map();
    #completed = [];
    /** The highest order id that the client has used; 0 when none. */
    highestId(clientId) {
        return this.#highestIds.get(clientId) ?? 0;
    }
    /** Remembers that the id is used, whatever becomes of its order. */
    useId(clientId, orderId) {
        this.#highestIds.set(clientId, Math.max(this.highestId(clientId), orderId));
    }
    /** The highest order id of every client that has used one. */
    highestIds() {
        return [...this.#highestIds].map(([clientId, highest]) => ({ clientId, highest }));
    }
    find(clientId, orderId) {
        return this.#byClient.get(clientId)?.get(orderId);
    }
    /** Remembers an order under its ids. */
    add(order) {
        const orders = this.#byClient.get(order.clientId) ?? new Map();
        this.#byClient.set(order.clientId, orders);
        orders.set(order.orderId, order);
        this.useId(order.clientId, order.orderId);
    }
    /** The order works from now on, or works on with other terms. Gives the instruments that it watches. */
    work(order) {
        this.#forget(order);
        this.#working.add(order);
        const conIds = watchedBy(order);
        this.#watched.set(order, conIds);
        for (const conId of conIds) {
            const orders = this.#watching.get(conId) ?? new Set();
            this.#watching.set(conId, orders);
            orders.add(order);
        }
        return conIds;
    }
    /** The order ended. Gives the instruments that no working order watches any more. */
    complete(order) {
        this.#working.delete(order);
        this.#completed.push(order);
        return this.#forget(order);
    }
    /** A copy, so that orders may end while it is walked. */
    working() {
        return [...this.#working];
    }
    /** The working orders that depend on the market of an instrument, oldest first; a copy. */
    watching(conId) {
        return [...(this.#watching.get(conId) ?? [])];
    }
    completed() {
        return this.#completed;
    }
    #forget(order) {
        const free = [];
        for (const conId of this.#watched.get(order) ?? []) {
            const orders = this.#watching.get(conId);
            orders?.delete(order);
            if (orders?.size !== 0)
                continue;
            this.#watching.delete(conId);
            free.push(conId);
        }
        this.#watched.delete(order);
        return free;
    }
}

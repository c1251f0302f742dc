/** Tells the listeners what happens. */
export class EventFeed {
    #listeners = new Set();
    #duplicateStatuses;
    constructor(options) {
        this.#duplicateStatuses = options.duplicateStatuses;
    }
    on(listener) {
        const listening = (event) => {
            listener(event);
        };
        this.#listeners.add(listening);
        return () => {
            this.#listeners.delete(listening);
        };
    }
    emit(event) {
        const copies = event.kind === 'orderStatus' ? this.#duplicateStatuses : 0;
        for (let copy = 0; copy <= copies; copy += 1) {
            for (const listener of this.#listeners)
                listener(event);
        }
    }
    /** The pair that TWS sends when an order changed. */
    order(order) {
        this.emit({ kind: 'openOrder', order: order.view() });
        this.status(order);
    }
    status(order) {
        this.emit({ kind: 'orderStatus', order: order.view() });
    }
    refuse(clientId, orderId, { code, message }) {
        this.emit({ kind: 'verdict', clientId, orderId, code, message });
    }
    close() {
        this.#listeners.clear();
    }
}

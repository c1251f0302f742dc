import type { BrokerageEvent, BrokerageListener } from './brokerage.js';
import type { Refusal } from './refusal.js';
import type { SimulatedOrder } from './simulated-order.js';

/** How events are told. */
export interface FeedOptions {
  /** How many copies follow each order status. */
  readonly duplicateStatuses: number;
}

/** Tells the listeners what happens. */
export class EventFeed {
  readonly #listeners = new Set<BrokerageListener>();
  readonly #duplicateStatuses: number;

  constructor(options: FeedOptions) {
    this.#duplicateStatuses = options.duplicateStatuses;
  }

  on(listener: BrokerageListener): () => void {
    const listening: BrokerageListener = (event) => {
      listener(event);
    };
    this.#listeners.add(listening);
    return () => {
      this.#listeners.delete(listening);
    };
  }

  emit(event: BrokerageEvent): void {
    const copies = event.kind === 'orderStatus' ? this.#duplicateStatuses : 0;
    for (let copy = 0; copy <= copies; copy += 1) {
      for (const listener of this.#listeners) listener(event);
    }
  }

  /** The pair that TWS sends when an order changed. */
  order(order: SimulatedOrder): void {
    this.emit({ kind: 'openOrder', order: order.view() });
    this.status(order);
  }

  status(order: SimulatedOrder): void {
    this.emit({ kind: 'orderStatus', order: order.view() });
  }

  refuse(clientId: number, orderId: number, { code, message }: Refusal): void {
    this.emit({ kind: 'verdict', clientId, orderId, code, message });
  }

  close(): void {
    this.#listeners.clear();
  }
}

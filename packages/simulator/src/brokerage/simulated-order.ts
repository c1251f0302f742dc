import type { OrderImpact, OrderStatusName, OrderView } from './brokerage.js';
import type { OrderTerms } from './order-rules.js';
import type { OrderRecord } from './snapshot.js';

const TERMINAL: ReadonlySet<OrderStatusName> = new Set(['Cancelled', 'Filled', 'Inactive']);

/** An order while it lives. Others see it through {@link SimulatedOrder.view} only. */
export class SimulatedOrder {
  readonly clientId: number;
  readonly orderId: number;
  readonly permId: string;
  terms: OrderTerms;
  status: OrderStatusName = 'PreSubmitted';
  /** Sent with transmit false: nobody has heard of it yet. */
  isStaged = false;
  filled = 0;
  #filledValue = 0;
  #lastFillPrice = 0;
  #commission: number | undefined;
  #completedStatus: string | undefined;
  #completedAtMs: number | undefined;

  constructor(clientId: number, orderId: number, permId: string, terms: OrderTerms) {
    this.clientId = clientId;
    this.orderId = orderId;
    this.permId = permId;
    this.terms = terms;
  }

  /** An order that was kept, on `terms` whose instrument is the universe's. */
  static restore(record: OrderRecord, terms: OrderTerms): SimulatedOrder {
    const order = new SimulatedOrder(record.clientId, record.orderId, record.permId, terms);
    order.status = record.status;
    order.filled = record.filled;
    order.#filledValue = record.filledValue;
    order.#lastFillPrice = record.lastFillPrice;
    order.#commission = record.commission;
    order.#completedStatus = record.completedStatus;
    order.#completedAtMs = record.completedAtMs;
    return order;
  }

  /** What must be kept of it. */
  record(): OrderRecord {
    return {
      clientId: this.clientId,
      orderId: this.orderId,
      permId: this.permId,
      terms: this.terms,
      status: this.status,
      filled: this.filled,
      filledValue: this.#filledValue,
      lastFillPrice: this.#lastFillPrice,
      commission: this.#commission,
      completedStatus: this.#completedStatus,
      completedAtMs: this.#completedAtMs,
    };
  }

  get conId(): number {
    return this.terms.instrument.conId;
  }

  get isTerminal(): boolean {
    return TERMINAL.has(this.status);
  }

  get remaining(): number {
    return this.terms.totalQuantity - this.filled;
  }

  /** Counts a fill; the status is Filled when nothing remains. */
  fill(quantity: number, price: number, atMs: number): void {
    this.filled += quantity;
    this.#filledValue += quantity * price;
    this.#lastFillPrice = price;
    if (this.remaining > 0) return;
    this.status = 'Filled';
    this.#completedStatus = 'Filled';
    this.#completedAtMs = atMs;
  }

  /** The commission of a fill became known. */
  charge(commission: number): void {
    this.#commission = (this.#commission ?? 0) + commission;
  }

  /** Ends the order without (more) fills. */
  end(status: 'Cancelled' | 'Inactive', reason: string, atMs: number): void {
    this.status = status;
    this.#completedStatus = reason;
    this.#completedAtMs = atMs;
  }

  view(impact?: OrderImpact): OrderView {
    const { instrument, exchange, account, ticket, action, orderType, tif, totalQuantity, lmtPrice } = this.terms;
    return {
      clientId: this.clientId,
      orderId: this.orderId,
      permId: this.permId,
      account,
      instrument,
      exchange,
      ticket,
      action,
      orderType,
      tif,
      totalQuantity,
      lmtPrice,
      status: this.status,
      filled: this.filled,
      remaining: this.remaining,
      avgFillPrice: this.filled === 0 ? 0 : this.#filledValue / this.filled,
      lastFillPrice: this.#lastFillPrice,
      commission: this.#commission,
      impact,
      completedStatus: this.#completedStatus,
      completedAtMs: this.#completedAtMs,
    };
  }
}

import { OrderError, describeError } from '@ibkit/error-codes';
import type { ShownNames, ShownOrder, TradingConnection } from '../broker/connection-port.js';
import { ORDER_ID_CEILING } from '../orders/order-ids.js';
import type { OrderIds } from '../orders/order-ids.js';
import type { OrderLedger } from '../orders/order-ledger.js';
import type { OrderState } from '../orders/order-state.js';
import { refuseField } from './api-fields.js';

/** What {@link ApiIds} are made from. */
export interface ApiIdsOptions {
  readonly connection: TradingConnection;
  readonly ledger: OrderLedger;
  readonly orderIds: OrderIds;
}

/** Codes about data, which somebody asked for under a request id of the same number. */
const ABOUT_DATA: ReadonlySet<string> = new Set(['marketData', 'historical', 'pacing']);

/**
 * The ids by which users of `connection.api` know their orders. An order goes out under the very id that it was given, as long as that goes
 * on from the ids before; under a new one when that was given away already, for an attempt that never left or for another order. Two orders
 * never have one id here: what somebody else's order is called is not free.
 */
export class ApiIds {
  readonly #options: ApiIdsOptions;

  constructor(options: ApiIdsOptions) {
    this.#options = options;
  }

  /** The order that was placed under an id, in this process or an earlier one. */
  placed(apiOrderId: number): OrderState | undefined {
    return this.#options.ledger.byApiOrderId(this.#clientId, apiOrderId);
  }

  /** The order that is called so on the face: placed there, or by other calls of ours. */
  called(orderId: number): OrderState | undefined {
    const placed = this.placed(orderId);
    if (placed !== undefined) return placed;
    const order = this.#options.ledger.byOrderId(this.#clientId, orderId);
    return order?.apiOrderId === undefined ? order : undefined;
  }

  /**
   * Checks that a new order may be called so.
   * @throws {@link UsageError} `IBKR_ORDER_INVALID` for what is no order id; {@link OrderError} `IBKR_ORDER_ID_TAKEN` when another order has
   *   the id, or may have it: the next order of the broker under an id of an order is a change of that order.
   */
  claim(orderId: number): void {
    if (!Number.isSafeInteger(orderId) || orderId < 1 || orderId >= ORDER_ID_CEILING) refuseField('orderId', `must be a whole number from 1 and below ${ORDER_ID_CEILING}`, orderId);
    const { ledger, orderIds, connection } = this.#options;
    const clientId = this.#clientId;
    const other = ledger.byOrderId(clientId, orderId);
    // What was called something else, or never left, leaves the name free.
    const isFree =
      other === undefined
        ? orderId >= connection.nextOrderIdFloor && (orderId > this.#highest || orderIds.isTaken(clientId, orderId))
        : other.status === 'unsent' || (other.apiOrderId !== undefined && other.apiOrderId !== orderId);
    if (isFree) return;
    throw new OrderError({
      code: 'IBKR_ORDER_ID_TAKEN',
      message: `The order id ${orderId} is taken: another order has it, or may have it. The next free one is ${this.next(0)}; api.reqIds() tells it, too`,
      details: { orderId },
    });
  }

  /** The next id that is free. */
  next(promised: number): number {
    return Math.max(promised, this.#options.connection.nextOrderIdFloor, this.#highest + 1);
  }

  /** How an order that the broker names is called on the face; `undefined` when it has no other name there. */
  shown({ permId, orderRef, orderId, clientId, noticeCode }: ShownNames): ShownOrder | undefined {
    const { session } = this.#options.connection;
    if (session === undefined || (clientId !== undefined && clientId !== session.clientId)) return undefined;
    const order = this.#options.ledger.find({ permId, orderRef, epoch: session.epoch, clientId: session.clientId, orderId });
    if (order?.apiOrderId === undefined || order.clientId !== session.clientId) return undefined;
    if (noticeCode !== undefined && order.apiOrderId !== order.orderId && ABOUT_DATA.has(describeError(noticeCode).category)) return undefined;
    return { orderId: order.apiOrderId, orderRef: order.tag ?? '' };
  }

  get #highest(): number {
    const { ledger, orderIds } = this.#options;
    return Math.max(ledger.floor(this.#clientId), orderIds.used(this.#clientId));
  }

  get #clientId(): number {
    return this.#options.connection.session?.clientId ?? -1;
  }
}

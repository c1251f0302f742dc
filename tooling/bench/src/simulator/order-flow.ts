import { createTextCodec } from '@ibkit/wire';
import type { BareClient } from './bare-client.js';
import { contractOf } from './bare-client.js';

const TICK_PRICE = 1;
const ORDER_STATUS = 3;
const ERR_MSG = 4;
const OPEN_ORDER = 5;
const BID = 1;
const FAR = 0.95;
/** Ids of notices that end no order. */
const FIRST_WARNING = 2_100;

type Fate = 'filled' | 'cancelled' | 'refused';

/**
 * Orders as a busy day has them: half at the market, three in ten at the bid, which fill or rest, two in ten far below it, which are cancelled twenty orders later.
 * Sides alternate, so that money does not run out.
 */
export class OrderFlow {
  readonly #codec = createTextCodec({ serverVersion: 193 });
  readonly #bids: Float64Array;
  readonly #sentAtMs = new Map<number, number>();
  readonly #fates = new Map<number, Fate>();
  readonly #now: () => number;
  #placed = 0;
  #cancelling: number[] = [];
  /** From the order to the first word about it, real milliseconds. */
  readonly answeredMs: number[] = [];

  constructor(symbols: number, now: () => number) {
    this.#bids = new Float64Array(symbols);
    this.#now = now;
  }

  get placed(): number {
    return this.#placed;
  }

  countOf(fate: Fate): number {
    let count = 0;
    for (const each of this.#fates.values()) if (each === fate) count += 1;
    return count;
  }

  readonly read = (messageId: number, bytes: Uint8Array, start: number, end: number): void => {
    if (messageId === TICK_PRICE) this.#readPrice(bytes, start, end);
    else if (messageId === ORDER_STATUS || messageId === OPEN_ORDER || messageId === ERR_MSG) this.#readOrder(bytes.subarray(start, end));
  };

  /** Places the next order. */
  place(client: BareClient): void {
    const orderId = 1 + this.#placed;
    const turn = this.#placed % 10;
    this.#placed += 1;
    const index = (this.#placed * 7) % this.#bids.length;
    const bid = this.#bids[index] ?? 0;
    const action = this.#placed % 2 === 0 ? 'BUY' : 'SELL';
    this.#sentAtMs.set(orderId, this.#now());
    const contract = contractOf(index);
    if (turn < 5) {
      client.send({ type: 'placeOrder', orderId, contract, order: { action, totalQuantity: 10, orderType: 'MKT' } });
    } else if (turn < 8) {
      client.send({ type: 'placeOrder', orderId, contract, order: { action, totalQuantity: 10, orderType: 'LMT', lmtPrice: bid } });
    } else {
      const lmtPrice = Math.round(bid * FAR * 100) / 100;
      client.send({ type: 'placeOrder', orderId, contract, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice } });
      this.#cancelling.push(orderId);
    }
    if (this.#cancelling.length > 4) {
      const [oldest = 0, ...younger] = this.#cancelling;
      this.#cancelling = younger;
      client.send({ type: 'cancelOrder', orderId: oldest });
    }
  }

  #readPrice(bytes: Uint8Array, start: number, end: number): void {
    const message = this.#codec.readHot(bytes, start, end);
    if (message?.type === 'tickPrice' && message.tickType === BID) this.#bids[message.reqId] = message.price;
  }

  #readOrder(payload: Uint8Array): void {
    const decoded = this.#codec.decodeServer(payload);
    if (!decoded.ok) throw new Error(`the server sent what cannot be read: ${decoded.failure.reason}`);
    const { message } = decoded;
    if (message.type === 'errMsg') {
      if (this.#sentAtMs.has(message.id) && message.code !== 202 && message.code < FIRST_WARNING) this.#settle(message.id, 'refused');
    } else if (message.type === 'orderStatus' || message.type === 'openOrder') {
      this.#answered(message.orderId);
      const status = message.type === 'orderStatus' ? message.status : undefined;
      if (status === 'Filled') this.#settle(message.orderId, 'filled');
      else if (status === 'Cancelled') this.#settle(message.orderId, 'cancelled');
    }
  }

  #answered(orderId: number): void {
    const sentAtMs = this.#sentAtMs.get(orderId);
    if (sentAtMs === undefined) return;
    this.#sentAtMs.delete(orderId);
    this.answeredMs.push(this.#now() - sentAtMs);
  }

  #settle(orderId: number, fate: Fate): void {
    this.#answered(orderId);
    this.#fates.set(orderId, fate);
  }

  /** Orders that nobody has said a word about. */
  get unanswered(): number {
    return this.#sentAtMs.size;
  }
}

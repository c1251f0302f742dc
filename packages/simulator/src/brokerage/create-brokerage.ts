import { UsageError } from '@ibkit/error-codes';
import type { Market } from '../market/market.js';
import { AccountDesk } from './account-desk.js';
import type {
  AccountValue, Brokerage, BrokerageListener, BrokerageOptions, ExecutionFilter, OrderTicket, OrderView, PnlReading, Position, SinglePnlReading,
} from './brokerage.js'; // prettier-ignore
import type { OrderContract } from './combo.js';
import { EventFeed } from './event-feed.js';
import { ExecutionLog } from './execution-log.js';
import type { LoggedExecution } from './execution-log.js';
import type { ExerciseTicket } from './exercise.js';
import { FillDesk } from './fill-desk.js';
import { FundsReserve } from './funds-reserve.js';
import { OrderBook } from './order-book.js';
import { OrderDesk } from './order-desk.js';
import { OrderFloor } from './order-floor.js';
import { OrderIds } from './order-ids.js';
import { OrderSessions } from './order-sessions.js';
import { resolveOrderOptions } from './order-options.js';
import { endOfDay } from './order-time.js';
import { SimulatedOrder } from './simulated-order.js';
import { isListed, knownTerms } from './snapshot.js';
import type { BrokerageSnapshot, OrderRecord } from './snapshot.js';

const DEFAULT_START_CASH = 1_000_000;

class SimulatedBrokerage implements Brokerage {
  readonly #market: Market;
  readonly #ids: OrderIds;
  readonly #reserve = new FundsReserve();
  readonly #book = new OrderBook();
  readonly #log = new ExecutionLog();
  readonly #feed: EventFeed;
  readonly #accounts: AccountDesk;
  readonly #fills: FillDesk;
  readonly #floor: OrderFloor;
  readonly #desk: OrderDesk;
  #closed = false;

  constructor(options: BrokerageOptions) {
    const { market, startCash = DEFAULT_START_CASH, seed = 1, latencyMs = 0 } = options;
    if (!Number.isFinite(startCash)) throw new UsageError({ field: 'startCash', value: startCash, rule: 'must be an amount of USD' });
    if (!Number.isInteger(seed)) throw new UsageError({ field: 'seed', value: seed, rule: 'must be a whole number' });
    if (!Number.isFinite(latencyMs) || latencyMs < 0) throw new UsageError({ field: 'latencyMs', value: latencyMs, rule: 'must be 0 or more milliseconds' });
    const { duplicateStatuses, statusBeforeExecution, partialFills, maxOrdersPerSide } = resolveOrderOptions(options.orders);
    this.#market = market;
    this.#ids = new OrderIds(seed);
    const ids = this.#ids;
    const reserve = this.#reserve;
    const book = this.#book;
    this.#feed = new EventFeed({ duplicateStatuses });
    this.#accounts = new AccountDesk(market, options.accounts, startCash);
    const shared = { market, book, feed: this.#feed, accounts: this.#accounts };
    this.#fills = new FillDesk({ ...shared, ids, log: this.#log, statusBeforeExecution });
    const sessions = new OrderSessions(market.sessions);
    this.#floor = new OrderFloor({ ...shared, fills: this.#fills, reserve, latencyMs, partialFills, sessions });
    this.#desk = new OrderDesk({ ...shared, ids, floor: this.#floor, fills: this.#fills, reserve, maxOrdersPerSide, sessions });
  }

  get accounts(): readonly string[] {
    return this.#accounts.accounts;
  }

  on(listener: BrokerageListener): () => void {
    return this.#feed.on(listener);
  }

  nextValidId(clientId: number): number {
    return this.#book.highestId(clientId) + 1;
  }

  place(clientId: number, orderId: number, contract: OrderContract, ticket: OrderTicket): void {
    if (!this.#closed) this.#desk.place(clientId, orderId, contract, ticket);
  }

  cancel(clientId: number, orderId: number): void {
    if (!this.#closed) this.#desk.cancel(clientId, orderId);
  }

  cancelAll(): void {
    if (!this.#closed) this.#desk.cancelAll();
  }

  exercise(clientId: number, reqId: number, contract: OrderContract, ticket: ExerciseTicket): void {
    if (!this.#closed) this.#desk.exercise(clientId, reqId, contract, ticket);
  }

  correctExecution(execId: string, price: number): void {
    for (const event of this.#fills.correct(execId, price)) this.#feed.emit(event);
  }

  openOrders(clientId?: number): readonly OrderView[] {
    const orders = this.#book.working();
    return orders.filter((order) => clientId === undefined || order.clientId === clientId).map((order) => order.view());
  }

  completedOrders(): readonly OrderView[] {
    return this.#book.completed().map((order) => order.view());
  }

  executions(filter: ExecutionFilter = {}): readonly LoggedExecution[] {
    return this.#log.find(filter);
  }

  positions(account?: string): readonly Position[] {
    return this.#accounts.positions(account).filter(({ position }) => position !== 0);
  }

  portfolio(account: string): readonly Position[] {
    return this.#accounts.positions(account);
  }

  accountValues(account: string): readonly AccountValue[] {
    return this.#accounts.values(account);
  }

  pnl(account: string): PnlReading {
    return this.#accounts.pnl(account);
  }

  pnlSingle(account: string, conId: number): SinglePnlReading | undefined {
    return this.#accounts.pnlSingle(account, conId);
  }

  fillWorking(which: { readonly clientId?: number | undefined; readonly orderId?: number | undefined } = {}): number {
    if (this.#closed) return 0;
    const { clientId, orderId } = which;
    const wanted = this.#book.working().filter((order) => (clientId ?? order.clientId) === order.clientId && (orderId ?? order.orderId) === order.orderId);
    return wanted.filter((order) => this.#floor.fillNow(order)).length;
  }

  snapshot(): BrokerageSnapshot {
    return {
      savedAtMs: this.#market.clock.now(),
      ids: this.#ids.last,
      orderIds: this.#book.highestIds(),
      working: this.#book.working().map((order) => order.record()),
      completed: this.#book.completed().map((order) => order.record()),
      executions: this.#log.all(),
      ledgers: this.#accounts.records(),
    };
  }

  restore(snapshot: BrokerageSnapshot): void {
    this.#accounts.restore(snapshot.ledgers);
    this.#ids.restore(snapshot.ids);
    for (const { clientId, highest } of snapshot.orderIds) this.#book.useId(clientId, highest);
    for (const entry of snapshot.executions) this.#log.add(entry);
    for (const record of snapshot.completed) this.#floor.recall(this.#revive(record));
    for (const record of snapshot.working) this.#goOn(this.#revive(record), snapshot.savedAtMs);
  }

  #revive(record: OrderRecord): SimulatedOrder {
    const terms = knownTerms(this.#market.universe, record.terms);
    const parent = terms.parentId === 0 ? undefined : this.#book.find(record.clientId, terms.parentId);
    const order = SimulatedOrder.restore(record, terms, parent);
    parent?.children.push(order);
    this.#book.add(order);
    return order;
  }

  /** An order that worked when the snapshot was taken works on, unless its time or its instrument is over. */
  #goOn(order: SimulatedOrder, savedAtMs: number): void {
    const nowMs = this.#market.clock.now();
    const { terms, parent } = order;
    const isDayOrder = terms.tif === 'DAY' && this.#market.sessions === 'always';
    const expiresAtMs = isDayOrder ? Math.min(endOfDay(Math.max(savedAtMs, terms.goodAfterMs ?? savedAtMs)), terms.expiresAtMs ?? Infinity) : terms.expiresAtMs;
    const isOver = (expiresAtMs !== undefined && expiresAtMs <= nowMs) || (parent !== undefined && parent.isTerminal && parent.status !== 'Filled');
    if (isOver || !isListed(this.#market.universe, terms)) {
      this.#floor.recall(order, 'Expired');
      return;
    }
    if (parent === undefined || parent.status === 'Filled') this.#reserve.hold(order, this.#accounts.fundsNeeded(terms, order.remaining, 0).amount);
    this.#floor.resume(order);
  }

  close(): void {
    this.#closed = true;
    this.#floor.close();
    this.#feed.close();
  }
}

/**
 * Makes a brokerage on a market. Fills, cancels and the end of day orders need the market's clock to run.
 * @throws UsageError for options out of range.
 */
export function createBrokerage(options: BrokerageOptions): Brokerage {
  return new SimulatedBrokerage(options);
}

import { TimeZone } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { ContractQuery } from '../market/instrument.js';
import type { Market, MarketEvent } from '../market/market.js';
import { AccountDesk } from './account-desk.js';
import type {
  AccountValue, Brokerage, BrokerageEvent, BrokerageListener, BrokerageOptions, ExecutionFilter, OrderTicket, OrderView, PnlReading, Position, SinglePnlReading,
} from './brokerage.js'; // prettier-ignore
import { commissionOf } from './commissions.js';
import { ExecutionLog } from './execution-log.js';
import type { LoggedExecution } from './execution-log.js';
import { matchOnArrival, matchOnEvent } from './matching.js';
import type { Match } from './matching.js';
import { OrderBook } from './order-book.js';
import { OrderIds } from './order-ids.js';
import { checkOrder, rejected } from './order-rules.js';
import type { OrderTerms, Refusal } from './order-rules.js';
import { SimulatedOrder } from './simulated-order.js';
import { knownInstrument } from './snapshot.js';
import type { BrokerageSnapshot, OrderRecord } from './snapshot.js';

const DEFAULT_START_CASH = 1_000_000;
const DAY_MS = 86_400_000;

class SimulatedBrokerage implements Brokerage {
  readonly #market: Market;
  readonly #latencyMs: number;
  readonly #ids: OrderIds;
  readonly #book = new OrderBook();
  readonly #log = new ExecutionLog();
  readonly #desk: AccountDesk;
  readonly #listeners = new Set<BrokerageListener>();
  readonly #watches = new Map<number, () => void>();
  readonly #timers = new Set<Timer>();
  readonly #zone = new TimeZone('America/New_York');
  #dayEnd: Timer | undefined;
  #closed = false;

  constructor(options: BrokerageOptions) {
    const { market, accounts, startCash = DEFAULT_START_CASH, seed = 1, latencyMs = 0 } = options;
    if (!Number.isFinite(startCash)) throw new UsageError({ field: 'startCash', value: startCash, rule: 'must be an amount of USD' });
    if (!Number.isInteger(seed)) throw new UsageError({ field: 'seed', value: seed, rule: 'must be a whole number' });
    if (!Number.isFinite(latencyMs) || latencyMs < 0) throw new UsageError({ field: 'latencyMs', value: latencyMs, rule: 'must be 0 or more milliseconds' });
    this.#market = market;
    this.#latencyMs = latencyMs;
    this.#ids = new OrderIds(seed);
    this.#desk = new AccountDesk(market, accounts, startCash);
  }

  get accounts(): readonly string[] {
    return this.#desk.accounts;
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

  nextValidId(clientId: number): number {
    return this.#book.highestId(clientId) + 1;
  }

  place(clientId: number, orderId: number, contract: ContractQuery, ticket: OrderTicket): void {
    if (this.#closed) return;
    this.#market.release();
    const known = this.#book.find(clientId, orderId);
    if (known?.status === 'Filled') {
      this.#refuse(clientId, orderId, { code: 104, message: 'Cannot modify a filled order.' });
      return;
    }
    if (!Number.isSafeInteger(orderId) || (known === undefined ? orderId <= this.#book.highestId(clientId) : known.isTerminal)) {
      this.#refuse(clientId, orderId, { code: 103, message: 'Duplicate order id' });
      return;
    }
    const check = checkOrder(contract, ticket, { universe: this.#market.universe, accounts: this.accounts, nowMs: this.#market.clock.now() });
    if (!check.ok) {
      // A real rejection uses the id up; what could not even be read as an order does not.
      if (check.refusal.code === 201) this.#book.useId(clientId, orderId);
      this.#refuse(clientId, orderId, check.refusal);
      return;
    }
    const { terms } = check;
    if (ticket.whatIf === true) this.#answerWhatIf(clientId, orderId, terms);
    else if (known === undefined || known.isStaged) this.#accept(known, clientId, orderId, terms);
    else this.#modify(known, terms);
  }

  cancel(clientId: number, orderId: number): void {
    if (this.#closed) return;
    const order = this.#book.find(clientId, orderId);
    if (order === undefined) {
      this.#refuse(clientId, orderId, { code: 10147, message: `OrderId ${orderId} that needs to be cancelled is not found.` });
    } else if (order.isTerminal || order.status === 'PendingCancel') {
      this.#refuseCancel(order);
    } else {
      this.#beginCancel(order, 'Cancelled by Trader');
    }
  }

  cancelAll(): void {
    if (this.#closed) return;
    for (const order of this.#book.working()) {
      if (order.status !== 'PendingCancel') this.#beginCancel(order, 'Cancelled by Trader');
    }
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
    return this.#desk.positions(account).filter(({ position }) => position !== 0);
  }

  portfolio(account: string): readonly Position[] {
    return this.#desk.positions(account);
  }

  accountValues(account: string): readonly AccountValue[] {
    return this.#desk.values(account);
  }

  pnl(account: string): PnlReading {
    return this.#desk.pnl(account);
  }

  pnlSingle(account: string, conId: number): SinglePnlReading | undefined {
    return this.#desk.pnlSingle(account, conId);
  }

  fillWorking(which: { readonly clientId?: number | undefined; readonly orderId?: number | undefined } = {}): number {
    if (this.#closed) return 0;
    let count = 0;
    for (const order of this.#book.working()) {
      if (which.clientId !== undefined && which.clientId !== order.clientId) continue;
      if (which.orderId !== undefined && which.orderId !== order.orderId) continue;
      const price = order.terms.lmtPrice ?? this.#market.mark(order.conId);
      if (price === undefined || order.isTerminal) continue;
      this.#fill(order, { price, liquidity: 'added' });
      count += 1;
    }
    return count;
  }

  snapshot(): BrokerageSnapshot {
    return {
      savedAtMs: this.#market.clock.now(),
      ids: this.#ids.last,
      orderIds: this.#book.highestIds(),
      working: this.#book.working().map((order) => order.record()),
      completed: this.#book.completed().map((order) => order.record()),
      executions: this.#log.all(),
      ledgers: this.#desk.records(),
    };
  }

  restore(snapshot: BrokerageSnapshot): void {
    this.#desk.restore(snapshot.ledgers);
    this.#ids.restore(snapshot.ids);
    for (const { clientId, highest } of snapshot.orderIds) this.#book.useId(clientId, highest);
    for (const entry of snapshot.executions) this.#log.add(entry);
    for (const record of snapshot.completed) this.#book.restore(this.#revive(record));
    for (const record of snapshot.working) this.#goOn(this.#revive(record), snapshot.savedAtMs);
    this.#armDayEnd();
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#dayEnd?.cancel();
    this.#dayEnd = undefined;
    for (const unwatch of this.#watches.values()) unwatch();
    this.#watches.clear();
    this.#listeners.clear();
  }

  #revive(record: OrderRecord): SimulatedOrder {
    return SimulatedOrder.restore(record, { ...record.terms, instrument: knownInstrument(this.#market.universe, record.terms.instrument) });
  }

  /** An order that worked when the snapshot was taken works on, unless its day or its instrument is over. */
  #goOn(order: SimulatedOrder, savedAtMs: number): void {
    const nowMs = this.#market.clock.now();
    this.#book.restore(order);
    const isListed = this.#market.universe.byConId(order.conId) === order.terms.instrument;
    const isOver = order.terms.tif === 'DAY' && this.#zone.dateOf(nowMs) > this.#zone.dateOf(savedAtMs);
    if (!isListed || isOver) {
      order.end('Cancelled', 'Expired', nowMs);
      this.#book.complete(order);
      return;
    }
    this.#watch(order.conId);
    if (order.status === 'PendingCancel') {
      this.#later(() => {
        if (!order.isTerminal) this.#finishCancel(order, 'Cancelled by Trader');
      });
    } else {
      this.#later(() => {
        this.#arrive(order);
      });
    }
  }

  #emit(event: BrokerageEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #emitOrder(order: SimulatedOrder): void {
    this.#emit({ kind: 'openOrder', order: order.view() });
    this.#emit({ kind: 'orderStatus', order: order.view() });
  }

  #refuse(clientId: number, orderId: number, { code, message }: Refusal): void {
    this.#emit({ kind: 'verdict', clientId, orderId, code, message });
  }

  #refuseCancel(order: SimulatedOrder): void {
    const message = `OrderId ${order.orderId} that needs to be cancelled cannot be cancelled, state: ${order.status}.`;
    this.#refuse(order.clientId, order.orderId, { code: 10148, message });
  }

  #later(action: () => void): void {
    const timer = this.#market.clock.setTimer(this.#latencyMs, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
  }

  #answerWhatIf(clientId: number, orderId: number, terms: OrderTerms): void {
    const impact = this.#desk.impactOf(terms, terms.totalQuantity);
    if (impact === undefined) {
      this.#refuse(clientId, orderId, rejected('There is no market data to compute the margin from.'));
      return;
    }
    const order = new SimulatedOrder(clientId, orderId, '0', terms);
    this.#emit({ kind: 'openOrder', order: order.view(impact) });
  }

  #accept(staged: SimulatedOrder | undefined, clientId: number, orderId: number, terms: OrderTerms): void {
    const order = staged ?? new SimulatedOrder(clientId, orderId, this.#ids.nextPermId(), terms);
    order.terms = terms;
    this.#book.add(order);
    order.isStaged = terms.ticket.transmit === false;
    if (order.isStaged) return;
    const problem = this.#desk.fundsProblem(terms, terms.totalQuantity);
    if (problem !== undefined) {
      order.end('Inactive', 'Rejected', this.#market.clock.now());
      this.#book.complete(order);
      this.#emitOrder(order);
      this.#refuse(clientId, orderId, rejected(problem));
      return;
    }
    this.#book.work(order);
    this.#watch(order.conId);
    this.#armDayEnd();
    this.#emitOrder(order);
    this.#later(() => {
      this.#arrive(order);
    });
  }

  #modify(order: SimulatedOrder, terms: OrderTerms): void {
    const { terms: old } = order;
    if (order.status === 'PendingCancel') {
      this.#refuse(order.clientId, order.orderId, { code: 2102, message: 'Unable to modify this order as it is still being processed.' });
      return;
    }
    const isSame = old.instrument === terms.instrument && old.action === terms.action && old.orderType === terms.orderType && old.account === terms.account;
    if (!isSame || terms.totalQuantity <= order.filled) {
      this.#refuse(order.clientId, order.orderId, { code: 105, message: 'Order being modified does not match original order.' });
      return;
    }
    const problem = terms.totalQuantity > old.totalQuantity ? this.#desk.fundsProblem(terms, terms.totalQuantity - order.filled) : undefined;
    if (problem !== undefined) {
      this.#refuse(order.clientId, order.orderId, { code: 134, message: `Modify order failed: ${problem}` });
      return;
    }
    order.terms = terms;
    this.#emitOrder(order);
    this.#later(() => {
      this.#arrive(order);
    });
  }

  /** The order (or its change) reaches the market: it trades at once, waits, or is over. */
  #arrive(order: SimulatedOrder): void {
    if (order.isTerminal) return;
    const match = matchOnArrival(order.terms, this.#market.quote(order.conId));
    if (match !== undefined) {
      this.#fill(order, match);
      return;
    }
    if (order.status === 'PendingCancel') return;
    const { tif } = order.terms;
    if (tif === 'FOK') {
      this.#end(order, 'Inactive', 'Cancelled by System');
      this.#emit({ kind: 'orderStatus', order: order.view() });
    } else if (tif === 'IOC') {
      this.#beginCancel(order, 'Cancelled by System');
    } else if (order.status === 'PreSubmitted') {
      order.status = 'Submitted';
      this.#emitOrder(order);
    }
  }

  #fill(order: SimulatedOrder, match: Match): void {
    const { terms } = order;
    const { instrument, account, action } = terms;
    const atMs = this.#market.clock.now();
    const shares = order.remaining;
    const commission = commissionOf(instrument, shares, match.price);
    const realizedPnl = this.#desk.book(account, { instrument, quantity: action === 'BUY' ? shares : -shares, price: match.price, commission });
    order.fill(shares, match.price, atMs);
    const filled = order.view();
    const execId = this.#ids.nextExecId();
    const execution = {
      execId,
      atMs,
      clientId: order.clientId,
      orderId: order.orderId,
      permId: order.permId,
      account,
      instrument,
      exchange: terms.exchange === 'SMART' ? instrument.primaryExch || 'CBOE' : terms.exchange,
      side: action === 'BUY' ? 'BOT' : 'SLD',
      shares,
      price: match.price,
      cumQty: filled.filled,
      avgPrice: filled.avgFillPrice,
      orderRef: terms.ticket.orderRef ?? '',
      lastLiquidity: match.liquidity === 'added' ? 1 : 2,
    } as const;
    const report = { execId, clientId: order.clientId, account, commission, currency: instrument.currency, realizedPnl };
    order.charge(commission);
    const charged = order.view();
    this.#log.add({ execution, order: filled, commission: report });
    this.#book.complete(order);
    this.#unwatch(order.conId);

    this.#emit({ kind: 'execution', execution, order: filled });
    this.#emit({ kind: 'openOrder', order: filled });
    this.#emit({ kind: 'orderStatus', order: filled });
    this.#emit({ kind: 'openOrder', order: charged });
    this.#emit({ kind: 'commission', commission: report, order: charged });
    const position = this.#desk.position(account, instrument.conId);
    if (position !== undefined) this.#emit({ kind: 'position', position });
    this.#emit({ kind: 'account', account });
  }

  #beginCancel(order: SimulatedOrder, reason: string): void {
    if (order.isStaged) {
      order.isStaged = false;
      this.#finishCancel(order, reason);
      return;
    }
    order.status = 'PendingCancel';
    this.#emit({ kind: 'orderStatus', order: order.view() });
    this.#later(() => {
      if (order.isTerminal) this.#refuseCancel(order);
      else this.#finishCancel(order, reason);
    });
  }

  #finishCancel(order: SimulatedOrder, reason: string): void {
    this.#end(order, 'Cancelled', reason);
    this.#emit({ kind: 'orderStatus', order: order.view() });
    this.#refuse(order.clientId, order.orderId, { code: 202, message: 'Order Canceled - reason:' });
  }

  #end(order: SimulatedOrder, status: 'Cancelled' | 'Inactive', reason: string): void {
    order.end(status, reason, this.#market.clock.now());
    this.#book.complete(order);
    this.#unwatch(order.conId);
  }

  #watch(conId: number): void {
    if (this.#watches.has(conId)) return;
    const unwatch = this.#market.watch(conId, (event) => {
      this.#matchAll(event);
    });
    this.#watches.set(conId, unwatch);
  }

  #unwatch(conId: number): void {
    if (this.#book.hasWorkingIn(conId)) return;
    this.#watches.get(conId)?.();
    this.#watches.delete(conId);
  }

  #matchAll(event: MarketEvent): void {
    for (const order of this.#book.working()) {
      // What has not arrived yet does not trade; neither does what ended while this event was told.
      if (order.conId !== event.conId || order.status === 'PreSubmitted' || order.isTerminal) continue;
      const match = matchOnEvent(order.terms, event);
      if (match !== undefined) this.#fill(order, match);
    }
  }

  /** Day orders end with the New York day, because the market trades round the clock. */
  #armDayEnd(): void {
    if (this.#dayEnd !== undefined || !this.#book.working().some(({ terms }) => terms.tif === 'DAY')) return;
    const nowMs = this.#market.clock.now();
    const { year, month, day } = this.#zone.read(nowMs);
    const tomorrow = new Date(Date.UTC(year, month - 1, day) + DAY_MS).toISOString().slice(0, 10);
    this.#dayEnd = this.#market.clock.setTimer(this.#zone.instantOf(tomorrow, 0) - nowMs, () => {
      this.#dayEnd = undefined;
      for (const order of this.#book.working()) {
        if (order.terms.tif === 'DAY') this.#finishCancel(order, 'Expired');
      }
    });
  }
}

/**
 * Makes a brokerage on a market. Fills, cancels and the end of day orders need the market's clock to run.
 * @throws UsageError for options out of range.
 */
export function createBrokerage(options: BrokerageOptions): Brokerage {
  return new SimulatedBrokerage(options);
}

import { UsageError } from '@ibkit/error-codes';
import { AccountDesk } from './account-desk.js';
import { EventFeed } from './event-feed.js';
import { ExecutionLog } from './execution-log.js';
import { FillDesk } from './fill-desk.js';
import { FundsReserve } from './funds-reserve.js';
import { OrderBook } from './order-book.js';
import { OrderDesk } from './order-desk.js';
import { OrderFloor } from './order-floor.js';
import { OrderIds } from './order-ids.js';
import { SimulatedOrder } from './simulated-order.js';
import { isListed, knownTerms } from './snapshot.js';
import { endOfDay } from './order-time.js';
const DEFAULT_START_CASH = 1_000_000;
const DEFAULT_ORDERS_PER_SIDE = 20;
const MOST_DUPLICATES = 2;
function integer(field, value, min, max) {
    if (!Number.isInteger(value) || value < min || value > max)
        throw new UsageError({ field, value, rule: `must be a whole number from ${min} to ${max}` });
    return value;
}
class SimulatedBrokerage {
    #market;
    #ids;
    #reserve = new FundsReserve();
    #book = new OrderBook();
    #log = new ExecutionLog();
    #feed;
    #accounts;
    #fills;
    #floor;
    #desk;
    #closed = false;
    constructor(options) {
        const { market, startCash = DEFAULT_START_CASH, seed = 1, latencyMs = 0, partialFills = true, statusBeforeExecution = false } = options;
        if (!Number.isFinite(startCash))
            throw new UsageError({ field: 'startCash', value: startCash, rule: 'must be an amount of USD' });
        if (!Number.isInteger(seed))
            throw new UsageError({ field: 'seed', value: seed, rule: 'must be a whole number' });
        if (!Number.isFinite(latencyMs) || latencyMs < 0)
            throw new UsageError({ field: 'latencyMs', value: latencyMs, rule: 'must be 0 or more milliseconds' });
        const maxOrdersPerSide = integer('maxOrdersPerSide', options.maxOrdersPerSide ?? DEFAULT_ORDERS_PER_SIDE, 1, 1_000_000);
        const duplicateStatuses = integer('duplicateStatuses', options.duplicateStatuses ?? 0, 0, MOST_DUPLICATES);
        this.#market = market;
        this.#ids = new OrderIds(seed);
        const ids = this.#ids;
        const reserve = this.#reserve;
        const book = this.#book;
        this.#feed = new EventFeed({ duplicateStatuses });
        this.#accounts = new AccountDesk(market, options.accounts, startCash);
        const shared = { market, book, feed: this.#feed, accounts: this.#accounts };
        this.#fills = new FillDesk({ ...shared, ids, log: this.#log, statusBeforeExecution });
        this.#floor = new OrderFloor({ ...shared, fills: this.#fills, reserve, latencyMs, partialFills });
        this.#desk = new OrderDesk({ ...shared, ids, floor: this.#floor, reserve, maxOrdersPerSide });
    }
    get accounts() {
        return this.#accounts.accounts;
    }
    on(listener) {
        return this.#feed.on(listener);
    }
    nextValidId(clientId) {
        return this.#book.highestId(clientId) + 1;
    }
    place(clientId, orderId, contract, ticket) {
        if (!this.#closed)
            this.#desk.place(clientId, orderId, contract, ticket);
    }
    cancel(clientId, orderId) {
        if (!this.#closed)
            this.#desk.cancel(clientId, orderId);
    }
    cancelAll() {
        if (!this.#closed)
            this.#desk.cancelAll();
    }
    correctExecution(execId, price) {
        for (const event of this.#fills.correct(execId, price))
            this.#feed.emit(event);
    }
    openOrders(clientId) {
        const orders = this.#book.working();
        return orders.filter((order) => clientId === undefined || order.clientId === clientId).map((order) => order.view());
    }
    completedOrders() {
        return this.#book.completed().map((order) => order.view());
    }
    executions(filter = {}) {
        return this.#log.find(filter);
    }
    positions(account) {
        return this.#accounts.positions(account).filter(({ position }) => position !== 0);
    }
    portfolio(account) {
        return this.#accounts.positions(account);
    }
    accountValues(account) {
        return this.#accounts.values(account);
    }
    pnl(account) {
        return this.#accounts.pnl(account);
    }
    pnlSingle(account, conId) {
        return this.#accounts.pnlSingle(account, conId);
    }
    fillWorking(which = {}) {
        if (this.#closed)
            return 0;
        const { clientId, orderId } = which;
        const wanted = this.#book.working().filter((order) => (clientId ?? order.clientId) === order.clientId && (orderId ?? order.orderId) === order.orderId);
        return wanted.filter((order) => this.#floor.fillNow(order)).length;
    }
    snapshot() {
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
    restore(snapshot) {
        this.#accounts.restore(snapshot.ledgers);
        this.#ids.restore(snapshot.ids);
        for (const { clientId, highest } of snapshot.orderIds)
            this.#book.useId(clientId, highest);
        for (const entry of snapshot.executions)
            this.#log.add(entry);
        for (const record of snapshot.completed)
            this.#floor.recall(this.#revive(record));
        for (const record of snapshot.working)
            this.#goOn(this.#revive(record), snapshot.savedAtMs);
    }
    #revive(record) {
        const terms = knownTerms(this.#market.universe, record.terms);
        const parent = terms.parentId === 0 ? undefined : this.#book.find(record.clientId, terms.parentId);
        const order = SimulatedOrder.restore(record, terms, parent);
        parent?.children.push(order);
        this.#book.add(order);
        return order;
    }
    /** An order that worked when the snapshot was taken works on, unless its time or its instrument is over. */
    #goOn(order, savedAtMs) {
        const nowMs = this.#market.clock.now();
        const { terms, parent } = order;
        const expiresAtMs = terms.tif === 'DAY' ? Math.min(endOfDay(Math.max(savedAtMs, terms.goodAfterMs ?? savedAtMs)), terms.expiresAtMs ?? Infinity) : terms.expiresAtMs;
        const isOver = (expiresAtMs !== undefined && expiresAtMs <= nowMs) || (parent !== undefined && parent.isTerminal && parent.status !== 'Filled');
        if (isOver || !isListed(this.#market.universe, terms)) {
            this.#floor.recall(order, 'Expired');
            return;
        }
        if (parent === undefined || parent.status === 'Filled')
            this.#reserve.hold(order, this.#accounts.fundsNeeded(terms, order.remaining, 0).amount);
        this.#floor.resume(order);
    }
    close() {
        this.#closed = true;
        this.#floor.close();
        this.#feed.close();
    }
}
/**
 * Makes a brokerage on a market. Fills, cancels and the end of day orders need the market's clock to run.
 * @throws UsageError for options out of range.
 */
export function createBrokerage(options) {
    return new SimulatedBrokerage(options);
}

import { UsageError } from '@ibkit/error-codes';
import type { Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import type { AccountDesk } from './account-desk.js';
import type { BrokerageEvent, CommissionReport, Execution, OrderView } from './brokerage.js';
import { legAction, legPrices } from './combo.js';
import type { ExercisePart } from './exercise.js';
import type { ExecutionLog } from './execution-log.js';
import type { Match } from './matching.js';
import { correctedExecId, legExecId } from './order-ids.js';
import type { OrderIds } from './order-ids.js';
import type { OrderBook } from './order-book.js';
import { isCombo } from './order-terms.js';
import type { SimulatedOrder } from './simulated-order.js';

/** What a {@link FillDesk} works with. */
export interface FillDeskOptions {
  readonly market: Market;
  readonly ids: OrderIds;
  readonly book: OrderBook;
  readonly log: ExecutionLog;
  readonly accounts: AccountDesk;
  readonly statusBeforeExecution: boolean;
}

interface Part {
  readonly instrument: Instrument;
  readonly exchange: string;
  readonly action: 'BUY' | 'SELL';
  readonly shares: number;
  readonly price: number;
}

/** The id without the part that counts corrections. */
function rootOf(execId: string): string {
  return execId.slice(0, execId.lastIndexOf('.'));
}

/** Where an order without a wish is filled. */
function venueOf(instrument: Instrument, exchange: string): string {
  if (exchange !== 'SMART') return exchange;
  if (instrument.primaryExch !== '') return instrument.primaryExch;
  return instrument.secType === 'OPT' ? 'CBOE' : (instrument.validExchanges.find((name) => name !== 'SMART') ?? instrument.exchange);
}

/** Turns fills into executions, commissions and bookings. */
export class FillDesk {
  readonly #market: Market;
  readonly #ids: OrderIds;
  readonly #book: OrderBook;
  readonly #log: ExecutionLog;
  readonly #accounts: AccountDesk;
  readonly #statusBeforeExecution: boolean;

  constructor(options: FillDeskOptions) {
    this.#market = options.market;
    this.#ids = options.ids;
    this.#book = options.book;
    this.#log = options.log;
    this.#accounts = options.accounts;
    this.#statusBeforeExecution = options.statusBeforeExecution;
  }

  /** Fills a part of the order, or all of it; gives what to tell, in the order of TWS. */
  fill(order: SimulatedOrder, match: Match, shares: number): readonly BrokerageEvent[] {
    const { terms } = order;
    const { account } = terms;
    const atMs = this.#market.clock.now();
    const execId = this.#ids.nextExecId();
    const parts = this.#parts(order, match, shares);
    order.fill(shares, match.price, atMs);
    const filled = order.view();
    const executions: Execution[] = [];
    const reports: CommissionReport[] = [];
    const lastLiquidity = match.liquidity === 'added' ? 1 : 2;
    const common = { atMs, clientId: order.clientId, orderId: order.orderId, permId: order.permId, account, orderRef: terms.ticket.orderRef ?? '', lastLiquidity } as const;
    const totals = { cumQty: filled.filled, avgPrice: filled.avgFillPrice };
    if (isCombo(terms)) {
      const execution: Execution = { ...common, execId, instrument: terms.instrument, exchange: 'SMART', side: terms.action === 'BUY' ? 'BOT' : 'SLD', shares, price: match.price, ...totals };
      executions.push(execution);
      this.#log.add({ execution, order: filled, commission: undefined });
    }
    for (const [place, part] of parts.entries()) {
      const id = isCombo(terms) ? legExecId(execId, place) : execId;
      const sums = isCombo(terms) ? { cumQty: part.shares, avgPrice: part.price } : totals;
      const execution: Execution = { ...common, execId: id, instrument: part.instrument, exchange: part.exchange, side: part.action === 'BUY' ? 'BOT' : 'SLD', shares: part.shares, price: part.price, ...sums };
      const report = this.#post(order, part, id);
      executions.push(execution);
      reports.push(report);
      this.#log.add({ execution, order: filled, commission: report });
    }
    return this.#told(order, filled, executions, reports, parts.map(({ instrument }) => instrument.conId));
  }

  /** Books an exercise or lapse, free of charge; gives what to tell. */
  exercise(order: SimulatedOrder, parts: readonly ExercisePart[]): readonly BrokerageEvent[] {
    const { clientId, orderId, permId, terms } = order;
    const { account } = terms;
    const atMs = this.#market.clock.now();
    order.fill(order.remaining, 0, atMs);
    order.charge(0);
    const view = order.view();
    const executions: Execution[] = [];
    const reports: CommissionReport[] = [];
    for (const { instrument, action, shares, price } of parts) {
      const execId = this.#ids.nextExecId();
      const side = action === 'BUY' ? 'BOT' : 'SLD';
      const execution: Execution = { execId, atMs, clientId, orderId, permId, account, instrument, exchange: venueOf(instrument, 'SMART'), side, shares, price, cumQty: shares, avgPrice: price, orderRef: '', lastLiquidity: 2 };
      const realizedPnl = this.#accounts.book(account, { execId: rootOf(execId), instrument, quantity: action === 'BUY' ? shares : -shares, price, commission: 0 });
      const report = { execId, clientId, account, commission: 0, currency: 'USD', realizedPnl };
      executions.push(execution);
      reports.push(report);
      this.#log.add({ execution, order: view, commission: report });
    }
    return this.#told(order, view, executions, reports, parts.map(({ instrument }) => instrument.conId));
  }

  /** Corrects the price of a fill; gives what to tell. See {@link Brokerage.correctExecution}. */
  correct(execId: string, price: number): readonly BrokerageEvent[] {
    if (!Number.isFinite(price) || price <= 0) throw new UsageError({ field: 'price', value: price, rule: 'must be a number above 0' });
    const wrong = new UsageError({ field: 'execId', value: execId, rule: 'must be the newest id of an execution in an instrument' });
    const entry = this.#log.newest(rootOf(execId));
    if (entry?.execution.execId !== execId || entry.commission === undefined) throw wrong;
    const { execution: old, commission } = entry;
    const order = this.#book.find(old.clientId, old.orderId);
    if (order === undefined) throw wrong;
    const id = correctedExecId(execId);
    const realizedPnl = this.#accounts.correct(old.account, rootOf(execId), price, commission.commission);
    if (!isCombo(order.terms)) order.correct(old.shares, old.price, price);
    const view = order.view();
    const execution: Execution = { ...old, execId: id, price, avgPrice: isCombo(order.terms) ? price : view.avgFillPrice };
    const report: CommissionReport = { ...commission, execId: id, realizedPnl };
    this.#log.add({ execution, order: view, commission: report });
    return [{ kind: 'execution', execution, order: view }, { kind: 'commission', commission: report, order: view }, ...this.#bookEvents(old.account, [old.instrument.conId])];
  }

  #parts({ terms }: SimulatedOrder, match: Match, shares: number): readonly Part[] {
    const prices = isCombo(terms) ? legPrices(terms.action, terms, match.price, (conId) => this.#market.quote(conId)) : [match.price];
    return terms.legs.map((leg, place) => ({
      instrument: leg.instrument,
      exchange: venueOf(leg.instrument, leg.exchange),
      action: legAction(terms.action, leg),
      shares: shares * leg.ratio,
      price: prices[place] ?? match.price,
    }));
  }

  #post(order: SimulatedOrder, part: Part, execId: string): CommissionReport {
    const { account } = order.terms;
    const { instrument, action, shares, price } = part;
    const commission = order.commissions.charge(instrument, shares, price);
    const quantity = action === 'BUY' ? shares : -shares;
    const realizedPnl = this.#accounts.book(account, { execId: rootOf(execId), instrument, quantity, price, commission });
    order.charge(commission);
    return { execId, clientId: order.clientId, account, commission, currency: 'USD', realizedPnl };
  }

  #told(order: SimulatedOrder, filled: OrderView, executions: readonly Execution[], reports: readonly CommissionReport[], conIds: readonly number[]): readonly BrokerageEvent[] {
    const charged = order.view();
    const fills = executions.map((execution): BrokerageEvent => ({ kind: 'execution', execution, order: filled }));
    const status: readonly BrokerageEvent[] = [{ kind: 'openOrder', order: filled }, { kind: 'orderStatus', order: filled }];
    return [
      ...(this.#statusBeforeExecution ? [...status, ...fills] : [...fills, ...status]),
      { kind: 'openOrder', order: charged },
      ...reports.map((commission): BrokerageEvent => ({ kind: 'commission', commission, order: charged })),
      ...this.#bookEvents(order.terms.account, conIds),
    ];
  }

  #bookEvents(account: string, conIds: readonly number[]): readonly BrokerageEvent[] {
    const positions = conIds.map((conId) => this.#accounts.position(account, conId)).filter((position) => position !== undefined);
    return [...positions.map((position): BrokerageEvent => ({ kind: 'position', position })), { kind: 'account', account }];
  }
}

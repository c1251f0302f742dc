import { UsageError } from '@ibkit/error-codes';
import type { Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import type { AccountDesk } from './account-desk.js';
import type { BrokerageEvent, CommissionReport, Execution, OrderView } from './brokerage.js';
import { legAction, legPrices } from './combo.js';
import type { Product } from './combo.js';
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
  readonly instrument: Product;
  readonly exchange: string;
  readonly action: 'BUY' | 'SELL';
  readonly shares: number;
  readonly price: number;
}

/** An execution and, of an instrument, what it cost. */
interface Told {
  readonly execution: Execution;
  readonly report: CommissionReport | undefined;
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
    const execId = this.#ids.nextExecId();
    const parts = this.#parts(order, match, shares);
    const lastLiquidity = match.liquidity === 'added' ? 1 : 2;
    order.fill(shares, match.price, this.#market.clock.now());
    const filled = order.view();
    const whole = { cumQty: filled.filled, avgPrice: filled.avgFillPrice };
    const isBag = isCombo(terms);
    const told: Told[] = [];
    if (isBag) {
      const all: Part = { instrument: terms.instrument, exchange: 'SMART', action: terms.action, shares, price: match.price };
      told.push({ execution: { ...this.#execution(order, execId, all, lastLiquidity), ...whole }, report: undefined });
    }
    for (const [place, { instrument, ...part }] of parts.entries()) {
      const id = isBag ? legExecId(execId, place) : execId;
      const execution = this.#execution(order, id, { instrument, ...part }, lastLiquidity);
      const commission = order.commissions.charge(instrument, part.shares, part.price);
      const report = this.#post(order, execution, instrument, commission);
      told.push({ execution: isBag ? execution : { ...execution, ...whole }, report });
    }
    return this.#tell(order, filled, told);
  }

  /** Books an exercise or lapse, free of charge; gives what to tell. */
  exercise(order: SimulatedOrder, parts: readonly ExercisePart[]): readonly BrokerageEvent[] {
    order.fill(order.remaining, 0, this.#market.clock.now());
    const filled = order.view();
    const told = parts.map(({ instrument, ...part }): Told => {
      const execution = this.#execution(order, this.#ids.nextExecId(), { instrument, ...part, exchange: venueOf(instrument, 'SMART') }, 2);
      return { execution, report: this.#post(order, execution, instrument, 0) };
    });
    return this.#tell(order, filled, told);
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
    return [
      { kind: 'execution', execution, order: view },
      { kind: 'commission', commission: report, order: view },
      ...this.#bookEvents(old.account, [old.instrument.conId]),
    ];
  }

  #parts({ terms }: SimulatedOrder, match: Match, shares: number): readonly (Part & { readonly instrument: Instrument })[] {
    const prices = isCombo(terms) ? legPrices(terms.action, terms, match.price, (conId) => this.#market.quote(conId)) : [match.price];
    return terms.legs.map((leg, place) => ({
      instrument: leg.instrument,
      exchange: venueOf(leg.instrument, leg.exchange),
      action: legAction(terms.action, leg),
      shares: shares * leg.ratio,
      price: prices[place] ?? match.price,
    }));
  }

  #execution({ clientId, orderId, permId, terms }: SimulatedOrder, execId: string, part: Part, lastLiquidity: 1 | 2): Execution {
    const { instrument, exchange, action, shares, price } = part;
    return {
      execId,
      atMs: this.#market.clock.now(),
      clientId,
      orderId,
      permId,
      account: terms.account,
      instrument,
      exchange,
      side: action === 'BUY' ? 'BOT' : 'SLD',
      shares,
      price,
      cumQty: shares,
      avgPrice: price,
      orderRef: terms.ticket.orderRef ?? '',
      lastLiquidity,
    };
  }

  /** Books an execution in an instrument. */
  #post(order: SimulatedOrder, { execId, side, shares, price, account }: Execution, instrument: Instrument, commission: number): CommissionReport {
    const quantity = side === 'BOT' ? shares : -shares;
    const realizedPnl = this.#accounts.book(account, { execId: rootOf(execId), instrument, quantity, price, commission });
    order.charge(commission);
    return { execId, clientId: order.clientId, account, commission, currency: 'USD', realizedPnl };
  }

  #tell(order: SimulatedOrder, filled: OrderView, told: readonly Told[]): readonly BrokerageEvent[] {
    for (const { execution, report } of told) this.#log.add({ execution, order: filled, commission: report });
    const charged = order.view();
    const fills = told.map(({ execution }): BrokerageEvent => ({ kind: 'execution', execution, order: filled }));
    const reports = told.flatMap(({ report }): readonly BrokerageEvent[] => (report === undefined ? [] : [{ kind: 'commission', commission: report, order: charged }]));
    const status: readonly BrokerageEvent[] = [
      { kind: 'openOrder', order: filled },
      { kind: 'orderStatus', order: filled },
    ];
    return [
      ...(this.#statusBeforeExecution ? [...status, ...fills] : [...fills, ...status]),
      { kind: 'openOrder', order: charged },
      ...reports,
      ...this.#bookEvents(
        order.terms.account,
        told.filter(({ report }) => report !== undefined).map(({ execution }) => execution.instrument.conId),
      ),
    ];
  }

  #bookEvents(account: string, conIds: readonly number[]): readonly BrokerageEvent[] {
    const positions = conIds.map((conId) => this.#accounts.position(account, conId)).filter((position) => position !== undefined);
    return [...positions.map((position): BrokerageEvent => ({ kind: 'position', position })), { kind: 'account', account }];
  }
}

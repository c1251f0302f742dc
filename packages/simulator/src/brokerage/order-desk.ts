import { isOption } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import { compactDay, newYorkDays } from '../market/new-york-days.js';
import type { AccountDesk } from './account-desk.js';
import type { OrderTicket } from './brokerage.js';
import type { OrderContract } from './combo.js';
import type { EventFeed } from './event-feed.js';
import type { FundsReserve } from './funds-reserve.js';
import { exerciseRefusal, planExercise } from './exercise.js';
import type { ExerciseTicket } from './exercise.js';
import type { FillDesk } from './fill-desk.js';
import { modifyRefusal } from './modify-rules.js';
import type { OrderSessions } from './order-sessions.js';
import type { OrderBook } from './order-book.js';
import type { OrderFloor } from './order-floor.js';
import type { OrderIds } from './order-ids.js';
import { checkOrder } from './order-rules.js';
import type { OrderContext } from './order-rules.js';
import { isCombo } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import { isRefusal, rejected } from './refusal.js';
import type { Refusal } from './refusal.js';
import { SimulatedOrder } from './simulated-order.js';

/** What an {@link OrderDesk} works with. */
export interface OrderDeskOptions {
  readonly market: Market;
  readonly ids: OrderIds;
  readonly book: OrderBook;
  readonly feed: EventFeed;
  readonly floor: OrderFloor;
  readonly fills: FillDesk;
  readonly accounts: AccountDesk;
  readonly reserve: FundsReserve;
  readonly maxOrdersPerSide: number;
  readonly sessions: OrderSessions;
}

const TRAILING_PARENTS: ReadonlySet<string> = new Set(['LMT', 'STP LMT']);

/** Why an order cannot be the child of its parent, as far as the parent is known. */
function parentRefusal({ parentId, policy }: OrderTerms, parent: SimulatedOrder | undefined): Refusal | undefined {
  if (parentId === 0) return undefined;
  if (parent === undefined) return { code: 10006, message: 'Missing parent order.' };
  if (parent.isTerminal && parent.status !== 'Filled') return rejected(`The parent order ${parentId} is ${parent.status}.`);
  if (!policy.trails || TRAILING_PARENTS.has(parent.terms.policy.name)) return undefined;
  return { code: 328, message: 'Trailing stop orders can be attached to limit or stop-limit orders only.' };
}

function newYorkDate(atMs: number): string {
  return compactDay(newYorkDays().dayOf(atMs));
}

/** The staged orders of a tree, parents first. */
function stagedIn(order: SimulatedOrder): readonly SimulatedOrder[] {
  return [...(order.phase === 'staged' ? [order] : []), ...order.children.flatMap(stagedIn)];
}

/** Takes the requests of clients: checks them, keeps what is not transmitted yet, and hands the rest to the floor. */
export class OrderDesk {
  readonly #market: Market;
  readonly #ids: OrderIds;
  readonly #book: OrderBook;
  readonly #feed: EventFeed;
  readonly #floor: OrderFloor;
  readonly #fills: FillDesk;
  readonly #accounts: AccountDesk;
  readonly #reserve: FundsReserve;
  readonly #maxOrdersPerSide: number;
  readonly #sessions: OrderSessions;

  constructor(options: OrderDeskOptions) {
    this.#market = options.market;
    this.#ids = options.ids;
    this.#book = options.book;
    this.#feed = options.feed;
    this.#floor = options.floor;
    this.#fills = options.fills;
    this.#accounts = options.accounts;
    this.#reserve = options.reserve;
    this.#maxOrdersPerSide = options.maxOrdersPerSide;
    this.#sessions = options.sessions;
  }

  /** See {@link Brokerage.place}. */
  place(clientId: number, orderId: number, contract: OrderContract, ticket: OrderTicket): void {
    this.#market.release();
    const known = this.#book.find(clientId, orderId);
    if (known?.status === 'Filled') {
      this.#feed.refuse(clientId, orderId, { code: 104, message: 'Cannot modify a filled order.' });
      return;
    }
    if (!Number.isSafeInteger(orderId) || (known === undefined ? orderId <= this.#book.highestId(clientId) : known.isTerminal)) {
      this.#feed.refuse(clientId, orderId, { code: 103, message: 'Duplicate order id' });
      return;
    }
    const check = checkOrder(contract, ticket, this.#context);
    const refusal = check.ok ? this.#familyRefusal(clientId, check.terms, known) : check.refusal;
    if (refusal !== undefined || !check.ok) {
      this.#refuseNew(clientId, orderId, refusal ?? rejected('unknown'));
      return;
    }
    const { terms } = check;
    if (ticket.whatIf === true) this.#answerWhatIf(clientId, orderId, terms);
    else if (known === undefined || known.phase === 'staged') this.#accept(known, clientId, orderId, terms);
    else this.#modify(known, terms);
  }

  /** See {@link Brokerage.cancel}. */
  cancel(clientId: number, orderId: number): void {
    const order = this.#book.find(clientId, orderId);
    if (order === undefined) {
      this.#feed.refuse(clientId, orderId, { code: 10147, message: `OrderId ${orderId} that needs to be cancelled is not found.` });
    } else if (order.isTerminal || order.status === 'PendingCancel') {
      this.#floor.refuseCancel(order);
    } else {
      this.#floor.beginCancel(order, 'Cancelled by Trader');
    }
  }

  /** See {@link Brokerage.cancelAll}. */
  cancelAll(): void {
    const dead = this.#book.completed().filter(({ status }) => status === 'Cancelled');
    const working = this.#book.working();
    for (const order of [...dead, ...working.filter(({ status }) => status === 'PendingCancel')]) {
      const message = `Cancel attempted when order is not in a cancellable state.  Order permId =${order.permId}`;
      this.#feed.refuse(order.clientId, order.orderId, { code: 161, message });
    }
    for (const order of working) {
      if (!order.isTerminal && order.status !== 'PendingCancel') this.#floor.beginCancel(order, 'Cancelled by Trader');
    }
  }

  /** See {@link Brokerage.exercise}. */
  exercise(clientId: number, reqId: number, contract: OrderContract, ticket: ExerciseTicket): void {
    const { universe } = this.#market;
    const stand: OrderTicket = { action: 'SELL', totalQuantity: ticket.exerciseQuantity, orderType: 'MKT', account: ticket.account };
    const check = checkOrder({ ...contract, exchange: contract.exchange === undefined || contract.exchange === '' ? 'SMART' : contract.exchange }, stand, this.#context);
    const option = check.ok ? check.terms.legs[0]?.instrument : undefined;
    if (!check.ok || option === undefined || !isOption(option)) {
      this.#feed.refuse(clientId, reqId, exerciseRefusal(check.ok ? 'Only options can be exercised.' : check.refusal.message));
      return;
    }
    const { account } = check.terms;
    const underlying = universe.byConId(option.underConId ?? 0);
    const held = this.#accounts.position(account, option.conId)?.position ?? 0;
    const underlyingPrice = underlying === undefined ? undefined : this.#market.mark(underlying.conId);
    const isLastDay = option.expiry !== undefined && option.expiry <= newYorkDate(this.#market.clock.now());
    const plan = planExercise({ ...ticket, account }, { option, underlying, held, underlyingPrice, isLastDay });
    if (isRefusal(plan)) {
      this.#feed.refuse(clientId, reqId, plan);
      return;
    }
    const order = new SimulatedOrder(clientId, reqId, this.#ids.nextPermId(), check.terms);
    for (const event of this.#fills.exercise(order, plan)) this.#feed.emit(event);
  }

  get #context(): OrderContext {
    return { universe: this.#market.universe, accounts: this.#accounts.accounts, nowMs: this.#market.clock.now(), sessions: this.#sessions };
  }

  /** A real rejection uses the id up; what could not even be read as an order does not. */
  #refuseNew(clientId: number, orderId: number, refusal: Refusal): void {
    if (refusal.code === 201 || refusal.code === 328) this.#book.useId(clientId, orderId);
    this.#feed.refuse(clientId, orderId, refusal);
  }

  #familyRefusal(clientId: number, terms: OrderTerms, known: SimulatedOrder | undefined): Refusal | undefined {
    if (known !== undefined) return undefined;
    return parentRefusal(terms, terms.parentId === 0 ? undefined : this.#book.find(clientId, terms.parentId));
  }

  #answerWhatIf(clientId: number, orderId: number, terms: OrderTerms): void {
    const impact = this.#accounts.impactOf(terms, terms.totalQuantity);
    if (impact === undefined) {
      this.#feed.refuse(clientId, orderId, rejected('There is no market data to compute the margin from.'));
      return;
    }
    const order = new SimulatedOrder(clientId, orderId, '0', terms);
    this.#feed.emit({ kind: 'openOrder', order: order.view(impact) });
  }

  #accept(staged: SimulatedOrder | undefined, clientId: number, orderId: number, terms: OrderTerms): void {
    if (staged !== undefined && staged.terms.parentId !== terms.parentId) {
      this.#feed.refuse(clientId, orderId, { code: 10341, message: 'Parent Id cannot be changed.' });
      return;
    }
    const parent = terms.parentId === 0 ? undefined : this.#book.find(clientId, terms.parentId);
    const order = staged ?? new SimulatedOrder(clientId, orderId, this.#ids.nextPermId(), terms, parent);
    if (staged === undefined) {
      parent?.children.push(order);
      this.#book.add(order);
    } else {
      staged.change(terms);
    }
    if (terms.ticket.transmit === false) return;
    for (const ready of this.#transmittedWith(order)) if (!ready.isTerminal) this.#transmit(ready);
  }

  /** TWS: a transmitted child transmits its parents, and whatever hangs on them. */
  #transmittedWith(order: SimulatedOrder): readonly SimulatedOrder[] {
    let root = order;
    while (root.parent?.phase === 'staged') root = root.parent;
    return root === order ? [order] : stagedIn(root);
  }

  #transmit(order: SimulatedOrder): void {
    const { terms } = order;
    const isHeldByParent = order.parent !== undefined && order.parent.status !== 'Filled';
    // A child works only after its parent's fill: what it needs then cannot be known now.
    const funds = isHeldByParent ? { amount: 0, problem: undefined } : this.#accounts.fundsNeeded(terms, terms.totalQuantity, this.#reserve.of(terms.account));
    const problem = this.#groupProblem(order) ?? this.#crowdProblem(terms) ?? funds.problem;
    if (problem !== undefined) {
      this.#floor.reject(order, problem);
      return;
    }
    this.#reserve.hold(order, funds.amount);
    this.#floor.admit(order);
  }

  #groupProblem(order: SimulatedOrder): string | undefined {
    const { oca } = this.#floor;
    const { ocaGroup, ocaType } = order.terms;
    if (oca.isSpent(order)) return `The OCA group ${ocaGroup} is closed: an order of it has been filled.`;
    const type = oca.typeOf(order);
    if (ocaGroup === '' || ocaGroup === order.parent?.permId || type === undefined || type === ocaType) return undefined;
    return `The OCA group ${ocaGroup} has the OCA type ${type}, not ${ocaType}.`;
  }

  #crowdProblem(terms: OrderTerms): string | undefined {
    if (isCombo(terms)) return undefined;
    const { instrument, account, action } = terms;
    const isOfSameSide = ({ terms: other }: SimulatedOrder): boolean =>
      other.instrument.conId === instrument.conId && other.account === account && other.action === action;
    const others = this.#book.watching(instrument.conId).filter(isOfSameSide);
    if (others.length < this.#maxOrdersPerSide) return undefined;
    return `The limit of ${this.#maxOrdersPerSide} active orders for one contract, side and account is reached.`;
  }

  #modify(order: SimulatedOrder, terms: OrderTerms): void {
    const refusal = modifyRefusal(order, terms) ?? this.#growthRefusal(order, terms);
    if (refusal !== undefined) {
      this.#feed.refuse(order.clientId, order.orderId, refusal);
      return;
    }
    this.#floor.change(order, terms);
  }

  #growthRefusal(order: SimulatedOrder, terms: OrderTerms): Refusal | undefined {
    if (terms.totalQuantity <= order.terms.totalQuantity) return undefined;
    const others = this.#reserve.of(terms.account) - order.reserved;
    const { amount, problem } = this.#accounts.fundsNeeded(terms, terms.totalQuantity - order.filled, others);
    if (problem !== undefined) return { code: 134, message: `Modify order failed: ${problem}` };
    this.#reserve.hold(order, amount);
    return undefined;
  }
}

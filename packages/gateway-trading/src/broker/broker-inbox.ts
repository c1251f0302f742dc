import { describeError } from '@ibkit/error-codes';
import type { ServerMessage, ServerMessageOf, WireOrder } from '@ibkit/wire';
import { isChangeOpen } from '../orders/changes/change-machine.js';
import { showsNewTerms } from '../orders/changes/terms-echo.js';
import { executionKindOf } from '../executions/execution-id.js';
import { executionTimeMs } from '../executions/execution-time.js';
import { filledContract } from '../executions/filled-contract.js';
import { decimalText } from '../orders/decimal.js';
import type { Evidence, OrderRecord } from '../journal/journal-record.js';
import type { OrderIds } from '../orders/order-ids.js';
import type { OrderIdentity, OrderLedger } from '../orders/order-ledger.js';
import type { OrderState } from '../orders/order-state.js';

/** The session that a message came through. */
export interface InboxSession {
  readonly epoch: number;
  readonly clientId: number;
}

/** A record as the inbox makes it: the time is added when it is booked. */
type Draft = OrderRecord extends infer R ? (R extends OrderRecord ? Omit<R, 'atMs'> : never) : never;

/** What a {@link BrokerInbox} is made from. */
export interface BrokerInboxOptions {
  readonly ledger: OrderLedger;
  readonly orderIds: OrderIds;
  readonly now: () => number;
  readonly book: (record: OrderRecord) => void;
  /** The broker said something that only a fresh look at its lists can settle. */
  readonly onDoubt: (why: string) => void;
}

/** Commissions that came before their execution, or belong to executions of others: more than a day's worth is kept, not all of them for ever. */
const MAX_KEPT_COMMISSIONS = 10_000;
const MAX_KEPT_COPIES = 1_000;

/** A rejection by the broker's own risk or routing systems: final. Any other code may be about a request, so it is checked against a sweep. */
const FINAL_REJECTION = 201;

/** What a notice about a change can mean, should it not be about a cancel. */
const REFUSALS: ReadonlySet<string> = new Set(['orderRejected', 'cancelVerdict', 'requestFailed']);
/** TWS API: refused cancels. */
const ABOUT_CANCELS: ReadonlySet<number> = new Set([135, 136, 161, 10147, 10148]);

function amountText(value: number | undefined): string | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : decimalText(value);
}

function givenPermId(permId: string | undefined): string | undefined {
  return permId === undefined || permId === '' || permId === '0' ? undefined : permId;
}

/**
 * Whether the broker shows less than we asked for, while no change of ours can be the reason: neither one that is open, nor an old copy of the
 * order that comes after a change was taken.
 */
function isMadeSmaller(order: OrderState, { totalQuantity }: WireOrder): boolean {
  if (totalQuantity === undefined || totalQuantity <= 0 || totalQuantity >= order.quantity || order.permIds.length > 1) return false;
  return !isChangeOpen(order) && order.change?.status !== 'accepted';
}

/** Reads the broker's messages about orders, in whatever order they come, and books what they say about ours. */
export class BrokerInbox {
  readonly #options: BrokerInboxOptions;
  readonly #commissions = new Map<string, ServerMessageOf<'commissionReport'>>();
  /** Permanent ids of orders that carry a reference of ours and are not ours. */
  readonly #copies = new Set<string>();

  constructor(options: BrokerInboxOptions) {
    this.#options = options;
  }

  handle(message: ServerMessage, session: InboxSession): void {
    switch (message.type) {
      case 'openOrder':
        this.#openOrder(message, session);
        break;
      case 'orderStatus':
        this.#orderStatus(message, session);
        break;
      case 'execDetails':
        this.#execDetails(message, session);
        break;
      case 'commissionReport':
        this.#commission(message);
        break;
      case 'completedOrder':
        this.#completedOrder(message, session);
        break;
      case 'errMsg':
        if (message.id > 0) this.#notice(message, session);
        break;
      default:
        break;
    }
  }

  /** The latest commission that was reported for an execution, ours or not. */
  commissionOf(execId: string): ServerMessageOf<'commissionReport'> | undefined {
    return this.#commissions.get(execId);
  }

  /** Which of our orders a message means. */
  orderOf(identity: OrderIdentity): OrderState | undefined {
    const order = this.#options.ledger.find(identity);
    const { orderRef } = identity;
    if (order === undefined || this.#isCopy(order, identity)) return undefined;
    if (orderRef === undefined || orderRef === '') return order;
    // The reference is ours alone. A broker that cuts it short still begins like it; anything else is another order under a known number.
    return order.orderRef.startsWith(orderRef) ? order : undefined;
  }

  /**
   * Whether it is a copy of ours, by another program or by hand in TWS, which takes the reference along. Of an order that was never seen the
   * reference is the only sign, so that one is taken for it whoever seems to have placed it.
   */
  #isCopy(order: OrderState, { permId, clientId }: OrderIdentity): boolean {
    if (permId === undefined || order.permIds.length === 0 || order.permIds.includes(permId)) return false;
    if (this.#copies.has(permId)) return true;
    if (clientId === undefined || clientId === order.clientId) return false;
    this.#copies.add(permId);
    const oldest = this.#copies.keys().next();
    if (this.#copies.size > MAX_KEPT_COPIES && oldest.done !== true) this.#copies.delete(oldest.value);
    return true;
  }

  #book(draft: Draft): void {
    this.#options.book({ ...draft, atMs: this.#options.now() });
  }

  #acknowledge(order: OrderState, permId: string | undefined, evidence: Evidence): void {
    if (permId !== undefined) this.#book({ type: 'order.acked', intentId: order.intentId, permId, evidence });
  }

  #openOrder({ orderId, order: sent, orderState }: ServerMessageOf<'openOrder'>, { epoch, clientId }: InboxSession): void {
    if (sent.whatIf === true) return;
    if (sent.clientId === clientId) this.#options.orderIds.observe(clientId, orderId);
    const permId = givenPermId(sent.permId);
    const order = this.orderOf({ permId, orderRef: sent.orderRef, epoch, clientId: sent.clientId, orderId });
    if (order === undefined) return;
    this.#options.ledger.link(epoch, order);
    this.#acknowledge(order, permId, 'openOrder');
    this.#terms(order, sent);
    this.#book({ type: 'order.status', intentId: order.intentId, status: orderState.status, permId, evidence: 'openOrder' });
  }

  /** A change is taken when the broker shows it, whatever was thought of it before. */
  #terms(order: OrderState, shown: WireOrder): void {
    const { intentId, terms, change } = order;
    if (change !== undefined && change.status !== 'accepted' && change.status !== 'unsent' && showsNewTerms(shown, { before: terms, after: change.terms })) {
      this.#book({ type: 'order.changeVerdict', intentId, revision: change.revision, verdict: 'accepted', evidence: 'openOrder' });
    } else if (isMadeSmaller(order, shown)) {
      this.#book({ type: 'order.resized', intentId, quantity: decimalText(shown.totalQuantity ?? 0), evidence: 'openOrder' });
    }
  }

  #orderStatus(message: ServerMessageOf<'orderStatus'>, { epoch, clientId }: InboxSession): void {
    if (message.clientId === clientId) this.#options.orderIds.observe(clientId, message.orderId);
    const permId = givenPermId(message.permId);
    const order = this.orderOf({ permId, epoch, clientId: message.clientId, orderId: message.orderId });
    if (order === undefined) return;
    this.#options.ledger.link(epoch, order);
    this.#acknowledge(order, permId, 'status');
    this.#book({
      type: 'order.status',
      intentId: order.intentId,
      status: message.status,
      filled: amountText(message.filled),
      averagePrice: amountText(message.avgFillPrice),
      whyHeld: message.whyHeld === '' ? undefined : message.whyHeld,
      permId,
      evidence: 'status',
    });
  }

  #execDetails({ orderId, execution, contract }: ServerMessageOf<'execDetails'>, { epoch, clientId }: InboxSession): void {
    if (execution.clientId === clientId) this.#options.orderIds.observe(clientId, orderId);
    const permId = givenPermId(execution.permId);
    const order = this.orderOf({ permId, orderRef: execution.orderRef, epoch, clientId: execution.clientId, orderId });
    const quantity = amountText(execution.shares);
    const price = amountText(execution.price);
    if (order === undefined || quantity === undefined || price === undefined) return;
    this.#acknowledge(order, permId, 'execution');
    const { execId, side, exchange, time } = execution;
    const kind = executionKindOf({ execId, secType: contract.secType, orderSecType: order.contract.secType });
    this.#book({
      type: 'order.execution',
      intentId: order.intentId,
      execId, side, quantity, price, exchange, time,
      executedAtMs: executionTimeMs(time),
      kind: kind === 'whole' ? undefined : kind,
      contract: kind === 'leg' ? filledContract(contract) : undefined,
    });
    const commission = this.#commissions.get(execId);
    if (commission !== undefined) this.#commission(commission);
  }

  #commission(message: ServerMessageOf<'commissionReport'>): void {
    const { execId, currency } = message;
    const commission = amountText(message.commission);
    if (commission === undefined) return;
    this.#commissions.delete(execId);
    this.#commissions.set(execId, message);
    const oldest = this.#commissions.keys().next();
    if (this.#commissions.size > MAX_KEPT_COMMISSIONS && oldest.done !== true) this.#commissions.delete(oldest.value);
    const order = this.#options.ledger.findExecution(execId);
    if (order === undefined) return;
    this.#book({ type: 'order.commission', intentId: order.intentId, execId, commission, currency, realizedPnl: amountText(message.realizedPNL) });
  }

  #completedOrder({ order: sent, orderState }: ServerMessageOf<'completedOrder'>, { epoch }: InboxSession): void {
    const permId = givenPermId(sent.permId);
    const order = this.orderOf({ permId, orderRef: sent.orderRef, epoch });
    if (order === undefined) return;
    this.#acknowledge(order, permId, 'completed');
    const { status, completedStatus } = orderState;
    this.#book({
      type: 'order.status',
      intentId: order.intentId,
      status,
      filled: amountText(sent.filledQuantity),
      text: completedStatus === '' ? undefined : completedStatus,
      permId,
      evidence: 'completed',
    });
  }

  /** Notices carry an id that may be an order's or a request's; only ids of our own orders in this very session are taken for orders. */
  #notice({ id, code, msg }: ServerMessageOf<'errMsg'>, { epoch, clientId }: InboxSession): void {
    const order = this.#options.ledger.find({ epoch, clientId, orderId: id });
    if (order === undefined) return;
    const { intentId, change } = order;
    const { effect, strategy } = describeError(code, msg);
    if (isChangeOpen(order) && change !== undefined && REFUSALS.has(effect) && !ABOUT_CANCELS.has(code)) {
      // The order itself lives on with its old terms, as far as the broker says; a fresh look makes sure.
      this.#book({ type: 'order.changeVerdict', intentId, revision: change.revision, verdict: 'refused', evidence: 'notice', code, reason: msg });
      this.#options.onDoubt(`change refused with code ${code}`);
      return;
    }
    const alive = order.status === 'working' || order.fills.length > 0;
    switch (effect) {
      case 'orderRejected':
        this.#book({ type: 'order.verdict', intentId, verdict: 'rejected', evidence: 'notice', code, reason: msg });
        if (code !== FINAL_REJECTION) this.#options.onDoubt(`order rejected with code ${code}`);
        return;
      case 'orderCancelled':
        this.#book({ type: 'order.verdict', intentId, verdict: 'cancelled', evidence: 'notice', code, reason: msg });
        return;
      case 'cancelVerdict':
        if (order.cancel === 'requested') this.#book({ type: 'order.verdict', intentId, verdict: 'cancelRefused', evidence: 'notice', code, reason: msg });
        else this.#book({ type: 'order.warning', intentId, code, message: msg });
        this.#options.onDoubt(`cancel or change refused with code ${code}`);
        return;
      case 'requestFailed':
        // After the placing itself has been answered, or given up, only what was asked since can be meant: a cancel, or an earlier one of two.
        if (alive || order.epoch !== epoch || (order.status === 'unknown' && order.cancel !== undefined)) {
          if (order.cancel === 'requested') this.#book({ type: 'order.verdict', intentId, verdict: 'cancelRefused', evidence: 'notice', code, reason: msg });
          else this.#book({ type: 'order.warning', intentId, code, message: msg });
        }
        else this.#book({ type: 'order.verdict', intentId, verdict: 'rejected', evidence: 'notice', code, reason: msg });
        this.#options.onDoubt(`order refused with code ${code}`);
        return;
      case 'info':
      case 'warning':
      case 'degraded':
      case 'restored':
      case 'sessionEnding':
        this.#book({ type: 'order.warning', intentId, code, message: msg });
        if (strategy.kind === 'reconcile') this.#options.onDoubt(`code ${code} on an order`);
        return;
    }
  }
}

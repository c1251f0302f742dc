import type { Clock, Timer } from '@ibkit/clock';
import { ConnectionError, asError } from '@ibkit/error-codes';
import type { ServerMessageOf } from '@ibkit/wire';
import type { Position } from '../account/account-data.js';
import type { BrokerInbox } from '../broker/broker-inbox.js';
import type { BrokerLists } from '../broker/broker-lists.js';
import type { TradingConnection } from '../broker/connection-port.js';
import { decimalText } from '../orders/decimal.js';
import { isOurReference } from '../orders/intent-id.js';
import type { MissingOrders, Sighting } from './missing-orders.js';
import type { OrderRegister } from '../orders/order-register.js';
import type { OrderState } from '../orders/order-state.js';
import type { ForeignOrder, ReconcileReport } from './reconcile-report.js';

/** What a {@link Reconciler} is made from. */
export interface ReconcilerOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly lists: BrokerLists;
  readonly register: OrderRegister;
  readonly inbox: BrokerInbox;
  readonly missing: MissingOrders;
  /** For each of the four lists, milliseconds. */
  readonly listTimeoutMs: number;
  /** After a sweep that failed, milliseconds. */
  readonly retryMs: number;
  /** Between sweeps when nothing happens; `false`: none. */
  readonly everyMs: number | false;
  /** A session began or ended, or its link went or came back. */
  readonly onDisturbed: () => void;
  readonly onCompleted: (report: ReconcileReport) => void;
  readonly onFailed: (trigger: string, error: Error) => void;
}

interface BrokerView {
  readonly open: readonly ServerMessageOf<'openOrder'>[];
  readonly positions: readonly Position[];
  readonly sighting: Sighting;
  /** Whose orders the lists show: the accounts of the session from their beginning to their end. */
  readonly accounts: readonly string[];
}

/**
 * Reads the broker's lists in full and compares them with the ledger. Anything less than all four lists, from one session and with the
 * link up throughout, leads to no conclusion: no answer is not an empty answer.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #disturbances = 0;
  #reconciled: { readonly epoch: number; readonly disturbances: number } | undefined;
  #last: ReconcileReport | undefined;
  #running: Promise<ReconcileReport> | undefined;
  #queued: Promise<ReconcileReport> | undefined;
  #abort: AbortController | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Whether a complete sweep was done in the present session, with the link up ever since. */
  get isReconciled(): boolean {
    const epoch = this.#options.connection.session?.epoch;
    return epoch !== undefined && this.#reconciled?.epoch === epoch && this.#reconciled.disturbances === this.#disturbances;
  }

  /** What the latest complete sweep found, of whichever session. */
  get last(): ReconcileReport | undefined {
    return this.#last;
  }

  /** Whether a sweep is under way that nothing has disturbed yet. */
  get isSweeping(): boolean {
    return this.#running !== undefined && this.#abort?.signal.aborted !== true;
  }

  /** Something happened that makes what was read before worthless: a new session, a link that went or came back. */
  disturb(reason: string): void {
    this.#disturbances += 1;
    this.#options.onDisturbed();
    this.#abort?.abort(new ConnectionError({ code: 'IBKR_RECONCILE_DISTURBED', message: `The sweep was given up: ${reason}`, retryable: true }));
  }

  /** Sweeps in the background, unless the link is down: then the next sign of life will ask again. */
  request(trigger: string): void {
    if (!this.#canSweep()) return;
    this.run(trigger).catch(() => {
      // Reported through onFailed and tried again.
    });
  }

  /**
   * Sweeps now, or right after the sweep that is under way, which may have begun too early.
   * @throws what made it incomplete: a timeout, the end of the session, a lost link.
   */
  run(trigger: string): Promise<ReconcileReport> {
    if (this.#running === undefined) return this.#start(trigger);
    this.#queued ??= this.#running.then(
      () => this.#start(trigger),
      () => this.#start(trigger),
    );
    return this.#queued;
  }

  /** Gives up the sweep that is under way and starts no other. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.disturb('trading was closed');
  }

  #canSweep(): boolean {
    const { connection } = this.#options;
    return !this.#closed && connection.session !== undefined && connection.health.layers.upstream.status !== 'down';
  }

  #start(trigger: string): Promise<ReconcileReport> {
    this.#queued = undefined;
    this.#timer?.cancel();
    // Made before the sweep begins, so that what disturbs it from its first moment on is noticed.
    this.#abort = new AbortController();
    this.#running = this.#sweep(trigger, this.#abort.signal).finally(() => {
      this.#running = undefined;
      this.#abort = undefined;
    });
    return this.#running;
  }

  async #sweep(trigger: string, signal: AbortSignal): Promise<ReconcileReport> {
    const { clock, onCompleted, onFailed } = this.#options;
    const startedAtMs = clock.now();
    const before = this.#options.register.ledger.all();
    try {
      const view = await this.#read(signal);
      this.#revive(view, startedAtMs);
      this.#settleTerms(before, view);
      const { missing, againInMs } = this.#judge(before, view);
      this.#reconciled = view.sighting;
      this.#schedule(againInMs, 'order missing in the last sweep');
      const report = this.#report({ trigger, startedAtMs, before, view, missing });
      this.#last = report;
      onCompleted(report);
      return report;
    } catch (error) {
      if (!this.#closed) {
        this.#schedule(this.#options.retryMs, trigger);
        onFailed(trigger, asError(error));
      }
      throw error;
    }
  }

  /** The inbox books every message of these lists as it comes; what is left to do here concerns what did not come. */
  async #read(signal: AbortSignal): Promise<BrokerView> {
    const { clock, connection, lists, listTimeoutMs } = this.#options;
    const { session, accounts } = connection;
    if (session === undefined || !this.#canSweep()) {
      throw new ConnectionError({ code: 'IBKR_RECONCILE_NOT_POSSIBLE', message: 'Reconciling needs a ready session whose link to the broker is up', retryable: true });
    }
    const disturbances = this.#disturbances;
    const startedMs = clock.monotonic();
    const options = { timeoutMs: listTimeoutMs, signal };
    // One after the other: an order that ends between the first list and the second is in the second.
    const open = await lists.openOrders(options);
    await lists.completedOrders(options);
    await lists.executions({}, options);
    const positions = await lists.positions(options);
    if (disturbances !== this.#disturbances || connection.session !== session) {
      throw new ConnectionError({ code: 'IBKR_RECONCILE_DISTURBED', message: 'The session changed during the sweep', retryable: true });
    }
    const sighting = { epoch: session.epoch, disturbances, startedMs, finishedMs: clock.monotonic() };
    return { open, positions, sighting, accounts: accounts.filter((account) => connection.accounts.includes(account)) };
  }

  #orderIn({ orderId, order }: ServerMessageOf<'openOrder'>, epoch: number): OrderState | undefined {
    return this.#options.inbox.orderOf({ permId: order.permId === '0' ? undefined : order.permId, orderRef: order.orderRef, epoch, clientId: order.clientId, orderId });
  }

  /** A rejection was read from a code, and the order is working all the same. */
  #revive({ open, sighting }: BrokerView, startedAtMs: number): void {
    const { register, clock } = this.#options;
    for (const message of open) {
      const order = this.#orderIn(message, sighting.epoch);
      const isWorking = ['PreSubmitted', 'Submitted', 'PendingCancel'].includes(message.orderState.status);
      if (order?.status !== 'rejected' || !isWorking || (order.endedAtMs ?? startedAtMs) > startedAtMs) continue;
      register.book({ type: 'order.verdict', intentId: order.intentId, atMs: clock.now(), verdict: 'alive', evidence: 'snapshot', reason: 'it is among the open orders' });
    }
  }

  /**
   * What the open orders of a complete sweep say about terms, and single messages do not: a change whose outcome was unknown before it was not
   * taken when the old terms are shown, and an order that is shown smaller than its last change wanted it was made smaller since.
   */
  #settleTerms(before: readonly OrderState[], { open, sighting }: BrokerView): void {
    const { register, clock } = this.#options;
    const earlier = new Map(before.map((order) => [order.intentId, order]));
    for (const message of open) {
      const order = this.#orderIn(message, sighting.epoch);
      const change = order?.change;
      const known = order === undefined ? undefined : earlier.get(order.intentId)?.change;
      if (order === undefined || change === undefined || order.permIds.length > 1 || known?.revision !== change.revision || known.status !== change.status) continue;
      const { intentId } = order;
      const shown = message.order.totalQuantity ?? order.quantity;
      if (change.status === 'unknown') {
        register.book({ type: 'order.changeVerdict', intentId, revision: change.revision, atMs: clock.now(), verdict: 'refused', evidence: 'snapshot', reason: 'the broker shows the old terms' });
      } else if (change.status === 'accepted' && shown > 0 && shown < order.quantity) {
        register.book({ type: 'order.resized', intentId, atMs: clock.now(), quantity: decimalText(shown), evidence: 'snapshot' });
      }
    }
  }

  #judge(before: readonly OrderState[], { open, sighting, accounts }: BrokerView): { readonly missing: readonly OrderState[]; readonly againInMs: number | undefined } {
    const { register, missing, clock } = this.#options;
    const shown = new Set(open.map((message) => this.#orderIn(message, sighting.epoch)?.intentId));
    // Orders that were on their way when the sweep began may be in none of the lists, and rightly so.
    const candidates = before
      .filter(({ status }) => status === 'unknown' || status === 'acked' || status === 'working')
      .flatMap(({ intentId }) => register.ledger.get(intentId) ?? [])
      .filter((order) => ['unknown', 'acked', 'working'].includes(order.status) && order.notWorking !== true && !shown.has(order.intentId));
    // Another login says nothing about the orders of this one.
    const judged = candidates.filter(({ account }) => accounts.includes(account));
    const { verdicts, againInMs } = missing.judge(judged, sighting, clock.now());
    for (const verdict of verdicts) register.book(verdict);
    return { missing: candidates, againInMs };
  }

  #report(facts: {
    readonly trigger: string;
    readonly startedAtMs: number;
    readonly before: readonly OrderState[];
    readonly view: BrokerView;
    readonly missing: readonly OrderState[];
  }): ReconcileReport {
    const { clock, register } = this.#options;
    const { trigger, startedAtMs, before, view, missing } = facts;
    const after = (order: OrderState): OrderState => register.ledger.get(order.intentId) ?? order;
    const decided = missing.map(after);
    return {
      epoch: view.sighting.epoch,
      trigger,
      startedAtMs,
      finishedAtMs: clock.now(),
      resolved: before.filter(({ status }) => status === 'unknown').map(after).filter(({ status }) => status !== 'unknown'),
      unknown: register.ledger.open().filter(({ status }) => status === 'unknown'),
      missing: decided.filter(({ status, notWorking }) => ['unknown', 'acked', 'working'].includes(status) && notWorking !== true),
      newFills: before.reduce((sum, order) => sum + after(order).fills.length - order.fills.length, 0),
      foreignOrders: view.open.filter((message) => this.#orderIn(message, view.sighting.epoch) === undefined).map(foreignOrder),
      positions: view.positions,
    };
  }

  #schedule(afterMs: number | undefined, trigger: string): void {
    const { clock, everyMs } = this.#options;
    this.#timer?.cancel();
    const delayMs = Math.min(afterMs ?? Number.POSITIVE_INFINITY, everyMs === false ? Number.POSITIVE_INFINITY : everyMs);
    if (this.#closed || delayMs === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.setTimer(
      delayMs,
      () => {
        this.request(afterMs === undefined ? 'periodic' : trigger);
      },
      { keepAlive: false },
    );
  }
}

function foreignOrder({ orderId, contract, order, orderState }: ServerMessageOf<'openOrder'>): ForeignOrder {
  return {
    permId: order.permId ?? '0',
    clientId: order.clientId,
    orderId,
    account: order.account,
    orderRef: order.orderRef,
    hasOurReference: isOurReference(order.orderRef),
    contract,
    action: order.action,
    quantity: order.totalQuantity,
    orderType: order.orderType,
    limitPrice: order.lmtPrice,
    status: orderState.status,
  };
}

import { abortReason } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { ConnectionError, OrderError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { TradingConnection, TradingSession } from '../../broker/connection-port.js';
import type { LimitCount } from '../../guards/check-guards.js';
import type { LivenessProbe } from '../../guards/liveness-probe.js';
import type { GuardContext, OrderGuards } from '../../guards/order-guards.js';
import type { ContractRules } from '../contract-rules/contract-rules.js';
import { gateRefusal } from '../order-gate.js';
import type { GateReason } from '../order-gate.js';
import type { OrderRegister } from '../order-register.js';
import type { StagedRequest } from '../order-request.js';
import { isEnded } from '../order-state.js';
import type { OrderState } from '../order-state.js';
import { LastLook, isProvablyUnsent } from '../send-outcome.js';
import { wireOrderContract, wireTerms } from '../wire-order.js';
import { isChangeOpen } from './change-machine.js';
import { changedTerms, requestOf } from './order-changes.js';
import type { OrderChanges } from './order-changes.js';
import { isSameOrder } from './terms-echo.js';

/** What a {@link ChangeDesk} is made from. */
export interface ChangeDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly guards: OrderGuards;
  readonly rules: ContractRules;
  readonly probe: LivenessProbe;
  /** How long the broker may take to show the new terms, milliseconds. */
  readonly ackTimeoutMs: number;
  readonly sendDeadlineMs: (request: StagedRequest) => number;
  /** Why an order with these terms would be refused now. */
  readonly gateReasons: (order: { readonly account: string; readonly accountNamed: boolean; readonly request: StagedRequest }) => readonly GateReason[];
  readonly orderIdOf: (intentId: string) => number | undefined;
  readonly onUnanswered: (why: string) => void;
}

interface Change {
  readonly intentId: string;
  readonly revision: number;
  readonly terms: StagedRequest;
}

function changeError(code: `IBKR_${string}`, message: string, details: { readonly order: OrderState; readonly cause?: unknown; readonly retryable?: boolean; readonly brokerCode?: number | undefined }): OrderError {
  const { order, cause, retryable = false, brokerCode } = details;
  return new OrderError({ code, message, retryable, cause, brokerCode, details: { key: order.key, status: order.status } });
}

/** On its way: it may be changed once it works. */
const EARLY: ReadonlySet<OrderState['status']> = new Set(['staged', 'sending', 'acked']);

/** What must not have changed between the decision and the bytes. */
function isSameHead(a: OrderState, b: OrderState | undefined): boolean {
  if (a.terms !== b?.terms || a.permIds.length !== b.permIds.length) return false;
  return (['status', 'brokerStatus', 'filledQuantity', 'reportedFilled', 'cancel'] as const).every((field) => a[field] === b[field]);
}

/**
 * Changes working orders. The broker takes a change as the whole order once more under its id (TWS API: placeOrder), so one that reaches it
 * when the order is gone can make a second one: a change leaves only for an order that is working by the latest word of the broker in this
 * very session, one at a time, and never again.
 */
export class ChangeDesk {
  readonly #options: ChangeDeskOptions;
  readonly #waiting = new Map<string, AbortController>();
  readonly #closing = new AbortController();

  constructor(options: ChangeDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.modify`. */
  async change(intentId: string, changes: OrderChanges, signal: AbortSignal | undefined): Promise<void> {
    const { clock, connection, guards, register } = this.#options;
    const startedMs = clock.monotonic();
    const order = this.#changeable(intentId);
    const nowMs = connection.serverNow?.() ?? clock.now();
    const terms = changedTerms(order, changes, nowMs);
    // A repeat asks for what is there.
    if (isSameOrder(order.terms, terms)) return;
    this.#checkGate(order, terms, []);
    const checking = this.#options.rules.check(requestOf(terms), terms, { nowMs, signal });
    if (checking !== undefined) await checking;
    // An exit that does not grow opens nothing, and its price is meant to be far from the market: caps and band are for what opens.
    const isExit = order.parentIntentId !== undefined && Number(terms.quantity) <= order.quantity;
    const guarded = isExit ? undefined : { ...terms, counted: guards.counted(intentId) ?? { quantity: order.terms.quantity } };
    const looking = guarded === undefined ? undefined : guards.look(guarded, signal);
    const look = looking === undefined ? undefined : await looking;
    const session = this.#checkGate(order, terms, guarded === undefined ? [] : guards.reasons(guarded, { look }));
    // The market was asked meanwhile.
    if (!isSameHead(order, register.ledger.get(intentId))) throw this.#overtaken(order);
    const change: Change = { intentId, revision: (order.change?.revision ?? 0) + 1, terms };
    const proof = this.#options.probe.begin(session)?.then(() => undefined, (error: unknown) => error); // prettier-ignore
    await this.#stage(change, session, guarded === undefined ? undefined : guards.admit(guarded, { look }));
    const controller = new AbortController();
    const stop = signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]);
    this.#waiting.set(intentId, controller);
    try {
      const dead = await proof;
      const leftMs = (): number => this.#options.sendDeadlineMs(terms) - (clock.monotonic() - startedMs);
      const refusal = (): unknown => this.#refusal(order, change, { session, leftMs: leftMs(), stop, context: { look, own: intentId }, guarded });
      const refused = dead ?? refusal();
      if (refused !== undefined) this.#unsent(order, change, refused);
      await this.#send(order, change, { session, leftMs, stop, refusal });
    } finally {
      this.#waiting.delete(intentId);
    }
    await this.#answer(change);
  }

  /** Takes back changes that still wait for their turn, all of them or that of one order. */
  takeBack(reason: Error, intentId?: string): void {
    const waiting = intentId === undefined ? [...this.#waiting.values()] : [this.#waiting.get(intentId)];
    for (const controller of waiting) controller?.abort(reason);
  }

  /** The session ended: changes that were sent in it and never answered are unknown from now on. */
  sessionEnded(epoch: number): void {
    for (const { intentId, change } of this.#options.register.ledger.open()) {
      if (change?.status === 'requested' && change.epoch === epoch && !this.#waiting.has(intentId)) {
        this.#lose({ intentId, revision: change.revision }, 'the session ended before the broker answered');
      }
    }
  }

  /** Ends every wait. */
  close(reason: Error): void {
    this.takeBack(reason);
    this.#closing.abort(reason);
  }

  #changeable(intentId: string): OrderState {
    const order = this.#options.register.ledger.get(intentId);
    if (order === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_FOUND', message: 'There is no such order of ours' });
    const why = whyFixed(order);
    if (why !== undefined) throw changeError('IBKR_ORDER_NOT_CHANGEABLE', `The order cannot be changed now, and nothing was sent: ${why}`, { order, retryable: isChangeOpen(order) || EARLY.has(order.status) });
    return order;
  }

  #checkGate(order: OrderState, request: StagedRequest, guardReasons: readonly GateReason[]): TradingSession {
    const { account, clientId } = order;
    const reasons = [...this.#options.gateReasons({ account, accountNamed: true, request }), ...guardReasons];
    const { session } = this.#options.connection;
    if (reasons.length > 0 || session === undefined) throw gateRefusal(reasons.length > 0 ? reasons : ['NOT_CONNECTED'], 'order');
    if (session.clientId === clientId) return session;
    throw changeError('IBKR_ORDER_OTHER_CLIENT', `Only client id ${clientId}, which placed the order, can change it; this session has client id ${session.clientId}`, { order });
  }

  async #stage({ intentId, revision, terms }: Change, session: TradingSession, admitted: { readonly counts: LimitCount; readonly withdraw: () => void } | undefined): Promise<void> {
    const { register, clock } = this.#options;
    const counts = admitted === undefined ? undefined : atLeastNothing(admitted.counts);
    const staged = register.stage([{ type: 'order.changeRequested', intentId, atMs: clock.now(), revision, request: terms, epoch: session.epoch, counts }]);
    await staged.finally(admitted?.withdraw);
  }

  /** The journal, or the wait for its turn, took its time: why the change may not go out any more. */
  #refusal(
    order: OrderState,
    { terms, intentId, revision }: Change,
    facts: { readonly session: TradingSession; readonly leftMs: number; readonly stop: AbortSignal; readonly context: GuardContext; readonly guarded: Parameters<OrderGuards['reasons']>[0] | undefined },
  ): unknown {
    const { session, leftMs, stop, context, guarded } = facts;
    const { register, connection, guards } = this.#options;
    if (stop.aborted) return stop.reason;
    const now = register.ledger.get(intentId);
    if (!isSameHead(order, now) || now?.change?.revision !== revision || now.change.status !== 'requested') return this.#overtaken(order);
    const reasons = [...this.#options.gateReasons({ account: order.account, accountNamed: true, request: terms }), ...(guarded === undefined ? [] : guards.reasons(guarded, context))];
    if (reasons.length > 0) return gateRefusal(reasons, 'order');
    if (connection.session !== session) return new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'The session ended first', retryable: true });
    if (leftMs > 0) return undefined;
    return new OrderError({ code: 'IBKR_ORDER_SEND_DEADLINE', message: 'The send deadline passed before the change could leave: looking it up, or writing the journal, took too long', retryable: true });
  }

  #overtaken(order: OrderState): OrderError {
    return changeError('IBKR_ORDER_OVERTAKEN', 'The order itself changed while its change was being prepared: look at it again', { order, retryable: true });
  }

  async #send(
    order: OrderState,
    change: Change,
    { session, leftMs, stop, refusal }: { readonly session: TradingSession; readonly leftMs: () => number; readonly stop: AbortSignal; readonly refusal: () => unknown },
  ): Promise<void> {
    const { register } = this.#options;
    register.ledger.link(session.epoch, order);
    const last = new LastLook(refusal);
    try {
      const message = this.#message(order, change.terms);
      if (!session.trySend(message, 'order')) await session.send(message, { lane: 'order', deadlineMs: leftMs(), signal: stop, check: last.check });
    } catch (error) {
      if (last.refused(error) || isProvablyUnsent(error, stop)) this.#unsent(order, change, error);
      this.#lose(change, 'sending failed half-way');
    }
  }

  #message(order: OrderState, terms: StagedRequest): ClientMessageOf<'placeOrder'> {
    const { orderId, account, orderRef, parentIntentId } = order;
    const parentId = parentIntentId === undefined ? undefined : this.#options.orderIdOf(parentIntentId);
    return { type: 'placeOrder', orderId, contract: wireOrderContract(terms.contract), order: { ...wireTerms(terms), account, orderRef, parentId, transmit: true } };
  }

  #unsent(order: OrderState, { intentId, revision }: Change, cause: unknown): never {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { register, clock } = this.#options;
    register.book({ type: 'order.changeVerdict', intentId, revision, atMs: clock.now(), verdict: 'unsent', evidence: 'local', reason });
    throw changeError('IBKR_ORDER_CHANGE_UNSENT', `The change was not sent: ${reason}. The order has its old terms`, { order, cause, retryable: true });
  }

  #lose({ intentId, revision }: Pick<Change, 'intentId' | 'revision'>, reason: string): void {
    const { register, clock, onUnanswered } = this.#options;
    register.book({ type: 'order.changeVerdict', intentId, revision, atMs: clock.now(), verdict: 'unknown', evidence: 'local', reason });
    onUnanswered(`change: ${reason}`);
  }

  /** Resolves when the broker shows the new terms, when nobody can say, and when the order ended first. @throws when the broker keeps the old ones. */
  async #answer(change: Change): Promise<void> {
    const { register, clock, ackTimeoutMs } = this.#options;
    const { intentId, revision } = change;
    const isPending = (order: OrderState | undefined): boolean => order?.change?.revision === revision && order.change.status === 'requested' && !isEnded(order.status);
    if (isPending(register.ledger.get(intentId))) {
      const { signal } = this.#closing;
      await new Promise<void>((resolve, reject) => {
        const done = (): void => {
          timer.cancel();
          unwatch();
          signal.removeEventListener('abort', onClose);
          resolve();
        };
        const onClose = (): void => {
          reject(abortReason(signal));
          done();
        };
        const unwatch = register.watch(intentId, ({ after }) => {
          if (!isPending(after)) done();
        });
        const timer = clock.setTimer(
          ackTimeoutMs,
          () => {
            this.#lose(change, `the broker did not show the new terms within ${ackTimeoutMs} ms`);
            done();
          },
          { keepAlive: false },
        );
        signal.addEventListener('abort', onClose, { once: true });
        if (signal.aborted) onClose();
      });
    }
    const order = register.ledger.get(intentId);
    if (order?.change?.revision !== revision || order.change.status !== 'refused') return;
    const { code, reason = '' } = order.change;
    throw changeError('IBKR_ORDER_CHANGE_REFUSED', `The broker keeps the old terms of the order: ${reason}`, { order, brokerCode: code });
  }
}

/** Why an order cannot be changed; `undefined` when it can. */
function whyFixed(order: OrderState): string | undefined {
  if (order.permIds.length > 1) return 'the broker has it twice';
  if (isChangeOpen(order)) return order.change?.status === 'unknown' ? 'the outcome of the change before is unknown' : 'the change before is not answered yet';
  if (order.cancel === 'requested' || order.brokerStatus === 'PendingCancel') return 'it is being cancelled';
  return order.status === 'working' ? undefined : `it is ${order.status}`;
}

/** A change that is refused later gives back nothing that it had only seemed to free. */
function atLeastNothing(counts: LimitCount): LimitCount {
  const least = (value: string): string => (value.startsWith('-') ? '0' : value);
  return { ...counts, quantity: least(counts.quantity), ...(counts.notional === undefined ? {} : { notional: least(counts.notional) }) };
}

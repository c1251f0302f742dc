import type { Clock } from '@ibkit/clock';
import { ConnectionError, OrderError, asError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { TradingConnection, TradingSession } from '../broker/connection-port.js';
import type { ChangeDesk } from './changes/change-desk.js';
import { cancelGateReasons, gateRefusal } from './order-gate.js';
import type { GateFacts } from './order-gate.js';
import type { OrderRegister } from './order-register.js';
import type { OrderSender } from './order-sender.js';
import { isEnded } from './order-state.js';
import type { OrderState } from './order-state.js';
import { isProvablyUnsent } from './send-outcome.js';
import { checkText } from './terms/invalid-field.js';
import { orderTimeText } from './terms/order-time.js';
import type { OrderTime } from './terms/order-time.js';

/** What a {@link CancelDesk} is made from. */
export interface CancelDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly sender: OrderSender;
  readonly changes: ChangeDesk;
  readonly facts: () => GateFacts;
}

/** What some exchanges want to know about a cancel that a person asked for. */
export interface CancelTags {
  /** When it was asked for by hand. Since server version 169. */
  readonly manualOrderTime?: OrderTime | undefined;
  /** Who asked for it. Since server version 192. */
  readonly extOperator?: string | undefined;
  /** 1 for a cancel by hand, 0 for one of a program. Since server version 192. */
  readonly manualOrderIndicator?: 0 | 1 | undefined;
}

/** An order that could not be cancelled, and why. */
export interface FailedCancel {
  readonly order: OrderState;
  readonly error: Error;
}

const CANCEL_DEADLINE_MS = 5_000;
/** A cancel that left so long ago, milliseconds, may still be answered. */
const ANSWER_MS = 5_000;

/** Asks for cancels. What still waits for its turn is taken back instead, a change of the order included. */
export class CancelDesk {
  readonly #options: CancelDeskOptions;
  /** By intent and tags: whoever asks for the same while it is on its way shares it. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** When the latest cancel of an order left, and in which session; the oldest first, and none that is not awaited any more once another leaves. */
  readonly #left = new Map<string, { readonly epoch: number; readonly atMs: number }>();

  constructor(options: CancelDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.cancel`. A second cancel that comes before the first has left would only be answered 10148. */
  cancel(intentId: string, tags: CancelTags = {}): Promise<void> {
    const what = `${intentId} ${JSON.stringify(tags)}`;
    const shared = this.#underWay.get(what);
    if (shared !== undefined) return shared;
    const cancelling = this.#cancel(intentId, tags).finally(() => this.#underWay.delete(what));
    this.#underWay.set(what, cancelling);
    return cancelling;
  }

  async #cancel(intentId: string, tags: CancelTags): Promise<void> {
    const manualCancelOrderTime = tags.manualOrderTime === undefined ? undefined : orderTimeText('manualOrderTime', tags.manualOrderTime);
    const { extOperator, manualOrderIndicator } = tags;
    checkText('extOperator', extOperator);
    await this.#settleSending(intentId);
    const { register, connection, clock } = this.#options;
    const order = register.ledger.get(intentId);
    if (order === undefined || isEnded(order.status)) return;
    const reasons = cancelGateReasons(this.#options.facts());
    const { session } = connection;
    if (reasons.length > 0 || session === undefined) throw gateRefusal(reasons.length > 0 ? reasons : ['NOT_CONNECTED'], 'cancel');
    if (session.clientId !== order.clientId) {
      throw new OrderError({
        code: 'IBKR_ORDER_OTHER_CLIENT',
        message: `Only client id ${order.clientId}, which placed the order, can cancel it; this session has client id ${session.clientId}`,
        details: { key: order.key },
      });
    }
    // A change that comes after the cancel could bring the order back.
    this.#options.changes.takeBack(new OrderError({ code: 'IBKR_ORDER_TAKEN_BACK', message: 'The order was cancelled before its change was sent' }), intentId);
    await register.attempt([{ type: 'order.cancelRequested', intentId, atMs: clock.now() }]);
    register.ledger.link(session.epoch, order);
    await this.#sendCancel({ type: 'cancelOrder', orderId: order.orderId, manualCancelOrderTime, extOperator, manualOrderIndicator }, order, session);
  }

  #noteLeft(intentId: string, epoch: number): void {
    const atMs = this.#options.clock.monotonic();
    for (const [old, left] of this.#left) {
      if (atMs - left.atMs < ANSWER_MS) break;
      this.#left.delete(old);
    }
    this.#left.delete(intentId);
    this.#left.set(intentId, { epoch, atMs });
  }

  #isAwaited({ intentId, cancel }: OrderState): boolean {
    const { clock, connection } = this.#options;
    const left = this.#left.get(intentId);
    return cancel === 'requested' && left !== undefined && left.epoch === connection.session?.epoch && clock.monotonic() - left.atMs < ANSWER_MS;
  }

  /** See `Trading.cancelAll`. `again: false` leaves those out whose cancel may be answered any moment. */
  async cancelAll({ again = true }: { readonly again?: boolean } = {}): Promise<{ readonly requested: readonly OrderState[]; readonly failed: readonly FailedCancel[] }> {
    const requested: OrderState[] = [];
    const failed: FailedCancel[] = [];
    const cancelOne = async (order: OrderState): Promise<void> => {
      try {
        await this.cancel(order.intentId);
        requested.push(order);
      } catch (error) {
        failed.push({ order, error: asError(error) });
      }
    };
    const open = this.#options.register.ledger.open();
    await Promise.all(open.filter((order) => again || !this.#isAwaited(order)).map(cancelOne));
    return { requested, failed };
  }

  /** An order that still waits for its turn is taken back: a cancel would overtake it and find nothing. */
  async #settleSending(intentId: string): Promise<void> {
    const { register, sender } = this.#options;
    const isSending = (order: OrderState | undefined): boolean => order?.status === 'sending' && order.sentAtMs === undefined;
    if (!isSending(register.ledger.get(intentId))) return;
    await new Promise<void>((resolve) => {
      const unwatch = register.watch(intentId, ({ after }) => {
        if (isSending(after)) return;
        unwatch();
        resolve();
      });
      sender.takeBack(new OrderError({ code: 'IBKR_ORDER_TAKEN_BACK', message: 'The order was cancelled before it was sent' }), intentId);
    });
  }

  async #sendCancel(message: ClientMessageOf<'cancelOrder'>, order: OrderState, session: TradingSession): Promise<void> {
    const { connection, register, clock } = this.#options;
    const { intentId } = order;
    const never = new AbortController().signal;
    try {
      // The journal took its time. In the tick of the bytes: a process that was stopped meanwhile may have been replaced.
      const check = (): void => {
        if (!this.#options.facts().leaseHeld) throw gateRefusal(['LEASE_LOST'], 'cancel');
      };
      check();
      // Another session would need a cancel of its own.
      if (connection.session !== session) throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'The session ended first', retryable: true });
      if (!session.trySend(message, 'cancel')) await session.send(message, { lane: 'cancel', deadlineMs: CANCEL_DEADLINE_MS, check });
      this.#noteLeft(intentId, session.epoch);
    } catch (cause) {
      const unsent = isProvablyUnsent(cause, never);
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (unsent) register.book({ type: 'order.verdict', intentId, atMs: clock.now(), verdict: 'cancelRefused', evidence: 'local', reason });
      throw new OrderError({
        code: unsent ? 'IBKR_CANCEL_NOT_SENT' : 'IBKR_CANCEL_UNCERTAIN',
        message: `The cancel ${unsent ? 'was not sent' : 'may not have arrived'}: ${reason}`,
        retryable: true,
        details: { key: order.key },
        cause,
      });
    }
  }
}

import type { Clock, Timer } from '@ibkit/clock';
import { OrderError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { LivenessProbe } from '../guards/liveness-probe.js';
import type { OrderGuards } from '../guards/order-guards.js';
import type { QuoteLook } from '../guards/quote-look.js';
import type { TradingConnection, TradingSession } from '../broker/connection-port.js';
import type { IntentIds } from './intent-id.js';
import { orderRefOf } from './intent-id.js';
import { gateRefusal } from './order-gate.js';
import type { GateReason } from './order-gate.js';
import type { OrderIds } from './order-ids.js';
import type { OrderRegister } from './order-register.js';
import type { StagedRequest } from './order-request.js';
import { wireOrderContract, wireTerms } from './wire-order.js';
import type { OrderState } from './order-state.js';
import { isProvablyUnsent } from './send-outcome.js';

/** An order that may be sent: validated, with its account, key and hash. */
export interface Intent {
  readonly request: StagedRequest;
  readonly account: string;
  /** Whether the caller named it. */
  readonly accountNamed: boolean;
  readonly key: string | undefined;
  readonly tag: string | undefined;
  readonly requestHash: string;
  /** The unsent attempt that this one repeats. */
  readonly previous: OrderState | undefined;
  /** What the market was, when the caps or the price band needed to know. */
  readonly look?: QuoteLook | undefined;
}

/** What an {@link OrderSender} is made from. */
export interface OrderSenderOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly orderIds: OrderIds;
  readonly intentIds: IntentIds;
  readonly ackTimeoutMs: number;
  readonly sendDeadlineMs: (request: StagedRequest) => number;
  /** The gate, asked again right before the bytes; `own` is the order itself, which the caps count by then. */
  readonly gateReasons: (intent: Intent & { readonly own: string }) => readonly GateReason[];
  readonly guards: OrderGuards;
  readonly probe: LivenessProbe;
  readonly onUnanswered: (why: string) => void;
}

function placeOrder({ orderId, account, orderRef }: OrderState, request: StagedRequest): ClientMessageOf<'placeOrder'> {
  return { type: 'placeOrder', orderId, contract: wireOrderContract(request.contract), order: { ...wireTerms(request), account, orderRef, transmit: true } };
}

/** Takes an order from the journal to the socket, and says truthfully how far it got. It never sends anything twice. */
export class OrderSender {
  readonly #options: OrderSenderOptions;
  readonly #waiting = new Map<string, AbortController>();
  readonly #ackTimers = new Map<string, Timer>();

  constructor(options: OrderSenderOptions) {
    this.#options = options;
  }

  /**
   * Journals the order, then sends it.
   * @returns the order as it is after the send: sent, or `unknown` when bytes may have left without proof.
   * @throws {@link OrderError} `IBKR_ORDER_UNSENT` when provably nothing left; the journal's error when it could not be staged.
   */
  async send(intent: Intent, session: TradingSession, signal: AbortSignal | undefined): Promise<OrderState> {
    const { clock, register } = this.#options;
    const startedMs = clock.monotonic();
    const intentId = this.#options.intentIds.next(clock.now());
    const proof = this.#prove(session);
    const order = await this.#stage(intent, { intentId, session });
    const controller = new AbortController();
    const stop = signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]);
    this.#waiting.set(intentId, controller);
    try {
      const dead = await proof;
      const leftMs = this.#options.sendDeadlineMs(intent.request) - (clock.monotonic() - startedMs);
      const refusal = dead ?? this.#refusal({ ...intent, own: intentId }, session, { leftMs, stop });
      if (refusal !== undefined) return this.#unsent(order, refusal);
      const message = placeOrder(order, intent.request);
      try {
        if (!session.trySend(message, 'order')) await session.send(message, { lane: 'order', deadlineMs: leftMs, signal: stop });
      } catch (error) {
        if (isProvablyUnsent(error, stop)) return this.#unsent(order, error);
        this.#lose(intentId, 'sending failed half-way');
        return this.#stateOf(intentId);
      }
    } finally {
      this.#waiting.delete(intentId);
    }
    register.book({ type: 'order.sent', intentId, atMs: clock.now() });
    this.#awaitAnswer(intentId);
    return this.#stateOf(intentId);
  }

  /** Takes back what still waits for its turn, all of it or one order: it becomes `unsent`, unless it is leaving already. */
  takeBack(reason: Error, intentId?: string): void {
    const waiting = intentId === undefined ? [...this.#waiting.values()] : [this.#waiting.get(intentId)];
    for (const controller of waiting) controller?.abort(reason);
  }

  /** The session ended: what was sent in it and never answered is unknown from now on. */
  sessionEnded(epoch: number): void {
    for (const order of this.#options.register.ledger.open()) {
      if (order.status === 'sending' && order.sentAtMs !== undefined && order.epoch === epoch) this.#lose(order.intentId, 'the session ended before the broker answered');
    }
  }

  /** Stops every timer. */
  close(): void {
    for (const timer of this.#ackTimers.values()) timer.cancel();
    this.#ackTimers.clear();
  }

  async #stage(intent: Intent, { intentId, session }: { readonly intentId: string; readonly session: TradingSession }): Promise<OrderState> {
    const { clock, register, orderIds, connection, guards } = this.#options;
    const { clientId, epoch } = session;
    orderIds.observe(clientId, register.ledger.floor(clientId));
    orderIds.promise(clientId, connection.nextOrderIdFloor);
    const orderId = orderIds.take(clientId);
    const { request, account, key = intentId, tag, requestHash, previous } = intent;
    const atMs = clock.now();
    const { counts, withdraw } = guards.admit(request, intent);
    const staged = register.stage([
      {
        type: 'order.staged',
        atMs,
        intentId,
        key,
        tag,
        requestHash,
        request,
        account,
        clientId,
        orderId,
        orderRef: orderRefOf(intentId),
        epoch,
        attempt: (previous?.attempt ?? 0) + 1,
        replaces: previous?.intentId,
        counts,
      },
      // In the same append, so that one commit is all that stands between the call and the bytes.
      { type: 'order.sending', atMs, intentId },
    ]);
    await staged.finally(withdraw);
    return this.#stateOf(intentId);
  }

  /** Beside the journal's write, so that the longer of both is what the order waits for. Resolves with what speaks against the link; never rejects. */
  #prove(session: TradingSession): Promise<unknown> | undefined {
    return this.#options.probe.begin(session)?.then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** The journal took its time: why the order may not go out any more. */
  #refusal(intent: Intent & { readonly own: string }, session: TradingSession, { leftMs, stop }: { readonly leftMs: number; readonly stop: AbortSignal }): unknown {
    if (stop.aborted) return stop.reason;
    const reasons = this.#options.gateReasons(intent);
    if (reasons.length > 0) return gateRefusal(reasons, 'order');
    if (this.#options.connection.session !== session) return gateRefusal(['RECONCILE_PENDING'], 'order');
    if (leftMs > 0) return undefined;
    return new OrderError({ code: 'IBKR_ORDER_SEND_DEADLINE', message: 'The send deadline passed while the journal was being written', retryable: true });
  }

  #stateOf(intentId: string): OrderState {
    const order = this.#options.register.ledger.get(intentId);
    if (order === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'A staged order is missing from the ledger: this is a defect of ibkit' });
    return order;
  }

  #unsent(order: OrderState, cause: unknown): never {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#options.register.book({ type: 'order.unsent', intentId: order.intentId, reason, atMs: this.#options.clock.now() });
    throw new OrderError({
      code: 'IBKR_ORDER_UNSENT',
      message: `The order was not sent: ${reason}. Nothing left this machine, so it may be placed again with the same key`,
      retryable: true,
      details: { key: order.key },
      cause,
    });
  }

  #lose(intentId: string, reason: string): void {
    this.#options.register.book({ type: 'order.unknown', intentId, reason, atMs: this.#options.clock.now() });
    this.#options.onUnanswered(reason);
  }

  #awaitAnswer(intentId: string): void {
    const { clock, ackTimeoutMs, register } = this.#options;
    if (register.ledger.get(intentId)?.status !== 'sending') return;
    const done = (): void => {
      this.#ackTimers.get(intentId)?.cancel();
      this.#ackTimers.delete(intentId);
      unwatch();
    };
    const unwatch = register.watch(intentId, ({ after }) => {
      if (after.status !== 'sending') done();
    });
    const timer = clock.setTimer(
      ackTimeoutMs,
      () => {
        done();
        this.#lose(intentId, `the broker did not answer within ${ackTimeoutMs} ms`);
      },
      { keepAlive: false },
    );
    this.#ackTimers.set(intentId, timer);
  }
}

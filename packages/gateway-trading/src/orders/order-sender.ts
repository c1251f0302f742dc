import type { Clock, Timer } from '@ibkit/clock';
import { OrderError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { LivenessProbe } from '../guards/liveness-probe.js';
import type { OrderGuards } from '../guards/order-guards.js';
import type { QuoteLook } from '../guards/quote-look.js';
import type { TradingConnection, TradingSession } from '../broker/connection-port.js';
import type { BracketRole } from './bracket/bracket-request.js';
import type { IntentIds } from './intent-id.js';
import { orderRefOf } from './intent-id.js';
import { gateRefusal } from './order-gate.js';
import type { GateReason } from './order-gate.js';
import type { OrderIds } from './order-ids.js';
import type { OrderRecord, StagedRecord } from '../journal/journal-record.js';
import type { NeighbourKeys } from '../journal/neighbour-keys.js';
import type { OrderRegister } from './order-register.js';
import type { StagedRequest } from './order-request.js';
import { wireOrderContract, wireTerms } from './wire-order.js';
import type { OrderState } from './order-state.js';
import { LastLook, isProvablyUnsent } from './send-outcome.js';

/** An order that may be sent: validated, with its account, key and hash. */
export interface Intent {
  readonly request: StagedRequest;
  readonly account: string;
  /** Whether the caller named it. */
  readonly accountNamed: boolean;
  readonly key: string | undefined;
  readonly tag: string | undefined;
  readonly requestHash: string;
  /** When it was asked for, monotonic milliseconds: from then on its deadline runs, whatever had to be looked up first. */
  readonly askedAtMs: number;
  /** The unsent attempt that this one repeats. */
  readonly previous: OrderState | undefined;
  /** What the market was, when the caps or the price band needed to know. */
  readonly look?: QuoteLook | undefined;
  /** What it is in its bracket, the entry of which comes first. */
  readonly role?: BracketRole | undefined;
  /** The id that a user of `connection.api` gave it: its own id, too, as long as that goes on from the ids before. */
  readonly apiOrderId?: number | undefined;
}

/** Intents that are written down and sent together: one order, or an entry and what waits for it. */
export type Intents = readonly [Intent, ...Intent[]];

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
  /** What the journals beside ours have against a key. */
  readonly keys: NeighbourKeys;
  readonly guards: OrderGuards;
  readonly probe: LivenessProbe;
  readonly onUnanswered: (why: string) => void;
  /** A bracket broke off after its entry had left, maybe: the entry must not stay. */
  readonly onBroken: (entry: OrderState) => void;
}

/** TWS API: what is not transmitted waits in the platform until a child of it is. */
function placeOrder({ orderId, account, orderRef }: OrderState, request: StagedRequest, { parentId, transmit }: { readonly parentId: number | undefined; readonly transmit: boolean }): ClientMessageOf<'placeOrder'> {
  return { type: 'placeOrder', orderId, contract: wireOrderContract(request.contract), order: { ...wireTerms(request), account, orderRef, parentId, transmit } };
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
   * Journals orders, all or none, then sends them, the last of which transmits them all.
   * @returns the orders as they are after the send: sent, or `unknown` when bytes may have left without proof.
   * @throws {@link OrderError} `IBKR_ORDER_UNSENT` when provably nothing left, `IBKR_BRACKET_INCOMPLETE` when it broke off in the middle; the
   *   journal's error when they could not be staged.
   */
  async send(intents: Intents, session: TradingSession, signal: AbortSignal | undefined): Promise<readonly OrderState[]> {
    const { clock } = this.#options;
    const intentIds = intents.map(() => this.#options.intentIds.next(clock.now()));
    const [first = ''] = intentIds;
    const proof = this.#prove(session);
    await this.#stage(intents, { intentIds, session });
    const controller = new AbortController();
    const stop = signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]);
    for (const intentId of intentIds) this.#waiting.set(intentId, controller);
    try {
      const dead = await proof;
      const leftMs = (): number => this.#options.sendDeadlineMs(intents[0].request) - (clock.monotonic() - intents[0].askedAtMs);
      const refusal = (): unknown => this.#refusal({ ...intents[0], own: first }, session, { leftMs: leftMs(), stop });
      const refused = dead ?? this.#keyRefusal(intents[0]) ?? refusal();
      if (refused !== undefined) return this.#unsent(intentIds, refused);
      const broken = await this.#sendAll(intents, intentIds, { session, leftMs, stop, refusal });
      if (broken !== undefined) return this.#breakOff(intentIds, broken);
    } finally {
      for (const intentId of intentIds) this.#waiting.delete(intentId);
    }
    for (const intentId of intentIds) this.#options.register.book({ type: 'order.sent', intentId, atMs: clock.now() });
    for (const intentId of intentIds) this.#awaitAnswer(intentId);
    return intentIds.map((intentId) => this.#stateOf(intentId));
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

  /** In one append, so that one commit is all that stands between the call and the bytes. */
  async #stage(intents: Intents, { intentIds, session }: { readonly intentIds: readonly string[]; readonly session: TradingSession }): Promise<void> {
    const { clock, register, orderIds, connection, guards } = this.#options;
    const { clientId, epoch } = session;
    orderIds.observe(clientId, register.ledger.floor(clientId));
    orderIds.promise(clientId, connection.nextOrderIdFloor);
    const atMs = clock.now();
    const [group = ''] = intentIds;
    // What closes a position again adds nothing to the caps.
    const { counts, withdraw } = guards.admit(intents[0].request, intents[0]);
    const staged = intents.map(({ request, account, key, tag, requestHash, previous, role, apiOrderId }, index): StagedRecord => {
      const intentId = intentIds[index] ?? '';
      return {
        type: 'order.staged',
        atMs,
        intentId,
        key: key ?? intentId,
        tag,
        requestHash,
        request,
        account,
        clientId,
        orderId: orderIds.take(clientId, apiOrderId),
        orderRef: orderRefOf(intentId),
        epoch,
        attempt: (previous?.attempt ?? 0) + 1,
        replaces: previous?.intentId,
        ...(apiOrderId === undefined ? {} : { apiOrderId }),
        ...(role === undefined ? {} : { bracket: { group, role } }),
        ...(index === 0 ? { counts } : { parentIntentId: group }),
      };
    });
    await register.stage([...staged, ...intentIds.map((intentId): OrderRecord => ({ type: 'order.sending', atMs, intentId }))]).finally(withdraw);
  }

  /** Sends one after the other; says which one could not be sent, and why, in which case none after it was tried. */
  async #sendAll(
    intents: Intents,
    intentIds: readonly string[],
    { session, leftMs, stop, refusal }: { readonly session: TradingSession; readonly leftMs: () => number; readonly stop: AbortSignal; readonly refusal: () => unknown },
  ): Promise<{ readonly at: number; readonly error: unknown; readonly isUnsent: boolean } | undefined> {
    const parent = this.#stateOf(intentIds[0] ?? '');
    // For whatever has to wait, or comes behind what had to.
    const last = new LastLook(refusal);
    for (const [at, { request }] of intents.entries()) {
      const message = placeOrder(this.#stateOf(intentIds[at] ?? ''), request, { parentId: at === 0 ? undefined : parent.orderId, transmit: at === intents.length - 1 });
      try {
        if (at > 0) last.check();
        if (!session.trySend(message, 'order')) await session.send(message, { lane: 'order', deadlineMs: leftMs(), signal: stop, check: last.check });
      } catch (error) {
        return { at, error, isUnsent: last.refused(error) || isProvablyUnsent(error, stop) };
      }
    }
    return undefined;
  }

  /** Says of each order how far it got. What was not transmitted is not at work, but it is at the platform, and one touch would transmit it. */
  #breakOff(intentIds: readonly string[], { at, error, isUnsent }: { readonly at: number; readonly error: unknown; readonly isUnsent: boolean }): readonly OrderState[] {
    if (at === 0 && isUnsent) return this.#unsent(intentIds, error);
    const why = error instanceof Error ? error.message : String(error);
    for (const [index, intentId] of intentIds.entries()) {
      if (index < at) this.#lose(intentId, 'the bracket was not sent in full');
      else if (index === at && !isUnsent) this.#lose(intentId, 'sending failed half-way');
      else this.#options.register.book({ type: 'order.unsent', intentId, reason: `the bracket broke off: ${why}`, atMs: this.#options.clock.now() });
    }
    const states = intentIds.map((intentId) => this.#stateOf(intentId));
    const [entry] = states;
    if (states.length === 1 || entry === undefined) return states;
    this.#options.onBroken(entry);
    throw new OrderError({
      code: 'IBKR_BRACKET_INCOMPLETE',
      message: `The bracket was not sent in full: ${why}. Its entry is being cancelled, and what became of it is being looked into`,
      details: { key: entry.key, statuses: states.map(({ status }) => status) },
      cause: error,
    });
  }

  /** Beside the journal's write, so that the longer of both is what the order waits for. Resolves with what speaks against the link; never rejects. */
  #prove(session: TradingSession): Promise<unknown> | undefined {
    return this.#options.probe.begin(session)?.then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Once, when our own record can be seen: whoever uses the key later finds it, and gives way. What has begun to leave is not broken off for that one. */
  #keyRefusal({ account, key }: Intent): unknown {
    const { keys } = this.#options;
    const reasons = keys.reasons(account, key);
    return reasons.length === 0 ? undefined : keys.refusal(reasons);
  }

  /** The journal, or the wait for its turn, took its time: why the order may not go out any more. */
  #refusal(intent: Intent & { readonly own: string }, session: TradingSession, { leftMs, stop }: { readonly leftMs: number; readonly stop: AbortSignal }): unknown {
    if (stop.aborted) return stop.reason;
    const reasons = this.#options.gateReasons(intent);
    if (reasons.length > 0) return gateRefusal(reasons, 'order');
    if (this.#options.connection.session !== session) return gateRefusal(['RECONCILE_PENDING'], 'order');
    if (leftMs > 0) return undefined;
    return new OrderError({ code: 'IBKR_ORDER_SEND_DEADLINE', message: 'The send deadline passed before the order could leave: looking it up, or writing the journal, took too long', retryable: true });
  }

  #stateOf(intentId: string): OrderState {
    const order = this.#options.register.ledger.get(intentId);
    if (order === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'A staged order is missing from the ledger: this is a defect of ibkit' });
    return order;
  }

  #unsent(intentIds: readonly string[], cause: unknown): never {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { register, clock } = this.#options;
    const [first = ''] = intentIds;
    for (const intentId of intentIds) register.book({ type: 'order.unsent', intentId, reason, atMs: clock.now() });
    throw new OrderError({
      code: 'IBKR_ORDER_UNSENT',
      message: `The order was not sent: ${reason}. Nothing left this machine, so it may be placed again with the same key`,
      retryable: true,
      details: { key: this.#stateOf(first).key },
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

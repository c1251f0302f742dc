import type { Clock } from '@ibkit/clock';
import { ConnectionError, OrderError, UsageError } from '@ibkit/error-codes';
import type { OrderGuards } from '../guards/order-guards.js';
import type { TradingConnection, TradingSession } from '../broker/connection-port.js';
import type { ChangeDesk } from './changes/change-desk.js';
import { isSameInstrument } from './contract.js';
import { cancelGateReasons, gateRefusal, orderGateReasons } from './order-gate.js';
import type { GateFacts, GateReason } from './order-gate.js';
import type { OrderRegister } from './order-register.js';
import { hashRequest, stageRequest } from './order-request.js';
import type { OrderRequest, StagedRequest } from './order-request.js';
import type { Intent, OrderSender } from './order-sender.js';
import { isEnded } from './order-state.js';
import type { OrderState } from './order-state.js';
import { isProvablyUnsent } from './send-outcome.js';

/** What an {@link OrderDesk} is made from. */
export interface OrderDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly sender: OrderSender;
  readonly guards: OrderGuards;
  readonly changes: ChangeDesk;
  readonly facts: () => GateFacts;
  readonly blockOnUnknown: boolean;
}

/** An order that could not be cancelled, and why. */
export interface FailedCancel {
  readonly order: OrderState;
  readonly error: Error;
}

interface UnderWay {
  readonly requestHash: string;
  readonly order: Promise<OrderState>;
}

const CANCEL_DEADLINE_MS = 5_000;

/** Takes requests: checks them, knows repeats, asks the gate, and passes them on. */
export class OrderDesk {
  readonly #options: OrderDeskOptions;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(options: OrderDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.place`. */
  place(request: OrderRequest, signal: AbortSignal | undefined): Promise<OrderState> {
    const staged = this.#staged(request);
    const { key, tag } = request;
    const account = this.#accountOf(request);
    if (account === undefined) throw gateRefusal(orderGateReasons(this.#options.facts()), 'order');
    const requestHash = hashRequest(staged, account, tag);
    const slot = key === undefined ? undefined : `${account}/${key}`;
    const repeated = slot === undefined || key === undefined ? undefined : this.#repeat({ account, key, slot, requestHash });
    if (repeated !== undefined) return repeated;

    const previous = key === undefined ? undefined : this.#options.register.ledger.byKey(account, key);
    const intent: Intent = { request: staged, account, accountNamed: request.account !== undefined, key, tag, requestHash, previous };
    // Before anything is asked of the market; the caps and the band follow in the tick of the journal.
    this.#checkGate(this.openReasons(intent));
    const looking = this.#options.guards.look(staged, signal);
    const order = looking === undefined ? this.#send(intent, signal) : looking.then((look) => this.#send({ ...intent, look }, signal));
    if (slot === undefined) return order;
    this.#underWay.set(slot, { requestHash, order });
    return order.finally(() => this.#underWay.delete(slot));
  }

  /** Why an order would be refused now, caps and price band included. */
  gateReasons(intent: Pick<Intent, 'account' | 'accountNamed' | 'request' | 'look'> & { readonly own?: string | undefined }): readonly GateReason[] {
    return [...this.openReasons(intent), ...this.#options.guards.reasons(intent.request, intent)];
  }

  /** The same without caps and price band. */
  openReasons({ account, accountNamed, request }: Pick<Intent, 'account' | 'accountNamed' | 'request'>): readonly GateReason[] {
    const { blockOnUnknown, facts } = this.#options;
    return orderGateReasons(facts(), { account, accountNamed, blockedByUnknown: blockOnUnknown && this.#hasUnknown(account, request) });
  }

  #send(intent: Intent, signal: AbortSignal | undefined): Promise<OrderState> {
    this.#checkGate(this.gateReasons(intent));
    const { session } = this.#options.connection;
    if (session === undefined) throw gateRefusal(['NOT_CONNECTED'], 'order');
    return this.#options.sender.send(intent, session, signal);
  }

  #checkGate(reasons: readonly GateReason[]): void {
    if (reasons.length > 0) throw gateRefusal(reasons, 'order');
  }

  /** The account of a request: the one that it names, or the only one of the session; `undefined` when no session ever told any. */
  #accountOf({ account, key }: OrderRequest): string | undefined {
    if (account !== undefined) return account;
    const { accounts } = this.#options.connection;
    if (accounts.length > 1) {
      throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: 'order.account', rule: `must be given, because the session has ${accounts.length} accounts` });
    }
    return accounts[0] ?? (key === undefined ? undefined : this.#options.register.ledger.findKey(key)?.account);
  }

  /** See `Trading.preview`. */
  previewed(request: OrderRequest): { readonly order: StagedRequest; readonly account: string | undefined; readonly gate: readonly GateReason[] } {
    const order = this.#staged(request);
    const account = this.#accountOf(request);
    const gate =
      account === undefined
        ? orderGateReasons(this.#options.facts())
        : this.gateReasons({ account, accountNamed: request.account !== undefined, request: order });
    return { order, account, gate };
  }

  /** See `Trading.cancel`. */
  async cancel(intentId: string): Promise<void> {
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
    await register.stage([{ type: 'order.cancelRequested', intentId, atMs: clock.now() }]);
    register.ledger.link(session.epoch, order);
    await this.#sendCancel(order, session);
  }

  /** See `Trading.cancelAll`. */
  async cancelAll(): Promise<{ readonly requested: readonly OrderState[]; readonly failed: readonly FailedCancel[] }> {
    const requested: OrderState[] = [];
    const failed: FailedCancel[] = [];
    const cancelOne = async (order: OrderState): Promise<void> => {
      try {
        await this.cancel(order.intentId);
        requested.push(order);
      } catch (error) {
        failed.push({ order, error: error instanceof Error ? error : new Error(String(error)) });
      }
    };
    await Promise.all(this.#options.register.ledger.open().map(cancelOne));
    return { requested, failed };
  }

  #staged(request: OrderRequest): StagedRequest {
    const { connection, clock } = this.#options;
    return stageRequest(request, connection.serverNow?.() ?? clock.now());
  }

  #hasUnknown(account: string, { contract }: StagedRequest): boolean {
    return this.#options.register.ledger
      .open()
      .some((order) => order.status === 'unknown' && order.notWorking !== true && order.account === account && isSameInstrument(order.contract, contract));
  }

  #repeat({ account, key, slot, requestHash }: { readonly account: string; readonly key: string; readonly slot: string; readonly requestHash: string }): Promise<OrderState> | undefined {
    const known = this.#underWay.get(slot) ?? this.#options.register.ledger.byKey(account, key);
    if (known === undefined) return undefined;
    if (known.requestHash !== requestHash) {
      throw new OrderError({
        code: 'IBKR_ORDER_KEY_CONFLICT',
        message: 'The key was used for another order: give this one a key of its own, or repeat the first request unchanged',
        details: { key },
      });
    }
    if ('order' in known) return known.order;
    // Provably nothing left the first time, so this is a new attempt and not a second order.
    return known.status === 'unsent' ? undefined : Promise.resolve(known);
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

  async #sendCancel(order: OrderState, session: TradingSession): Promise<void> {
    const { connection, register, clock } = this.#options;
    const { orderId, intentId } = order;
    const never = new AbortController().signal;
    try {
      // The journal took its time. In the tick of the bytes: a process that was stopped meanwhile may have been replaced.
      if (!this.#options.facts().leaseHeld) throw gateRefusal(['LEASE_LOST'], 'cancel');
      // Another session would need a cancel of its own.
      if (connection.session !== session) throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'The session ended first', retryable: true });
      const message = { type: 'cancelOrder', orderId } as const;
      if (!session.trySend(message, 'cancel')) await session.send(message, { lane: 'cancel', deadlineMs: CANCEL_DEADLINE_MS });
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

import type { Timer } from '@ibkit/clock';
import type { OrderError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import { AccountDesk } from '../account/account-desk.js';
import { AccountReader } from '../account/account-reader.js';
import type { PositionCheckReport } from '../account/position-check.js';
import { ApiDesk } from '../api-orders/api-desk.js';
import { ApiIds } from '../api-orders/api-ids.js';
import { ApiLines } from '../api-orders/api-lines.js';
import { BrokerInbox } from '../broker/broker-inbox.js';
import { BrokerLists } from '../broker/broker-lists.js';
import type { TradingConnection, TradingSession } from '../broker/connection-port.js';
import { ExecutionReader } from '../executions/execution-reader.js';
import { TradingGuards } from '../guards/trading-guards.js';
import { IntentIds } from '../orders/intent-id.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { LeaseKeeper } from '../coordinator/lease-keeper.js';
import { JournalWriter } from '../journal/journal-writer.js';
import { takeOver } from '../journal/take-over.js';
import { MissingOrders } from '../reconcile/missing-orders.js';
import type { ResolvedTradingOptions } from '../options.js';
import { BracketWatch } from '../orders/bracket/bracket-watch.js';
import type { BracketState } from '../orders/bracket/bracket-watch.js';
import { CancelDesk } from '../orders/cancel-desk.js';
import { ChangeDesk } from '../orders/changes/change-desk.js';
import { ClosingDesk } from '../orders/closing/closing-desk.js';
import { WhatIfDesk } from '../orders/what-if/what-if-desk.js';
import { ContractRules } from '../orders/contract-rules/contract-rules.js';
import { MarketRules } from '../orders/contract-rules/market-rules.js';
import { hasLivingTwin } from '../orders/incarnations.js';
import { OrderDesk } from '../orders/order-desk.js';
import { gateRefusal, orderGateReasons } from '../orders/order-gate.js';
import type { GateFacts } from '../orders/order-gate.js';
import { OrderIds } from '../orders/order-ids.js';
import { OrderLedger } from '../orders/order-ledger.js';
import type { OrderChange } from '../orders/order-ledger.js';
import { OrderRegister } from '../orders/order-register.js';
import type { StagedRequest } from '../orders/order-request.js';
import { OrderSender } from '../orders/order-sender.js';
import { isEnded } from '../orders/order-state.js';
import type { OrderState } from '../orders/order-state.js';
import { ORDER_TYPE_RULES } from '../orders/terms/order-types.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';
import { Reconciler } from '../reconcile/reconciler.js';

/** What the core tells its owner. */
export interface CoreListener {
  onChange(change: OrderChange): void;
  onReconciled(report: ReconcileReport): void;
  onReconcileFailed(trigger: string, error: Error): void;
  onUnprotected(bracket: BracketState, reason: string): void;
  onProtected(bracket: BracketState): void;
  onPositionDrift(report: PositionCheckReport): void;
  onJournalStopped(error: OrderError): void;
  onLeaseLost(error: OrderError): void;
  /** Live trading was armed, or the arming ended. */
  onArming(): void;
  onIdRollback(facts: { readonly clientId: number; readonly nextValidId: number; readonly highestUsed: number }): void;
  /** Something that the gate looks at may have changed. */
  onLink(): void;
}

/** System notices about the link between the platform and the broker (TWS API: system message codes). */
const LINK_LOST: ReadonlySet<number> = new Set([1100, 2110]);
const LINK_BACK: ReadonlySet<number> = new Set([1101, 1102]);

/** How long executions may lag behind a status that counts them, milliseconds. */
const FILL_GRACE_MS = 2_000;

/** What a crash leaves behind: before `sending` nothing had left, from there on nobody knows. */
function recordsAfterCrash(ledger: OrderLedger, atMs: number): readonly JournalRecord[] {
  return ledger.open().flatMap(({ intentId, status, change }): readonly JournalRecord[] => {
    if (status === 'staged') return [{ type: 'order.unsent', intentId, atMs, reason: 'the process ended before it was sent' }];
    if (status === 'sending') return [{ type: 'order.unknown', intentId, atMs, reason: 'the process ended before the broker answered' }];
    if (change?.status !== 'requested') return [];
    return [{ type: 'order.changeVerdict', intentId, revision: change.revision, atMs, verdict: 'unknown', evidence: 'local', reason: 'the process ended before the broker answered' }];
  });
}

/** Everything that exists from the moment the journal was read: it wires the parts together and follows the connection. */
export class TradingCore {
  readonly writer: JournalWriter;
  readonly register: OrderRegister;
  readonly desk: OrderDesk;
  readonly changes: ChangeDesk;
  readonly cancels: CancelDesk;
  readonly rules: ContractRules;
  readonly brackets: BracketWatch;
  readonly closing: ClosingDesk;
  readonly whatIfs: WhatIfDesk;
  readonly reconciler: Reconciler;
  readonly accounts: AccountReader;
  readonly account: AccountDesk;
  readonly guards: TradingGuards;
  readonly executions: ExecutionReader;
  readonly #api: { readonly desk: ApiDesk; readonly lines: ApiLines };
  readonly #lease: LeaseKeeper | undefined;
  readonly #options: ResolvedTradingOptions;
  readonly #listener: CoreListener;
  readonly #lists: BrokerLists;
  readonly #orderIds = new OrderIds();
  readonly #inbox: BrokerInbox;
  readonly #sender: OrderSender;
  readonly #detach: (() => void)[] = [];
  #epoch: number | undefined;
  #fillCheck: Timer | undefined;

  private constructor(parts: { readonly options: ResolvedTradingOptions; readonly listener: CoreListener; readonly facts: () => GateFacts; readonly ledger: OrderLedger; readonly writer: JournalWriter; readonly lease: LeaseKeeper | undefined }) {
    const { options, listener, facts, ledger, writer, lease } = parts;
    const { connection } = options;
    const { clock } = connection;
    this.#options = options;
    this.#listener = listener;
    this.#lists = new BrokerLists(connection);
    this.writer = writer;
    this.#lease = lease;
    this.register = new OrderRegister({
      ledger,
      writer,
      onChange: (change) => {
        this.#onChange(change);
      },
    });
    this.guards = new TradingGuards({
      options,
      facts,
      register: this.register,
      writer,
      onChanged: () => {
        listener.onLink();
      },
      onArming: () => {
        listener.onArming();
      },
    });
    this.#inbox = new BrokerInbox({
      ledger,
      orderIds: this.#orderIds,
      now: () => clock.now(),
      book: (record) => {
        this.register.book(record);
      },
      onDoubt: (why) => {
        this.reconciler.request(why);
      },
    });
    this.reconciler = new Reconciler({
      clock,
      connection,
      lists: this.#lists,
      register: this.register,
      inbox: this.#inbox,
      missing: new MissingOrders(options),
      listTimeoutMs: options.listTimeoutMs,
      retryMs: options.reconcileRetryMs,
      everyMs: options.reconcileEveryMs,
      onDisturbed: () => {
        this.guards.onDisturbed();
      },
      onCompleted: (report) => {
        for (const order of ledger.open()) this.#cancelTwins(order);
        this.brackets.swept(report.positions, report.startedAtMs);
        listener.onReconciled(report);
        this.account.swept(report.positions);
      },
      onFailed: (trigger, error) => {
        listener.onReconcileFailed(trigger, error);
      },
    });
    const sendDeadlineMs = ({ orderType }: StagedRequest): number => (ORDER_TYPE_RULES[orderType].isImmediate === true ? options.marketSendDeadlineMs : options.sendDeadlineMs);
    this.#sender = new OrderSender({
      clock,
      connection,
      register: this.register,
      orderIds: this.#orderIds,
      intentIds: new IntentIds(options.random),
      ackTimeoutMs: options.ackTimeoutMs,
      sendDeadlineMs,
      gateReasons: (intent) => this.desk.gateReasons(intent),
      guards: this.guards.orders,
      probe: this.guards.probe,
      onUnanswered: (why) => {
        this.reconciler.request(why);
      },
      onBroken: (entry) => {
        this.#cancelUnwanted(entry);
      },
    });
    const { marketData } = options;
    const source = marketData?.resolve === undefined ? undefined : { resolve: marketData.resolve.bind(marketData) };
    this.rules = new ContractRules({ clock, rules: new MarketRules(connection), source });
    this.brackets = new BracketWatch({
      clock,
      ledger,
      onUnprotected: (bracket, reason) => {
        listener.onUnprotected(bracket, reason);
      },
      onProtected: (bracket) => {
        listener.onProtected(bracket);
      },
      onUnwanted: (order) => {
        this.#cancelUnwanted(order);
      },
      onDoubt: (why) => {
        this.reconciler.request(why);
      },
    });
    this.changes = new ChangeDesk({
      clock,
      connection,
      register: this.register,
      guards: this.guards.orders,
      rules: this.rules,
      probe: this.guards.probe,
      ackTimeoutMs: options.ackTimeoutMs,
      sendDeadlineMs,
      gateReasons: (order) => this.desk.openReasons(order),
      orderIdOf: (intentId) => ledger.get(intentId)?.orderId,
      onUnanswered: (why) => {
        this.reconciler.request(why);
      },
    });
    this.cancels = new CancelDesk({ clock, connection, register: this.register, sender: this.#sender, changes: this.changes, facts });
    this.desk = new OrderDesk({ clock, connection, register: this.register, sender: this.#sender, rules: this.rules, guards: this.guards.orders, facts, blockOnUnknown: options.onUnknown === 'block' });
    this.#api = this.#makeApi(facts);
    this.accounts = new AccountReader({ lists: this.#lists, timeoutMs: options.listTimeoutMs });
    this.closing = new ClosingDesk({
      clock,
      desk: this.desk,
      cancels: this.cancels,
      register: this.register,
      positions: (signal) => this.#lists.positions({ timeoutMs: options.listTimeoutMs, signal }),
      cancelTimeoutMs: options.ackTimeoutMs,
    });
    this.whatIfs = new WhatIfDesk({
      clock,
      connection,
      orderIds: this.#orderIds,
      append: async (records) => {
        await writer.append(records);
        for (const record of records) ledger.apply(record);
      },
      gateReasons: (account) => orderGateReasons(facts(), { account, accountNamed: true, blockedByUnknown: false }),
      onLive: (orderId) => {
        // There is no order of ours to cancel: it was never to be one.
        connection.session?.trySend({ type: 'cancelOrder', orderId }, 'cancel');
        this.reconciler.request('a what-if came back as an order');
      },
    });
    this.executions = new ExecutionReader({ connection, lists: this.#lists, timeoutMs: options.listTimeoutMs, inbox: this.#inbox });
    this.account = new AccountDesk({
      connection,
      lists: this.#lists,
      reader: this.accounts,
      timeoutMs: options.listTimeoutMs,
      retryMs: options.reconcileRetryMs,
      dayOf: (atMs) => options.brokerTimeZone.dateOf(atMs),
      onDrift: (report) => {
        listener.onPositionDrift(report);
      },
      onListenerError: options.onListenerError,
    });
  }

  /**
   * Acquires the right to trade, reads the journal, takes it over under a new term, and follows the connection from then on.
   * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` when another writer is at it, `IBKR_JOURNAL_FAILED`; what acquiring and reading throw.
   */
  static async open(options: ResolvedTradingOptions, listener: CoreListener, facts: () => GateFacts): Promise<TradingCore> {
    const { journal, connection, coordinator } = options;
    const lease = await coordinator?.acquire({ above: (await journal.head()).term });
    if (lease === undefined) return TradingCore.#read(options, listener, { facts, lease: undefined });
    const keeper = new LeaseKeeper({
      clock: connection.clock,
      lease,
      onLost: (error) => {
        listener.onLeaseLost(error);
      },
    });
    try {
      return await TradingCore.#read(options, listener, { facts, lease: keeper });
    } catch (error) {
      await keeper.close();
      throw error;
    }
  }

  static async #read(
    options: ResolvedTradingOptions,
    listener: CoreListener,
    { facts, lease }: { readonly facts: () => GateFacts; readonly lease: LeaseKeeper | undefined },
  ): Promise<TradingCore> {
    const { journal, connection } = options;
    const ledger = new OrderLedger();
    const now = (): number => connection.clock.now();
    const { head, records } = await takeOver({
      journal,
      term: lease?.term,
      now,
      onEntry: ({ record }) => ledger.apply(record),
      closing: () => recordsAfterCrash(ledger, now()),
    });
    for (const record of records) ledger.apply(record);
    const writer = new JournalWriter({
      journal,
      head,
      term: head.term,
      onStopped: (error) => {
        listener.onJournalStopped(error);
      },
    });
    return new TradingCore({ options, listener, facts, ledger, writer, lease });
  }

  get connection(): TradingConnection {
    return this.#options.connection;
  }

  /** Whether the right to trade is ours at this very moment. */
  get leaseHeld(): boolean {
    return this.#lease?.isHeld ?? true;
  }

  /** Follows the connection from now on. */
  attach(): void {
    const { connection } = this.#options;
    const onLink = (): void => {
      this.#onLink();
    };
    if (this.#options.apiOrders) {
      const detach = connection.attachOrderGate?.(this.#api.desk);
      if (detach !== undefined) this.#detach.push(detach);
    }
    this.#detach.push(
      connection.events.on('connection.stateChanged', onLink),
      connection.events.on('connection.recovered', onLink),
      connection.onMessage((message, session) => {
        this.#onMessage(message, session);
      }),
    );
    this.#onLink();
  }

  /** Takes back what still waits for its turn. */
  takeBack(reason: Error): void {
    this.#sender.takeBack(reason);
    this.changes.takeBack(reason);
  }

  /** Lets go of the connection and stops every timer; nothing is cancelled at the broker. */
  async close(reason: Error): Promise<void> {
    for (const detach of this.#detach.splice(0)) detach();
    this.#api.lines.close(reason);
    this.#sender.takeBack(reason);
    this.#sender.close();
    this.changes.close(reason);
    this.brackets.close();
    this.guards.close();
    this.#fillCheck?.cancel();
    this.reconciler.close();
    await this.account.close(reason);
    this.#lists.close();
    await this.writer.flush();
    await this.#lease?.close();
  }

  #makeApi(facts: () => GateFacts): { readonly desk: ApiDesk; readonly lines: ApiLines } {
    const { register, desk, changes, cancels, connection } = this;
    const { refusals } = this.guards;
    const { clock } = connection;
    const ids = new ApiIds({ connection, ledger: register.ledger, orderIds: this.#orderIds });
    const lines = new ApiLines({
      clock, connection, register, ids, changes, refusals,
      patienceMs: this.#options.ackTimeoutMs,
      cancel: (intentId) => cancels.cancel(intentId),
      onRepeat: (why) => {
        this.reconciler.request(why);
      },
    }); // prettier-ignore
    const takeBack = this.takeBack.bind(this);
    return { lines, desk: new ApiDesk({ clock, connection, register, ids, lines, desk, cancels, refusals, facts, takeBack }) };
  }

  #onChange(change: OrderChange): void {
    this.#listener.onChange(change);
    this.#api.desk.onChange(change);
    this.#onTwins(change);
    this.brackets.onChange(change);
    const { before, after } = change;
    if (after.reportedFilled > after.filledQuantity && isEnded(after.status)) this.#expectFills();
    // The word of the broker without its reasons: what a second look shows.
    if (after.brokerStatus === 'Inactive' && before?.brokerStatus !== 'Inactive') this.reconciler.request('order inactive');
  }

  /** Of our own accord: that it did not get there is told as a refused cancel, and the next sweep looks at it again. */
  #cancelUnwanted({ intentId }: OrderState): void {
    this.cancels.cancel(intentId).catch(() => {
      this.reconciler.request('an unwanted order could not be cancelled');
    });
  }

  /** What the broker has twice is cancelled until nothing of it lives; what cannot be cancelled now is tried again after the next sweep. */
  #cancelTwins(order: OrderState): void {
    if (!hasLivingTwin(order) || (this.#options.onDuplicate !== 'cancel' && order.cancel !== 'requested')) return;
    this.cancels.cancel(order.intentId).catch(() => {
      // Tried again after the next sweep.
    });
  }

  #onTwins({ before, after }: OrderChange): void {
    if (!hasLivingTwin(after)) return;
    const appeared = after.permIds.length !== before?.permIds.length;
    if (appeared) this.reconciler.request('the broker has an order twice');
    // A cancel reaches one of them: the next one needs its own.
    if (appeared || after.endedPermIds?.length !== before.endedPermIds?.length) this.#cancelTwins(after);
  }

  /** Executions usually follow their status within the second; when they do not, they are asked for. */
  #expectFills(): void {
    const { register, reconciler } = this;
    this.#fillCheck ??= this.connection.clock.setTimer(
      FILL_GRACE_MS,
      () => {
        this.#fillCheck = undefined;
        const isShort = register.ledger.all().some(({ status, reportedFilled, filledQuantity }) => isEnded(status) && reportedFilled > filledQuantity);
        if (isShort) reconciler.request('fills missing');
      },
      { keepAlive: false },
    );
  }

  #onMessage(message: ServerMessage, session: TradingSession): void {
    if (message.type === 'nextValidId') this.#onNextValidId(message.orderId, session.clientId);
    if (message.type === 'errMsg' && message.id <= 0) this.#onSystemNotice(message.code);
    this.#inbox.handle(message, session);
    this.guards.onMessage(message, session);
  }

  #onSystemNotice(code: number): void {
    const lost = LINK_LOST.has(code);
    if (!lost && !LINK_BACK.has(code)) return;
    this.reconciler.disturb(`the broker sent ${code}`);
    if (lost) this.takeBack(gateRefusal(['UPSTREAM_DOWN'], 'order'));
    // The connection may learn of the same message after us.
    queueMicrotask(() => {
      this.#onLink();
    });
  }

  #onNextValidId(nextValidId: number, clientId: number): void {
    const used = this.register.ledger.all().filter((order) => order.clientId === clientId && order.permIds.length > 0);
    const highestUsed = used.reduce((highest, { orderId }) => Math.max(highest, orderId), 0);
    this.#orderIds.promise(clientId, nextValidId);
    if (nextValidId <= highestUsed) this.#listener.onIdRollback({ clientId, nextValidId, highestUsed });
  }

  #onLink(): void {
    const { session } = this.#options.connection;
    if (session !== undefined && session.epoch !== this.#epoch) this.#onSession(session);
    if (!this.reconciler.isReconciled && !this.reconciler.isSweeping) this.reconciler.request('connection ready');
    this.guards.onLink();
    this.#listener.onLink();
  }

  #onSession(session: TradingSession): void {
    const { connection } = this.#options;
    const { epoch, clientId } = session;
    this.#epoch = epoch;
    this.reconciler.disturb('a new session began');
    // What the broker calls the next valid id is one that somebody may take.
    const floor = connection.nextOrderIdFloor - 1;
    if (floor > this.register.ledger.floor(clientId)) this.register.book({ type: 'idFloor', atMs: connection.clock.now(), clientId, floor });
    const onEnd = (): void => {
      this.#sender.sessionEnded(epoch);
      this.changes.sessionEnded(epoch);
      // The next session may be there already.
      if (this.#epoch === epoch) this.reconciler.disturb('the session ended');
      this.#listener.onLink();
    };
    session.closed.then(onEnd, onEnd);
  }
}

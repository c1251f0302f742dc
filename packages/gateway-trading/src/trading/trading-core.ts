import { AccountDesk } from '../account/account-desk.js';
import { AccountReader } from '../account/account-reader.js';
import { ApiDesk } from '../api-orders/api-desk.js';
import { ApiIds } from '../api-orders/api-ids.js';
import { ApiLines } from '../api-orders/api-lines.js';
import { BrokerInbox } from '../broker/broker-inbox.js';
import { BrokerLists } from '../broker/broker-lists.js';
import type { TradingConnection } from '../broker/connection-port.js';
import { LinkWatch } from '../broker/link-watch.js';
import { ExecutionReader } from '../executions/execution-reader.js';
import { LateFills } from '../executions/late-fills.js';
import { KillDesk } from '../guards/kill-desk.js';
import { TradingGuards } from '../guards/trading-guards.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import { NeighbourKeys } from '../journal/neighbour-keys.js';
import { openLedger } from '../journal/open-ledger.js';
import type { OpenedLedger } from '../journal/open-ledger.js';
import type { ResolvedTradingOptions } from '../options.js';
import { BracketWatch } from '../orders/bracket/bracket-watch.js';
import { CancelDesk } from '../orders/cancel-desk.js';
import { ChangeDesk } from '../orders/changes/change-desk.js';
import { ClosingDesk } from '../orders/closing/closing-desk.js';
import { ContractRules } from '../orders/contract-rules/contract-rules.js';
import { MarketRules } from '../orders/contract-rules/market-rules.js';
import { IntentIds } from '../orders/intent-id.js';
import { OrderDesk } from '../orders/order-desk.js';
import { orderGateReasons } from '../orders/order-gate.js';
import type { GateFacts } from '../orders/order-gate.js';
import { OrderHandles } from '../orders/order-handles.js';
import { OrderIds } from '../orders/order-ids.js';
import type { OrderChange } from '../orders/order-ledger.js';
import { OrderRegister } from '../orders/order-register.js';
import type { StagedRequest } from '../orders/order-request.js';
import { OrderSender } from '../orders/order-sender.js';
import type { OrderState } from '../orders/order-state.js';
import { PreviewDesk } from '../orders/preview-desk.js';
import { ORDER_TYPE_RULES } from '../orders/terms/order-types.js';
import { TwinWatch } from '../orders/twin-watch.js';
import { WhatIfDesk } from '../orders/what-if/what-if-desk.js';
import { MissingOrders } from '../reconcile/missing-orders.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';
import { Reconciler } from '../reconcile/reconciler.js';
import { SpreadDesk } from '../spreads/spread-desk.js';
import type { CoreListener } from './core-listener.js';

/** What a {@link TradingCore} is made for. */
export interface CoreOptions {
  readonly options: ResolvedTradingOptions;
  readonly listener: CoreListener;
  /** What the gate decides by. */
  readonly facts: () => GateFacts;
  /** Aborts when trading is closed. */
  readonly closed: AbortSignal;
}

/** Everything that exists from the moment the journal was read: it wires the parts together. */
export class TradingCore {
  readonly writer: JournalWriter;
  readonly register: OrderRegister;
  readonly handles: OrderHandles;
  readonly guards: TradingGuards;
  readonly kills: KillDesk;
  readonly reconciler: Reconciler;
  readonly desk: OrderDesk;
  readonly changes: ChangeDesk;
  readonly cancels: CancelDesk;
  readonly closing: ClosingDesk;
  readonly whatIfs: WhatIfDesk;
  readonly previews: PreviewDesk;
  readonly spreads: SpreadDesk;
  readonly account: AccountDesk;
  readonly executions: ExecutionReader;
  readonly #core: CoreOptions;
  readonly #lease: OpenedLedger['lease'];
  readonly #lists: BrokerLists;
  readonly #orderIds = new OrderIds();
  readonly #keys: NeighbourKeys;
  readonly #inbox: BrokerInbox;
  readonly #sender: OrderSender;
  readonly #rules: ContractRules;
  readonly #brackets: BracketWatch;
  readonly #twins: TwinWatch;
  readonly #lateFills: LateFills;
  readonly #api: { readonly desk: ApiDesk; readonly lines: ApiLines };
  readonly #link: LinkWatch;
  readonly #detach: (() => void)[] = [];

  private constructor(core: CoreOptions, { ledger, writer, lease }: OpenedLedger) {
    const { options, facts, closed } = core;
    const { connection, marketData, listTimeoutMs: timeoutMs } = options;
    const { clock } = connection;
    this.#core = core;
    this.#lease = lease;
    this.writer = writer;
    this.#lists = new BrokerLists(connection);
    this.register = new OrderRegister({ ledger, writer, onChange: this.#onChange });
    this.handles = new OrderHandles({ clock, register: this.register, lingerMs: options.lingerMs, closed });
    this.guards = new TradingGuards({ options, facts, register: this.register, writer, onChanged: core.listener.onLink, onArming: core.listener.onArming });
    this.#inbox = new BrokerInbox({ ledger, orderIds: this.#orderIds, now: () => clock.now(), book: this.register.book.bind(this.register), onDoubt: this.#doubt });
    this.reconciler = this.#makeReconciler();
    this.#keys = new NeighbourKeys(options.journal);
    this.#sender = this.#makeSender();
    this.#rules = new ContractRules({ clock, rules: new MarketRules(connection), source: marketData?.resolve === undefined ? undefined : { resolve: marketData.resolve.bind(marketData) } });
    this.#brackets = new BracketWatch({ clock, ledger, onUnprotected: core.listener.onUnprotected, onProtected: core.listener.onProtected, onUnwanted: this.#cancelUnwanted, onDoubt: this.#doubt });
    this.changes = this.#makeChanges();
    this.cancels = new CancelDesk({ clock, connection, register: this.register, sender: this.#sender, changes: this.changes, facts });
    this.#twins = new TwinWatch({ onDuplicate: options.onDuplicate, cancel: (intentId) => this.cancels.cancel(intentId), onDoubt: this.#doubt });
    this.#lateFills = new LateFills({ clock, ledger, onMissing: () => {
      this.#doubt('fills missing');
    } }); // prettier-ignore
    this.kills = new KillDesk({ clock, connection, register: this.register, writer, cancels: this.cancels, arming: this.guards.arming, facts, takeBack: this.takeBack, onSwitched: core.listener.onKillSwitched });
    this.desk = new OrderDesk({
      clock, connection, register: this.register, sender: this.#sender, rules: this.#rules, guards: this.guards.orders, facts,
      blockOnUnknown: options.onUnknown === 'block',
      keys: this.#keys,
    }); // prettier-ignore
    this.#api = this.#makeApi();
    this.closing = new ClosingDesk({
      clock, desk: this.desk, cancels: this.cancels, register: this.register,
      positions: (signal) => this.#lists.positions({ timeoutMs, signal }),
      cancelTimeoutMs: options.ackTimeoutMs,
    }); // prettier-ignore
    this.whatIfs = this.#makeWhatIfs();
    this.previews = new PreviewDesk({ desk: this.desk, prices: marketData });
    this.spreads = new SpreadDesk(options);
    this.executions = new ExecutionReader({ connection, lists: this.#lists, timeoutMs, inbox: this.#inbox });
    this.account = this.#makeAccount();
    this.#link = this.#makeLink();
  }

  /**
   * Acquires the right to trade, reads the journal, and takes it over under a new term.
   * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` when another writer is at it, `IBKR_JOURNAL_FAILED`; what acquiring and reading throw.
   */
  static async open(parts: CoreOptions): Promise<TradingCore> {
    const { journal, coordinator, connection } = parts.options;
    const { listener } = parts;
    let core: TradingCore | undefined;
    const opened = await openLedger({
      clock: connection.clock,
      journal,
      coordinator,
      onJournalStopped: listener.onJournalStopped,
      onLeaseLost: (error) => {
        core?.takeBack(error);
        listener.onLeaseLost(error);
      },
    });
    try {
      core = new TradingCore(parts, opened);
      return core;
    } catch (error) {
      await opened.lease?.close();
      throw error;
    }
  }

  get connection(): TradingConnection {
    return this.#core.options.connection;
  }

  /** Whether the right to trade is ours at this very moment. */
  get leaseHeld(): boolean {
    return this.#lease?.isHeld ?? true;
  }

  /** Follows the connection from now on. */
  attach(): void {
    const detachGate = this.#core.options.apiOrders ? this.connection.attachOrderGate?.(this.#api.desk) : undefined;
    if (detachGate !== undefined) this.#detach.push(detachGate);
    this.#detach.push(this.#link.attach());
  }

  /** Takes back what still waits for its turn. */
  readonly takeBack = (reason: Error): void => {
    this.#sender.takeBack(reason);
    this.changes.takeBack(reason);
  };

  /** Lets go of the connection and stops every timer; nothing is cancelled at the broker. */
  async close(reason: Error): Promise<void> {
    for (const detach of this.#detach.splice(0)) detach();
    this.#api.lines.close(reason);
    this.#sender.takeBack(reason);
    this.#sender.close();
    this.changes.close(reason);
    this.#brackets.close();
    this.guards.close();
    this.#lateFills.close();
    this.reconciler.close();
    await this.account.close(reason);
    this.#lists.close();
    await this.writer.flush();
    await this.#lease?.close();
  }

  #makeReconciler(): Reconciler {
    const { options, listener } = this.#core;
    return new Reconciler({
      clock: this.connection.clock,
      connection: this.connection,
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
        this.#onSwept(report);
      },
      onFailed: listener.onReconcileFailed,
    });
  }

  #makeSender(): OrderSender {
    const { options } = this.#core;
    return new OrderSender({
      clock: this.connection.clock,
      connection: this.connection,
      register: this.register,
      orderIds: this.#orderIds,
      intentIds: new IntentIds(options.random),
      ackTimeoutMs: options.ackTimeoutMs,
      sendDeadlineMs: this.#sendDeadlineMs,
      gateReasons: (intent) => this.desk.gateReasons(intent),
      keys: this.#keys,
      guards: this.guards.orders,
      probe: this.guards.probe,
      onUnanswered: this.#doubt,
      onBroken: this.#cancelUnwanted,
    });
  }

  #makeChanges(): ChangeDesk {
    return new ChangeDesk({
      clock: this.connection.clock,
      connection: this.connection,
      register: this.register,
      guards: this.guards.orders,
      rules: this.#rules,
      probe: this.guards.probe,
      ackTimeoutMs: this.#core.options.ackTimeoutMs,
      sendDeadlineMs: this.#sendDeadlineMs,
      gateReasons: (order) => this.desk.openReasons(order),
      orderIdOf: (intentId) => this.register.ledger.get(intentId)?.orderId,
      onUnanswered: this.#doubt,
    });
  }

  #makeApi(): { readonly desk: ApiDesk; readonly lines: ApiLines } {
    const { register, desk, changes, cancels, connection, takeBack } = this;
    const { refusals } = this.guards;
    const { facts, options } = this.#core;
    const { clock } = connection;
    const ids = new ApiIds({ connection, ledger: register.ledger, orderIds: this.#orderIds });
    const cancel = (intentId: string): Promise<void> => cancels.cancel(intentId);
    const lines = new ApiLines({ clock, connection, register, ids, changes, refusals, patienceMs: options.ackTimeoutMs, cancel, onRepeat: this.#doubt });
    return { lines, desk: new ApiDesk({ clock, connection, register, ids, lines, desk, cancels, refusals, facts, takeBack }) };
  }

  #makeWhatIfs(): WhatIfDesk {
    const { connection } = this;
    return new WhatIfDesk({
      clock: connection.clock,
      connection,
      orderIds: this.#orderIds,
      append: async (records) => {
        await this.writer.append(records);
        for (const record of records) this.register.ledger.apply(record);
      },
      gateReasons: (account) => orderGateReasons(this.#core.facts(), { account, accountNamed: true, blockedByUnknown: false }),
      onLive: (orderId) => {
        // There is no order of ours to cancel: it was never to be one.
        connection.session?.trySend({ type: 'cancelOrder', orderId }, 'cancel');
        this.#doubt('a what-if came back as an order');
      },
    });
  }

  #makeAccount(): AccountDesk {
    const { options, listener } = this.#core;
    const { listTimeoutMs: timeoutMs } = options;
    return new AccountDesk({
      connection: this.connection,
      lists: this.#lists,
      reader: new AccountReader({ lists: this.#lists, timeoutMs }),
      timeoutMs,
      retryMs: options.reconcileRetryMs,
      dayOf: (atMs) => options.brokerTimeZone.dateOf(atMs),
      onDrift: listener.onPositionDrift,
      onListenerError: options.onListenerError,
    });
  }

  #makeLink(): LinkWatch {
    const { listener } = this.#core;
    return new LinkWatch({
      connection: this.connection,
      register: this.register,
      orderIds: this.#orderIds,
      inbox: this.#inbox,
      guards: this.guards,
      reconciler: this.reconciler,
      onLost: this.takeBack,
      onSessionEnded: (epoch) => {
        this.#sender.sessionEnded(epoch);
        this.changes.sessionEnded(epoch);
      },
      onIdRollback: listener.onIdRollback,
      onLink: listener.onLink,
    });
  }

  readonly #sendDeadlineMs = ({ orderType }: StagedRequest): number => {
    const { marketSendDeadlineMs, sendDeadlineMs } = this.#core.options;
    return ORDER_TYPE_RULES[orderType].isImmediate === true ? marketSendDeadlineMs : sendDeadlineMs;
  };

  /** Only a fresh look at the broker's lists can settle it. */
  readonly #doubt = (why: string): void => {
    this.reconciler.request(why);
  };

  /** Of our own accord: that it did not get there is told as a refused cancel, and the next sweep looks at it again. */
  readonly #cancelUnwanted = ({ intentId }: OrderState): void => {
    this.cancels.cancel(intentId).catch(() => {
      this.#doubt('an unwanted order could not be cancelled');
    });
  };

  readonly #onChange = (change: OrderChange): void => {
    this.#core.listener.onChange(change);
    this.#api.desk.onChange(change);
    this.#twins.onChange(change);
    this.#brackets.onChange(change);
    const { before, after } = change;
    this.#lateFills.onChange(after);
    // The word of the broker without its reasons: what a second look shows.
    if (after.brokerStatus === 'Inactive' && before?.brokerStatus !== 'Inactive') this.#doubt('order inactive');
  };

  #onSwept(report: ReconcileReport): void {
    this.#twins.swept(this.register.ledger.open());
    this.#brackets.swept({ ...report, accounts: this.connection.accounts });
    this.kills.swept(report);
    this.#core.listener.onReconciled(report);
    this.account.swept(report.positions);
  }
}

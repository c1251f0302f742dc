import { setMaxListeners } from 'node:events';
import { OrderError, UsageError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { AccountBalance } from '../account/account-balance.js';
import type { AccountSummary, Position } from '../account/account-data.js';
import type { AccountQuery, PositionsQuery, SummaryQuery } from '../account/account-desk.js';
import type { AccountValues } from '../account/account-values.js';
import type { AccountAlias, AdvisorGroup } from '../account/advisor.js';
import type { LiveStream } from '../account/live-stream.js';
import type { Pnl, PositionPnl } from '../account/pnl.js';
import type { Portfolio } from '../account/portfolio-book.js';
import type { PositionCheckReport } from '../account/position-check.js';
import type { PositionList } from '../account/positions-feed.js';
import { claimConnection } from '../broker/connection-claim.js';
import type { ExecutionQuery } from '../executions/execution-reader.js';
import type { ExecutionReport, FillReport } from '../executions/execution-report.js';
import { fillHistory } from '../executions/fill-history.js';
import type { FillQuery } from '../executions/fill-history.js';
import type { CancelledAll, ForeignCancel } from '../guards/kill-desk.js';
import type { ArmOptions, Arming } from '../guards/own-arming.js';
import { riskStateOf } from '../guards/risk-state.js';
import type { RiskState } from '../guards/risk-state.js';
import { resolveTradingOptions } from '../options.js';
import type { ResolvedTradingOptions, TradingOptions } from '../options.js';
import { placeBracket } from '../orders/bracket/bracket-desk.js';
import type { BracketHandle } from '../orders/bracket/bracket-handle.js';
import type { BracketRequest } from '../orders/bracket/bracket-request.js';
import type { CancelTags, FailedCancel } from '../orders/cancel-desk.js';
import type { OrderChanges } from '../orders/changes/order-changes.js';
import type { ClosePositionOptions, PositionLike } from '../orders/closing/close-position.js';
import { gateRefusal } from '../orders/order-gate.js';
import type { GateReason } from '../orders/order-gate.js';
import type { OrderHandle, OrderWaitOptions } from '../orders/order-handle.js';
import { keyOf } from '../orders/order-handles.js';
import type { OrderLike } from '../orders/order-handles.js';
import type { OrderRequest, OrderSubject } from '../orders/order-request.js';
import type { OrderState } from '../orders/order-state.js';
import type { BracketPreview, OrderPreview, PreviewOptions } from '../orders/preview.js';
import type { WhatIf } from '../orders/what-if/what-if.js';
import type { WhatIfOptions } from '../orders/what-if/what-if-desk.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';
import { settleUnknown } from '../reconcile/settle-unknown.js';
import type { UnknownOutcome } from '../reconcile/settle-unknown.js';
import type { SpreadPreview } from '../spreads/prepare-spread.js';
import type { SpreadRequest, VerticalSpreadRequest } from '../spreads/spread-request.js';
import { newsOf } from './core-listener.js';
import type { CoreListener } from './core-listener.js';
import { TradingCore } from './trading-core.js';
import type { TradingEvents } from './trading-events.js';
import { TradingGate } from './trading-gate.js';

/** What `cancelAll` did. */
export interface CancelAllReport {
  /** The orders that the broker was asked to cancel. */
  readonly requested: readonly OrderHandle[];
  /** The orders that it could not be asked about, and why. */
  readonly failed: readonly FailedCancel[];
  /** Only with `all`: whether the broker was asked to cancel the orders of others, too, or why it could not be. */
  readonly foreign?: ForeignCancel | undefined;
}

/**
 * Orders over one connection, written down before they are sent and followed to a verdict that is true.
 *
 * Nothing is sent unless the gate is open; nothing is ever sent twice; an order whose outcome nobody can know is `unknown` until the
 * broker says more.
 */
export class Trading implements AsyncDisposable {
  /** What happens to orders, the gate and the journal. */
  readonly events: EventBus<TradingEvents>;
  readonly #options: ResolvedTradingOptions;
  readonly #closing = new AbortController();
  readonly #gate: TradingGate;
  #core: TradingCore | undefined;
  #releaseConnection = (): void => undefined;
  #starting: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  /** @throws {@link UsageError} when an option breaks a rule. */
  constructor(options: TradingOptions) {
    this.#options = resolveTradingOptions(options);
    const { onListenerError } = this.#options;
    // Everybody who waits for an order listens to it; that is no leak to be warned of.
    setMaxListeners(0, this.#closing.signal);
    this.events = new EventBus({ onListenerError });
    this.#gate = new TradingGate({ options: this.#options, events: this.events, closed: this.#closing.signal, core: () => this.#core });
  }

  /**
   * Acquires the right to trade, reads the journal, takes it over, and follows the connection: whenever a session is ready, orders, executions and positions are
   * read in full, and then the gate opens. Does not wait for that; see {@link Trading.ready}. Idempotent.
   * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` or `IBKR_JOURNAL_FAILED`, `IBKR_TRADING_CLOSED`; SystemError `IBKR_LEASE_HELD` while
   *   another process trades; what the journal throws when it is read; {@link UsageError} when another Trading object is at work on this
   *   connection.
   */
  start(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closedError());
    this.#starting ??= this.#open().catch((error: unknown) => {
      // The journal may be there the next time.
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /**
   * Resolves once the gate is open for orders in general.
   * @throws {@link GateRefusedError} at once when a reason is there that waiting does not cure, TimeoutError, the signal's reason.
   */
  async ready(options: OrderWaitOptions = {}): Promise<void> {
    await this.start();
    await this.#gate.opened(options);
  }

  /** Every reason against new orders right now, most important first; empty when the gate is open. */
  gate(): readonly GateReason[] {
    return this.#gate.reasons();
  }

  /** What limits trading now: mode, allow-list, kill switch, caps and their use today. @throws {@link UsageError} before `start` */
  risk(): RiskState {
    const { register, guards } = this.#required();
    const { killSwitch } = register.ledger;
    return riskStateOf(this.#options, { killSwitch, today: guards.orders.today(), unknownOrders: register.ledger.unknown().length });
  }

  /** What the latest complete comparison with the broker found, of whichever session; `undefined` before the first. */
  get lastReconcile(): ReconcileReport | undefined {
    return this.#core?.reconciler.last;
  }

  /**
   * Refuses, and writes down, what could not be sent now whatever it is: for callers that have to look something up before they can ask for an order.
   * @throws {@link GateRefusedError} when there is a reason against any order.
   */
  checkGate(request: Partial<Pick<OrderSubject, 'account' | 'key' | 'tag'>> = {}): void {
    this.#gate.check(request);
  }

  /**
   * Writes down an order that the caller refused by itself, before it asked for it here, as refusals of our own are: the same kinds of errors
   * (`IBKR_ORDER_KEY_CONFLICT`, `IBKR_ORDER_INVALID`, ...), and as bounded. Before `start` nothing is written.
   */
  noteRefusal(refused: { readonly key?: string | undefined; readonly request?: unknown }, error: IbkrError): void {
    this.#core?.guards.refusals.note({ what: 'place', ...refused }, error);
  }

  /**
   * Checks the request, writes it down, and sends it. Resolves when the bytes are with the operating system, or with an order that is
   * `unknown` when that cannot be said. With a `key` that is known it sends nothing and gives back the order that has it.
   * @throws {@link UsageError} `IBKR_ORDER_INVALID`; {@link GateRefusedError}; {@link OrderError} `IBKR_ORDER_KEY_CONFLICT`,
   *   `IBKR_ORDER_UNSENT` (provably not sent: the same key may be placed again), `IBKR_JOURNAL_FENCED`, `IBKR_JOURNAL_FAILED`.
   * @param options its signal takes the order back as long as it waits for its turn
   */
  async place(request: OrderRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<OrderHandle> {
    const core = this.#coreForOrders();
    return core.handles.of(await core.guards.refusals.watch({ what: 'place', request }, () => core.desk.place(request, options.signal)));
  }

  /**
   * Places an entry with its exits: written down all or none, sent one after the other, transmitted by the last. The broker lets the exits work
   * once the entry is filled, and cancels one when the other fills. As long as the position is open and no exit at work protects all of it,
   * `bracket.unprotected` says so; an entry whose exit is rejected is cancelled, and so is an exit that outlives the position.
   * @throws what {@link Trading.place} throws; {@link OrderError} `IBKR_BRACKET_INCOMPLETE` when it could not be sent in full: then its entry is
   *   being cancelled.
   */
  async bracket(request: BracketRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<BracketHandle> {
    const core = this.#coreForOrders();
    return core.handles.bracket(await core.guards.refusals.watch({ what: 'bracket', request }, () => placeBracket(core.desk, request, options.signal)));
  }

  /**
   * Changes a working order: price, quantity (the whole of it, what is filled included), time in force. It is checked, written down and sent
   * once, and resolves when the broker shows the new terms, or with `state.change.status` `unknown` when nobody can say, or when the order
   * ended first. A change to what the order is already sends nothing.
   * @throws {@link UsageError} `IBKR_ORDER_INVALID`; {@link GateRefusedError}, also while the link to the broker is down; {@link OrderError}
   *   `IBKR_ORDER_NOT_FOUND`, `IBKR_ORDER_OTHER_CLIENT`, `IBKR_ORDER_NOT_CHANGEABLE` (it is not working, is being cancelled, or an earlier
   *   change is not settled), `IBKR_ORDER_OVERTAKEN` and `IBKR_ORDER_CHANGE_UNSENT` (nothing left), `IBKR_ORDER_CHANGE_REFUSED` (the broker
   *   keeps the old terms), `IBKR_JOURNAL_FENCED`, `IBKR_JOURNAL_FAILED`.
   * @param options its signal takes the change back as long as it waits for its turn
   */
  async modify(order: OrderLike, changes: OrderChanges, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<OrderHandle> {
    const core = this.#required();
    return core.guards.refusals.watch({ what: 'modify', request: changes, key: keyOf(order) }, async () => {
      const state = core.handles.find(order);
      await core.changes.change(state.intentId, changes, options.signal);
      return core.handles.of(state);
    });
  }

  /**
   * Closes a position, or a part of it, with one order: a market order unless there is a limit. The position is read from the broker first.
   * While an order of ours that would close the same position is at work, nothing is sent, unless `cancelOrders` says to cancel those first;
   * orders of others are not looked at.
   * @returns the order; `undefined` when there is no such position
   * @throws what {@link Trading.place} throws; {@link OrderError} `IBKR_CLOSE_CONFLICT`; TimeoutError when an order in the way does not end; the
   *   errors of the connection, when the positions cannot be read.
   */
  async closePosition(position: PositionLike, options: ClosePositionOptions = {}): Promise<OrderHandle | undefined> {
    const core = this.#coreForOrders();
    const { signal, ...request } = options;
    const order = await core.guards.refusals.watch({ what: 'closePosition', request }, () => core.closing.close(position, { ...request, signal }));
    return order === undefined ? undefined : core.handles.of(order);
  }

  /**
   * What the broker says an order would do to margin and equity, and what it would cost. Nothing is placed: the order travels with a flag that
   * says so, under an id that is never used again.
   * @throws {@link UsageError} `IBKR_ORDER_INVALID`; {@link GateRefusedError}; TimeoutError; the broker's error when it would refuse the order;
   *   {@link OrderError} `IBKR_WHAT_IF_LIVE` when the platform took it for an order all the same: it is cancelled at once.
   */
  async whatIf(request: OrderRequest, options: WhatIfOptions = {}): Promise<WhatIf> {
    const { desk, whatIfs } = this.#required();
    const { staged, account } = await desk.checked(request, options.signal);
    return whatIfs.ask(staged, account, options);
  }

  /**
   * What an order would be and cost, and whether it would be sent, without sending it. What is asked about its contract before an order is
   * asked here, too. A price that cannot be had is missing in the estimate; it is no error.
   * @throws {@link UsageError} `IBKR_ORDER_INVALID`; the signal's reason.
   */
  async preview(request: OrderRequest, options: PreviewOptions = {}): Promise<OrderPreview> {
    return this.#required().previews.order(request, options);
  }

  /** The same for a bracket. @throws as {@link Trading.preview} */
  async previewBracket(bracket: BracketRequest, options: PreviewOptions = {}): Promise<BracketPreview> {
    return this.#required().previews.bracket(bracket, options);
  }

  /**
   * Places two options of one day as one order: one strike is bought, one is sold. `limitPrice` is what you pay for one unit of the underlying,
   * negative for what you want to receive; the legs are looked up through `marketData`.
   * @throws {@link UsageError} `IBKR_SPREAD_INVALID` that names the field; what the look-up throws; as {@link Trading.place}.
   */
  placeVerticalSpread(request: VerticalSpreadRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<OrderHandle> {
    return this.placeSpread({ ...request, kind: 'vertical' }, options);
  }

  /** The same for any spread that has a name: iron condor, straddle, strangle, calendar, butterfly. @throws as {@link Trading.placeVerticalSpread} */
  async placeSpread(request: SpreadRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<OrderHandle> {
    const { order } = await this.#required().spreads.prepare(request, options.signal);
    return this.place(order, options);
  }

  /** What a vertical spread would be, cost and come to: debit or credit, greatest gain and loss, break-even; nothing is sent. @throws as {@link Trading.placeVerticalSpread}, but for the gate */
  previewVerticalSpread(request: VerticalSpreadRequest, options: PreviewOptions = {}): Promise<SpreadPreview> {
    return this.previewSpread({ ...request, kind: 'vertical' }, options);
  }

  /** The same for any spread that has a name. @throws as {@link Trading.previewVerticalSpread} */
  async previewSpread(request: SpreadRequest, options: PreviewOptions = {}): Promise<SpreadPreview> {
    const { order, spread, legs } = await this.#required().spreads.prepare(request, options.signal);
    const preview = await this.preview(order, options);
    return { ...preview, warnings: [...preview.warnings, ...spread.warnings], spread, legs };
  }

  /** The order with this key, the latest attempt when there were several; `undefined` when there is none. */
  order(key: string): OrderHandle | undefined {
    const state = this.#core?.register.ledger.findKey(key);
    return state === undefined ? undefined : this.#required().handles.of(state);
  }

  /** Every order of the journal, oldest first. */
  orders(): readonly OrderState[] {
    return this.#core?.register.ledger.all() ?? [];
  }

  /**
   * Asks the broker to cancel one order of ours; the verdict comes as a state. An order that ended is left alone; one that still waits
   * for its turn is taken back.
   * @throws {@link OrderError} `IBKR_ORDER_NOT_FOUND`, `IBKR_ORDER_OTHER_CLIENT`, `IBKR_CANCEL_NOT_SENT`, `IBKR_CANCEL_UNCERTAIN`;
   *   {@link GateRefusedError} (looser than for orders: the link to the broker may be down).
   * @param tags what some exchanges want to know about a cancel by hand
   */
  async cancel(order: OrderLike, tags: CancelTags = {}): Promise<OrderHandle> {
    const core = this.#required();
    return core.guards.refusals.watch({ what: 'cancel', key: keyOf(order) }, async () => {
      const state = core.handles.find(order);
      await core.cancels.cancel(state.intentId, tags);
      return core.handles.of(state);
    });
  }

  /**
   * Asks the broker to cancel every open order of ours, of this client id. Never throws because of one order.
   * @param options `all` cancels the orders of others, too: of other clients, and those made by hand (TWS API: reqGlobalCancel)
   */
  async cancelAll(options: { readonly all?: boolean | undefined } = {}): Promise<CancelAllReport> {
    const core = this.#required();
    return reportOf(core, await core.kills.cancelAll(options.all === true ? 'all orders are to be cancelled' : undefined));
  }

  /**
   * Sets the kill switch: no order is sent any more, also after a restart, and every open order of ours is cancelled, now and after
   * every sweep as long as the switch is on. It ends an arming.
   * @param options `all` cancels the orders of others, too: of other clients, and those made by hand (TWS API: reqGlobalCancel)
   */
  async kill(reason: string, options: { readonly all?: boolean | undefined } = {}): Promise<CancelAllReport> {
    const core = this.#required();
    return reportOf(core, await core.kills.engage(reason, options.all === true));
  }

  /** Releases the kill switch. */
  async releaseKill(reason: string): Promise<void> {
    await this.#required().kills.release(reason);
  }

  /**
   * Arms live trading in one account for a while: without it the gate stays closed in live mode. Written down, so that it outlives a restart; it ends with
   * its time, with {@link Trading.disarm}, with the kill switch, and when the session lists other accounts. A clock that is set back prolongs nothing.
   * @throws {@link GateRefusedError} when the account may not be traded now; {@link UsageError} in paper mode, which needs no arming, and for a time that is too long;
   *   {@link OrderError} `IBKR_JOURNAL_FAILED`.
   */
  arm(options: ArmOptions): Promise<Arming> {
    const core = this.#required();
    return core.guards.refusals.watch({ what: 'arm', request: options }, () => core.guards.arming.arm(options));
  }

  /** Ends an arming at once. @returns whether there was one */
  disarm(reason: string): Promise<boolean> {
    return this.#required().guards.arming.disarm(reason);
  }

  /** The arming that holds now. */
  get arming(): Arming | undefined {
    return this.#core?.guards.arming.arming;
  }

  /**
   * Ends an order with an unknown outcome by the word of a person who has looked: at a statement, or with the broker.
   * @throws {@link OrderError} `IBKR_ORDER_NOT_FOUND`; {@link UsageError} when its outcome is not unknown.
   */
  settleUnknown(order: OrderLike, outcome: UnknownOutcome): OrderState {
    const core = this.#required();
    const state = core.handles.find(order);
    settleUnknown({ register: core.register, clock: this.#options.connection.clock }, state, outcome);
    return core.handles.find(state);
  }

  /**
   * Reads the broker's lists in full and compares them with the journal.
   * @throws what made it incomplete: then nothing was concluded.
   */
  reconcile(): Promise<ReconcileReport> {
    return this.#required().reconciler.run('asked for');
  }

  /**
   * Every position that is not 0, a complete list: of all accounts, or of one account, group or model.
   * @throws the connection's errors: no answer is not an empty list.
   */
  async positions(query: PositionsQuery = {}): Promise<readonly Position[]> {
    return this.#required().account.positions(query);
  }

  /** The positions of all accounts as they change; however many read, there is one stream at the broker. */
  positionUpdates(): LiveStream<PositionList> {
    return this.#required().account.positionUpdates();
  }

  /**
   * The portfolio of one account, complete: positions with market price and value, average cost, unrealised and realised profit. The
   * broker has one slot for this per connection; whoever follows a portfolio gets it back at once.
   * @throws {@link UsageError} for an account that the session does not have, or when it has several and none is named; the connection's errors.
   */
  async portfolio(query: Omit<AccountQuery, 'model'> = {}): Promise<Portfolio> {
    return this.#required().account.portfolio(query);
  }

  /** The portfolio of an account as it changes; accounts that are followed at the same time take turns. @throws as {@link Trading.portfolio} for the account */
  portfolioUpdates(account?: string): LiveStream<Portfolio> {
    return this.#required().account.portfolioUpdates(account);
  }

  /** Every value of one account by currency and segment, a complete list. @throws as {@link Trading.portfolio} */
  async accountValues(query: AccountQuery = {}): Promise<AccountValues> {
    return this.#required().account.values(query);
  }

  /** The values of an account as they change. @throws as {@link Trading.portfolio} for the account */
  accountUpdates(query: Omit<AccountQuery, 'signal'> = {}): LiveStream<AccountValues> {
    return this.#required().account.valueUpdates(query);
  }

  /** The most important values of every account, or of the accounts of an advisor's group; a complete list. @throws the connection's errors. */
  async account(query: SummaryQuery = {}): Promise<readonly AccountSummary[]> {
    return this.#required().account.summary(query);
  }

  /** What an account is worth and can spend. @throws AccountError `IBKR_ACCOUNT_BALANCE_UNKNOWN`; as {@link Trading.portfolio} */
  async getAccountBalance(query: Omit<AccountQuery, 'model'> = {}): Promise<AccountBalance> {
    return this.#required().account.balance(query);
  }

  /**
   * The profit and loss of an account as it changes, about once per second: `stale` while the link is down, with a gap afterwards.
   * @param account may be left out when the session has one
   * @throws {@link UsageError} as {@link Trading.portfolio}; what the broker refuses ends the stream with its error.
   */
  pnl(account?: string, model?: string): LiveStream<Pnl> {
    return this.#required().account.pnl({ account, model });
  }

  /** The same for one position. @param contract with its `conId`, such as the contract of a {@link Position} @throws {@link UsageError} without one; as {@link Trading.pnl} */
  pnlOf(contract: { readonly conId?: number | undefined }, query: Omit<AccountQuery, 'signal'> = {}): LiveStream<PositionPnl> {
    return this.#required().account.positionPnl(contract, query);
  }

  /** The groups of an advisor. @throws AccountError `IBKR_ACCOUNT_NOT_ADVISOR`, `IBKR_ACCOUNT_ADVISOR_UNREADABLE`; the connection's errors. */
  async advisorGroups(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly AdvisorGroup[]> {
    return this.#required().account.advisorGroups(options.signal);
  }

  /** The names that an advisor gave to accounts. @throws as {@link Trading.advisorGroups} */
  async accountAliases(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly AccountAlias[]> {
    return this.#required().account.accountAliases(options.signal);
  }

  /**
   * Compares positions with executions: what was there at the last comparison, plus what was executed since, must be there. Done after
   * sweeps as well. Differences are told (`positions.drifted`), once, and never mended.
   * @throws the connection's errors: without complete lists there is no comparison.
   */
  async checkPositions(): Promise<PositionCheckReport> {
    return this.#required().account.checkPositions();
  }

  /**
   * The executions of today, ours and others', each once and as it was corrected, with their commissions as far as they are known.
   * @throws the connection's errors.
   */
  executions(query: ExecutionQuery = {}): Promise<readonly ExecutionReport[]> {
    return this.#required().executions.read(query);
  }

  /**
   * The fills of our own orders of every day, from the journal, oldest first: each execution once, as it was corrected. Asks nobody.
   * @param query `from` and `to` are epoch milliseconds, `to` not included
   * @throws {@link UsageError} for a time that is none.
   */
  fills(query: FillQuery = {}): readonly FillReport[] {
    return fillHistory(this.#required().register.ledger.all(), query);
  }

  /** Stops following the connection, ends every wait, and writes what is left to the journal. Orders at the broker live on. Idempotent. */
  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The same as {@link Trading.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #closedError(): OrderError {
    return new OrderError({ code: 'IBKR_TRADING_CLOSED', message: 'Trading was closed: make a new Trading object' });
  }

  #required(): TradingCore {
    if (this.#closing.signal.aborted) throw this.#closedError();
    if (this.#core === undefined) throw new UsageError({ code: 'IBKR_TRADING_NOT_STARTED', field: 'Trading', rule: 'must be started first: await trading.start()' });
    return this.#core;
  }

  /** The same for what the gate judges anyway, closed or not: before the start it is refused by its reasons. */
  #coreForOrders(): TradingCore {
    if (this.#core === undefined) throw gateRefusal(this.gate(), 'order');
    return this.#core;
  }

  async #open(): Promise<void> {
    this.#releaseConnection = claimConnection(this.#options.connection);
    try {
      const core = await TradingCore.open({ options: this.#options, listener: this.#listener(), facts: () => this.#gate.facts(), closed: this.#closing.signal });
      if (this.#closing.signal.aborted) throw this.#closedError();
      this.#core = core;
      try {
        core.attach();
      } catch (error) {
        this.#core = undefined;
        await core.close(this.#closedError());
        throw error;
      }
    } catch (error) {
      this.#releaseConnection();
      throw error;
    }
  }

  #listener(): CoreListener {
    return newsOf({
      events: this.events,
      now: () => this.#options.connection.clock.now(),
      arming: () => this.arming,
      tellGate: () => {
        this.#gate.tell();
      },
    });
  }

  async #end(): Promise<void> {
    this.#closing.abort(this.#closedError());
    // A start that fails has its own caller to tell.
    await this.#starting?.catch(() => undefined);
    await this.#core?.close(this.#closedError());
    if (this.#core !== undefined) this.#releaseConnection();
    this.#gate.tell();
    this.events.close();
  }
}

function reportOf({ handles }: TradingCore, { requested, failed, foreign }: CancelledAll): CancelAllReport {
  return { requested: requested.map((order) => handles.of(order)), failed, ...(foreign === undefined ? {} : { foreign }) };
}

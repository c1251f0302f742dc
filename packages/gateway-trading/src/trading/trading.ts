import { setMaxListeners } from 'node:events';
import { withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { OrderError, TimeoutError, UsageError } from '@ibkit/error-codes';
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
import type { ExecutionReport, FillReport } from '../executions/execution-report.js';
import type { ExecutionQuery } from '../executions/execution-reader.js';
import { fillHistory } from '../executions/fill-history.js';
import type { FillQuery } from '../executions/fill-history.js';
import { cancelGlobally } from '../guards/global-cancel.js';
import { riskStateOf } from '../guards/risk-state.js';
import type { RiskState } from '../guards/risk-state.js';
import type { ArmOptions, Arming } from '../guards/own-arming.js';
import { claimConnection } from '../broker/connection-claim.js';
import { resolveTradingOptions } from '../options.js';
import type { ResolvedTradingOptions, TradingOptions } from '../options.js';
import type { ClosePositionOptions, PositionLike } from '../orders/closing/close-position.js';
import type { CancelTags, FailedCancel } from '../orders/cancel-desk.js';
import type { WhatIf } from '../orders/what-if/what-if.js';
import type { WhatIfOptions } from '../orders/what-if/what-if-desk.js';
import { GATE_REASONS, gateRefusal, isPassing, orderGateReasons } from '../orders/order-gate.js';
import type { GateFacts, GateReason } from '../orders/order-gate.js';
import { placeBracket, previewBracket } from '../orders/bracket/bracket-desk.js';
import { BracketHandle } from '../orders/bracket/bracket-handle.js';
import type { BracketRequest, BracketRole } from '../orders/bracket/bracket-request.js';
import { bracketState } from '../orders/bracket/bracket-watch.js';
import type { BracketState } from '../orders/bracket/bracket-watch.js';
import type { OrderChanges } from '../orders/changes/order-changes.js';
import { OrderHandle } from '../orders/order-handle.js';
import type { OrderWaitOptions } from '../orders/order-handle.js';
import type { OrderRequest, OrderSubject } from '../orders/order-request.js';
import type { OrderState } from '../orders/order-state.js';
import { knownPrice, previewOf } from '../orders/preview.js';
import type { BracketPreview, OrderPreview, PreviewOptions } from '../orders/preview.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';
import { prepareSpread } from '../spreads/prepare-spread.js';
import type { SpreadPreview } from '../spreads/prepare-spread.js';
import type { SpreadOrder } from '../spreads/spread-order.js';
import type { SpreadRequest, VerticalSpreadRequest } from '../spreads/spread-request.js';
import { TradingCore } from './trading-core.js';
import type { CoreListener } from './trading-core.js';
import { announce } from './trading-events.js';
import type { TradingEvents } from './trading-events.js';

/** An order: its handle, its state, or its key. */
export type OrderLike = string | { readonly key: string; readonly intentId: string };

/** What `cancelAll` did. */
export interface CancelAllReport {
  /** The orders that the broker was asked to cancel. */
  readonly requested: readonly OrderHandle[];
  /** The orders that it could not be asked about, and why. */
  readonly failed: readonly FailedCancel[];
  /** Only with `all`: whether the broker was asked to cancel the orders of others, too, or why it could not be. */
  readonly foreign?: { readonly requested: true } | { readonly requested: false; readonly error: Error } | undefined;
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
  #core: TradingCore | undefined;
  #releaseConnection = (): void => undefined;
  #starting: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #lastGate: string | undefined;

  /** @throws {@link UsageError} when an option breaks a rule. */
  constructor(options: TradingOptions) {
    this.#options = resolveTradingOptions(options);
    const { onListenerError } = this.#options;
    // Everybody who waits for an order listens to it; that is no leak to be warned of.
    setMaxListeners(0, this.#closing.signal);
    this.events = new EventBus({ onListenerError });
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
  async ready({ timeoutMs = 60_000, signal }: OrderWaitOptions = {}): Promise<void> {
    await this.start();
    const stop = new AbortController();
    const signals = [stop.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    try {
      await withDeadline(this.#clock, timeoutMs, this.#gateOpen(AbortSignal.any(signals)), {
        signal,
        timeoutError: () => new TimeoutError({
          message: `The gate for orders did not open within ${timeoutMs} ms: ${this.gate().map((reason) => GATE_REASONS[reason]).join('; ')}`,
          details: { reasons: this.gate() },
        }),
      });
    } finally {
      stop.abort();
    }
  }

  /** Every reason against new orders right now, most important first; empty when the gate is open. */
  gate(): readonly GateReason[] {
    return orderGateReasons(this.#facts());
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
    const reasons = this.gate();
    if (reasons.length === 0) return;
    const refusal = gateRefusal(reasons, 'order');
    this.#core?.guards.refusals.note({ what: 'place', request }, refusal);
    throw refusal;
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
    const core = this.#core;
    if (core === undefined) throw gateRefusal(this.gate(), 'order');
    return this.#handle(await core.guards.refusals.watch({ what: 'place', request }, () => core.desk.place(request, options.signal)));
  }

  /**
   * Places an entry with its exits: written down all or none, sent one after the other, transmitted by the last. The broker lets the exits work
   * once the entry is filled, and cancels one when the other fills. As long as the position is open and no exit at work protects all of it,
   * `bracket.unprotected` says so; an entry whose exit is rejected is cancelled, and so is an exit that outlives the position.
   * @throws what {@link Trading.place} throws; {@link OrderError} `IBKR_BRACKET_INCOMPLETE` when it could not be sent in full: then its entry is
   *   being cancelled.
   */
  async bracket(request: BracketRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<BracketHandle> {
    const core = this.#core;
    if (core === undefined) throw gateRefusal(this.gate(), 'order');
    const orders = await core.guards.refusals.watch({ what: 'bracket', request }, () => placeBracket(core.desk, request, options.signal));
    return this.#bracket(core, orders);
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
    const key = typeof order === 'string' ? order : order.key;
    return core.guards.refusals.watch({ what: 'modify', request: changes, key }, async () => {
      const state = this.#find(core, order);
      await core.changes.change(state.intentId, changes, options.signal);
      return this.#handle(core.register.ledger.get(state.intentId) ?? state);
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
    const core = this.#core;
    if (core === undefined) throw gateRefusal(this.gate(), 'order');
    const { signal, ...request } = options;
    const order = await core.guards.refusals.watch({ what: 'closePosition', request }, () => core.closing.close(position, { ...request, signal }));
    return order === undefined ? undefined : this.#handle(order);
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
    const { desk } = this.#required();
    const seen = await desk.previewed(request, options.signal);
    return previewOf(seen, { request, market: await knownPrice(this.#options.marketData, seen.order.contract, options) });
  }

  /** The same for a bracket. @throws as {@link Trading.preview} */
  async previewBracket(bracket: BracketRequest, options: PreviewOptions = {}): Promise<BracketPreview> {
    const { desk } = this.#required();
    const { exits, ...seen } = await previewBracket(desk, bracket, options.signal);
    return { ...previewOf(seen, { request: bracket.entry, market: await knownPrice(this.#options.marketData, seen.order.contract, options) }), exits };
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
    const { order } = await this.#spread(request, options.signal);
    return this.place(order, options);
  }

  /** What a vertical spread would be, cost and come to: debit or credit, greatest gain and loss, break-even; nothing is sent. @throws as {@link Trading.placeVerticalSpread}, but for the gate */
  previewVerticalSpread(request: VerticalSpreadRequest, options: PreviewOptions = {}): Promise<SpreadPreview> {
    return this.previewSpread({ ...request, kind: 'vertical' }, options);
  }

  /** The same for any spread that has a name. @throws as {@link Trading.previewVerticalSpread} */
  async previewSpread(request: SpreadRequest, options: PreviewOptions = {}): Promise<SpreadPreview> {
    const { order, spread, legs } = await this.#spread(request, options.signal);
    const preview = await this.preview(order, options);
    return { ...preview, warnings: [...preview.warnings, ...spread.warnings], spread, legs };
  }

  /** The order with this key, the latest attempt when there were several; `undefined` when there is none. */
  order(key: string): OrderHandle | undefined {
    const state = this.#core?.register.ledger.findKey(key);
    return state === undefined ? undefined : this.#handle(state);
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
    return core.guards.refusals.watch({ what: 'cancel', key: typeof order === 'string' ? order : order.key }, async () => {
      const state = this.#find(core, order);
      await core.cancels.cancel(state.intentId, tags);
      return this.#handle(core.register.ledger.get(state.intentId) ?? state);
    });
  }

  /**
   * Asks the broker to cancel every open order of ours, of this client id. Never throws because of one order.
   * @param options `all` cancels the orders of others, too: of other clients, and those made by hand (TWS API: reqGlobalCancel)
   */
  async cancelAll(options: { readonly all?: boolean | undefined } = {}): Promise<CancelAllReport> {
    const core = this.#required();
    const [{ requested, failed }, foreign] = await Promise.all([core.cancels.cancelAll(), options.all === true ? this.#cancelForeign(core, 'all orders are to be cancelled') : undefined]);
    return { requested: requested.map((order) => this.#handle(order)), failed, ...(foreign === undefined ? {} : { foreign }) };
  }

  /**
   * Sets the kill switch: no order is sent any more, also after a restart, and every open order of ours is cancelled, now and after
   * every sweep as long as the switch is on. It ends an arming.
   * @param options `all` cancels the orders of others, too: of other clients, and those made by hand (TWS API: reqGlobalCancel)
   */
  async kill(reason: string, options: { readonly all?: boolean | undefined } = {}): Promise<CancelAllReport> {
    const { all = false } = options;
    const core = this.#required();
    this.#switch(core, { engaged: true, reason, all });
    core.guards.arming.end('kill', `kill switch: ${reason}`);
    core.takeBack(gateRefusal(['KILL_SWITCH'], 'order'));
    const [report, foreign] = await Promise.all([this.cancelAll(), all ? this.#cancelForeign(core, reason) : undefined]);
    await core.writer.flush();
    return { ...report, foreign };
  }

  /** Releases the kill switch. */
  async releaseKill(reason: string): Promise<void> {
    const core = this.#required();
    this.#switch(core, { engaged: false, reason, all: false });
    await core.writer.flush();
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
  settleUnknown(order: OrderLike, outcome: { readonly verdict: 'absent' | 'cancelled' | 'expired'; readonly reason: string }): OrderState {
    const core = this.#required();
    const { status, intentId } = this.#find(core, order);
    if (status !== 'unknown') throw new UsageError({ field: 'order', rule: 'must have an unknown outcome', value: status });
    const { verdict, reason } = outcome;
    core.register.book({ type: 'order.verdict', intentId, atMs: this.#clock.now(), verdict, evidence: 'operator', reason });
    return this.#find(core, { intentId, key: '' });
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
    const { conId } = contract;
    if (conId === undefined || !Number.isSafeInteger(conId) || conId <= 0) {
      throw new UsageError({ field: 'contract.conId', value: conId, rule: 'must be a whole number above 0: resolve the contract first, or take the one of a position' });
    }
    return this.#required().account.positionPnl(conId, query);
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

  async #spread(request: SpreadRequest, signal: AbortSignal | undefined): Promise<SpreadOrder> {
    this.#required();
    const { marketData, brokerTimeZone, connection } = this.#options;
    const resolve = marketData?.resolve?.bind(marketData);
    const today = brokerTimeZone.dateOf(connection.serverNow?.() ?? this.#clock.now());
    return prepareSpread(request, { source: resolve === undefined ? undefined : { resolve }, today, signal });
  }

  get #clock(): Clock {
    return this.#options.connection.clock;
  }

  #closedError(): OrderError {
    return new OrderError({ code: 'IBKR_TRADING_CLOSED', message: 'Trading was closed: make a new Trading object' });
  }

  #required(): TradingCore {
    if (this.#closing.signal.aborted) throw this.#closedError();
    if (this.#core === undefined) throw new UsageError({ code: 'IBKR_TRADING_NOT_STARTED', field: 'Trading', rule: 'must be started first: await trading.start()' });
    return this.#core;
  }

  async #open(): Promise<void> {
    this.#releaseConnection = claimConnection(this.#options.connection);
    try {
      const core = await TradingCore.open(this.#options, this.#listener(), () => this.#facts());
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

  async #end(): Promise<void> {
    this.#closing.abort(this.#closedError());
    // A start that fails has its own caller to tell.
    await this.#starting?.catch(() => undefined);
    await this.#core?.close(this.#closedError());
    if (this.#core !== undefined) this.#releaseConnection();
    this.#tellGate();
    this.events.close();
  }

  #listener(): CoreListener {
    const atMs = (): number => this.#clock.now();
    return {
      onChange: (change) => {
        announce(change, (type, event) => {
          this.events.emit(type, event);
        });
      },
      onReconciled: (report) => {
        this.#tellGate();
        this.#cancelAgain(report);
        this.events.emit('reconcile.completed', { ...report, atMs: atMs() });
      },
      onUnprotected: (bracket, reason) => {
        this.events.emit('bracket.unprotected', { bracket, reason, atMs: atMs() });
      },
      onProtected: (bracket) => {
        this.events.emit('bracket.protected', { bracket, atMs: atMs() });
      },
      onReconcileFailed: (reason, error) => {
        this.events.emit('reconcile.failed', { reason, error, atMs: atMs() });
      },
      onPositionDrift: ({ drifts, fromMs, toMs }) => {
        this.events.emit('positions.drifted', { drifts, fromMs, atMs: toMs });
      },
      onJournalStopped: (error) => {
        this.events.emit('journal.stopped', { error, atMs: atMs() });
        this.#tellGate();
      },
      onLeaseLost: (error) => {
        this.#core?.takeBack(error);
        this.events.emit('lease.lost', { error, atMs: atMs() });
        this.#tellGate();
      },
      onArming: () => {
        const arming = this.arming;
        this.events.emit('arming.changed', { armed: arming !== undefined, expiresAtMs: arming?.expiresAtMs, atMs: atMs() });
      },
      onIdRollback: (facts) => {
        this.events.emit('order.idRollback', { ...facts, atMs: atMs() });
      },
      onLink: () => {
        this.#tellGate();
      },
    };
  }

  #facts(): GateFacts {
    const { connection, mode, allowLive, accounts, readOnly } = this.#options;
    const core = this.#core;
    return {
      phase: this.#closing.signal.aborted ? 'closed' : core === undefined ? 'idle' : 'started',
      journal: core?.writer.status ?? 'ok',
      leaseHeld: core?.leaseHeld ?? true,
      readOnly,
      killSwitch: core?.register.ledger.killSwitch.engaged ?? false,
      connected: connection.session !== undefined,
      upstreamDown: connection.health.layers.upstream.status === 'down',
      reconciled: core?.reconciler.isReconciled ?? false,
      mode,
      allowLive,
      allowedAccounts: accounts,
      sessionAccounts: connection.accounts,
      auth: this.#options.auth,
      armed: (account) => core?.guards.armed(account) ?? false,
      readOnlyApi: core?.guards.readOnlyApi ?? false,
      restartAhead: core?.guards.restartAhead ?? false,
    };
  }

  #tellGate(): void {
    const reasons = this.gate();
    const told = reasons.join();
    if (told === this.#lastGate) return;
    this.#lastGate = told;
    this.events.emit('gate.changed', { open: reasons.length === 0, reasons, atMs: this.#clock.now() });
  }

  async #gateOpen(signal: AbortSignal): Promise<void> {
    for (;;) {
      const reasons = this.gate();
      if (reasons.length === 0) return;
      const lasting = reasons.filter((reason) => !isPassing(reason) && !(reason === 'NOT_ARMED' && this.#core?.guards.arming.isPending === true));
      if (lasting.length > 0) throw gateRefusal(lasting, 'order');
      await this.events.once('gate.changed', { signal });
    }
  }

  #switch(core: TradingCore, to: { readonly engaged: boolean; readonly reason: string; readonly all: boolean }): void {
    const { engaged, reason, all } = to;
    const atMs = this.#clock.now();
    core.register.book({ type: 'killSwitch', engaged, reason, atMs, ...(all ? { all } : {}) });
    this.events.emit('killSwitch.changed', { engaged, reason, atMs });
    this.#tellGate();
  }

  async #cancelForeign(core: TradingCore, reason: string): Promise<CancelAllReport['foreign']> {
    try {
      await cancelGlobally({ clock: this.#clock, connection: core.connection, register: core.register, facts: () => this.#facts() }, reason);
      return { requested: true };
    } catch (error) {
      return { requested: false, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /** What could not be cancelled when the switch was set, because there was no session, and what came since. */
  #cancelAgain({ foreignOrders }: ReconcileReport): void {
    const core = this.#core;
    const { engaged, all, reason } = core?.register.ledger.killSwitch ?? { engaged: false, all: false, reason: '' };
    if (core === undefined || !engaged) return;
    void this.cancelAll();
    if (all && foreignOrders.length > 0) void this.#cancelForeign(core, reason);
  }

  #find(core: TradingCore, order: OrderLike): OrderState {
    const { ledger } = core.register;
    const state = typeof order === 'string' ? ledger.findKey(order) : ledger.get(order.intentId);
    if (state !== undefined) return state;
    throw new OrderError({
      code: 'IBKR_ORDER_NOT_FOUND',
      message: 'There is no order of ours with this key: orders of other clients, and of other journals, cannot be addressed',
      details: { key: typeof order === 'string' ? order : order.key },
    });
  }

  #bracket({ register }: TradingCore, orders: readonly OrderState[]): BracketHandle {
    const handle = (role: BracketRole): OrderHandle | undefined => {
      const found = orders.find(({ bracket }) => bracket?.role === role);
      return found === undefined ? undefined : this.#handle(found);
    };
    const entry = handle('entry');
    const state = (): BracketState | undefined => (entry === undefined ? undefined : bracketState(register.ledger, entry.intentId));
    if (entry === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'The entry of a bracket is missing from the ledger: this is a defect of ibkit' });
    return new BracketHandle({ entry, takeProfit: handle('takeProfit'), stopLoss: handle('stopLoss') }, () => {
      const seen = state();
      if (seen === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'A bracket is missing from the ledger: this is a defect of ibkit' });
      return seen;
    });
  }

  #handle(state: OrderState): OrderHandle {
    const { register } = this.#required();
    const { lingerMs } = this.#options;
    return new OrderHandle({ clock: this.#clock, register, intentId: state.intentId, lingerMs, closed: this.#closing.signal }, state);
  }
}

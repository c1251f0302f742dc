import type { ConnectionStatus } from '@ibkit/core-connection';
import { ErrorHandler, UsageError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { ContractQuery, MarketData, ResolvedContract } from '@ibkit/market-data';
import type { AccountBalance } from '../account/account-balance.js';
import type { AccountValue, Position } from '../account/account-data.js';
import { accountValueFor } from '../account/account-values.js';
import type { AccountValues, AmountQuery } from '../account/account-values.js';
import type { Live } from '../account/live-stream.js';
import type { Pnl } from '../account/pnl.js';
import type { Portfolio } from '../account/portfolio-book.js';
import type { PositionList } from '../account/positions-feed.js';
import type { ExecutionReport } from '../executions/execution-report.js';
import type { OrderChanges } from '../orders/changes/order-changes.js';
import type { OrderHandle } from '../orders/order-handle.js';
import type { OrderRequest } from '../orders/order-request.js';
import type { OrderState } from '../orders/order-state.js';
import type { TradingMode } from '../orders/order-gate.js';
import type { OrderPreview } from '../orders/preview.js';
import type { OrderLike } from '../orders/order-handles.js';
import type { CancelAllReport, Trading } from '../trading/trading.js';
import { AccountStore } from './account-store.js';
import { FaceParts } from './face-parts.js';
import type { FaceConnected, FaceConnection } from './face-parts.js';
import type { ConnectGatewayOptions, GatewayProcessPort, IBGatewayEvents, IBGatewayOptions } from './ib-gateway-options.js';
import { MarketDataStore } from './market-data-store.js';
import type { StoredMarketData, SubscribeMarketDataOptions } from './market-data-store.js';

/**
 * IB Gateway in one object: connection, stored market data, orders, positions, account, executions and commissions, and the process where
 * one is given. Paper by default; every connect proves the accounts before anything is traded. For more than this use its parts.
 */
export class IBGateway implements AsyncDisposable {
  readonly events: EventBus<IBGatewayEvents>;
  /** Every notice of the broker by category and code, with a history. */
  readonly errors: ErrorHandler;
  readonly #parts: FaceParts;
  readonly #process: GatewayProcessPort | undefined;
  readonly #quotes: MarketDataStore;
  readonly #account: AccountStore;
  readonly #off: readonly (() => void)[];

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: IBGatewayOptions = {}) {
    const { tradingMode = 'paper', gatewayProcess, onListenerError } = options;
    // As a caller in plain JavaScript may have written it.
    const given: string = tradingMode;
    if (given !== 'paper' && given !== 'live') throw new UsageError({ field: 'tradingMode', value: given, rule: 'must be paper or live' });
    this.events = new EventBus({ onListenerError });
    this.#process = gatewayProcess;
    this.#parts = new FaceParts(options, { mode: tradingMode, useGateway: true });
    const { connection, data, trading } = this.#parts;
    this.errors = new ErrorHandler({ clock: connection.clock });
    const failed = (error: Error): void => {
      this.events.emit('error.occurred', { error, atMs: connection.clock.now() });
    };
    this.#quotes = new MarketDataStore(data, {
      updated: (requestId, quote) => {
        this.events.emit('quote.updated', { requestId, quote });
      },
      gap: (requestId, gap) => {
        this.events.emit('quote.gap', { requestId, gap });
      },
      ended: (requestId, error) => {
        this.events.emit('quote.ended', { requestId, error });
      },
    });
    this.#account = new AccountStore(trading, {
      positions: (value) => {
        this.events.emit('positions.updated', value);
      },
      portfolio: (value) => {
        this.events.emit('portfolio.updated', value);
      },
      values: (value) => {
        this.events.emit('account.updated', value);
      },
      pnl: (value) => {
        this.events.emit('pnl.updated', value);
      },
      failed,
    });
    this.#off = this.#forward();
  }

  /** The account that is traded and shown; `undefined` while the session has none or several and none was named. */
  get accountId(): string | undefined {
    return this.#parts.accountId;
  }

  get tradingMode(): TradingMode {
    return this.#parts.mode;
  }

  /** The parts, for everything that this face has no name for. */
  get connection(): FaceConnection {
    return this.#parts.connection;
  }

  get data(): MarketData {
    return this.#parts.data;
  }

  get trading(): Trading {
    return this.#parts.trading;
  }

  // The connection and the process

  /**
   * Connects, proves that the accounts are the expected ones, reads orders and executions, and follows positions and account from then on.
   * A session that is lost later is made again by itself.
   * @returns the accounts, and why no order would be sent right now
   * @throws ConnectionError, TimeoutError, the signal's reason; AccountError when the accounts are not of the mode or the named one is not
   *   there, and then it is disconnected again; what the journal and the process throw; {@link UsageError} when there is no process to start.
   */
  async connectGateway({ startGateway = false, ...options }: ConnectGatewayOptions = {}): Promise<FaceConnected> {
    if (startGateway) await this.startGateway();
    const connected = await this.#parts.connect(options);
    this.#account.follow(this.accountId);
    return connected;
  }

  /** Disconnects and stays down. What is subscribed goes on with the next {@link IBGateway.connectGateway}. */
  disconnect(): Promise<void> {
    return this.connection.disconnect();
  }

  isConnected(): boolean {
    return this.connection.isConnected();
  }

  /** Everything that is known about the connection. */
  getStatus(): ConnectionStatus {
    return this.connection.getStatus();
  }

  /** Starts the process of the gateway. @throws {@link UsageError} without one; what it throws. */
  async startGateway(): Promise<void> {
    await this.#requiredProcess().start();
  }

  /** Disconnects and stops the process. @throws as {@link IBGateway.startGateway} */
  async stopGateway(): Promise<void> {
    const process = this.#requiredProcess();
    await this.disconnect();
    await process.stop();
  }

  /** What the process says about itself; `undefined` without one. */
  gatewayStatus(): unknown {
    return this.#process?.status();
  }

  // Market data

  /**
   * Follows the quotes of a contract, also while there is no connection yet. They are stored, and told as `quote.updated`.
   * @returns the number of the subscription, which stays the same over reconnects
   * @throws {@link UsageError} for a contract, tick or mode that cannot be understood; everything else is told as `quote.ended`.
   */
  subscribeMarketData(contract: string | ContractQuery | ResolvedContract, options: SubscribeMarketDataOptions = {}): number {
    return this.#quotes.subscribe(contract, options);
  }

  /** Ends a subscription and forgets what was stored about it. @throws {@link UsageError} for a number that is none */
  unsubscribeMarketData(requestId: number): Promise<void> {
    return this.#quotes.unsubscribe(requestId);
  }

  /** What is stored about a subscription; `undefined` for a number that is none. */
  getMarketData(requestId: number): StoredMarketData | undefined {
    return this.#quotes.get(requestId);
  }

  /** Everything that is stored, oldest subscription first. */
  allMarketData(): readonly StoredMarketData[] {
    return this.#quotes.all();
  }

  // Orders

  /** Places an order, for {@link IBGateway.accountId} when the request names none. @throws as `Trading.place` */
  placeOrder(request: OrderRequest, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<OrderHandle> {
    return this.trading.place(this.#forAccount(request), options);
  }

  /** What an order would be and cost; nothing is sent. @throws as `Trading.preview` */
  previewOrder(request: OrderRequest): Promise<OrderPreview> {
    return this.trading.preview(this.#forAccount(request));
  }

  /** @throws as `Trading.cancel` */
  cancelOrder(order: OrderLike): Promise<OrderHandle> {
    return this.trading.cancel(order);
  }

  /** Changes a working order. @throws as `Trading.modify` */
  modifyOrder(order: OrderLike, changes: OrderChanges): Promise<OrderHandle> {
    return this.trading.modify(order, changes);
  }

  /** Cancels every open order of ours. */
  cancelAllOrders(): Promise<CancelAllReport> {
    return this.trading.cancelAll();
  }

  /** Every order of the journal, oldest first. */
  orders(): readonly OrderState[] {
    return this.trading.orders();
  }

  // Positions and account

  /** The positions of the session, as they are kept up to date; `undefined` before the first complete list. Look at `stale`. */
  get positions(): Live<PositionList> | undefined {
    return this.#account.positions;
  }

  /** The portfolio of {@link IBGateway.accountId}. Look at `stale`. */
  get portfolio(): Live<Portfolio> | undefined {
    return this.#account.portfolio;
  }

  /** The values of {@link IBGateway.accountId}. Look at `stale`. */
  get accountValues(): Live<AccountValues> | undefined {
    return this.#account.values;
  }

  /** The profit and loss of {@link IBGateway.accountId}. Look at `stale`. */
  get pnl(): Live<Pnl> | undefined {
    return this.#account.pnl;
  }

  /** One value of {@link IBGateway.accountId}: `NetLiquidation`; `undefined` when it was not told. */
  getAccountValue(tag: string, query: AmountQuery = {}): AccountValue | undefined {
    return accountValueFor(this.accountValues?.values ?? [], tag, query);
  }

  /** Asks for a complete list of positions now. @throws the connection's errors: no answer is not an empty list. */
  getPositions(): Promise<readonly Position[]> {
    return this.trading.positions();
  }

  /** Asks what the account is worth now. @throws as `Trading.getAccountBalance` */
  getAccountBalance(): Promise<AccountBalance> {
    return this.trading.getAccountBalance({ account: this.accountId });
  }

  /** The executions of today, ours and others', with their commissions as far as they are known. @throws the connection's errors. */
  getExecutions(): Promise<readonly ExecutionReport[]> {
    return this.trading.executions({ account: this.accountId });
  }

  /** Ends everything; orders at the broker live on, and so does the process. Idempotent. */
  async close(): Promise<void> {
    await this.#parts.close();
    for (const off of this.#off) off();
    this.events.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requiredProcess(): GatewayProcessPort {
    if (this.#process === undefined) throw new UsageError({ field: 'gatewayProcess', rule: 'must be given to start and stop the process of the gateway' });
    return this.#process;
  }

  #forAccount(request: OrderRequest): OrderRequest {
    return request.account === undefined ? { ...request, account: this.accountId } : request;
  }

  #forward(): readonly (() => void)[] {
    const { connection, trading } = this.#parts;
    const { events } = connection;
    return [
      events.on('connection.established', ({ accounts, atMs }) => {
        this.events.emit('connection.established', { accounts, atMs });
      }),
      events.on('connection.lost', ({ error, willReconnect, atMs }) => {
        this.events.emit('connection.lost', { error, willReconnect, atMs });
      }),
      events.on('connection.recovered', ({ scope, atMs }) => {
        this.events.emit('connection.recovered', { scope, atMs });
      }),
      events.on('error.occurred', ({ error, atMs }) => {
        this.events.emit('error.occurred', { error, atMs });
      }),
      events.on('notice.received', ({ code, message, id }) => {
        this.errors.handle({ code, message, id });
      }),
      trading.events.on('order.statusChanged', (event) => {
        this.events.emit('order.statusChanged', event);
      }),
      trading.events.on('order.filled', (event) => {
        this.events.emit('order.filled', event);
      }),
      trading.events.on('order.commission', (event) => {
        this.events.emit('order.commission', event);
      }),
    ];
  }
}

import type { ConnectionStatus } from '@ibkit/core-connection';
import type { MarketData } from '@ibkit/market-data';
import type { AccountBalance } from '../account/account-balance.js';
import type { Position } from '../account/account-data.js';
import type { OrderHandle } from '../orders/order-handle.js';
import type { OrderRequest } from '../orders/order-request.js';
import type { OrderLike } from '../orders/order-handles.js';
import type { Trading } from '../trading/trading.js';
import { FaceParts } from './face-parts.js';
import type { FaceConnectOptions, FaceConnected, FaceConnection, FaceConnectionOptions, FaceSettings } from './face-parts.js';

/** Options of {@link Broker}, besides those of its connection. */
export interface BrokerSettings extends FaceSettings {
  /** Chooses the default port, and what every account of the session must be. @defaultValue true */
  readonly paperTrading?: boolean | undefined;
  /** Chooses the default port: IB Gateway instead of TWS. @defaultValue false */
  readonly useGateway?: boolean | undefined;
}

/** Options of {@link Broker}. */
export type BrokerOptions = BrokerSettings & FaceConnectionOptions;

/**
 * The broker with as little ceremony as possible: connect, ask for the balance, place an order. It comes back by itself after a lost
 * session. For more use its parts, or {@link IBGateway}.
 */
export class Broker implements AsyncDisposable {
  readonly #parts: FaceParts;

  /** @throws UsageError that names the option, the value and the rule. */
  constructor(options: BrokerOptions = {}) {
    const { paperTrading = true, useGateway = false } = options;
    this.#parts = new FaceParts(options, { mode: paperTrading ? 'paper' : 'live', useGateway });
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

  /** The account that is meant when none is said; `undefined` while the session has none or several and none was named. */
  get accountId(): string | undefined {
    return this.#parts.accountId;
  }

  /**
   * Connects, proves that the accounts are the expected ones, and reads orders and executions.
   * @returns the accounts, and why no order would be sent right now
   * @throws ConnectionError, TimeoutError, the signal's reason; AccountError when the accounts are not the expected ones, and then it is
   *   disconnected again; what the journal throws.
   */
  connect(options: FaceConnectOptions = {}): Promise<FaceConnected> {
    return this.#parts.connect(options);
  }

  /** Disconnects and stays down until the next {@link Broker.connect}. */
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

  /** What the account is worth and can spend. @param account needed when the session has several and none was named @throws as `Trading.getAccountBalance` */
  getAccountBalance(account: string | undefined = this.accountId): Promise<AccountBalance> {
    return this.trading.getAccountBalance({ account });
  }

  /** A complete list of the positions that are not 0. @throws the connection's errors: no answer is not an empty list. */
  getPositions(): Promise<readonly Position[]> {
    return this.trading.positions();
  }

  /** Places an order, for {@link Broker.accountId} when the request names none. @throws as `Trading.place` */
  placeOrder(request: OrderRequest): Promise<OrderHandle> {
    return this.trading.place(request.account === undefined ? { ...request, account: this.accountId } : request);
  }

  /** @throws as `Trading.cancel` */
  cancelOrder(order: OrderLike): Promise<OrderHandle> {
    return this.trading.cancel(order);
  }

  /** Ends everything; orders at the broker live on. Idempotent. */
  close(): Promise<void> {
    return this.#parts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

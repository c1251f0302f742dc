import { ConnectionManager } from '@ibkit/core-connection';
import type { ConnectionOptions } from '@ibkit/core-connection';
import { UsageError, isIbkrError } from '@ibkit/error-codes';
import { MarketData } from '@ibkit/market-data';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { Journal } from '../journal/journal.js';
import type { TradingOptions } from '../options.js';
import type { GateReason, TradingMode } from '../orders/order-gate.js';
import { Trading } from '../trading/trading.js';
import { proveAccounts } from './account-proof.js';

/** What a face needs of a connection: a `ConnectionManager`, or anything with the same face. */
export type FaceConnection = Pick<
  ConnectionManager,
  'accounts' | 'clock' | 'connect' | 'disconnect' | 'events' | 'getStatus' | 'health' | 'isConnected' | 'nextOrderIdFloor' | 'onMessage' | 'reconnect' | 'request' | 'restartOutlook' | 'serverNow' | 'session' | 'silentMs' | 'state' | 'subscribe'
>;

/** What every face takes besides the options of its connection. */
export interface FaceSettings {
  /**
   * The account to trade and to show. After every connect the gateway's own list must have it, or the connection is closed again.
   * @defaultValue the account of the session, when it has only one
   */
  readonly accountId?: string | undefined;
  /** The opt-in that live trading needs besides. Every live order needs an arming as well: see `trading.arm`. @defaultValue false */
  readonly allowLive?: boolean | undefined;
  /** Where orders are written before they are sent. @defaultValue in memory, which forgets with the process; `@ibkit/journal` has one in SQLite */
  readonly journal?: Journal | undefined;
  /** Sees to it that one process at a time trades. @defaultValue none */
  readonly coordinator?: Coordinator | undefined;
  /** Everything else about trading: caps, price band, deadlines. */
  readonly trading?: Omit<TradingOptions, 'connection' | 'marketData' | 'journal' | 'coordinator' | 'mode' | 'allowLive' | 'accounts' | 'auth'> | undefined;
  /** Told what a listener threw. @defaultValue it is only counted */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** A connection to use, or the options of one to make. */
export type FaceConnectionOptions =
  | { readonly connection: FaceConnection }
  | (Omit<ConnectionOptions, 'paperTrading' | 'useGateway'> & { readonly connection?: undefined });

/** How a face connects. */
export interface FaceConnectOptions {
  /** For connecting, and once more for the gate of orders; in milliseconds above 0. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined;
  /** Attempts after the first one that failed. @defaultValue 3 */
  readonly retryCount?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is there after a face has connected. */
export interface FaceConnected {
  /** The gateway's own list. */
  readonly accounts: readonly string[];
  /** Why no order would be sent right now; empty when the gate is open. Data and accounts are there in any case. */
  readonly gate: readonly GateReason[];
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** What keeps the gate of orders closed and nothing else. */
const NO_HINDRANCE: ReadonlySet<string> = new Set(['IBKR_ORDER_GATE_REFUSED', 'IBKR_TIMEOUT']);

/** Connection, market data and trading as one: what the faces are made of. */
export class FaceParts implements AsyncDisposable {
  readonly connection: FaceConnection;
  readonly data: MarketData;
  readonly trading: Trading;
  readonly mode: TradingMode;
  readonly #accountId: string | undefined;
  readonly #endConnection: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(options: FaceSettings & FaceConnectionOptions, { mode, useGateway }: { readonly mode: TradingMode; readonly useGateway: boolean }) {
    const { accountId, allowLive, journal, coordinator, trading, onListenerError } = options;
    if (accountId?.trim() === '') throw new UsageError({ field: 'accountId', rule: 'must not be empty: leave it out when the session has one account' });
    if (mode === 'live' && accountId === undefined) throw new UsageError({ field: 'accountId', rule: 'must be named for live trading' });
    this.mode = mode;
    this.#accountId = accountId;
    if (options.connection === undefined) {
      const own = new ConnectionManager({ ...options, paperTrading: mode === 'paper', useGateway });
      this.connection = own;
      this.#endConnection = () => own.close();
    } else {
      const { connection } = options;
      this.connection = connection;
      this.#endConnection = () => connection.disconnect();
    }
    this.data = new MarketData({ connection: this.connection, onListenerError });
    this.trading = new Trading({
      ...trading,
      connection: this.connection,
      marketData: this.data,
      journal,
      coordinator,
      mode,
      allowLive,
      accounts: accountId === undefined ? [] : [accountId],
      onListenerError,
    });
  }

  /** The account that is meant when none is said; `undefined` while there is none or there are several. */
  get accountId(): string | undefined {
    const { accounts } = this.connection;
    return this.#accountId ?? (accounts.length === 1 ? accounts[0] : undefined);
  }

  /**
   * Connects, proves the accounts, and waits for the gate of orders as far as waiting helps.
   * @throws what connecting and `trading.start` throw; AccountError when the accounts are not the expected ones: then it is disconnected again.
   */
  async connect({ timeoutMs = DEFAULT_TIMEOUT_MS, retryCount, signal }: FaceConnectOptions): Promise<FaceConnected> {
    const { connection, trading, mode } = this;
    await connection.connect({ timeoutMs, retryCount, signal });
    try {
      proveAccounts(connection.accounts, { mode, accountId: this.#accountId });
    } catch (error) {
      await connection.disconnect();
      throw error;
    }
    await trading.start();
    try {
      await trading.ready({ timeoutMs, signal });
    } catch (error) {
      // Connected all the same: what keeps orders back is told with the result, and with every order.
      if (!isIbkrError(error) || !NO_HINDRANCE.has(error.code)) throw error;
    }
    return { accounts: connection.accounts, gate: trading.gate() };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.trading.close();
    await this.data.close();
    await this.#endConnection();
  }
}

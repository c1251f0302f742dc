import type { Clock } from '@ibkit/clock';
import type { IbkrError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { Lane } from '@ibkit/rate-limiter';
import type { ClientMessage, ServerMessage, ServerMessageOf } from '@ibkit/wire';
import type { ConnectionEvents } from './connection-events.js';
import type { ConnectionState } from './lifecycle/connection-machine.js';
import type { HealthReport } from './inbound/health.js';
import type { SessionEnd } from './session/session-end.js';

/** The broker's message about a request, an order or the connection. */
export type BrokerNoticeMessage = ServerMessageOf<'errMsg'>;

/** How a message is sent. */
export interface SendOptions {
  /** The lane of the rate limiter, in order of priority: cancel, order, heartbeat, account, data, history. @defaultValue 'data' */
  readonly lane?: Lane | undefined;
  /** Takes the message back while it still waits for its turn: the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** The longest wait for its turn, in milliseconds. @defaultValue no limit */
  readonly deadlineMs?: number | undefined;
  /** Called when its turn has come, in the tick of the bytes: what it throws keeps the message from leaving, and the promise rejects with it. */
  readonly check?: (() => void) | undefined;
}

/** One ready session with TWS or IB Gateway, as typed messages. It ends once and never comes back: the next one has a higher epoch. */
export interface SessionPort {
  /** The number of this session within its connection, from 1 upwards. */
  readonly epoch: number;
  readonly serverVersion: number;
  readonly clientId: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /**
   * Sends one message through the rate limiter. Resolves once every byte was handed to the operating system.
   * @throws ConnectionError `IBKR_SESSION_CLOSED` when the session ends first, with `details.bytesSent` `'none'` (it never left) or
   *   `'maybe'`; ConnectionError `IBKR_SESSION_CONGESTED` when the peer has stopped reading (nothing was sent); RateLimitError when
   *   the limiter refuses; UsageError when the message cannot be encoded; the signal's reason.
   */
  send(message: ClientMessage, options?: SendOptions): Promise<void>;
  /**
   * Sends one message in this very tick when the session is open and the limiter has a free slot; otherwise sends nothing and returns false.
   * After `true` the bytes are with the socket: when the session ends, whether they arrived is unknown.
   * @throws UsageError when the message cannot be encoded.
   */
  trySend(message: ClientMessage, lane: Lane): boolean;
  /** Calls `listener` with every message of this session until it ends or the returned function is called. */
  onMessage(listener: (message: ServerMessage) => void): () => void;
  /** Resolves when the session ends; never rejects. */
  readonly closed: Promise<SessionEnd>;
}

/** Where a request's outcome goes; only the first call counts. */
export interface Reply<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** One question to the broker and how to read its answer. */
export interface RequestSpec<T> {
  /** For error messages and logs: `contract details`. No account ids, no order contents. */
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  /** Gets the messages that carry the request's id; with `unkeyed`, every message. What it throws rejects the request. */
  readonly receive: (message: ServerMessage, reply: Reply<T>, requestId: number) => void;
  /** The answer carries no request id (open orders, positions). @defaultValue false */
  readonly unkeyed?: boolean | undefined;
  /** Decides what a broker notice with the request's id does. @defaultValue it fails the request when its code says that the request failed */
  readonly onNotice?: ((notice: BrokerNoticeMessage) => 'fail' | 'ignore') | undefined;
  /** Sent when the request is given up after it was sent. */
  readonly cancel?: ((requestId: number) => ClientMessage) | undefined;
  /** @defaultValue 'data' */
  readonly lane?: Lane | undefined;
  /** From the call to the answer, the wait in the limiter included. @defaultValue the connection's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A hole in a stream: what happened from `fromMs` to `toMs` (epoch milliseconds) was not seen. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** A stream that the connection keeps alive over reconnects. */
export interface SubscriptionSpec {
  /** For error messages and logs. */
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly cancel: (requestId: number) => ClientMessage;
  /** Gets every message that carries the present request id. */
  readonly receive: (message: ServerMessage) => void;
  /** Called once per interruption, right before the first message that flows again. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
  /** Called after `onGap`, before that message. */
  readonly onRestored?: (() => void) | undefined;
  /** Decides what a broker notice with the present request id does. @defaultValue it ends the stream when its code says that the request failed */
  readonly onNotice?: ((notice: BrokerNoticeMessage) => 'end' | 'ignore') | undefined;
  /** Called once: with the error that ended the stream, or without one after `close()`. */
  readonly onEnd?: ((error: IbkrError | undefined) => void) | undefined;
  /** @defaultValue 'data' */
  readonly lane?: Lane | undefined;
  /** Restored before the others: for settings of the session such as the market data type. @defaultValue false */
  readonly restoreFirst?: boolean | undefined;
}

/** A stream as its owner sees it. */
export interface Subscription extends AsyncDisposable {
  /** `pending` not requested yet, `active` requested in the present session, `interrupted` lost and about to be restored, `ended` over for good. */
  readonly status: 'pending' | 'active' | 'interrupted' | 'ended';
  /** Ends the stream and cancels it at the broker. Idempotent, never rejects. */
  close(): Promise<void>;
}

/** What the packages above need of a connection. */
export interface ConnectionPort {
  readonly clock: Clock;
  readonly state: ConnectionState;
  /** The accounts of the gateway's own list, from the last session that was ready. */
  readonly accounts: readonly string[];
  readonly health: HealthReport;
  /** The highest nextValidId that the gateway gave this client id; 0 before the first. */
  readonly nextOrderIdFloor: number;
  /** Defined exactly while `state` is `connected`. */
  readonly session: SessionPort | undefined;
  readonly events: EventBus<ConnectionEvents>;
  /** Calls `listener` with every message of every session, also those that arrive before a session is ready. */
  onMessage(listener: (message: ServerMessage, session: SessionPort) => void): () => void;
  /**
   * Asks once. Always settles: with the answer, the broker's error, a TimeoutError, the signal's reason, or
   * ConnectionError `IBKR_SESSION_CLOSED` when the session ends. Rejects at once with `IBKR_NOT_CONNECTED` while not connected.
   */
  request<T>(spec: RequestSpec<T>): Promise<T>;
  /** Declares a stream that should exist. While down it is pending; it is requested, and after every loss restored, as soon as possible. */
  subscribe(spec: SubscriptionSpec): Subscription;
}

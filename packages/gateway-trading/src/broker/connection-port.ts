import type { Clock } from '@ibkit/clock';
import type { IbkrError } from '@ibkit/error-codes';
import type { ClientMessage, ClientMessageOf, ServerMessage } from '@ibkit/wire';

/** How trading sends. */
export interface TradingSendOptions {
  readonly lane?: 'order' | 'cancel' | 'account' | undefined;
  /** Takes the message back while it still waits for its turn. */
  readonly signal?: AbortSignal | undefined;
  /** The longest wait for its turn, milliseconds. */
  readonly deadlineMs?: number | undefined;
  /** Called when its turn has come, in the tick of the bytes: what it throws keeps the message from leaving, and the promise rejects with it. */
  readonly check?: (() => void) | undefined;
}

/** One ready session. */
export interface TradingSession {
  readonly epoch: number;
  readonly clientId: number;
  /**
   * Resolves once every byte was handed to the operating system. A rejection proves that nothing was sent, except the one with
   * `details.bytesSent` `'maybe'`.
   */
  send(message: ClientMessage, options?: TradingSendOptions): Promise<void>;
  /** Sends in this very tick, or sends nothing and returns false. */
  trySend(message: ClientMessage, lane: 'order' | 'cancel'): boolean;
  /** Resolves when the session ends. */
  readonly closed: Promise<unknown>;
}

/** Where a request's outcome goes; only the first call counts. */
export interface TradingReply<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** One question to the broker. */
export interface TradingRequest<T> {
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly receive: (message: ServerMessage, reply: TradingReply<T>, requestId: number) => void;
  /** The answer carries no request id. */
  readonly unkeyed?: boolean | undefined;
  readonly cancel?: ((requestId: number) => ClientMessage) | undefined;
  readonly lane?: 'account' | 'order' | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A stream that the connection keeps alive: asked for again, under a fresh request id, in every session and after 1101. */
export interface TradingStreamSpec {
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly cancel: (requestId: number) => ClientMessage;
  /** Gets every message that carries the present request id. */
  readonly receive: (message: ServerMessage) => void;
  /** Called once: with the error that ended it, or without one after `close()`. */
  readonly onEnd?: ((error: IbkrError | undefined) => void) | undefined;
  readonly lane?: 'account' | undefined;
}

/** What the connection tells about itself as far as trading listens. */
export interface TradingConnectionEvent {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** `connection.recovered`: false when the gateway has its link again and has forgotten every stream (1101). */
  readonly dataKept?: boolean | undefined;
}

/** An order call that somebody made on a face in the manner of `@stoqey/ib`, as what it would send. */
export type ApiCall = {
  /** Tells the users of the face, by an `error` event with the id of the call, that it failed. */
  readonly report: (error: Error, code: number) => void;
} & (
  | { readonly method: 'placeOrder'; readonly orderId: number; readonly message: ClientMessageOf<'placeOrder'> }
  | { readonly method: 'cancelOrder'; readonly orderId: number; readonly message: ClientMessageOf<'cancelOrder'> }
  | { readonly method: 'reqGlobalCancel'; readonly message: ClientMessageOf<'reqGlobalCancel'> }
  | { readonly method: 'exerciseOptions'; readonly requestId: number }
);

/** By what the broker names an order; what it does not say is absent. */
export interface ShownNames {
  readonly orderId?: number | undefined;
  readonly clientId?: number | undefined;
  readonly permId?: string | undefined;
  readonly orderRef?: string | undefined;
  /** The code of a notice, the id of which may be that of a request as well. */
  readonly noticeCode?: number | undefined;
}

/** How users of the face call an order. */
export interface ShownOrder {
  readonly orderId: number;
  readonly orderRef: string;
}

/** Decides about the order calls of the face, and knows how its users call their orders. */
export interface ApiOrderGate {
  /** @throws what the caller is to see; it is told as an event, too */
  readonly decide: (call: ApiCall) => void;
  readonly shown: (names: ShownNames) => ShownOrder | undefined;
  readonly nextValidId: (promised: number) => number;
}

/** What trading needs of a connection. `ConnectionManager` of `@ibkit/core-connection` satisfies it. */
export interface TradingConnection {
  readonly clock: Clock;
  /** The time at the broker, epoch milliseconds. @defaultValue that of `clock` */
  serverNow?(): number;
  /** How long nothing has arrived, in milliseconds on the monotonic clock; absent when nobody measures it: then every order proves the link first. */
  readonly silentMs?: number | undefined;
  /** The restart window that is going on by the gateway's clock, else the next one. @defaultValue none is known */
  readonly restartOutlook?: { readonly occurrence: { readonly fromMs: number; readonly untilMs: number } | undefined } | undefined;
  /** The gateway's own list, from the last session that was ready. */
  readonly accounts: readonly string[];
  /** The highest nextValidId that this client id was given; 0 before the first. */
  readonly nextOrderIdFloor: number;
  readonly health: { readonly layers: { readonly upstream: { readonly status: string } } };
  /** Defined exactly while a session is ready. */
  readonly session: TradingSession | undefined;
  readonly events: {
    on(type: 'connection.stateChanged' | 'connection.recovered' | 'connection.degraded', listener: (event: TradingConnectionEvent) => void): () => void;
  };
  /** Every message of every session. */
  onMessage(listener: (message: ServerMessage, session: TradingSession) => void): () => void;
  request<T>(spec: TradingRequest<T>): Promise<T>;
  /**
   * Lets trading decide about the order calls of `api`, until the returned function is called. Needed for the option `apiOrders` only.
   * @throws UsageError when somebody does already
   */
  attachOrderGate?(gate: ApiOrderGate): () => void;
  /** Declares a stream that should exist; `close` ends it and cancels it at the broker. */
  subscribe(spec: TradingStreamSpec): { close(): Promise<void> };
}

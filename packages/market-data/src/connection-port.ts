import type { Clock } from '@ibkit/clock';
import type { IbkrError } from '@ibkit/error-codes';
import type { ClientMessage, ServerMessage, ServerMessageOf } from '@ibkit/wire';

/** An `errMsg` of the broker that carries the id of one of our requests. */
export type BrokerNoticeMessage = ServerMessageOf<'errMsg'>;

/** Hands the outcome of a request to whoever waits for it; only the first call counts. */
export interface MarketDataReply<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** One request and its answer, as the connection is asked for it. */
export interface MarketDataRequest<T> {
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly receive: (message: ServerMessage, reply: MarketDataReply<T>, requestId: number) => void;
  /** The answer carries no request id: `receive` gets every message. @defaultValue false */
  readonly unkeyed?: boolean;
  readonly onNotice?: (notice: BrokerNoticeMessage) => 'fail' | 'ignore';
  readonly cancel?: (requestId: number) => ClientMessage;
  /** Where it stands in the queue of the message limiter. @defaultValue 'data' */
  readonly lane?: 'data' | 'history';
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A hole in a stream: nothing that happened from `fromMs` to `toMs` was seen. Both are epoch milliseconds. */
export interface DataGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** A stream that the connection keeps alive: restored with a fresh request id after every reconnect. */
export interface MarketDataSubscriptionSpec {
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly cancel: (requestId: number) => ClientMessage;
  readonly receive: (message: ServerMessage) => void;
  readonly onGap?: (gap: DataGap) => void;
  readonly onNotice?: (notice: BrokerNoticeMessage) => 'end' | 'ignore';
  readonly onEnd?: (error: IbkrError | undefined) => void;
  readonly restoreFirst?: boolean;
}

/** A stream that the connection keeps alive, as seen by its owner. */
export interface MarketDataUpstream {
  close(): Promise<void>;
}

/** The facts about the link that quotes depend on. */
export type ConnectionFact = 'connection.stateChanged' | 'connection.lost' | 'connection.degraded' | 'connection.recovered' | 'connection.frameUndecodable';

/** What a fact says that cannot be read from the connection afterwards. */
export interface ConnectionFactEvent {
  readonly atMs: number;
  /** `connection.recovered`: false when the gateway has its link again and has forgotten every stream (1101). */
  readonly dataKept?: boolean | undefined;
  /** `connection.frameUndecodable`: the number and the type of the message, where they can be told. */
  readonly messageId?: number | undefined;
  readonly messageType?: string | undefined;
}

/** One layer of the link. */
export interface LinkLayer {
  readonly status: 'up' | 'down' | 'unknown';
}

/** What market data needs of a connection. `ConnectionManager` of `@ibkit/core-connection` satisfies it. */
export interface MarketDataConnection {
  readonly clock: Clock;
  /** The gateway's time, epoch milliseconds: trading hours are judged by it. @defaultValue the clock's */
  readonly serverNow?: () => number;
  /** `connected` while requests can be sent. */
  readonly state: string;
  /** Defined exactly while the state is `connected`. */
  readonly session: { send(message: ClientMessage): Promise<void> } | undefined;
  readonly health: { readonly layers: { readonly upstream: LinkLayer; readonly farms: Readonly<Record<string, LinkLayer>> } };
  readonly events: { on(type: ConnectionFact, listener: (event: ConnectionFactEvent) => void): () => void };
  /** Calls `listener` with every message of every session: for streams whose messages carry no request id. */
  onMessage(listener: (message: ServerMessage) => void): () => void;
  request<T>(spec: MarketDataRequest<T>): Promise<T>;
  subscribe(spec: MarketDataSubscriptionSpec): MarketDataUpstream;
}

import type { IncomingMessage } from 'node:http';
import type { ApiInstrumentFields, ApiProblem, ApiQuota, Scope, Topic, TopicKindName } from '@ibkit/api-contract';
import type { MarketDataMode } from '@ibkit/market-data';
import type { TopicChange, TopicEvent, TopicState } from '@ibkit/operations';

/** Who a client is. */
export interface StreamCaller {
  readonly tokenId: string;
  readonly scope: Scope;
  /** The only accounts that it may see; all when absent. */
  readonly accounts: readonly string[] | undefined;
  readonly quota: ApiQuota;
}

/** Who may pass, or why not. */
export type StreamAdmission = { readonly ok: true; readonly caller: StreamCaller } | { readonly ok: false; readonly problem: ApiProblem };

/** Who decides about clients: the same as for HTTP. */
export interface StreamGuard {
  /** Refuses a request to open a stream by what it says of itself: name, origin, address. */
  screen(request: IncomingMessage): ApiProblem | undefined;
  /** By its `Authorization` header. */
  authorize(request: IncomingMessage): StreamAdmission;
  /** By its first message: a ticket is taken in, once. */
  introduce(message: { readonly ticket?: string | undefined; readonly token?: string | undefined }, request: IncomingMessage): StreamAdmission;
  /** A client that was unknown has shown who it is. */
  welcomed?(request: IncomingMessage): void;
  /** Holds a line of market data until the returned function is called. @throws when the token has too many @defaultValue the limits of the stream alone count */
  holdLine?(caller: StreamCaller, name: string): () => void;
  /** Calls `listener` with every token that is over or was revoked. @defaultValue none ever is */
  onEnded?(listener: (tokenId: string) => void): () => void;
}

/** One topic that is open: a `TopicFeed` of `@ibkit/operations`. */
export interface StreamFeed {
  readonly kind: TopicKindName;
  readonly topic: string;
  readonly durable: boolean;
  readonly state: TopicState | undefined;
  readonly epoch: string | undefined;
  readonly ended: boolean;
  readonly error: Error | undefined;
  history(after: number): AsyncIterable<TopicChange>;
  close(): Promise<void>;
}

/** Where topics come from: the `Topics` of `@ibkit/operations`. */
export interface StreamTopics {
  open(topic: Topic, options: { readonly instrument?: ApiInstrumentFields | undefined; readonly marketData?: MarketDataMode | undefined; readonly onEvent: (event: TopicEvent) => void }): StreamFeed;
}

/** The far end of one connection. */
export interface StreamSocket {
  /** Bytes that were written and not taken yet. */
  readonly bufferedBytes: number;
  /** Writes whole frames. */
  write(bytes: Buffer): void;
  ping(): void;
  /** Says goodbye behind everything that was written. */
  close(code: number, reason: string): void;
  /** Ends it at once. */
  terminate(): void;
}

import type { BrokerOperations, TopicKindName } from '@ibkit/api-contract';
import type { FollowOptions, TopicEvent } from './topic-event.js';

/** What answers the operations of a command: a connection of our own, or the daemon. Commands cannot tell the difference. */
export interface Backend {
  readonly via: 'direct' | 'daemon';
  readonly operations: BrokerOperations;
  /** Waits until orders may be placed, at most for what is left of `--timeout`. A gate that waiting does not open refuses the order as well, and only that refusal is written down. */
  ready(): Promise<void>;
  /** How long an answer takes: of the gateway over a connection of our own, of the daemon through it. */
  roundTrip(signal: AbortSignal): Promise<{ readonly roundTripMs: number; readonly serverTimeMs: number | undefined }>;
  /** Follows a topic of the stream until the signal aborts or it ends. */
  follow<K extends TopicKindName>(kind: K, topic: string, options: FollowOptions): AsyncIterable<TopicEvent<K>>;
}

/** What a command needs of its backend. */
export interface BackendNeeds {
  /** `read` leases a client id, `order` uses the one of the order role and opens the journal. The daemon has both already. */
  readonly role: 'read' | 'order';
  /** Whether a lost connection is made again; streams want it, and orders do, to learn what became of them. */
  readonly autoReconnect?: boolean;
  /** Whether accounts, positions or orders are asked about; the order role always does. Quotes alone need no sweep over the broker's lists. */
  readonly trading?: boolean;
}

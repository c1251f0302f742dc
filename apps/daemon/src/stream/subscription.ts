import type { ApiProblem, StreamMode } from '@ibkit/api-contract';
import type { SharedTail } from './stream-encoding.js';
import type { OutgoingMessage } from './outbox.js';
import type { StreamEncoding } from './stream-encoding.js';
import type { SubscriberGroup } from './subscriber-group.js';
import type { TopicChannel } from './topic-channel.js';

/** Why a topic is over for a subscription. */
export interface Ending {
  readonly code: string;
  readonly reason: string;
  /** The error behind it, as an answer over HTTP would tell it. */
  readonly problem?: ApiProblem | undefined;
}

/** The client that a subscription belongs to, as far as it needs it. */
export interface SubscriptionOwner {
  readonly encoding: StreamEncoding;
  readonly accounts: ReadonlySet<string> | undefined;
  /** Bytes that the client has not taken. */
  readonly bufferedBytes: number;
  push(message: OutgoingMessage): void;
  /** Resolves when the client has taken what there was, or is gone. */
  drained(): Promise<void>;
  /** A topic is over: the client is told, and the subscription ends. */
  over(subscription: Subscription, ending: Ending): void;
}

/**
 * Where a subscription is: `waiting` for the first state of its topic, `live`, `catchingUp` with what it missed, `paused` because its client does not
 * keep up, or `ended`.
 */
export type SubscriptionPhase = 'waiting' | 'live' | 'catchingUp' | 'paused' | 'ended';

/** One subscription of one client: its numbering, and where it is in its topic. */
export class Subscription {
  readonly id: number;
  readonly channel: TopicChannel;
  readonly wanted: StreamMode;
  readonly intervalMs: number;
  readonly owner: SubscriptionOwner;
  phase: SubscriptionPhase = 'waiting';
  /** How it is fed now: as wanted, or as `latest` while its client is slow. */
  mode: StreamMode;
  group: SubscriberGroup | undefined;
  /** Since when it is paused: how many events the topic had then, and the time. */
  pausedAt: { readonly events: number; readonly tsUs: number } | undefined;
  /** It asked for all of the topic while it was told what it missed. */
  wantsAll = false;
  readonly release: () => void;
  #seq = 0;
  #position = 0;
  #writtenPosition: number | undefined;

  constructor(options: { readonly id: number; readonly channel: TopicChannel; readonly mode: StreamMode; readonly intervalMs: number; readonly owner: SubscriptionOwner; readonly release: () => void }) {
    this.id = options.id;
    this.channel = options.channel;
    this.wanted = options.mode;
    this.mode = options.mode;
    this.intervalMs = options.intervalMs;
    this.owner = options.owner;
    this.release = options.release;
  }

  /** Messages so far. */
  get seq(): number {
    return this.#seq;
  }

  /** Up to where everything was put on its way. */
  get position(): number {
    return this.#position;
  }

  /** Where a client that gets nothing more can resume; `undefined` before the first message left. */
  get writtenPosition(): number | undefined {
    return this.#writtenPosition;
  }

  /** Begins at a position: nothing before it is told. */
  beginAt(position: number): void {
    this.#position = position;
  }

  send(tail: SharedTail, position: number): void {
    if (this.phase === 'ended') return;
    this.#seq += 1;
    this.#position = position;
    const { encoding } = this.owner;
    const bytes = tail.bytes(encoding);
    this.owner.push({ head: tail.head(encoding, this.id, this.#seq), tail: bytes, of: this, position });
  }

  wrote(position: number): void {
    this.#writtenPosition = position;
  }

  /** There was a change that its client may not see. */
  passed(position: number): void {
    this.#position = position;
  }
}

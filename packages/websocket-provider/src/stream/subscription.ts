import { parseTopic } from '@ibkit/api-contract';
import type { ApiInstrumentFields, ClientStreamMessage, ServerStreamMessage, StreamMode, TopicKindName } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { protocolError, refusalError } from './stream-errors.js';
import { isDelta, isSnapshot } from './topic-event.js';
import type { TopicEvent } from './topic-event.js';

/** How a topic is subscribed. */
export interface TopicOptions {
  /** What the text of the topic does not say about the instrument. */
  readonly instrument?: ApiInstrumentFields | undefined;
  /** @defaultValue what the kind of topic is fed in when nothing is said: `latest` for quotes, `all` for trades and orders */
  readonly mode?: StreamMode | undefined;
  /** Of `latest` and `sampled`: milliseconds from 10 to 60,000 between two updates. @defaultValue 250 */
  readonly minIntervalMs?: number | undefined;
  /** Of quotes: the worst kind of data that is taken. @defaultValue 'live' */
  readonly marketData?: 'live' | 'frozen' | 'delayed' | 'delayed-frozen' | undefined;
}

/** A message about one subscription. */
export type SubscriptionMessage = Extract<ServerStreamMessage, { readonly t: 'snapshot' | 'resumed' | 'delta' | 'gap' | 'stale' | 'state' | 'end' | 'err' }>;

/** What to do after a message was taken in. */
export type Reaction = 'none' | 'resync' | 'retry' | 'over' | 'refuse';

/** A kind and its topic, read from the text. @throws {@link UsageError} for a text that is no topic of the kind */
export function checkTopic(kind: TopicKindName, topic: string): void {
  if (parseTopic(topic)?.kind === kind) return;
  throw new UsageError({ field: 'topic', value: topic, rule: `must be a topic of the kind ${kind}` });
}

/** One subscription, which outlives the connections that feed it. */
export class Subscription<K extends TopicKindName> {
  readonly id: number;
  readonly topic: string;
  /** Resolves when the first snapshot is there; rejects when the daemon refuses the subscription, or everything ends before. */
  readonly ready: Promise<void>;
  readonly #kind: K;
  readonly #options: TopicOptions;
  readonly #sink: (event: TopicEvent<K>) => void;
  #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  /** Where to go on. */
  #at: string | undefined;
  /** The number of the next message; `undefined` until a snapshot says where it counts from. */
  #nextSeq: number | undefined;
  /** Messages were lost: until the next snapshot nothing is taken in. */
  #resyncing = false;
  #missedTold = false;
  #wasLost = false;
  #holes = 0;

  constructor({ id, kind, topic, options, sink }: { readonly id: number; readonly kind: K; readonly topic: string; readonly options: TopicOptions; readonly sink: (event: TopicEvent<K>) => void }) {
    this.id = id;
    this.topic = topic;
    this.#kind = kind;
    this.#options = options;
    this.#sink = sink;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever does not wait is told by the sink.
    this.ready.catch(() => undefined);
  }

  /** How often messages of it were lost on the way. */
  get holes(): number {
    return this.#holes;
  }

  /** The message that begins it, or goes on where it was. */
  request(): ClientStreamMessage {
    const { instrument, mode, minIntervalMs, marketData } = this.#options;
    this.#nextSeq = undefined;
    this.#resyncing = false;
    return {
      t: 'sub', id: this.id, topic: this.topic,
      ...(instrument === undefined ? {} : { instrument }), ...(mode === undefined ? {} : { mode }), ...(minIntervalMs === undefined ? {} : { minIntervalMs }), ...(marketData === undefined ? {} : { marketData }), ...(this.#at === undefined ? {} : { resume: this.#at }),
    }; // prettier-ignore
  }

  /** Takes a message in. */
  receive(message: SubscriptionMessage, atMs: number): Reaction {
    switch (message.t) {
      case 'err': return this.#refused(message, atMs);
      case 'end': {
        this.end(refusalError({ code: message.code, detail: message.reason, retryable: false, problem: message.problem }), atMs);
        return 'over';
      }
      case 'snapshot': return this.#snapshot(message, atMs);
      case 'resumed': {
        this.#nextSeq = message.seq + 1;
        this.#at = message.at;
        this.#emit({ type: 'resumed', atMs });
        this.#isReady();
        return 'none';
      }
      default: return this.#follow(message, atMs);
    }
  }

  /** The connection is gone. */
  lost(reason: string, atMs: number): void {
    this.#nextSeq = undefined;
    if (this.#settle !== undefined) return;
    this.#wasLost = true;
    this.#emit({ type: 'lost', reason, atMs });
  }

  /** Nothing more will come. */
  end(error: IbkrError | undefined, atMs: number): void {
    this.#settle?.reject(error ?? new UsageError({ code: 'IBKR_STREAM_UNSUBSCRIBED', field: 'subscription', rule: 'must not be closed before it begins' }));
    this.#settle = undefined;
    this.#emit({ type: 'ended', error, atMs });
  }

  #refused(message: Extract<SubscriptionMessage, { t: 'err' }>, atMs: number): Reaction {
    const error = refusalError(message);
    // What worked before may work again: the daemon may have only just started.
    if (this.#settle === undefined && message.retryable) {
      this.#emit({ type: 'stale', cause: message.detail, atMs });
      return 'retry';
    }
    this.end(error, atMs);
    return 'over';
  }

  #snapshot({ seq, at, data, reason, mode }: Extract<SubscriptionMessage, { t: 'snapshot' }>, atMs: number): Reaction {
    if (!isSnapshot(this.#kind, data)) return this.#broken('a snapshot', atMs);
    // The daemon says so itself with `gap` where it knows; what was lost on the way or in a restart only we know.
    if ((this.#resyncing || this.#wasLost) && !this.#missedTold) this.#emit({ type: 'gap', reason: this.#resyncing ? 'messages were lost' : reason, atMs });
    this.#nextSeq = seq + 1;
    this.#at = at;
    this.#resyncing = false;
    this.#wasLost = false;
    this.#missedTold = false;
    this.#emit({ type: 'snapshot', reason, mode, data, atMs });
    this.#isReady();
    return 'none';
  }

  #follow(message: Extract<SubscriptionMessage, { t: 'delta' | 'gap' | 'stale' | 'state' }>, atMs: number): Reaction {
    // A `gap` may come in front of the snapshot that it explains.
    const expected = this.#nextSeq ?? (message.t === 'gap' ? message.seq : undefined);
    if (this.#resyncing && message.t !== 'gap') return 'none';
    if (expected !== message.seq) {
      this.#holes += 1;
      this.#resyncing = true;
      return 'resync';
    }
    this.#nextSeq = message.seq + 1;
    this.#at = message.at;
    switch (message.t) {
      case 'delta': {
        if (!isDelta(this.#kind, message.data)) return this.#broken('a change', atMs);
        this.#wasLost = false;
        this.#missedTold = false;
        this.#emit({ type: 'delta', data: message.data, folded: message.n ?? 1, atMs });
        break;
      }
      case 'gap': {
        const { reason, fromUs, toUs, missed } = message.data;
        this.#missedTold = true;
        this.#emit({ type: 'gap', reason, fromMs: milliseconds(fromUs), toMs: milliseconds(toUs), missed, atMs });
        break;
      }
      case 'stale': {
        this.#emit({ type: 'stale', cause: message.data.cause, sinceMs: milliseconds(message.data.sinceUs), atMs });
        break;
      }
      case 'state': {
        this.#emit({ type: 'feed', state: message.data.state, mode: message.data.mode, reason: message.data.reason, atMs });
        break;
      }
    }
    return 'none';
  }

  #broken(what: string, atMs: number): Reaction {
    this.end(protocolError(`${what} of ${this.topic} that the contract does not know`), atMs);
    return 'refuse';
  }

  #isReady(): void {
    this.#settle?.resolve();
    this.#settle = undefined;
  }

  #emit(event: TopicEvent<K>): void {
    this.#sink(event);
  }
}

function milliseconds(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1000;
}

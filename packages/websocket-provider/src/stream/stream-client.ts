import type { ClientStreamMessage, Scope, ServerStreamMessage, TopicKindName } from '@ibkit/api-contract';
import type { Clock, Timer } from '@ibkit/clock';
import { ConnectionError, UsageError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { resolveEndpoint, tokenOf } from '../endpoint.js';
import type { DaemonEndpoint, ResolvedEndpoint } from '../endpoint.js';
import { Caller } from '../http/caller.js';
import type { Platform, Socket } from '../platform/platform.js';
import { Backoff } from './backoff.js';
import { streamCodec } from './codec.js';
import type { StreamCodec, StreamEncoding } from './codec.js';
import { closedError, protocolError, silentError, streamEndOf } from './stream-errors.js';
import { Subscription, checkTopic } from './subscription.js';
import type { SubscriptionMessage, TopicOptions } from './subscription.js';
import type { TopicEvent } from './topic-event.js';

/** How a stream is kept. */
export interface StreamOptions extends DaemonEndpoint {
  /** `msgpack` needs less bandwidth, `json` can be read by people. @defaultValue 'json' */
  readonly encoding?: StreamEncoding | undefined;
  /** The delay before the second attempt to connect, milliseconds; it doubles with each up to `reconnectMaxMs`. @defaultValue 250 */
  readonly reconnectMinMs?: number | undefined;
  /** @defaultValue 10000 */
  readonly reconnectMaxMs?: number | undefined;
  /** Told whenever the connection comes or goes. */
  readonly onConnection?: ((change: StreamConnectionChange) => void) | undefined;
}

/** What became of the connection. `closed` is final: everything subscribed has ended. */
export type StreamConnectionChange =
  | { readonly state: 'open'; readonly scope: Scope; readonly bootId: string; readonly restarted: boolean }
  | { readonly state: 'lost'; readonly error: IbkrError; readonly retryInMs: number }
  | { readonly state: 'closed'; readonly error: IbkrError | undefined };

/** A subscription of a stream. */
export interface TopicSubscription {
  readonly topic: string;
  /** Resolves with the first snapshot. Rejects when the daemon refuses it: `code` says why. */
  readonly ready: Promise<void>;
  /** How often messages were lost on the way and asked for again. */
  readonly holes: number;
  /** Ends it. Idempotent. */
  close(): void;
}

/** Daemons send a heartbeat; this many of them may be missing. */
const MISSED_HEARTBEATS = 2.5;
/** A connection that held this long was a good one: the next attempt comes soon. */
const GOOD_AFTER_MS = 30_000;
/** When a subscription that worked before is asked for again, after the daemon could not serve it. */
const RETRY_MS = 2_000;

type AnySubscription = { readonly [K in TopicKindName]: Subscription<K> }[TopicKindName];

/** The connection as it is. */
interface Live {
  readonly socket: Socket;
  /** The daemon knows who we are. */
  welcome: boolean;
  heartbeatMs: number;
  lastInboundMs: number;
  openedMs: number | undefined;
}

/**
 * One stream of the daemon, over connections that come and go: what was subscribed goes on where it was.
 *
 * It connects with the first subscription. Between two connections nothing is silent: every subscription is told `lost`, and then `resumed`, or a
 * `gap` and a fresh snapshot.
 */
export class StreamClient implements AsyncDisposable {
  readonly #endpoint: ResolvedEndpoint;
  readonly #platform: Platform;
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #codec: StreamCodec;
  readonly #backoff: Backoff;
  readonly #onConnection: (change: StreamConnectionChange) => void;
  readonly #subscriptions = new Map<number, AnySubscription>();
  readonly #retries = new Map<number, Timer>();
  #live: Live | undefined;
  #opening: AbortController | undefined;
  #reconnect: Timer | undefined;
  #watch: Timer | undefined;
  #bootId: string | undefined;
  #restarted = false;
  #closed = false;
  #nextId = 1;

  constructor(options: StreamOptions, platform: (endpoint: ResolvedEndpoint) => Platform) {
    const { encoding = 'json', reconnectMinMs = 250, reconnectMaxMs = 10_000, onConnection } = options;
    if (!(reconnectMinMs >= 1 && reconnectMinMs <= reconnectMaxMs)) throw new UsageError({ field: 'reconnectMinMs', value: reconnectMinMs, rule: 'must be at least 1 and at most reconnectMaxMs' });
    this.#endpoint = resolveEndpoint(options);
    this.#platform = platform(this.#endpoint);
    this.#caller = new Caller(this.#endpoint, this.#platform);
    this.#clock = this.#endpoint.clock;
    this.#codec = streamCodec(encoding);
    this.#backoff = new Backoff({ leastMs: reconnectMinMs, mostMs: reconnectMaxMs, random: this.#endpoint.random });
    this.#onConnection = onConnection ?? (() => undefined);
  }

  /** Whether the daemon listens to us at this moment. */
  get connected(): boolean {
    return this.#live?.welcome === true;
  }

  /**
   * Subscribes to a topic of the contract.
   * @param sink is told everything, in order; it must not throw
   * @throws {@link UsageError} for a text that is no topic of the kind, and after `close()`
   */
  subscribe<K extends TopicKindName>(kind: K, topic: string, sink: (event: TopicEvent<K>) => void, options: TopicOptions = {}): TopicSubscription {
    if (this.#closed) throw closedError();
    checkTopic(kind, topic);
    const id = this.#nextId;
    this.#nextId += 1;
    const subscription = new Subscription({ id, kind, topic, options, sink });
    this.#keep(subscription);
    if (this.#live?.welcome === true) this.#send(this.#live, subscription.request());
    else this.#connect();
    return {
      topic,
      ready: subscription.ready,
      get holes() {
        return subscription.holes;
      },
      close: () => {
        if (!this.#forget(id)) return;
        if (this.#live?.welcome === true) this.#send(this.#live, { t: 'unsub', id });
        subscription.end(undefined, this.#clock.now());
      },
    };
  }

  /** Ends the stream and everything subscribed. Idempotent. */
  close(): Promise<void> {
    this.#end(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keep(subscription: { readonly id: number }): void {
    // One map for all kinds: each subscription knows its own.
    if (isAnySubscription(subscription)) this.#subscriptions.set(subscription.id, subscription);
  }

  #forget(id: number): boolean {
    this.#retries.get(id)?.cancel();
    this.#retries.delete(id);
    return this.#subscriptions.delete(id);
  }

  #connect(): void {
    if (this.#closed || this.#live !== undefined || this.#opening !== undefined || this.#reconnect !== undefined) return;
    const opening = new AbortController();
    this.#opening = opening;
    this.#open(opening.signal).catch((error: unknown) => {
      if (this.#opening !== opening) return;
      this.#opening = undefined;
      const found = isIbkrError(error) ? error : new ConnectionError({ code: 'IBKR_DAEMON_UNREACHABLE', message: `The daemon cannot be reached: ${String(error)}.`, retryable: true, cause: error });
      if (found.retryable) this.#again(found);
      else this.#end(found);
    });
  }

  async #open(signal: AbortSignal): Promise<void> {
    const token = await tokenOf(this.#endpoint.token);
    const ticket = this.#platform.headers ? undefined : (await this.#caller.call('createTicket', {}, { signal })).ticket;
    if (signal.aborted) return;
    const nowMs = this.#clock.monotonic();
    const socket = this.#platform.openSocket({
      protocol: this.#codec.protocol,
      token,
      listener: {
        onOpen: () => { if (ticket !== undefined) this.#send(live, { t: 'auth', ticket }); },
        onMessage: (data) => { this.#receive(live, data); },
        onClose: (end) => { this.#lost(live, streamEndOf(end, this.#caller.where)); },
      }, // prettier-ignore
    });
    const live: Live = { socket, welcome: false, heartbeatMs: this.#endpoint.timeoutMs / MISSED_HEARTBEATS, lastInboundMs: nowMs, openedMs: undefined };
    this.#opening = undefined;
    this.#live = live;
    this.#watchSilence(live);
  }

  #watchSilence(live: Live): void {
    const limitMs = live.heartbeatMs * MISSED_HEARTBEATS;
    const leftMs = live.lastInboundMs + limitMs - this.#clock.monotonic();
    this.#watch?.cancel();
    this.#watch = this.#clock.setTimer(Math.max(1, leftMs), () => {
      if (this.#live !== live) return;
      if (this.#clock.monotonic() - live.lastInboundMs >= limitMs) this.#drop(live, silentError(limitMs));
      else this.#watchSilence(live);
    });
  }

  #receive(live: Live, data: string | Uint8Array): void {
    if (this.#live !== live) return;
    live.lastInboundMs = this.#clock.monotonic();
    const message = this.#codec.read(data);
    if (message === undefined) this.#drop(live, protocolError('a message that the contract does not know'));
    else this.#take(live, message);
  }

  #take(live: Live, message: ServerStreamMessage): void {
    switch (message.t) {
      case 'hello': {
        this.#hello(message.bootId);
        break;
      }
      case 'welcome': {
        this.#welcome(live, message);
        break;
      }
      case 'heartbeat': case 'pong': break;
      case 'end': case 'err': {
        // About the whole stream: the close that follows says what to do.
        if (message.id !== undefined) this.#tell(live, message.id, message);
        break;
      }
      default: this.#tell(live, message.id, message);
    }
  }

  #hello(bootId: string): void {
    this.#restarted = this.#bootId !== undefined && this.#bootId !== bootId;
    this.#bootId = bootId;
  }

  #welcome(live: Live, { heartbeatMs, scope }: Extract<ServerStreamMessage, { readonly t: 'welcome' }>): void {
    live.welcome = true;
    live.heartbeatMs = heartbeatMs;
    live.openedMs = this.#clock.monotonic();
    this.#watchSilence(live);
    for (const subscription of this.#subscriptions.values()) this.#send(live, subscription.request());
    this.#onConnection({ state: 'open', scope, bootId: this.#bootId ?? '', restarted: this.#restarted });
  }

  #tell(live: Live, id: number, message: SubscriptionMessage): void {
    const subscription = this.#subscriptions.get(id);
    // What was on its way when it was closed.
    if (subscription === undefined) return;
    switch (subscription.receive(message, this.#clock.now())) {
      case 'resync': {
        this.#send(live, { t: 'resync', id });
        break;
      }
      case 'retry': {
        this.#retries.set(id, this.#clock.setTimer(RETRY_MS, () => {
          this.#retries.delete(id);
          if (this.#live?.welcome === true) this.#send(this.#live, subscription.request());
        }));
        break;
      } // prettier-ignore
      case 'over': {
        this.#forget(id);
        break;
      }
      case 'refuse': {
        this.#forget(id);
        this.#send(live, { t: 'unsub', id });
        break;
      }
      case 'none': break;
    }
  }

  #send(live: Live, message: ClientStreamMessage): void {
    live.socket.send(this.#codec.write(message));
  }

  /** Ends a connection that is no good; the next one is made. */
  #drop(live: Live, error: IbkrError): void {
    this.#lost(live, { error, final: false });
    live.socket.terminate();
  }

  #lost(live: Live, { error, final }: { readonly error: IbkrError; readonly final: boolean }): void {
    if (this.#live !== live) return;
    this.#live = undefined;
    this.#watch?.cancel();
    for (const timer of this.#retries.values()) timer.cancel();
    this.#retries.clear();
    if (final) {
      this.#end(error);
      return;
    }
    if (live.openedMs !== undefined && this.#clock.monotonic() - live.openedMs >= GOOD_AFTER_MS) this.#backoff.reset();
    const nowMs = this.#clock.now();
    for (const subscription of this.#subscriptions.values()) subscription.lost(error.message, nowMs);
    this.#again(error);
  }

  #again(error: IbkrError): void {
    if (this.#closed || this.#subscriptions.size === 0) return;
    const retryInMs = this.#backoff.next();
    this.#reconnect = this.#clock.setTimer(retryInMs, () => {
      this.#reconnect = undefined;
      this.#connect();
    });
    this.#onConnection({ state: 'lost', error, retryInMs });
  }

  #end(error: IbkrError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#opening?.abort(error ?? closedError());
    this.#opening = undefined;
    for (const timer of [this.#reconnect, this.#watch, ...this.#retries.values()]) timer?.cancel();
    this.#retries.clear();
    const live = this.#live;
    this.#live = undefined;
    live?.socket.close(STREAM_CLOSE_NORMAL, 'done');
    // A peer that does not answer a close must not keep the process.
    if (live !== undefined) this.#clock.setTimer(CLOSE_MS, () => { live.socket.terminate(); }, { keepAlive: false });
    const nowMs = this.#clock.now();
    for (const subscription of this.#subscriptions.values()) subscription.end(error, nowMs);
    this.#subscriptions.clear();
    this.#caller.close();
    this.#onConnection({ state: 'closed', error });
  }
}

const STREAM_CLOSE_NORMAL = 1000;
const CLOSE_MS = 1_000;

function isAnySubscription(subscription: { readonly id: number }): subscription is AnySubscription {
  return subscription instanceof Subscription;
}

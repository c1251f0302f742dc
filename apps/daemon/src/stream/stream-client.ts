import type { IncomingMessage } from 'node:http';
import { STREAM_API_LEVEL, STREAM_CLOSE, clientMessageSchema, unsubMessageSchema } from '@ibkit/api-contract';
import type { ApiProblem, ApiStreamClients, ClientStreamMessage, Topic } from '@ibkit/api-contract';
import type { Clock, Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { problemOf } from '../http/problem.js';
import { ClientSubscriptions } from './client-subscriptions.js';
import { MessageAllowance } from './message-allowance.js';
import { Outbox } from './outbox.js';
import type { OutgoingMessage } from './outbox.js';
import { patientTimer } from './patient-timer.js';
import { PressureLadder } from './pressure-ladder.js';
import { StallWatch } from './stall-watch.js';
import { decodeMessage, encodeMessage } from './stream-encoding.js';
import type { StreamEncoding } from './stream-encoding.js';
import type { StreamLimits } from './stream-limits.js';
import type { StreamAdmission, StreamCaller, StreamSocket } from './stream-ports.js';
import { readSubscribe } from './subscribe-request.js';
import type { SubMessage } from './subscribe-request.js';
import { Subscription } from './subscription.js';
import type { Ending, SubscriptionOwner } from './subscription.js';
import type { TopicChannel } from './topic-channel.js';
import type { TurnTaker } from './turn-scheduler.js';

/** What a client needs of the hub. */
export interface ClientHost {
  readonly clock: Clock;
  readonly limits: StreamLimits;
  readonly version: string;
  readonly bootId: string;
  /** Who is behind a first message. */
  introduce(message: { readonly ticket?: string | undefined; readonly token?: string | undefined }, request: IncomingMessage): StreamAdmission;
  /** The client said who it is. Gives back why it may not stay. */
  welcome(caller: StreamCaller, request: IncomingMessage): string | undefined;
  /** The channel of a topic, for one more subscription. @throws when there may be no more, or when it cannot be opened */
  channel(client: StreamClient, wanted: { readonly topic: Topic; readonly key: string; readonly message: SubMessage }): { readonly channel: TopicChannel; readonly release: () => void };
  ready(taker: TurnTaker): void;
  gone(client: StreamClient): void;
  count(what: 'demoted' | 'paused' | 'cut' | 'refused'): void;
}

/** A client that is not heard of at two pings in a row is gone. */
const MOST_PINGS = 2;

/**
 * One connection: what it asks for, what it is still to get, and what happens when it does not keep up. Volatile topics in mode `all` are fed as `latest`
 * first, then paused; durable ones wait in the journal; a client that takes nothing for too long, or lets too much pile up, is told why and cut.
 */
export class StreamClient implements SubscriptionOwner, TurnTaker {
  readonly id: string;
  readonly encoding: StreamEncoding;
  readonly sinceMs: number;
  readonly #host: ClientHost;
  readonly #socket: StreamSocket;
  readonly #request: IncomingMessage;
  readonly #outbox: Outbox;
  readonly #subscriptions = new ClientSubscriptions();
  readonly #allowance: MessageAllowance;
  readonly #stall: StallWatch;
  readonly #ladder: PressureLadder;
  #caller: StreamCaller | undefined;
  #accounts: ReadonlySet<string> | undefined;
  #authTimer: Timer | undefined;
  #closeTimer: Timer | undefined;
  #isEnding = false;
  #isGone = false;
  #bad = 0;
  #pings = 0;
  #drainWaiters: (() => void)[] = [];

  constructor(options: { readonly id: string; readonly encoding: StreamEncoding; readonly socket: StreamSocket; readonly request: IncomingMessage; readonly host: ClientHost }) {
    const { id, encoding, socket, request, host } = options;
    this.id = id;
    this.encoding = encoding;
    this.#socket = socket;
    this.#request = request;
    this.#host = host;
    this.#outbox = new Outbox(encoding, socket);
    this.sinceMs = host.clock.now();
    this.#allowance = new MessageAllowance({ clock: host.clock, perSecond: host.limits.messagesPerSecond });
    this.#stall = new StallWatch(this.#outbox, host.limits.stallMs);
    this.#ladder = new PressureLadder({
      limits: host.limits,
      subscriptions: this.#subscriptions,
      bufferedBytes: () => this.bufferedBytes,
      isEnding: () => this.#isEnding,
      onTaken: () => {
        this.#wakeDrainWaiters();
      },
      count: (what) => {
        host.count(what);
      },
      cut: (why) => {
        this.cut(why);
      },
    });
  }

  get caller(): StreamCaller | undefined {
    return this.#caller;
  }

  get accounts(): ReadonlySet<string> | undefined {
    return this.#accounts;
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  /** Whether it is being cut: it gets nothing more. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  get sent(): { readonly frames: number; readonly bytes: number } {
    return { frames: this.#outbox.frames, bytes: this.#outbox.bytes };
  }

  /** Says hello; a client that is known by its header is welcome at once. */
  begin(caller: StreamCaller | undefined): void {
    const { limits, version, bootId, clock } = this.#host;
    const { messageBytes, subscriptions, authMs, cutBytes, messagesPerSecond } = limits;
    this.#tell({ t: 'hello', apiLevel: STREAM_API_LEVEL, version, bootId, limits: { messageBytes, subscriptions, authMs, bufferBytes: cutBytes, messagesPerSecond } });
    if (caller !== undefined) {
      this.#welcome(caller);
      return;
    }
    this.#authTimer = patientTimer(clock, authMs, () => {
      this.end({ code: 'IBKR_STREAM_AUTH', reason: `the first message must be "auth", within ${authMs} ms`, close: STREAM_CLOSE.unauthorized });
    });
  }

  /** A message arrived. */
  received(data: Buffer, isBinary: boolean): void {
    if (this.#isEnding) return;
    if (!this.#allowance.take()) {
      this.end({ code: 'IBKR_STREAM_TOO_MANY', reason: `more than ${this.#host.limits.messagesPerSecond} messages per second`, close: STREAM_CLOSE.tooMany });
      return;
    }
    const decoded = isBinary === (this.encoding === 'msgpack') ? decodeMessage(this.encoding, data) : undefined;
    const parsed = clientMessageSchema.safeParse(decoded);
    if (!parsed.success) {
      this.#badMessage(parsed.error.issues[0], namedId(decoded));
      return;
    }
    const message = parsed.data;
    if (this.#caller === undefined) {
      if (message.t === 'auth') this.#introduce(message);
      else this.end({ code: 'IBKR_STREAM_AUTH', reason: 'the first message must be "auth"', close: STREAM_CLOSE.unauthorized });
      return;
    }
    this.#handle(message);
  }

  /** The far end answered a ping. */
  ponged(): void {
    this.#pings = 0;
  }

  /** The socket has room again. */
  drained(): Promise<void> {
    if (this.#isGone || this.bufferedBytes < this.#host.limits.recoverBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drainWaiters.push(resolve);
    });
  }

  /** The socket took what was written. */
  writable(): void {
    if (this.#outbox.size > 0) this.#host.ready(this);
    else this.#ladder.judge();
  }

  /** The connection is over. */
  closed(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isEnding = true;
    this.#authTimer?.cancel();
    this.#closeTimer?.cancel();
    this.#subscriptions.dropAll();
    this.#outbox.clear();
    this.#wakeDrainWaiters();
    this.#host.gone(this);
  }

  push(message: OutgoingMessage): void {
    if (this.#isEnding) return;
    this.#outbox.push(message);
    // Too much for one turn: before anything else is decided, what fits goes out.
    if (!this.#ladder.isJudging && this.#outbox.bufferedBytes > this.#host.limits.pauseBytes) this.takeTurn();
    else this.#host.ready(this);
  }

  takeTurn(): void {
    if (this.#isGone) return;
    this.#outbox.flush();
    this.#ladder.judge();
  }

  over(subscription: Subscription, { code, reason, problem }: Ending): void {
    if (this.#subscriptions.get(subscription.id) !== subscription) return;
    this.#tell({ t: 'end', id: subscription.id, at: subscription.channel.at(subscription.position), code, reason, ...(problem === undefined ? {} : { problem }) });
    this.#subscriptions.drop(subscription);
  }

  /** Tells the client that the daemon is alive, and where it is in each topic. */
  beat(): void {
    if (this.#caller === undefined || this.#isEnding) return;
    this.#tell({ t: 'heartbeat', tsUs: this.#nowUs(), at: this.#subscriptions.positions(({ position }) => position) });
  }

  /** Asks the far end whether it is there. */
  ping(): void {
    if (this.#isGone) return;
    this.#pings += 1;
    if (this.#pings > MOST_PINGS) this.#socket.terminate();
    else this.#socket.ping();
  }

  /** Looks whether the client takes anything at all. @param sinceMs how long it could have since the last look: while our own loop stood still, nobody could */
  checkStall(sinceMs: number): void {
    if (this.#isEnding) return;
    const { stallMs } = this.#host.limits;
    if (this.#stall.isStalled(sinceMs)) this.cut(`nothing was taken for ${stallMs} ms`);
  }

  /** Ends the connection: what waits is dropped, the client is told why and where it can resume, and has some time to read that. */
  end({ code, reason, close }: { readonly code: string; readonly reason: string; readonly close: number }): void {
    if (this.#isEnding) return;
    const resume = this.#subscriptions.positions(({ writtenPosition }) => writtenPosition);
    this.#outbox.clear();
    this.#tell({ t: 'end', code, reason, resume });
    this.#isEnding = true;
    this.#authTimer?.cancel();
    // The last words, whatever the socket holds already.
    this.#outbox.flushAll();
    this.#subscriptions.dropAll();
    this.#wakeDrainWaiters();
    this.#socket.close(close, code);
    this.#closeTimer = this.#host.clock.setTimer(this.#host.limits.closeMs, () => {
      this.#socket.terminate();
    }, { keepAlive: false });
  }

  /** As `GET /v1/connections` shows it. */
  view(): ApiStreamClients['connections'][number] {
    return {
      id: this.id, tokenId: this.#caller?.tokenId ?? '', scope: this.#caller?.scope ?? '', encoding: this.encoding, sinceMs: this.sinceMs,
      subscriptions: this.#subscriptions.size, sentFrames: this.#outbox.frames, sentBytes: this.#outbox.bytes, bufferedBytes: this.bufferedBytes, conflated: this.#subscriptions.folded,
      demoted: this.#ladder.isDemoted, paused: this.#ladder.isPaused,
    }; // prettier-ignore
  }

  #introduce(message: Extract<ClientStreamMessage, { t: 'auth' }>): void {
    const admission = this.#host.introduce(message, this.#request);
    if (admission.ok) this.#welcome(admission.caller);
    else {
      const { code, detail, status } = admission.problem;
      this.end({ code, reason: detail, close: status === 403 ? STREAM_CLOSE.forbidden : status === 429 ? STREAM_CLOSE.tooMany : STREAM_CLOSE.unauthorized });
    }
  }

  #welcome(caller: StreamCaller): void {
    this.#authTimer?.cancel();
    const refused = this.#host.welcome(caller, this.#request);
    if (refused !== undefined) {
      this.end({ code: 'IBKR_STREAM_TOO_MANY', reason: refused, close: STREAM_CLOSE.tooMany });
      return;
    }
    this.#caller = caller;
    this.#accounts = caller.accounts === undefined ? undefined : new Set(caller.accounts);
    this.#tell({ t: 'welcome', connectionId: this.id, scope: caller.scope, heartbeatMs: this.#host.limits.heartbeatMs });
  }

  #handle(message: ClientStreamMessage): void {
    switch (message.t) {
      case 'sub':
        this.#subscribe(message);
        return;
      case 'unsub': {
        const found = this.#found(message.id);
        if (found !== undefined) this.#subscriptions.drop(found);
        return;
      }
      case 'resync': {
        const found = this.#found(message.id);
        if (found !== undefined) found.channel.resync(found);
        return;
      }
      case 'ping':
        this.#tell({ t: 'pong', n: message.n, tsUs: this.#nowUs() });
        return;
      case 'auth':
        this.#refuse(undefined, 'IBKR_STREAM_MESSAGE', 'It is known already who you are.', false);
    }
  }

  #found(id: number): Subscription | undefined {
    const found = this.#subscriptions.get(id);
    if (found === undefined) this.#refuse(id, 'IBKR_STREAM_ID', `There is no subscription ${id}.`, false);
    return found;
  }

  #subscribe(message: SubMessage): void {
    const { limits } = this.#host;
    const { id, minIntervalMs = limits.intervalMs } = message;
    if (this.#subscriptions.get(id) !== undefined) {
      this.#refuse(id, 'IBKR_STREAM_ID', `There is a subscription ${id} already: take another number, or end it first.`, false);
      return;
    }
    if (this.#subscriptions.size >= limits.subscriptions) {
      this.#refuse(id, 'IBKR_STREAM_TOO_MANY', `A connection may have ${limits.subscriptions} subscriptions, and has.`, true);
      return;
    }
    const wanted = readSubscribe(message, this.#accounts);
    if ('code' in wanted) {
      this.#refuse(id, wanted.code, wanted.detail, false);
      return;
    }
    const { topic, key, mode, resume } = wanted;
    try {
      const { channel, release } = this.#host.channel(this, { topic, key, message });
      const subscription = new Subscription({ id, channel, mode, intervalMs: minIntervalMs, owner: this, release });
      this.#subscriptions.add(subscription);
      channel.join(subscription, resume);
    } catch (error) {
      this.#refuse(id, isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED', error instanceof Error ? error.message : 'The topic could not be opened.', isIbkrError(error) && error.retryable, isIbkrError(error) ? problemOf(error) : undefined);
    }
  }

  #refuse(id: number | undefined, code: string, detail: string, retryable: boolean, problem?: ApiProblem): void {
    this.#host.count('refused');
    this.#tell({ t: 'err', id, code, detail, retryable, ...(problem === undefined ? {} : { problem }) });
  }

  #badMessage(issue: { readonly path: PropertyKey[]; readonly message: string } | undefined, id: number | undefined): void {
    this.#bad += 1;
    if (this.#caller === undefined || this.#bad > this.#host.limits.badMessages) {
      this.end({ code: 'IBKR_STREAM_MESSAGE', reason: 'messages that cannot be understood', close: this.#caller === undefined ? STREAM_CLOSE.unauthorized : STREAM_CLOSE.badMessage });
      return;
    }
    const where = issue === undefined || issue.path.length === 0 ? 'The message' : `The field ${issue.path.map(String).join('.').slice(0, 80)}`;
    this.#refuse(id, 'IBKR_STREAM_MESSAGE', `${where} cannot be understood: ${issue?.message.slice(0, 200) ?? 'it must be a message of the protocol'}`, false);
  }

  /** Ends the connection because the client is too slow. */
  cut(why: string): void {
    if (this.#isEnding) return;
    this.#host.count('cut');
    this.end({ code: 'IBKR_STREAM_SLOW', reason: `the client is too slow: ${why}`, close: STREAM_CLOSE.slowConsumer });
  }

  #tell(message: object): void {
    this.push({ head: encodeMessage(this.encoding, message), tail: undefined, position: 0 });
  }

  #wakeDrainWaiters(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  }

  #nowUs(): number {
    return Math.round(this.#host.clock.now() * 1000);
  }
}

/** The subscription that a message names which cannot be understood otherwise: who waits for it is told that it did not begin. */
function namedId(message: unknown): number | undefined {
  const named = typeof message === 'object' && message !== null && 'id' in message ? unsubMessageSchema.shape.id.safeParse(message.id) : undefined;
  return named?.data;
}

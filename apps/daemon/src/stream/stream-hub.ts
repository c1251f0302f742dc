import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { STREAM_CLOSE, STREAM_PROTOCOLS } from '@ibkit/api-contract';
import type { ApiProblem, ApiStreamClients, ClientStreamMessage, Topic } from '@ibkit/api-contract';
import type { Clock, Timer } from '@ibkit/clock';
import { WebSocketServer } from 'ws';
import { lineName } from '../callers/operations-for.js';
import type { AccountFacts } from './account-limits.js';
import { StreamClient } from './stream-client.js';
import type { ClientHost } from './stream-client.js';
import type { StreamEncoding } from './stream-encoding.js';
import { resolveStreamLimits } from './stream-limits.js';
import type { StreamLimits } from './stream-limits.js';
import type { StreamAdmission, StreamCaller, StreamGuard, StreamSocket, StreamTopics } from './stream-ports.js';
import { TokenUse } from './token-use.js';
import { TopicChannel } from './topic-channel.js';
import { TurnScheduler } from './turn-scheduler.js';
import { refuseUpgrade } from './upgrade-refusal.js';
import { webSocketPort } from './web-socket-port.js';

/** Where the stream is. */
export const STREAM_PATH = '/v1/stream';

/** What a {@link StreamHub} is made from. */
export interface StreamHubOptions {
  readonly topics: StreamTopics;
  readonly guard: StreamGuard;
  /** What clients that are limited to accounts are told about those. */
  readonly accountFacts: AccountFacts;
  readonly clock: Clock;
  /** Of the daemon. */
  readonly version: string;
  readonly limits?: Partial<StreamLimits> | undefined;
}

/** The stream in numbers, since the start where nothing else is said. */
export interface StreamStats {
  /** Now. */
  readonly connections: number;
  /** Now. */
  readonly subscriptions: number;
  /** Now. */
  readonly topics: number;
  /** Bytes that clients have not taken, now. */
  readonly bufferedBytes: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  /** Changes that were folded into others. */
  readonly conflated: number;
  /** Clients that were fed less because they are slow, paused, or cut. */
  readonly demoted: number;
  readonly paused: number;
  readonly cut: number;
  /** Messages of clients that were refused. */
  readonly refused: number;
  /** Requests to open a stream that were refused. */
  readonly refusedUpgrades: number;
}

interface HeldChannel {
  readonly channel: TopicChannel;
  lingering: Timer | undefined;
}

const INSTRUMENT_KINDS: ReadonlySet<string> = new Set(['quotes', 'trades', 'ticks', 'bars', 'depth']);
const TICK_MS = 1000;
/** A client is looked at so often, with turns of the loop between, before it is said to take nothing. */
const LOOKS_PER_STALL = 5;

/** The stream of the daemon: takes connections in, and feeds each topic to whoever subscribed to it. */
export class StreamHub implements AsyncDisposable {
  readonly limits: StreamLimits;
  readonly #options: StreamHubOptions;
  readonly #clock: Clock;
  readonly #bootId = randomBytes(6).toString('base64url');
  readonly #server: WebSocketServer;
  readonly #clients = new Set<StreamClient>();
  readonly #channels = new Map<string, HeldChannel>();
  readonly #scheduler: TurnScheduler;
  readonly #use: TokenUse;
  readonly #host: ClientHost;
  readonly #offEnded: (() => void) | undefined;
  readonly #counts = { demoted: 0, paused: 0, cut: 0, refused: 0, refusedUpgrades: 0, frames: 0, bytes: 0, folded: 0 };
  #nextClient = 1;
  #nextEpoch = 1;
  #timer: Timer | undefined;
  #beatAtMs: number;
  #pingAtMs: number;
  #closing: Promise<void> | undefined;
  readonly #allGone: (() => void)[] = [];

  /** @throws UsageError when a limit breaks a rule. */
  constructor(options: StreamHubOptions) {
    const { clock, guard, version, limits } = options;
    this.#options = options;
    this.#clock = clock;
    this.limits = resolveStreamLimits(limits);
    this.#beatAtMs = clock.monotonic();
    this.#pingAtMs = this.#beatAtMs;
    this.#scheduler = new TurnScheduler({ clock, turnMs: this.limits.turnMs });
    this.#use = new TokenUse(this.limits);
    this.#server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: this.limits.messageBytes, skipUTF8Validation: false,
      handleProtocols: (offered) => [STREAM_PROTOCOLS.msgpack, STREAM_PROTOCOLS.json].find((one) => offered.has(one)) ?? false,
    }); // prettier-ignore
    // What the library finds wrong, such as a list of protocols that is none, is told as everything else is, and not as a page.
    this.#server.on('wsClientError', (error, socket) => {
      this.#counts.refusedUpgrades += 1;
      refuseUpgrade(socket, streamProblem(400, 'IBKR_STREAM_HANDSHAKE', 'Bad handshake', `${error.message}.`));
    });
    this.#host = {
      clock, version, limits: this.limits, bootId: this.#bootId,
      introduce: (message, request) => guard.introduce(message, request),
      welcome: (caller, request) => {
        guard.welcomed?.(request);
        return this.#use.connect(caller);
      },
      channel: (client, wanted) => this.#channelFor(client, wanted),
      ready: (taker) => {
        this.#scheduler.ready(taker);
      },
      gone: (client) => {
        this.#gone(client);
      },
      count: (what) => {
        this.#counts[what] += 1;
        // Much piles up in one moment only where somebody has just been paused.
        if (what === 'paused') this.#relieve();
      },
    }; // prettier-ignore
    this.#offEnded = guard.onEnded?.((tokenId) => {
      for (const client of [...this.#clients]) {
        if (client.caller?.tokenId === tokenId) client.end({ code: 'IBKR_STREAM_AUTH', reason: 'the token is over, or was revoked', close: STREAM_CLOSE.unauthorized });
      }
    });
  }

  /** The listener of a server's `upgrade` event. Whatever is not a stream that may be opened is answered and hung up on. */
  readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Whoever hangs up early is nobody's failure.
    socket.on('error', () => undefined);
    const admission = this.#admit(request);
    if (!admission.ok) {
      this.#counts.refusedUpgrades += 1;
      refuseUpgrade(socket, admission.problem);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const encoding: StreamEncoding = webSocket.protocol === STREAM_PROTOCOLS.msgpack ? 'msgpack' : 'json';
      if (socket instanceof Socket) {
        // The silence of a stream is judged by pings, not by the limit of requests.
        socket.setTimeout(0);
        socket.setNoDelay(true);
      }
      const client = this.connect({ socket: webSocketPort(webSocket, socket), encoding, request, caller: admission.caller });
      webSocket.on('message', (data, isBinary) => {
        client.received(Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data), isBinary);
      });
      webSocket.on('pong', () => {
        client.ponged();
      });
      socket.on('drain', () => {
        client.writable();
      });
      // Too large, or no WebSocket at all: the library closes with the code of the fault.
      webSocket.on('error', () => undefined);
      webSocket.on('close', () => {
        client.closed();
      });
    });
  };

  /** Takes a connection in that was opened already. */
  connect({ socket, encoding, request, caller }: { readonly socket: StreamSocket; readonly encoding: StreamEncoding; readonly request: IncomingMessage; readonly caller: StreamCaller | undefined }): StreamClient {
    const client = new StreamClient({ id: `c${this.#nextClient}`, encoding, socket, request, host: this.#host });
    this.#nextClient += 1;
    this.#clients.add(client);
    this.#tickLater();
    client.begin(caller);
    return client;
  }

  /** The stream in numbers. */
  stats(): StreamStats {
    const { demoted, paused, cut, refused, refusedUpgrades, frames, bytes, folded } = this.#counts;
    let [subscriptions, bufferedBytes, sentFrames, sentBytes] = [0, 0, frames, bytes];
    for (const client of this.#clients) {
      subscriptions += client.subscriptionCount;
      bufferedBytes += client.bufferedBytes;
      sentFrames += client.sent.frames;
      sentBytes += client.sent.bytes;
    }
    const conflated = [...this.#channels.values()].reduce((sum, { channel }) => sum + channel.folded, folded);
    return { connections: this.#clients.size, subscriptions, topics: this.#channels.size, bufferedBytes, sentFrames, sentBytes, conflated, demoted, paused, cut, refused, refusedUpgrades };
  }

  /** The answer of `GET /v1/connections`. */
  clients(): ApiStreamClients {
    return {
      connections: [...this.#clients].filter(({ caller }) => caller !== undefined).map((client) => client.view()),
      topics: [...this.#channels.values()].map(({ channel }) => ({ topic: channel.topic, subscribers: channel.subscriptions.size, events: channel.events })),
    };
  }

  /** Tells every client that the daemon goes away and where it can resume, waits until they have hung up, at most as long as one that is cut may take, and closes every topic. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as {@link StreamHub.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#offEnded?.();
    const gone = new Promise<void>((resolve) => {
      this.#allGone.push(resolve);
    });
    for (const client of [...this.#clients]) {
      // What was put on its way goes out first: whoever keeps up misses nothing.
      client.takeTurn();
      client.end({ code: 'IBKR_STREAM_GOING_AWAY', reason: 'the daemon stops', close: STREAM_CLOSE.goingAway });
    }
    if (this.#clients.size > 0) await gone;
    this.#timer?.cancel();
    this.#scheduler.close();
    const held = [...this.#channels.values()];
    this.#channels.clear();
    for (const { lingering } of held) lingering?.cancel();
    await Promise.all(held.map(({ channel }) => channel.close()));
    this.#server.close();
  }

  #admit(request: IncomingMessage): { readonly ok: true; readonly caller: StreamCaller | undefined } | Extract<StreamAdmission, { ok: false }> {
    const { guard } = this.#options;
    const path = request.url?.split('?')[0];
    const refused = guard.screen(request) ?? handshakeProblem(request) ?? (path === STREAM_PATH ? undefined : streamProblem(404, 'IBKR_HTTP_NOT_FOUND', 'Not found', `The stream is at ${STREAM_PATH}.`));
    if (refused !== undefined) return { ok: false, problem: refused };
    if (this.#closing !== undefined) return { ok: false, problem: streamProblem(503, 'IBKR_STREAM_GOING_AWAY', 'Going away', 'The daemon stops.') };
    if (this.#clients.size >= this.limits.connections) return { ok: false, problem: streamProblem(503, 'IBKR_STREAM_TOO_MANY', 'Too many streams', `There may be ${this.limits.connections} streams at once, and are.`) };
    if (request.headers.authorization !== undefined) return guard.authorize(request);
    const unknown = [...this.#clients].reduce((sum, { caller }) => sum + (caller === undefined ? 1 : 0), 0);
    if (unknown < this.limits.unknownConnections) return { ok: true, caller: undefined };
    return { ok: false, problem: streamProblem(503, 'IBKR_STREAM_TOO_MANY', 'Too many streams', 'Too many streams have not said yet who they are.') };
  }

  #channelFor(client: StreamClient, { topic, key, message }: { readonly topic: Topic; readonly key: string; readonly message: Extract<ClientStreamMessage, { t: 'sub' }> }): { readonly channel: TopicChannel; readonly release: () => void } {
    const { caller } = client;
    if (caller === undefined) throw new Error('A client subscribed before it was known: this is a defect of ibkit');
    const line = INSTRUMENT_KINDS.has(topic.kind) ? lineName(topic.instrument ?? '', message.instrument) : undefined;
    const give = this.#use.subscribe(caller, line);
    let releaseLine: (() => void) | undefined;
    try {
      releaseLine = line === undefined ? undefined : this.#options.guard.holdLine?.(caller, line);
      const held = this.#held(topic, key, message);
      held.lingering?.cancel();
      held.lingering = undefined;
      return {
        channel: held.channel,
        release: () => {
          give();
          releaseLine?.();
          this.#linger(key, held);
        },
      };
    } catch (error) {
      give();
      releaseLine?.();
      throw error;
    }
  }

  #held(topic: Topic, key: string, { instrument, marketData }: { readonly instrument?: StreamSub['instrument']; readonly marketData?: StreamSub['marketData'] }): HeldChannel {
    const known = this.#channels.get(key);
    if (known !== undefined && !known.channel.isOver) return known;
    const channel: TopicChannel = new TopicChannel({
      key, kind: topic.kind, clock: this.#clock, limits: this.limits, facts: this.#options.accountFacts,
      newEpoch: () => {
        this.#nextEpoch += 1;
        return `${this.#bootId}${this.#nextEpoch.toString(36)}`;
      },
      open: (onEvent) => this.#options.topics.open(topic, { instrument, marketData, onEvent }),
      onOver: () => {
        const held = this.#channels.get(key);
        if (held?.channel === channel) this.#forget(key, held);
      },
    }); // prettier-ignore
    const held: HeldChannel = { channel, lingering: undefined };
    this.#channels.set(key, held);
    return held;
  }

  /** A topic is kept as long as it can be resumed. */
  #linger(key: string, held: HeldChannel): void {
    if (held.channel.subscriptions.size > 0 || this.#closing !== undefined || this.#channels.get(key) !== held) return;
    held.lingering?.cancel();
    held.lingering = this.#clock.setTimer(this.limits.ringMs, () => {
      if (held.channel.subscriptions.size === 0) this.#forget(key, held);
    }, { keepAlive: false });
  }

  #forget(key: string, held: HeldChannel): void {
    held.lingering?.cancel();
    if (this.#channels.get(key) === held) this.#channels.delete(key);
    this.#counts.folded += held.channel.folded;
    // What feeds it tells its own failures.
    void held.channel.close().catch(() => undefined);
  }

  #gone(client: StreamClient): void {
    if (!this.#clients.delete(client)) return;
    this.#scheduler.forget(client);
    if (client.caller !== undefined) this.#use.disconnect(client.caller);
    this.#counts.frames += client.sent.frames;
    this.#counts.bytes += client.sent.bytes;
    if (this.#clients.size === 0) for (const resolve of this.#allGone.splice(0)) resolve();
  }

  /** However many are slow at once: what waits for all of them together has an end. */
  #relieve(): void {
    let total = 0;
    for (const { bufferedBytes, isEnding } of this.#clients) if (!isEnding) total += bufferedBytes;
    if (total <= this.limits.totalBytes) return;
    for (const client of [...this.#clients].filter(({ isEnding }) => !isEnding).sort((one, other) => other.bufferedBytes - one.bufferedBytes)) {
      if (total <= this.limits.totalBytes) return;
      total -= client.bufferedBytes;
      client.cut('too much waits for all clients together, and most of it for this one');
    }
  }

  #tickLater(): void {
    if (this.#timer !== undefined || this.#clients.size === 0) return;
    const everyMs = Math.min(TICK_MS, this.limits.heartbeatMs, this.limits.stallMs / LOOKS_PER_STALL);
    const fromMs = this.#clock.monotonic();
    this.#timer = this.#clock.setTimer(everyMs, () => {
      this.#timer = undefined;
      this.#tick(Math.min(this.#clock.monotonic() - fromMs, 1.5 * everyMs));
      this.#tickLater();
    }, { keepAlive: false });
  }

  #tick(sinceMs: number): void {
    const nowMs = this.#clock.monotonic();
    const isBeat = nowMs - this.#beatAtMs >= this.limits.heartbeatMs;
    const isPing = nowMs - this.#pingAtMs >= this.limits.pingMs;
    if (isBeat) this.#beatAtMs = nowMs;
    if (isPing) this.#pingAtMs = nowMs;
    for (const client of [...this.#clients]) {
      client.checkStall(sinceMs);
      if (isBeat) client.beat();
      if (isPing) client.ping();
    }
    this.#relieve();
    for (const { channel } of this.#channels.values()) channel.trim();
  }
}

type StreamSub = Extract<ClientStreamMessage, { t: 'sub' }>;

/** What is wrong with a wish for another protocol, before anything else is asked of it. */
function handshakeProblem({ method, headers }: IncomingMessage): ApiProblem | undefined {
  // `curl --http2` asks like that for HTTP/2 on a plain connection.
  if (headers.upgrade?.toLowerCase() !== 'websocket') return streamProblem(400, 'IBKR_HTTP_UPGRADE', 'Unknown protocol', 'The daemon speaks HTTP/1.1 and WebSocket: ask without the header Upgrade.');
  if (method !== 'GET') return streamProblem(405, 'IBKR_HTTP_METHOD', 'Method not allowed', 'A stream is opened with GET.');
  if (headers['sec-websocket-version'] !== '13') return streamProblem(426, 'IBKR_STREAM_HANDSHAKE', 'Another version', 'The stream is WebSocket version 13 (RFC 6455): send "Sec-WebSocket-Version: 13".');
  if (!/^[+/0-9a-z]{22}==$/iu.test(headers['sec-websocket-key'] ?? '')) return streamProblem(400, 'IBKR_STREAM_HANDSHAKE', 'Bad handshake', 'The header Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455).');
  return undefined;
}

function streamProblem(status: number, code: string, title: string, detail: string): ApiProblem {
  return { type: 'about:blank', title, status, detail, code, retryable: status >= 500 };
}

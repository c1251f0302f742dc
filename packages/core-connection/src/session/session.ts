import type { Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { HeartbeatMonitor } from '@ibkit/heartbeat';
import type { Lane, RateLimiter } from '@ibkit/rate-limiter';
import { FrameSplitter, MAX_SERVER_VERSION, MIN_SERVER_VERSION, createTextCodec, decodeServerHello, encodeClientHello } from '@ibkit/wire';
import type { ClientMessage, ServerMessage, TextCodec } from '@ibkit/wire';
import type { SendOptions, SessionPort } from '../connection-port.js';
import type { ResolvedConnectionOptions } from '../options.js';
import { AccountProof } from './account-proof.js';
import { closeKind, errorAddress } from './close-kind.js';
import { endError, notConnectedError } from './end-error.js';
import { endingOf } from './ending-notice.js';
import type { BrokerNotice, SessionFault } from './ending-notice.js';
import { FrameProgress } from './frame-progress.js';
import { isNearby } from './nearby.js';
import { Outbox } from './outbox.js';
import type { EndKind, SessionEnd } from './session-end.js';
import type { SessionHandlers } from './session-handlers.js';
import { sessionHeartbeat } from './session-heartbeat.js';
import { Transport } from './transport.js';
import { accountsOf } from './trading-mode.js';

export interface SessionOptions {
  readonly epoch: number;
  readonly connection: ResolvedConnectionOptions;
  readonly limiter: RateLimiter;
  readonly handlers: SessionHandlers;
  /** Accounts that the gateway must have, or the session ends before it is ready. @defaultValue any will do */
  readonly expectedAccounts?: readonly string[] | undefined;
}

type Phase = 'idle' | 'linking' | 'securing' | 'hello' | 'starting' | 'ready' | 'ended';

/** How long bytes that wait in the socket may take to leave after `disconnect()`. */
const GOODBYE_MS = 1_000;

/**
 * One session with TWS or IB Gateway, from the first byte to the last: handshake, START_API, readiness, messages, silence, end.
 * Used once; everything that it owns is gone when it has ended.
 */
export class Session implements SessionPort {
  readonly epoch: number;
  readonly closed: Promise<SessionEnd>;
  /** Resolves once the socket has let go of everything, and the heartbeat's thread is gone. */
  readonly released: Promise<void>;
  readonly #options: ResolvedConnectionOptions;
  readonly #proof: AccountProof;
  readonly #handlers: SessionHandlers;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #splitter: FrameSplitter;
  readonly #frameProgress: FrameProgress;
  #frames = 0;
  readonly #heartbeat: HeartbeatMonitor | undefined;
  #listeners: readonly ((message: ServerMessage) => void)[] = [];
  #resolveClosed: (end: SessionEnd) => void = () => undefined;
  #phase: Phase = 'idle';
  #codec: TextCodec | undefined;
  #connectionTime = '';
  #stepTimer: Timer | undefined;
  #lastInboundAtMs: number | undefined;
  #seenNextValidId = false;
  #seenManagedAccounts = false;
  #lastNotice: BrokerNotice | undefined;

  constructor(options: SessionOptions) {
    const { connection, handlers, limiter } = options;
    this.epoch = options.epoch;
    this.#options = connection;
    this.#proof = new AccountProof(options.expectedAccounts);
    this.#handlers = handlers;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#transport = new Transport({
      host: connection.host,
      port: connection.port,
      tls: connection.tls,
      maxBufferedBytes: connection.maxBufferedBytes,
      handlers: {
        onLinked: () => {
          this.#onLinked();
        },
        onOpen: () => {
          this.#onOpen();
        },
        onData: (bytes) => {
          this.#onData(bytes);
        },
        onClosed: (error) => {
          this.#onTransportClosed(error);
        },
      },
    });
    this.#outbox = new Outbox({ transport: this.#transport, limiter });
    this.#frameProgress = new FrameProgress(connection.timeouts.frameMs);
    this.#splitter = new FrameSplitter({
      onSpan: (bytes, start, end) => {
        this.#frames += 1;
        this.#onSpan(bytes, start, end);
      },
    });
    this.#heartbeat = sessionHeartbeat({
      connection,
      probe: () => {
        this.#probe();
      },
      onSilent: (limitMs) => {
        this.#end({ kind: 'silent', limitMs });
      },
      onStall: handlers.onStall,
      onThreadLost: handlers.onThreadLost,
    });
    this.released = this.#transport.released.then(() => this.#heartbeat?.close());
  }

  get serverVersion(): number {
    return this.#codec?.serverVersion ?? 0;
  }

  get clientId(): number {
    return this.#options.clientId;
  }

  get bytesIn(): number {
    return this.#transport.bytesIn;
  }

  get bytesOut(): number {
    return this.#transport.bytesOut;
  }

  /** The gateway's own text of when and in which zone it saw us connect. */
  get connectionTime(): string {
    return this.#connectionTime;
  }

  get ready(): boolean {
    return this.#phase === 'ready';
  }

  /** When the last byte arrived, epoch milliseconds. */
  get lastInboundAtMs(): number | undefined {
    return this.#lastInboundAtMs;
  }

  /** How long nothing has arrived, in milliseconds on the monotonic clock; absent without the heartbeat, which measures it. */
  get silentMs(): number | undefined {
    return this.#heartbeat?.running === true ? this.#heartbeat.silentMs : undefined;
  }

  /** Opens the link; what comes of it is told to the handlers. */
  open(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'linking';
    this.#limitStep(this.#options.timeouts.tcpMs, 'tcpTimeout');
    this.#transport.start();
  }

  /** Ends the session from our side. What waits in the socket gets a moment to leave. */
  close(): void {
    this.#end({ kind: 'requested' });
  }

  async send(message: ClientMessage, options: SendOptions = {}): Promise<void> {
    await this.#outbox.send(this.#encode(message), message.type, options, () => {
      this.#handlers.onSent(message);
    });
  }

  trySend(message: ClientMessage, lane: Lane): boolean {
    if (this.#phase !== 'ready' || !this.trySendFrame(this.#encode(message), lane)) return false;
    this.#handlers.onSent(message);
    return true;
  }

  /** Like {@link Session.send} for a frame that is encoded already. */
  async sendFrame(frame: Uint8Array, what: string, options: SendOptions = {}): Promise<void> {
    this.#assertReady(what);
    await this.#outbox.send(frame, what, options);
  }

  /** Like {@link Session.trySend} for a frame that is encoded already. */
  trySendFrame(frame: Uint8Array, lane: Lane): boolean {
    return this.#phase === 'ready' && this.#outbox.trySend(frame, lane);
  }

  onMessage(listener: (message: ServerMessage) => void): () => void {
    if (this.#phase === 'ended') return () => undefined;
    const own = (message: ServerMessage): void => {
      listener(message);
    };
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== own);
    };
  }

  /** Asks for the time: the cheapest message that every gateway answers. */
  #probe(): void {
    if (this.trySend({ type: 'reqCurrentTime' }, 'heartbeat')) return;
    // No free slot: the lane is served before all data, and an end of the session takes the message back.
    this.send({ type: 'reqCurrentTime' }, { lane: 'heartbeat', deadlineMs: GOODBYE_MS }).catch(() => {
      // A probe that cannot leave is the next interval's business, and the silence is judged anyway.
    });
  }

  #encode(message: ClientMessage): Uint8Array {
    this.#assertReady(message.type);
    if (this.#codec === undefined) throw notConnectedError(message.type, this.#phase);
    return this.#codec.encodeClient(message);
  }

  #assertReady(what: string): void {
    if (this.#phase === 'ready') return;
    const end = this.#outbox.end;
    throw end === undefined ? notConnectedError(what, 'connecting') : this.#outbox.closedError(what, 'none');
  }

  #limitStep(limitMs: number, kind: EndKind, detail?: string): void {
    this.#stepTimer?.cancel();
    this.#stepTimer = this.#options.clock.setTimer(limitMs, () => {
      this.#end({ kind, limitMs, detail });
    });
  }

  #onLinked(): void {
    this.#phase = 'securing';
    this.#limitStep(this.#options.timeouts.handshakeMs, 'handshakeTimeout', 'the TLS handshake before it was not answered');
    this.#handlers.onProgress('tcp');
  }

  #onOpen(): void {
    const linkIsNews = this.#phase === 'linking';
    this.#phase = 'hello';
    if (linkIsNews) this.#handlers.onProgress('tcp');
    if (this.#hasEnded()) return;
    this.#limitStep(this.#options.timeouts.handshakeMs, 'handshakeTimeout');
    this.#transport.write(encodeClientHello({ minVersion: MIN_SERVER_VERSION, maxVersion: MAX_SERVER_VERSION }));
  }

  #onData(bytes: Uint8Array): void {
    this.#lastInboundAtMs = this.#options.clock.now();
    this.#heartbeat?.receivedHeartbeat();
    const before = this.#frames;
    try {
      this.#splitter.push(bytes);
      this.#judgeFrames(this.#frames > before);
    } catch (error) {
      const detail = isIbkrError(error) ? error.message : undefined;
      if (this.#phase === 'hello') this.#end({ kind: 'notTws', detail: 'its first bytes are no API handshake', cause: error });
      else this.#end({ kind: 'framing', detail, cause: error });
    }
  }

  /** Bytes that come without ever making a message would look like life for hours. */
  #judgeFrames(completed: boolean): void {
    const { buffered } = this.#splitter;
    if (buffered === 0) this.#frameProgress.whole();
    else if (this.#frameProgress.incomplete(completed, this.#options.clock.monotonic())) {
      const detail = `a message is not whole after ${this.#options.timeouts.frameMs} ms and ${buffered} bytes, so its announced length cannot be true`;
      this.#end({ kind: 'framing', limitMs: this.#options.timeouts.frameMs, detail });
    }
  }

  #onTransportClosed(error: Error | undefined): void {
    if (this.#phase === 'ended' || this.#phase === 'idle') return;
    const kind = closeKind(error, { phase: this.#phase, anyBytes: this.#transport.bytesIn > 0, untrusted: this.#transport.peerUntrusted });
    this.#end({ kind, detail: error?.message, cause: error, notice: this.#lastNotice, peer: errorAddress(error) });
  }

  #onSpan(bytes: Uint8Array, start: number, end: number): void {
    // Before the handshake there is no codec, after the end nobody to tell.
    const message = this.#phase === 'ready' || this.#phase === 'starting' ? this.#codec?.readHot(bytes, start, end) : undefined;
    if (message === undefined) {
      this.#onFrame(bytes.subarray(start, end));
      return;
    }
    this.#tell(message);
    if (!this.#hasEnded()) this.#handlers.onHotFrame(message, bytes, start, end);
    if (message.type === 'errMsg') this.#watchForEnd(message);
  }

  #onFrame(payload: Uint8Array): void {
    if (this.#phase === 'hello') this.#onHello(payload);
    else if (this.#phase === 'starting' || this.#phase === 'ready') this.#onMessageFrame(payload);
  }

  #onHello(payload: Uint8Array): void {
    const hello = decodeServerHello(payload);
    if (!hello.ok) {
      this.#end({ kind: 'notTws', detail: hello.reason });
      return;
    }
    const { serverVersion } = hello;
    if (serverVersion < MIN_SERVER_VERSION || serverVersion > MAX_SERVER_VERSION) {
      const detail = `it answered ${serverVersion}, ibkit speaks ${MIN_SERVER_VERSION} to ${MAX_SERVER_VERSION}`;
      this.#end({ kind: 'version', detail, details: { serverVersion } });
      return;
    }
    this.#codec = createTextCodec({ serverVersion });
    this.#connectionTime = hello.connectionTime;
    this.#phase = 'starting';
    this.#limitStep(this.#options.timeouts.readyMs, 'readyTimeout');
    this.#transport.write(this.#codec.encodeClient({ type: 'startApi', clientId: this.#options.clientId }));
    this.#handlers.onProgress('handshake');
  }

  #onMessageFrame(payload: Uint8Array): void {
    const decoded = this.#codec?.decodeServer(payload);
    if (decoded === undefined) return;
    if (!decoded.ok) {
      const { messageId, type: messageType, field, reason } = decoded.failure;
      this.#handlers.onUndecodable({ messageId, messageType, field, reason, bytes: new Uint8Array(payload) });
      if (!this.#hasEnded()) this.#handlers.onFrame(payload, undefined);
      return;
    }
    const { message } = decoded;
    const fault = message.type === 'managedAccounts' ? this.#proof.take(accountsOf(message.accountsList), this.#phase === 'starting') : undefined;
    if (fault !== undefined) {
      this.#end(fault);
      return;
    }
    this.#tell(message);
    if (!this.#hasEnded()) this.#handlers.onFrame(payload, message);
    this.#watchForEnd(message);
  }

  #tell(message: ServerMessage): void {
    this.#handlers.onMessage(message, this);
    for (const listener of this.#listeners) {
      if (this.#hasEnded()) return;
      try {
        listener(message);
      } catch (error) {
        this.#handlers.onListenerError(error);
      }
    }
    if (this.#phase === 'starting') this.#watchForReadiness(message);
  }

  /** A method, because the compiler cannot know that handlers end sessions. */
  #hasEnded(): boolean {
    return this.#phase === 'ended';
  }

  #watchForReadiness(message: ServerMessage): void {
    if (message.type === 'nextValidId') this.#seenNextValidId = true;
    else if (message.type === 'managedAccounts') this.#seenManagedAccounts = true;
    if (!this.#seenNextValidId || !this.#seenManagedAccounts) return;
    this.#phase = 'ready';
    this.#stepTimer?.cancel();
    this.#stepTimer = undefined;
    this.#heartbeat?.start();
    this.#handlers.onReady();
  }

  #watchForEnd(message: ServerMessage): void {
    if (message.type !== 'errMsg') return;
    const notice = { code: message.code, message: message.msg };
    const starting = this.#phase === 'starting';
    const fault = endingOf(notice, { starting, accounts: this.#proof.accounts, paperTrading: this.#options.paperTrading });
    if (fault !== undefined) this.#end(fault);
    else if (starting && message.id === -1) this.#lastNotice = notice;
  }

  #end({ kind, peer, newPort, ...context }: SessionFault): void {
    if (this.#phase === 'ended') return;
    const wasReady = this.#phase === 'ready';
    const { host, port, clientId, clock } = this.#options;
    const nearby = isNearby(peer ?? this.#transport.remoteAddress ?? host);
    this.#phase = 'ended';
    this.#stepTimer?.cancel();
    this.#stepTimer = undefined;
    this.#heartbeat?.stop();
    this.#listeners = [];
    if (kind === 'requested') this.#sayGoodbye();
    else this.#transport.destroy();
    const error = endError(kind, { ...context, host, port, clientId });
    const end: SessionEnd = { epoch: this.epoch, kind, error, atMs: clock.now(), lastInboundAtMs: this.#lastInboundAtMs, wasReady, nearby, newPort };
    this.#outbox.close(end);
    this.#resolveClosed(end);
    this.#handlers.onEnd(end);
  }

  #sayGoodbye(): void {
    this.#transport.finish();
    const timer = this.#options.clock.setTimer(GOODBYE_MS, () => {
      this.#transport.destroy();
    });
    void this.#transport.released.then(() => {
      timer.cancel();
    });
  }
}

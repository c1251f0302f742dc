import type { Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { HeartbeatMonitor } from '@ibkit/heartbeat';
import type { Lane, RateLimiter } from '@ibkit/rate-limiter';
import { FrameSplitter, MAX_SERVER_VERSION, MIN_SERVER_VERSION, createTextCodec, decodeServerHello, encodeClientHello } from '@ibkit/wire';
import type { ClientMessage, HotMessage, ServerMessage, TextCodec } from '@ibkit/wire';
import type { SendOptions, SessionPort } from '../connection-port.js';
import type { ResolvedConnectionOptions } from '../options.js';
import { endError, notConnectedError } from './end-error.js';
import type { EndContext } from './end-error.js';
import { FrameProgress } from './frame-progress.js';
import { isNearby } from './nearby.js';
import { Outbox } from './outbox.js';
import type { EndKind, SessionEnd } from './session-end.js';
import { Transport } from './transport.js';
import { closeKind, errorAddress } from './close-kind.js';
import { accountsOf, modeOfAccounts, modeOfPort } from './trading-mode.js';

/** A frame that the codec could not read. */
export interface UndecodableFrame {
  readonly messageId: number | undefined;
  readonly messageType: string | undefined;
  readonly field: string | undefined;
  readonly reason: string;
  /** A copy of the payload. May hold account ids: not for logs. */
  readonly bytes: Uint8Array;
}

/** What a session tells its owner, synchronously and in the order of the wire. Nothing is called after `onEnd`. */
export interface SessionHandlers {
  /** The link is open (`tcp`), the gateway has answered our hello (`handshake`). */
  readonly onProgress: (step: 'tcp' | 'handshake') => void;
  /** nextValidId and managedAccounts have arrived; called between the message that completed them and the next. */
  readonly onReady: () => void;
  readonly onMessage: (message: ServerMessage, session: Session) => void;
  /** Every frame behind the handshake that was not hot, after `onMessage`; the bytes are valid only during the call. */
  readonly onFrame: (payload: Uint8Array, message: ServerMessage | undefined) => void;
  /** Every hot frame, after `onMessage`: its payload lies in `bytes` from `start` to `end`, valid only during the call. */
  readonly onHotFrame: (message: HotMessage, bytes: Uint8Array, start: number, end: number) => void;
  /** Every typed message, right after its bytes were handed to the socket. */
  readonly onSent: (message: ClientMessage) => void;
  readonly onUndecodable: (frame: UndecodableFrame) => void;
  readonly onListenerError: (error: unknown) => void;
  /** Our own loop did not run for so long, and runs again. */
  readonly onStall: (stalledMs: number) => void;
  /** The heartbeat's thread is lost; the loop watches now. */
  readonly onThreadLost: (error: Error) => void;
  readonly onEnd: (end: SessionEnd) => void;
}

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

/** TWS API: "Unable to connect as the client id is already in use." */
const CLIENT_ID_IN_USE = 326;
/** TWS API: "TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - ..." */
const PORT_CHANGED = 1300;
/** Codes by which the gateway asks for a person first: the paper trading disclaimer is not accepted (10141). */
const NOT_AUTHORISED_CODES: readonly number[] = [10_141];

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
  readonly #expectedAccounts: readonly string[] | undefined;
  #accounts: readonly string[] = [];
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
  #lastNotice: { readonly code: number; readonly message: string } | undefined;

  constructor(options: SessionOptions) {
    const { connection, handlers, limiter } = options;
    this.epoch = options.epoch;
    this.#options = connection;
    this.#expectedAccounts = options.expectedAccounts;
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
    this.#heartbeat = this.#makeHeartbeat();
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
    this.#end('requested', {});
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

  #makeHeartbeat(): HeartbeatMonitor | undefined {
    const { heartbeat, clock } = this.#options;
    if (heartbeat === false) return undefined;
    const { intervalMs, timeoutMs, mode, worker } = heartbeat;
    return new HeartbeatMonitor({
      mode,
      worker,
      clock: mode === 'thread' ? undefined : clock,
      intervalMs,
      timeoutMs,
      probe: () => {
        this.#probe();
      },
      onTimeout: () => {
        this.#end('silent', { limitMs: timeoutMs });
      },
      onStall: ({ stalledMs }) => {
        this.#handlers.onStall(stalledMs);
      },
      onThreadLost: (error) => {
        this.#handlers.onThreadLost(error);
      },
    });
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
      this.#end(kind, { limitMs, detail });
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
      if (this.#phase === 'hello') this.#end('notTws', { detail: 'its first bytes are no API handshake', cause: error });
      else this.#end('framing', { detail, cause: error });
    }
  }

  /** Bytes that come without ever making a message would look like life for hours. */
  #judgeFrames(completed: boolean): void {
    const { buffered } = this.#splitter;
    if (buffered === 0) this.#frameProgress.whole();
    else if (this.#frameProgress.incomplete(completed, this.#options.clock.monotonic())) {
      const detail = `a message is not whole after ${this.#options.timeouts.frameMs} ms and ${buffered} bytes, so its announced length cannot be true`;
      this.#end('framing', { limitMs: this.#options.timeouts.frameMs, detail });
    }
  }

  #onTransportClosed(error: Error | undefined): void {
    if (this.#phase === 'ended' || this.#phase === 'idle') return;
    const kind = closeKind(error, { phase: this.#phase, anyBytes: this.#transport.bytesIn > 0, untrusted: this.#transport.peerUntrusted });
    const nearbyHost = errorAddress(error);
    this.#end(kind, { detail: error?.message, cause: error, notice: this.#lastNotice, peer: nearbyHost });
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
      this.#end('notTws', { detail: hello.reason });
      return;
    }
    const { serverVersion } = hello;
    if (serverVersion < MIN_SERVER_VERSION || serverVersion > MAX_SERVER_VERSION) {
      const detail = `it answered ${serverVersion}, ibkit speaks ${MIN_SERVER_VERSION} to ${MAX_SERVER_VERSION}`;
      this.#end('version', { detail, details: { serverVersion } });
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
    if (message.type === 'managedAccounts' && !this.#takeAccounts(accountsOf(message.accountsList))) return;
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

  /** Whether these accounts are the ones that they must be; ends the session when not. */
  #takeAccounts(accounts: readonly string[]): boolean {
    const expected = this.#expectedAccounts;
    if (this.#phase === 'starting' && expected !== undefined) {
      const known = expected.filter((account) => accounts.includes(account)).length;
      if (known < expected.length || modeOfAccounts(accounts) !== modeOfAccounts(expected)) {
        // No names: this text is meant for logs.
        this.#end('accountsChanged', { detail: `${known} of ${expected.length} are there, ${accounts.length - known} are new` });
        return false;
      }
    }
    // An empty list disproves nothing.
    if (accounts.length > 0) this.#accounts = accounts;
    return true;
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
    if (message.code === PORT_CHANGED) {
      this.#followPort(notice);
      return;
    }
    if (this.#phase !== 'starting') return;
    if (message.code === CLIENT_ID_IN_USE) this.#end('clientIdInUse', { notice });
    else if (NOT_AUTHORISED_CODES.includes(message.code)) this.#end('notAuthorised', { notice });
    else if (message.id === -1) this.#lastNotice = notice;
  }

  #followPort(notice: { readonly code: number; readonly message: string }): void {
    const named = Number(/(\d{1,5})\D*$/u.exec(notice.message)?.[1]);
    if (!Number.isInteger(named) || named < 1 || named > 65_535) {
      this.#end('portChanged', { notice });
      return;
    }
    const newMode = modeOfPort(named);
    const mode = modeOfAccounts(this.#accounts) ?? (this.#options.paperTrading ? 'paper' : 'live');
    const kind = newMode === undefined || newMode === mode ? 'portChanged' : 'portOfOtherMode';
    const detail = kind === 'portOfOtherMode' ? `${named} is for ${String(newMode)} accounts, this connection is ${mode}` : undefined;
    this.#end(kind, { notice, detail, details: { newPort: named }, newPort: named });
  }

  #end(
    kind: EndKind,
    context: Omit<EndContext, 'host' | 'port' | 'clientId'> & { readonly peer?: string | undefined; readonly newPort?: number | undefined },
  ): void {
    if (this.#phase === 'ended') return;
    const wasReady = this.#phase === 'ready';
    const { host, port, clientId, clock } = this.#options;
    const nearby = isNearby(context.peer ?? this.#transport.remoteAddress ?? host);
    this.#phase = 'ended';
    this.#stepTimer?.cancel();
    this.#stepTimer = undefined;
    this.#heartbeat?.stop();
    this.#listeners = [];
    if (kind === 'requested') this.#sayGoodbye();
    else this.#transport.destroy();
    const error = endError(kind, { ...context, host, port, clientId });
    const end: SessionEnd = { epoch: this.epoch, kind, error, atMs: clock.now(), lastInboundAtMs: this.#lastInboundAtMs, wasReady, nearby, newPort: context.newPort };
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

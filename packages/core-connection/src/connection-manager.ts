import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import { RateLimiter } from '@ibkit/rate-limiter';
import type { RateLimiterStats } from '@ibkit/rate-limiter';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { IBApi } from '@stoqey/ib';
import type { ApiOrderGate } from './adapters/order-calls.js';
import { StoqeyApi } from './adapters/stoqey.js';
import type { ConnectionEvents } from './connection-events.js';
import { publicState } from './lifecycle/connection-machine.js';
import type { ConnectionState } from './lifecycle/connection-machine.js';
import { connectRetries, connectTimeout } from './lifecycle/connect-options.js';
import type { ConnectOptions, ReconnectOptions } from './lifecycle/connect-options.js';
import type { ConnectionPort, RequestSpec, SessionPort, Subscription, SubscriptionSpec } from './connection-port.js';
import { ConnectionShell } from './lifecycle/connection-shell.js';
import { statusOf } from './connection-status.js';
import type { ConnectionStatus } from './connection-status.js';
import { HealthTracker } from './inbound/health.js';
import type { HealthReport } from './inbound/health.js';
import { FaultReport } from './inbound/fault-report.js';
import { InboundHub } from './inbound/inbound-hub.js';
import { NoticePolicy } from './inbound/notice-policy.js';
import { resolveConnectionOptions } from './options.js';
import type { ConnectionOptions, ResolvedConnectionOptions } from './options.js';
import { RequestIds } from './requests/request-ids.js';
import { RequestRegistry } from './requests/request-registry.js';
import { newsOfRestarts } from './restart/restart-news.js';
import { RestartWatch } from './restart/restart-watch.js';
import type { RestartOutlook } from './restart/restart-watch.js';
import { notConnectedError } from './session/end-error.js';
import { SentListeners } from './session/sent-listeners.js';
import type { Session } from './session/session.js';
import type { SessionEnd } from './session/session-end.js';
import { SubscriptionRegistry } from './requests/subscription-registry.js';
import type { StreamActivity } from './watchdog/stream-silence.js';

interface HandlerEvents {
  connect: undefined;
  disconnect: undefined;
}

/**
 * The connection to TWS or IB Gateway: one session at a time, made again when it is lost, with the same client id for ever.
 *
 * Requests settle with their session, subscriptions outlive it, and nothing waits in a queue from one session to the next.
 */
export class ConnectionManager implements ConnectionPort, AsyncDisposable {
  readonly clock: Clock;
  readonly events: EventBus<ConnectionEvents>;
  readonly #options: ResolvedConnectionOptions;
  readonly #limiter: RateLimiter;
  readonly #health: HealthTracker;
  readonly #shell: ConnectionShell;
  readonly #requests: RequestRegistry;
  readonly #subscriptions: SubscriptionRegistry;
  readonly #inbound: InboundHub;
  readonly #handlers: EventBus<HandlerEvents>;
  readonly #restartWatch: RestartWatch;
  readonly #faults: FaultReport;
  readonly #sent: SentListeners;
  #connectedAtMs: number | undefined;
  #stoqey: StoqeyApi | undefined;
  /** Set before anything else happens, because listeners run while closing. */
  #closed = false;
  #closing: Promise<void> | undefined;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: ConnectionOptions = {}) {
    const resolved = resolveConnectionOptions(options);
    const { clock } = resolved;
    this.#options = resolved;
    this.clock = clock;
    const onListenerError = (error: unknown, type: string): void => {
      this.#faults.callback(`A listener of ${type}`, error, type !== 'error.occurred');
    };
    this.events = new EventBus({ onListenerError });
    this.#faults = new FaultReport({ clock, events: this.events, logger: resolved.logger });
    this.#sent = new SentListeners((where, error) => {
      this.#faults.callback(where, error);
    });
    this.#handlers = new EventBus({ onListenerError });
    this.#limiter = new RateLimiter({ clock, ...resolved.rate });
    this.#health = new HealthTracker({
      clock,
      onChange: (change) => {
        this.events.emit('connection.healthChanged', { ...change, atMs: clock.now() });
      },
    });
    const ids = new RequestIds();
    this.#requests = new RequestRegistry({ clock, ids, defaultTimeoutMs: resolved.requestTimeoutMs });
    this.#subscriptions = new SubscriptionRegistry({
      clock,
      ids,
      onCallbackError: (error) => {
        this.#faults.callback('A subscription callback', error);
      },
    });
    this.#inbound = new InboundHub({
      clock,
      events: this.events,
      health: this.#health,
      notices: new NoticePolicy({ clock, health: this.#health, limiter: this.#limiter }),
      requests: this.#requests,
      subscriptions: this.#subscriptions,
      alarmAfterMs: resolved.alarmAfterMs,
      restarts: resolved.restarts,
      logger: resolved.logger,
      onListenerError: (error) => {
        this.#faults.callback('A message listener', error);
      },
    });
    this.#restartWatch = new RestartWatch({
      calendar: resolved.restarts,
      clock,
      serverNow: () => this.serverNow(),
      leadMs: resolved.restartLeadMs,
      onNews: newsOfRestarts({ clock, events: this.events, logger: resolved.logger }),
    });
    this.#shell = this.#makeShell();
  }

  get state(): ConnectionState {
    return publicState(this.#shell.state);
  }

  get session(): SessionPort | undefined {
    return this.#shell.readySession;
  }

  get accounts(): readonly string[] {
    return this.#inbound.accounts;
  }

  get nextOrderIdFloor(): number {
    return this.#inbound.nextOrderIdFloor;
  }

  get health(): HealthReport {
    return this.#health.report();
  }

  /** Where we stand in the calendar of restarts, by the gateway's clock. */
  get restartOutlook(): RestartOutlook {
    return this.#restartWatch.outlook;
  }

  /**
   * A true `IBApi` of `@stoqey/ib` that survives reconnects: the same object for the life of this manager.
   * Its calls throw `IBKR_NOT_CONNECTED` while not connected and pass our rate limiter; its order calls are refused until a trading
   * layer is attached. Choose request ids below 100,000,000: what is above belongs to ibkit and is not shown here.
   */
  get api(): IBApi {
    return this.#face.api;
  }

  /** The gateway's time, epoch milliseconds, as learned from its own answers; our own time until then. */
  serverNow(): number {
    return this.#inbound.serverClock.now();
  }

  isConnected(): boolean {
    return this.#shell.state.status === 'ready';
  }

  /**
   * Connects, and resolves when the API is ready. Joins an attempt or recovery that is under way; resolves at once when connected.
   * @throws ConnectionError with the code of the last failure (`IBKR_CONNECT_...`), or `IBKR_CIRCUIT_OPEN` when the circuit breaker forbids an attempt;
   *   the signal's reason; {@link UsageError}.
   */
  async connect(options: ConnectOptions = {}): Promise<void> {
    const timeoutMs = connectTimeout(options);
    const retries = connectRetries(options);
    this.#assertOpen();
    options.signal?.throwIfAborted();
    if (this.isConnected()) return;
    this.#shell.assertCircuit();
    const ready = this.#shell.waitForReady({ timeoutMs, signal: options.signal });
    this.#shell.feed({ type: 'connectRequested', retries });
    await ready;
  }

  /** The same as `connect` under the name that says what it is used for: returns at once when connected. */
  ensureConnected(options: ConnectOptions = {}): Promise<void> {
    return this.connect(options);
  }

  /**
   * Drops the present session, if any, and makes a new one now. Calls at the same time share one attempt.
   * @returns whether the connection is ready in time; with `autoReconnect` a recovery goes on after `false`
   */
  async reconnect(options: ReconnectOptions = {}): Promise<boolean> {
    const timeoutMs = connectTimeout(options);
    this.#assertOpen();
    options.signal?.throwIfAborted();
    try {
      this.#shell.assertCircuit();
      // Before the request: what it makes handlers do may be the answer already.
      const ready = this.#shell.waitForReady({ timeoutMs, signal: options.signal });
      this.#shell.requestReconnect();
      await ready;
      return true;
    } catch {
      // Why it failed is in getStatus().lastError and in the events.
      return false;
    }
  }

  /** Ends the session, an attempt or a recovery, and stays down. Subscriptions stay declared and come back with the next `connect`. */
  async disconnect(): Promise<void> {
    this.#shell.feed({ type: 'disconnectRequested' });
    await this.#shell.released();
  }

  /** Disconnects for good: subscriptions end, streams of events end, nothing is left behind. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A snapshot of everything that is known about the connection. */
  getStatus(): ConnectionStatus {
    return statusOf({
      options: this.#options,
      shell: this.#shell,
      inbound: this.#inbound,
      health: this.health,
      restart: this.restartOutlook,
      connectedAtMs: this.#connectedAtMs,
      undecodableFrames: this.#faults.undecodableFrames,
      pendingRequests: this.#requests.size,
      subscriptions: this.#subscriptions.size,
      queuedMessages: this.#limiter.queued,
    });
  }

  /** Calls `handler` each time the connection has become ready. What it throws or rejects with becomes `error.occurred`. */
  addConnectHandler(handler: () => unknown): () => void {
    return this.#handlers.on('connect', () => handler());
  }

  /** Calls `handler` each time a ready session has ended, for whatever reason. What it throws or rejects with becomes `error.occurred`. */
  addDisconnectHandler(handler: () => unknown): () => void {
    return this.#handlers.on('disconnect', () => handler());
  }

  onMessage(listener: (message: ServerMessage, session: SessionPort) => void): () => void {
    return this.#inbound.listen(listener);
  }

  /**
   * Calls `listener` with every typed message right after its bytes were handed to the socket, until the returned function is called.
   * Calls on `api` leave as bytes and are not told here; their orders are told by {@link ConnectionManager.onOrderSent}.
   */
  onSent(listener: (message: ClientMessage, session: SessionPort) => void): () => void {
    return this.#sent.onMessage(listener);
  }

  /** Calls `listener` with the id of every order right after its bytes were handed to the socket, orders of `api` included, until the returned function is called. */
  onOrderSent(listener: (orderId: number) => void): () => void {
    return this.#sent.onOrder(listener);
  }

  /** How long nothing has arrived, in milliseconds on the monotonic clock; absent without a ready session, or without the heartbeat that measures it. */
  get silentMs(): number | undefined {
    return this.#shell.readySession?.silentMs;
  }

  /** What the rate limiter did so far, and how much may leave right now. */
  pacingStats(): RateLimiterStats {
    return this.#limiter.stats();
  }

  request<T>(spec: RequestSpec<T>): Promise<T> {
    return this.#requests.request(spec, this.#shell.readySession, this.state);
  }

  subscribe(spec: SubscriptionSpec): Subscription {
    this.#assertOpen();
    return this.#subscriptions.subscribe(spec);
  }

  /** The streams that should exist, with how many messages each has brought. */
  get streams(): readonly StreamActivity[] {
    return this.#subscriptions.activity;
  }

  /** Lets a trading layer decide about order calls on `api`; the returned function detaches it. */
  attachOrderGate(gate: ApiOrderGate): () => void {
    return this.#face.attachOrderGate(gate);
  }

  get #face(): StoqeyApi {
    const { host, port, clientId } = this.#options;
    this.#stoqey ??= new StoqeyApi({
      host,
      port,
      clientId,
      session: () => this.#shell.readySession,
      orderSent: (orderId) => {
        this.#sent.order(orderId);
      },
      connect: () => {
        this.connect().catch(() => {
          // Each failed attempt is told on the face as an error event.
        });
      },
      disconnect: () => {
        void this.disconnect();
      },
      notConnected: (what) => notConnectedError(what, this.state),
      onListenerError: (error) => {
        this.#faults.callback('A listener on api', error);
      },
    });
    return this.#stoqey;
  }

  #makeShell(): ConnectionShell {
    return new ConnectionShell({
      connection: this.#options,
      limiter: this.#limiter,
      health: this.#health,
      events: this.events,
      accounts: () => this.#inbound.accounts,
      restartHoldMs: () => this.#inbound.restartHoldMs(),
      hooks: {
        message: (message, session) => {
          this.#inbound.take(message, session);
        },
        frame: (payload, message) => {
          this.#stoqey?.frame(payload, message);
        },
        hotFrame: (message, bytes, start, end) => {
          this.#stoqey?.hotFrame(message, bytes, start, end);
        },
        sent: (message, session) => {
          this.#sent.message(message, session);
        },
        undecodable: (frame, session) => {
          this.#faults.undecodable(frame, session.epoch);
        },
        listenerError: (error) => {
          this.#faults.callback('A message listener', error);
        },
        stalled: (stalledMs) => {
          this.#options.logger.warn({ stalledMs }, 'our own event loop stood still');
          this.events.emit('connection.loopStalled', { stalledMs, atMs: this.clock.now() });
        },
        threadLost: (cause) => {
          this.#faults.threadLost(cause);
        },
        ready: (session) => {
          this.#onReady(session);
        },
        readyAnnounced: (session) => {
          this.#handlers.emit('connect', undefined);
          if (this.#shell.readySession === session) this.#stoqey?.sessionReady(session);
        },
        state: (state) => {
          if (state === 'disconnected' || state === 'failed') this.#restartWatch.stop();
          else this.#restartWatch.start();
        },
        ended: (end) => {
          this.#onEnded(end);
        },
        endAnnounced: (end) => {
          if (end.wasReady) this.#handlers.emit('disconnect', undefined);
          this.#stoqey?.sessionEnded(end);
        },
      },
    });
  }

  async #close(): Promise<void> {
    await this.disconnect();
    this.#restartWatch.stop();
    this.#shell.close();
    this.#subscriptions.closeAll();
    await this.#limiter.close();
    this.#handlers.close();
    this.events.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new UsageError({ field: 'ConnectionManager', rule: 'is closed: make another one' });
  }

  #onReady(session: Session): void {
    this.#connectedAtMs = this.clock.now();
    this.#health.set('api', 'up', 'nextValidId and managedAccounts arrived');
    if (this.#health.layer('upstream').status !== 'down') this.#health.set('upstream', 'up', 'ready, and no outage was reported');
    this.#subscriptions.sessionReady(session);
    session.send({ type: 'reqCurrentTime' }, { lane: 'heartbeat' }).catch(() => {
      // The session ended; the next one asks again.
    });
  }

  #onEnded(end: SessionEnd): void {
    this.#inbound.sessionEnded();
    this.#requests.sessionEnded(end);
    this.#subscriptions.sessionEnded({ fromMs: end.lastInboundAtMs ?? end.atMs, reason: end.error.message });
  }
}

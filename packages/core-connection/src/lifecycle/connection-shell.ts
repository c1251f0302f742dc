import { isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { RateLimiter } from '@ibkit/rate-limiter';
import type { ClientMessage, HotMessage, ServerMessage } from '@ibkit/wire';
import { AttemptWait } from './attempt-wait.js';
import { CircuitGate } from '../circuit/circuit-gate.js';
import { ConnectionNews } from './connection-news.js';
import { ConnectWaiters } from './connect-waiters.js';
import type { WaiterOptions } from './connect-waiters.js';
import type { ConnectionEvents } from '../connection-events.js';
import { INITIAL_STATE, publicState, transition } from './connection-machine.js';
import type { ConnectionState, MachineEffect, MachineInput, MachineState } from './connection-machine.js';
import type { HealthTracker } from '../inbound/health.js';
import type { ResolvedConnectionOptions } from '../options.js';
import { GatewayPort } from './gateway-port.js';
import { OutageAlarm } from './outage-alarm.js';
import type { Delay } from './reconnect-delays.js';
import { disconnectedError, endError } from '../session/end-error.js';
import { Session } from '../session/session.js';
import type { UndecodableFrame } from '../session/session-handlers.js';
import { isFatalEnd } from '../session/session-end.js';
import type { SessionEnd } from '../session/session-end.js';

/** What the shell tells the connection that it drives. */
export interface ShellHooks {
  readonly message: (message: ServerMessage, session: Session) => void;
  readonly frame: (payload: Uint8Array, message: ServerMessage | undefined) => void;
  readonly hotFrame: (message: HotMessage, bytes: Uint8Array, start: number, end: number) => void;
  readonly sent: (message: ClientMessage, session: Session) => void;
  readonly undecodable: (frame: UndecodableFrame, session: Session) => void;
  readonly listenerError: (error: unknown) => void;
  /** Our own loop did not run for so long, and runs again. */
  readonly stalled: (stalledMs: number) => void;
  /** The heartbeat's thread is lost; the loop watches now. */
  readonly threadLost: (error: Error) => void;
  /** A session is ready; the state says so already, the events come next. */
  readonly ready: (session: Session) => void;
  /** After the events of readiness. */
  readonly readyAnnounced: (session: Session) => void;
  /** The public state is another one; the events come next. */
  readonly state: (state: ConnectionState) => void;
  /** A session or attempt has ended; the state and the events come next. */
  readonly ended: (end: SessionEnd) => void;
  /** After the events of the end. */
  readonly endAnnounced: (end: SessionEnd) => void;
}

export interface ShellOptions {
  readonly connection: ResolvedConnectionOptions;
  readonly limiter: RateLimiter;
  readonly health: HealthTracker;
  readonly events: EventBus<ConnectionEvents>;
  readonly accounts: () => readonly string[];
  /** How long the restart window of now still lasts, in milliseconds; 0 outside of all windows. */
  readonly restartHoldMs: () => number;
  readonly hooks: ShellHooks;
}

/** A failure and when it was, epoch milliseconds. */
export interface ConnectionFailure {
  readonly error: IbkrError;
  readonly atMs: number;
}

/**
 * Runs the pure connection machine: owns the present session, the wait between attempts, the callers that wait, and the alarm.
 * Inputs are worked off one after the other, also when a listener or a synchronous callback makes new ones.
 */
export class ConnectionShell {
  readonly #options: ShellOptions;
  readonly #waiters: ConnectWaiters;
  readonly #outage: OutageAlarm;
  /** Inputs with the last caller that had come before each: one that comes later is none of its business. */
  readonly #inputs: { readonly input: MachineInput; readonly upTo: number }[] = [];
  #draining = false;
  #state: MachineState = INITIAL_STATE;
  #session: Session | undefined;
  /** Sessions whose sockets still hold something. */
  readonly #unreleased = new Set<Session>();
  readonly #gate: CircuitGate;
  readonly #wait: AttemptWait;
  readonly #port: GatewayPort;
  readonly #news: ConnectionNews;
  #lastEnd: SessionEnd | undefined;
  #lastFailure: ConnectionFailure | undefined;
  #reconnectCount = 0;

  constructor(options: ShellOptions) {
    this.#options = options;
    const { clock, alarmAfterMs, port, circuit, host, reconnect } = options.connection;
    this.#news = new ConnectionNews(options);
    this.#port = new GatewayPort({ clock, events: options.events, logger: options.connection.logger, port, lookBackAfterMs: reconnect.refusedForMs, accounts: options.accounts });
    this.#gate = new CircuitGate({
      circuit,
      trialMs: reconnect.initialMs,
      lastError: () => this.#lastFailure?.error,
      onChange: (state) => {
        this.#news.circuit(state);
        if (state === 'open') this.#wait.circuitOpened();
      },
    });
    this.#wait = new AttemptWait({
      clock,
      host,
      look: { firstMs: reconnect.refusedMs / 2, thenMs: reconnect.refusedThenMs },
      gate: this.#gate,
      onScheduled: (scheduled) => {
        options.events.emit('connection.retryScheduled', scheduled);
      },
      onElapsed: (epoch) => {
        this.feed({ type: 'delayElapsed', epoch });
      },
      onPortRefused: (epoch) => {
        this.#portRefused(epoch);
      },
    });
    this.#waiters = new ConnectWaiters({
      clock,
      onLastLeft: (reason, error) => {
        const abandons = publicState(this.#state) === 'connecting';
        if (reason === 'deadline' && abandons && isIbkrError(error)) this.#lastFailure = { error, atMs: clock.now() };
        this.feed({ type: 'connectAbandoned', reason });
      },
    });
    this.#outage = new OutageAlarm({
      clock,
      afterMs: alarmAfterMs,
      holdMs: options.restartHoldMs,
      ring: (downMs) => {
        this.#news.alarm(downMs, { lastEnd: this.#lastEnd, failure: this.#failure() });
      },
    });
  }

  get state(): MachineState {
    return this.#state;
  }

  /** The session of the moment, ready or not. */
  get session(): Session | undefined {
    return this.#session;
  }

  get readySession(): Session | undefined {
    return this.#state.status === 'ready' ? this.#session : undefined;
  }

  /** The port of the present and of the next session. */
  get port(): number {
    return this.#port.current;
  }

  /** Why the last session or attempt ended that we did not end ourselves. */
  get lastFailure(): ConnectionFailure | undefined {
    return this.#lastFailure;
  }

  /** When the next attempt starts, epoch milliseconds. */
  get nextAttemptAtMs(): number | undefined {
    return this.#wait.endsAtMs;
  }

  get reconnectCount(): number {
    return this.#reconnectCount;
  }

  /** Resolves once no socket of any session that has ended holds anything. */
  async released(): Promise<void> {
    // Called from inside a handler, the inputs that are still to be worked off may end sessions, and open some first.
    await Promise.resolve();
    for (;;) {
      // A handler may have opened the next session already, and that one stays.
      const ended = [...this.#unreleased].filter((session) => session !== this.#session);
      if (ended.length === 0) return;
      await Promise.all(ended.map((session) => session.released));
    }
  }

  /** @throws ConnectionError `IBKR_CIRCUIT_OPEN` when a new connection would be made and the circuit breaker forbids it. */
  assertCircuit(): void {
    if (this.#state.status !== 'disconnected' && this.#state.status !== 'failed') return;
    const { refusal } = this.#gate;
    if (refusal !== undefined) throw refusal.error;
  }

  /** Makes a new session now; while the circuit breaker forbids it, at the time that it names. */
  requestReconnect(): void {
    this.assertCircuit();
    if (this.#state.status === 'waiting' && this.#gate.refusal !== undefined) return;
    this.feed({ type: 'reconnectRequested', atMs: this.#options.connection.clock.monotonic() });
  }

  /** Lets go of what others hold. */
  close(): void {
    this.#gate.close();
  }

  /** Waits until the connection is ready or the attempt is given up. */
  waitForReady(options: Omit<WaiterOptions, 'timeoutError'>): Promise<void> {
    return this.#waiters.wait({ ...options, timeoutError: () => this.#deadlineError(options.timeoutMs) });
  }

  /** Gives the machine an input and does what it says. */
  feed(input: MachineInput): void {
    this.#inputs.push({ input, upTo: this.#waiters.lastNumber });
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next.input, next.upTo);
    } finally {
      this.#draining = false;
    }
  }

  #step(input: MachineInput, upTo: number): void {
    // Somebody came since the last one left.
    if (input.type === 'connectAbandoned' && this.#waiters.size > 0) return;
    const { autoReconnect, maxAttempts, reconnect } = this.#options.connection;
    const from = this.#state;
    const { state, effects } = transition(from, input, { autoReconnect, maxAttempts, delays: reconnect });
    this.#state = state;
    const session = this.#session;
    const ready = state.status === 'ready' && from.status !== 'ready' ? session : undefined;
    if (ready !== undefined) this.#options.hooks.ready(ready);
    this.#settle(from, state, upTo);
    // Asked for while the session that answers it became ready.
    if (input.type === 'connectRequested' && state.status === 'ready') this.#waiters.resolveAll(upTo);
    const [before, after] = [publicState(from), publicState(state)];
    if (before !== after) {
      this.#options.hooks.state(after);
      this.#news.state(before, after, { reason: input.type === 'sessionEnded' ? input.failure.kind : input.type, epoch: state.epoch });
    }
    this.#options.health.flush();
    for (const effect of effects) this.#run(effect);
    if (ready !== undefined) this.#options.hooks.readyAnnounced(ready);
  }

  #settle(from: MachineState, state: MachineState, upTo: number): void {
    switch (state.status) {
      case 'ready':
        this.#outage.stop();
        if (from.status !== 'ready') this.#waiters.resolveAll(upTo);
        break;
      case 'failed':
        this.#outage.stop();
        if (from.status !== 'failed') this.#waiters.rejectAll(this.#failure(), upTo);
        break;
      case 'disconnected':
        this.#outage.stop();
        if (from.status !== 'disconnected') this.#waiters.rejectAll(disconnectedError(), upTo);
        break;
      case 'waiting':
        this.#outage.start();
        break;
      case 'opening':
        if (state.purpose.type === 'recover') this.#outage.start();
        break;
    }
  }

  #run(effect: MachineEffect): void {
    switch (effect.type) {
      case 'open':
        this.#open(effect.epoch);
        break;
      case 'drop':
        if (this.#session?.epoch === effect.epoch) this.#session.close();
        break;
      case 'wait':
        this.#waitFor(effect.epoch, effect.delay);
        break;
      case 'stopWaiting':
        this.#wait.stop();
        break;
      default:
        if (effect.type === 'announceRecovered') this.#reconnectCount += 1;
        this.#news.announce(effect, { epoch: this.#state.epoch, serverVersion: this.#session?.serverVersion ?? 0, lastEnd: this.#lastEnd, failure: this.#failure() });
    }
  }

  #open(epoch: number): void {
    const { limiter, health, hooks } = this.#options;
    this.#wait.stop();
    const connection = { ...this.#options.connection, port: this.#port.current };
    const trial = this.#gate.admit();
    const session: Session = new Session({
      epoch,
      connection,
      limiter,
      expectedAccounts: this.#port.toProve,
      handlers: {
        onProgress: (step) => {
          health.set(step, 'up', step === 'tcp' ? 'the TCP link is open' : 'the gateway answered the handshake');
          health.flush();
        },
        onReady: () => {
          trial?.succeeded();
          this.#port.confirmed();
          this.feed({ type: 'sessionReady', epoch, atMs: connection.clock.monotonic() });
        },
        onMessage: hooks.message,
        onFrame: hooks.frame,
        onHotFrame: hooks.hotFrame,
        onSent: (message) => {
          hooks.sent(message, session);
        },
        onUndecodable: (frame) => {
          hooks.undecodable(frame, session);
        },
        onListenerError: hooks.listenerError,
        onStall: hooks.stalled,
        onThreadLost: hooks.threadLost,
        onEnd: (end) => {
          // After readiness this changes nothing.
          trial?.failed(end.error);
          this.#ended(epoch, end);
        },
      },
    });
    this.#session = session;
    this.#unreleased.add(session);
    // First in line: whoever waits for it finds it gone.
    void session.released.then(() => this.#unreleased.delete(session));
    session.open();
  }

  #ended(epoch: number, end: SessionEnd): void {
    const { health, hooks, connection } = this.#options;
    if (this.#session?.epoch !== epoch) return;
    this.#session = undefined;
    this.#lastEnd = end;
    if (end.kind !== 'requested') this.#lastFailure = { error: end.error, atMs: end.atMs };
    if (end.kind !== 'requested') this.#news.ended(end);
    health.sessionGone(end.error.message);
    this.#port.ended(end);
    hooks.ended(end);
    const inRestartWindow = this.#options.restartHoldMs() > 0;
    const failure = { kind: end.kind, nearby: end.nearby, retryable: end.error.retryable, fatal: isFatalEnd(end.kind), inRestartWindow };
    this.feed({ type: 'sessionEnded', epoch, atMs: connection.clock.monotonic(), failure });
    hooks.endAnnounced(end);
  }

  #waitFor(epoch: number, delay: Delay): void {
    const { random } = this.#options.connection;
    const delayMs = delay.jitter === 'full' ? delay.baseMs * random.next() : delay.baseMs;
    // A steady wait is short, or has a reason that a closed port does not change. A gateway that fails at the start of a session is there, and
    // would count every knock as one more client: only after a session that worked is it worth to know whether the gateway is gone.
    const end = this.#lastEnd;
    const port = delay.jitter === 'full' && end?.nearby === true && end.wasReady ? this.#port.current : undefined;
    this.#wait.start({ epoch, delayMs, error: this.#failure(), port });
  }

  #portRefused(epoch: number): void {
    const { host, clientId, clock } = this.#options.connection;
    this.#lastFailure = { error: endError('refused', { host, port: this.#port.current, clientId }), atMs: clock.now() };
    this.feed({ type: 'portRefused', epoch, atMs: clock.monotonic(), inRestartWindow: this.#options.restartHoldMs() > 0 });
  }

  #failure(): IbkrError {
    return this.#lastFailure?.error ?? disconnectedError();
  }

  /** What keeps us from being connected, for a caller whose time is up: the step that is under way, or the last failure. */
  #deadlineError(limitMs: number): IbkrError {
    const { host, clientId } = this.#options.connection;
    const port = this.#port.current;
    if (this.#session === undefined) return this.#failure();
    const { tcp, handshake } = this.#options.health.report().layers;
    const step = handshake.status === 'up' ? 'readyTimeout' : 'handshakeTimeout';
    return endError(tcp.status === 'up' ? step : 'tcpTimeout', { host, port, clientId, limitMs });
  }
}

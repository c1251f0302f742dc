import { withDeadline } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import { TimeoutError, SystemError, UsageError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { ConnectionManager } from '../connection-manager.js';
import { isFatalEnd } from '../session/session-end.js';
import { GatewayKeeper, describeFailure } from './gateway-keeper.js';
import type { GatewayActionOutcome } from './gateway-keeper.js';
import { judgeHealth } from './health-judge.js';
import type { WatchdogProblem } from './health-judge.js';
import { StreamSilence } from './stream-silence.js';
import type { WatchdogEvents, WatchdogGatewayAction } from './watchdog-events.js';
import { resolveWatchdogOptions } from './watchdog-options.js';
import type { ResolvedWatchdogOptions, WatchdogOptions } from './watchdog-options.js';

/** What a watchdog has seen and done; kept over reconnects and over `stop()`. */
export interface WatchdogStatus {
  readonly running: boolean;
  /** Whether nobody tries any more until `start()`. */
  readonly gaveUp: boolean;
  readonly problems: readonly WatchdogProblem[];
  readonly checks: number;
  /** Epoch milliseconds. */
  readonly lastCheckAtMs: number | undefined;
  readonly reconnects: number;
  readonly softTimeouts: number;
  readonly hardTimeouts: number;
  readonly gatewayRestarts: number;
}

type Reason = WatchdogGatewayAction['reason'];

const PROBE_TIPS: readonly string[] = ['The gateway hangs, or shows a dialog. If it keeps happening, restart it, or give the watchdog its process as gateway.'];

/**
 * Keeps a connection, and the gateway behind it, alive for months: begins to connect and never stops, looks at every layer of the health at even intervals,
 * asks a gateway whose streams fell silent whether it still answers, knows its daily restart, and restarts its process when nothing else helps.
 *
 * How sessions are made again is the connection's business; the watchdog decides what the connection cannot see from inside.
 */
export class Watchdog implements AsyncDisposable {
  readonly connection: ConnectionManager;
  readonly events: EventBus<WatchdogEvents>;
  readonly #options: ResolvedWatchdogOptions;
  readonly #keeper: GatewayKeeper | undefined;
  readonly #silence = new StreamSilence();
  readonly #stops: (() => void)[] = [];
  #timer: Timer | undefined;
  #running = false;
  #gaveUp = false;
  #closed = false;
  #downSinceMs: number | undefined;
  #problems: readonly WatchdogProblem[] = [];
  #probing: AbortController | undefined;
  #failedProbes = 0;
  #toldRefusal: string | undefined;
  #checks = 0;
  #lastCheckAtMs: number | undefined;
  #softTimeouts = 0;
  #hardTimeouts = 0;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: WatchdogOptions = {}) {
    const resolved = resolveWatchdogOptions(options);
    const { connection, gateway, gatewayTimeoutMs, maxGatewayRestartsPerHour, mayRestartGateway } = resolved;
    this.#options = resolved;
    this.connection = connection;
    this.events = new EventBus({
      onListenerError: (cause, type) => {
        const error = new SystemError({ code: 'IBKR_LISTENER_FAILED', message: `A listener of ${type} threw: ${describeFailure(cause)}`, cause });
        connection.events.emit('error.occurred', { error, atMs: connection.clock.now() });
      },
    });
    this.#keeper =
      gateway === undefined
        ? undefined
        : new GatewayKeeper({
            gateway,
            clock: connection.clock,
            timeoutMs: gatewayTimeoutMs,
            maxRestartsPerHour: maxGatewayRestartsPerHour,
            mayRestart: mayRestartGateway,
            inWindow: () => connection.restartOutlook.phase !== 'clear',
          });
  }

  get running(): boolean {
    return this.#running;
  }

  /** What was seen and done so far. */
  get status(): WatchdogStatus {
    return {
      running: this.#running,
      gaveUp: this.#gaveUp,
      problems: this.#problems,
      checks: this.#checks,
      lastCheckAtMs: this.#lastCheckAtMs,
      reconnects: this.connection.getStatus().reconnectCount,
      softTimeouts: this.#softTimeouts,
      hardTimeouts: this.#hardTimeouts,
      gatewayRestarts: this.#keeper?.restarts ?? 0,
    };
  }

  /**
   * Begins: starts the gateway when there is one to start, and connects for as long as it takes. Does not wait for the connection;
   * `watchdog.connection.ensureConnected()` does. Begins anew after giving up; does nothing while running.
   */
  async start(): Promise<void> {
    if (this.#closed) throw new UsageError({ field: 'Watchdog', rule: 'is closed: make another one' });
    if (this.#running) return;
    const { events, clock } = this.connection;
    this.#running = true;
    this.#gaveUp = false;
    this.#downSinceMs = this.connection.isConnected() ? undefined : clock.monotonic();
    this.#stops.push(
      events.on('connection.stateChanged', ({ to }) => {
        if (to === 'connected') this.#downSinceMs = undefined;
        else this.#downSinceMs ??= clock.monotonic();
      }),
      events.on('connection.gaveUp', ({ reason, error }) => {
        if (reason !== 'deadline' && isFatalEnd(reason)) this.#giveUp(error.message);
        else if (this.#options.maxAttempts !== Number.POSITIVE_INFINITY) void this.#attemptsUsedUp(error.message);
      }),
      events.on('connection.restartWindow', ({ phase, kind }) => {
        if (phase === 'entered' && kind === 'session-restart' && this.#options.restartGatewayDaily) void this.#restartGateway('daily');
      }),
    );
    this.events.emit('watchdog.started', { atMs: clock.now() });
    this.#arm();
    // A port that refuses costs nothing, and a start that never ends must not keep us from a gateway that is there.
    this.#connect();
    if (this.#keeper !== undefined) await this.#act('start', 'startup', (keeper, onBegin) => keeper.start(onBegin));
    // A gateway that takes minutes to start is not away.
    if (this.#downSinceMs !== undefined) this.#downSinceMs = clock.monotonic();
  }

  /** Stops watching and disconnects; subscriptions stay declared. With `gateway` its process is stopped, too. Idempotent. */
  async stop(options: { readonly gateway?: boolean | undefined } = {}): Promise<void> {
    if (this.#running) {
      this.#halt();
      this.events.emit('watchdog.stopped', { atMs: this.connection.clock.now() });
      await this.connection.disconnect();
    }
    if (options.gateway === true) await this.#options.gateway?.stop();
  }

  /** Stops, and closes the connection when it is the watchdog's own. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
    if (this.#options.ownsConnection) await this.connection.close();
    this.events.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Looks at the health now, as it is done every `healthCheckIntervalMs`. @returns what is wrong */
  check(): readonly WatchdogProblem[] {
    const { clock } = this.connection;
    const problems = judgeHealth(this.#facts(), this.#options.limits);
    const before = this.#problems;
    this.#problems = problems;
    this.#checks += 1;
    const atMs = clock.now();
    this.#lastCheckAtMs = atMs;
    this.events.emit('watchdog.checked', { problems, atMs });
    for (const problem of problems) {
      if (!before.some((other) => sameTrouble(other, problem))) this.events.emit('watchdog.unhealthy', { problem, atMs });
    }
    for (const problem of before) {
      if (!problems.some((other) => sameTrouble(other, problem))) this.events.emit('watchdog.healthy', { kind: problem.kind, atMs });
    }
    return problems;
  }

  #facts(): Parameters<typeof judgeHealth>[0] {
    const { connection } = this;
    const { clock } = connection;
    const { state, health, lastError, restart } = connection.getStatus();
    const nowMs = clock.monotonic();
    return {
      nowMs: clock.now(),
      state,
      downForMs: this.#downSinceMs === undefined ? 0 : nowMs - this.#downSinceMs,
      upstream: health.layers.upstream,
      farms: health.layers.farms,
      streamsSilentForMs: this.#silence.look(state === 'connected' ? connection.streams : [], nowMs),
      inRestartWindow: restart.phase === 'inside',
      lastError: lastError?.message,
    };
  }

  #arm(): void {
    if (!this.#running) return;
    this.#timer = this.connection.clock.setTimer(this.#options.healthCheckIntervalMs, () => {
      for (const problem of this.check()) this.#treat(problem);
      // Somebody disconnected, or the connection does not recover by itself.
      if (this.connection.state === 'disconnected') this.#connect();
      this.#arm();
    });
  }

  #treat({ kind, forMs }: WatchdogProblem): void {
    // A listener may have stopped the watch.
    if (!this.#running) return;
    if (kind === 'failed') {
      if (!this.#gaveUp) this.#connect();
    } else if (kind === 'streamsSilent') {
      void this.#ask(forMs);
    } else if (this.#options.restartGatewayOn.has(kind) && this.#hadItsTime(kind)) {
      void this.#restartGateway(kind);
    }
  }

  /** Whether a gateway that was restarted has had as long as a healthy one may take. */
  #hadItsTime(kind: WatchdogProblem['kind']): boolean {
    const lastMs = this.#keeper?.lastRestartEndedAtMs;
    const { downMs, upstreamDownMs } = this.#options.limits;
    const neededMs = kind === 'upstreamDown' ? upstreamDownMs : downMs;
    return lastMs === undefined || this.connection.clock.monotonic() - lastMs >= neededMs;
  }

  #connect(): void {
    const { maxAttempts } = this.#options;
    if (!this.#running) return;
    this.connection.connect({ timeoutMs: Number.POSITIVE_INFINITY, retryCount: maxAttempts - 1 }).catch(() => {
      // The connection tells why in its events, and the next look finds it failed.
    });
  }

  async #ask(silentMs: number): Promise<void> {
    if (this.#probing !== undefined) return;
    const { probe, probeTimeoutMs } = this.#options;
    const { clock } = this.connection;
    const stop = new AbortController();
    this.#probing = stop;
    this.#softTimeouts += 1;
    this.events.emit('watchdog.softTimeout', { silentMs, atMs: clock.now() });
    try {
      const timeoutError = (): Error => new TimeoutError({ code: 'IBKR_WATCHDOG_PROBE_TIMEOUT', message: `The gateway did not answer the watchdog within ${probeTimeoutMs} ms.`, tips: PROBE_TIPS });
      await withDeadline(clock, probeTimeoutMs, probe(this.connection, { signal: stop.signal }), { timeoutError });
      this.#failedProbes = 0;
      this.#silence.reset();
    } catch (error) {
      if (this.#running) await this.#probeFailed(asIbkrError(error));
    } finally {
      stop.abort();
      this.#probing = undefined;
    }
  }

  async #probeFailed(error: IbkrError): Promise<void> {
    // The session ended by itself in the meantime: the connection is at it already.
    if (!this.connection.isConnected()) return;
    this.#hardTimeouts += 1;
    this.#failedProbes += 1;
    this.#silence.reset();
    this.events.emit('watchdog.hardTimeout', { error, atMs: this.connection.clock.now() });
    const again = this.#failedProbes > 1;
    if (again && this.#options.restartGatewayOn.has('probeFailed')) await this.#restartGateway('probeFailed');
    if (this.#isRunning()) await this.connection.reconnect();
  }

  async #attemptsUsedUp(why: string): Promise<void> {
    if (this.#options.restartGatewayOn.has('down') && (await this.#restartGateway('failed'))) {
      this.#connect();
      return;
    }
    this.#giveUp(why);
  }

  #giveUp(error: string): void {
    if (!this.#running) return;
    this.#gaveUp = true;
    this.#halt();
    this.events.emit('watchdog.gaveUp', { error, atMs: this.connection.clock.now() });
  }

  /** @returns whether the gateway was restarted */
  async #restartGateway(reason: Reason): Promise<boolean> {
    const outcome = await this.#act('restart', reason, (keeper, onBegin) => keeper.restart(reason === 'daily', onBegin));
    return outcome?.outcome === 'done';
  }

  async #act(
    action: WatchdogGatewayAction['action'],
    reason: Reason,
    work: (keeper: GatewayKeeper, onBegin: () => void) => Promise<GatewayActionOutcome>,
  ): Promise<GatewayActionOutcome | undefined> {
    if (this.#keeper === undefined || this.#keeper.busy) return undefined;
    const tell = (phase: WatchdogGatewayAction['phase'], detail?: string): void => {
      this.events.emit('watchdog.gateway', { action, phase, reason, detail, atMs: this.connection.clock.now() });
    };
    const outcome = await work(this.#keeper, () => {
      this.#toldRefusal = undefined;
      tell('begun');
    });
    if (outcome.outcome !== 'refused') {
      tell(outcome.outcome, outcome.outcome === 'failed' ? describeFailure(outcome.error) : undefined);
    } else if (this.#toldRefusal !== `${reason} ${outcome.why}`) {
      // The wish comes back with every look.
      this.#toldRefusal = `${reason} ${outcome.why}`;
      tell('refused', outcome.why);
    }
    return outcome;
  }

  #halt(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#probing?.abort();
    this.#keeper?.abandon();
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** A method, because the compiler cannot know that listeners stop the watch. */
  #isRunning(): boolean {
    return this.#running;
  }
}

function sameTrouble(a: WatchdogProblem, b: WatchdogProblem): boolean {
  return a.kind === b.kind && (a.kind !== 'farmDown' || farmOf(a) === farmOf(b));
}

function farmOf({ cause }: WatchdogProblem): string {
  return cause.slice(0, cause.indexOf(':'));
}

function asIbkrError(error: unknown): IbkrError {
  return isIbkrError(error) ? error : new SystemError({ code: 'IBKR_WATCHDOG_PROBE_FAILED', message: `The watchdog's question failed: ${describeFailure(error)}`, tips: PROBE_TIPS, cause: error });
}

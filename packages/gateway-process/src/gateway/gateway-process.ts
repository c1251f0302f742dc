import { abortReason } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { GatewayCommand } from '../drivers/driver.js';
import { GatewayError } from '../gateway-error.js';
import { INITIAL_GATEWAY_STATE, gatewayStep } from '../machine/gateway-machine.js';
import type { GatewayEffect, GatewayInput, GatewayPhase, GatewayState, ProbeFinding } from '../machine/gateway-state.js';
import { probeApi } from '../probe/api-probe.js';
import type { ProbeResult } from '../probe/api-probe.js';
import type { ProcessExit } from '../process/owned-process.js';
import type { ScheduledWindow } from '../schedule/schedule.js';
import type { GatewayEvents, GatewayStatus } from './gateway-events.js';
import { resolveGatewayOptions } from './gateway-options.js';
import type { GatewayProcessOptions, ResolvedGatewayOptions } from './gateway-options.js';
import { GatewayNews, reasonOf } from './gateway-news.js';
import { PhaseTimes } from './phase-times.js';
import { ProbeLoop } from './probe-loop.js';
import { ProcessKeeper } from './process-keeper.js';
import { RestartBudget } from './restart-budget.js';
import { RestartPermit } from './restart-permit.js';
import { ScheduleWatch } from './schedule-watch.js';
import { Waiters, startError } from './start-waiters.js';
import { StateDirectory } from './state-directory.js';

/** How {@link GatewayProcess.start} waits. */
export interface GatewayWaitOptions {
  /** Ends the wait, not the start: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link GatewayProcess.restart} takes. */
export interface GatewayRestartOptions extends GatewayWaitOptions {
  /** `soft` keeps the login, where the driver knows how; `cold` ends it and starts it. @defaultValue 'auto': soft where possible */
  readonly how?: 'auto' | 'soft' | 'cold' | undefined;
  /** Whatever the budget, the schedule and `mayRestart` say. @defaultValue false */
  readonly force?: boolean | undefined;
}

/** Findings that only a gateway gives; a relay that waits for ours accepts, too. */
const SPEAKS: ReadonlySet<ProbeFinding> = new Set(['ready', 'notReady']);

/** Phases in which there is nothing to ask the API. */
const QUIET: ReadonlySet<GatewayPhase> = new Set(['stopped', 'lockedOut', 'stopping']);

/**
 * The process of IB Gateway or TWS: started, stopped, restarted and watched.
 *
 * Ready means that the API answered a full handshake. The process outlives this object and this program: it is written down before it begins, and whoever
 * comes next with the same `stateDir` takes it over. The second factor is never automated: a person is told, with a deadline.
 */
export class GatewayProcess implements AsyncDisposable {
  readonly events: EventBus<GatewayEvents>;
  readonly #options: ResolvedGatewayOptions;
  readonly #keeper: ProcessKeeper;
  readonly #probes: ProbeLoop;
  readonly #watch: ScheduleWatch;
  readonly #budget: RestartBudget;
  readonly #permit: RestartPermit;
  readonly #news: GatewayNews;
  readonly #directory: StateDirectory;
  readonly #times: PhaseTimes;
  readonly #ready = new Waiters();
  readonly #settled = new Waiters();
  #state: GatewayState = INITIAL_GATEWAY_STATE;
  #sinceMs: number;
  #serverVersion: number | undefined;
  /** Nobody wants it to come up by itself. */
  #isStopped = false;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #launching: Promise<void> = Promise.resolve();

  /** @throws UsageError for an option that breaks its rule. Nothing happens before the first call. */
  constructor(options: GatewayProcessOptions) {
    this.#options = resolveGatewayOptions(options);
    const { clock, stateDir, schedule, gatewayNow, onListenerError, maxRestartsPerHour } = this.#options;
    this.events = new EventBus({ onListenerError });
    this.#news = new GatewayNews(this.events, clock);
    this.#directory = new StateDirectory({ stateDir, clock, news: this.#news });
    this.#sinceMs = clock.now();
    this.#budget = new RestartBudget(clock, maxRestartsPerHour);
    this.#permit = new RestartPermit({ options: this.#options, budget: this.#budget, state: () => this.#state });
    this.#times = new PhaseTimes({
      options: this.#options,
      onDeadline: () => {
        this.#dispatch({ type: 'deadline' });
      },
      onRetry: () => {
        this.#dispatch({ type: 'unlock' });
        this.#dispatch({ type: 'start' });
      },
    });
    this.#keeper = new ProcessKeeper(this.#options, {
      onSign: (sign) => {
        this.#dispatch({ type: sign });
        if (this.#state.phase === 'ready' && this.#state.hint !== undefined) this.look();
      },
      onExit: (exit) => {
        this.#onExit(exit);
      },
      onLeftover: (error) => {
        this.#news.alarm('leftover', `what it left in its state directory cannot be removed: ${reasonOf(error)}`);
      },
    });
    this.#probes = this.#makeProbes();
    this.#watch = new ScheduleWatch({
      schedule,
      clock,
      now: gatewayNow,
      listener: {
        onAhead: (event) => {
          this.#news.restartAhead(event, schedule.leadMs);
        },
        onReminder: (event) => {
          this.#news.humanNeeded('weeklyLogin', 'the login of the week comes', event.fromMs);
        },
      },
    });
  }

  /**
   * Takes the state directory, and takes over the gateway that runs there, if one does. Starts nothing. Idempotent.
   * @throws {@link GatewayError} `IBKR_GATEWAY_OWNED` while another process looks after it; SystemError for a directory that cannot be used
   */
  open(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /**
   * Starts the gateway and resolves when its API answers; at once when it does already.
   * @throws {@link GatewayError}: `IBKR_GATEWAY_NOT_EXECUTABLE`, `_EXITED`, `_START_TIMEOUT`, `_LOGIN_FAILED`, `_SECOND_FACTOR`, `_LOCKED_OUT`, `_PORT_TAKEN`, `_OWNED`,
   *   `_STOPPED`; the signal's reason
   */
  async start({ signal }: GatewayWaitOptions = {}): Promise<GatewayStatus> {
    await this.open();
    if (signal?.aborted === true) throw abortReason(signal);
    const { driver, host, port } = this.#options;
    if (this.#isDown() && driver.plan !== undefined && SPEAKS.has((await this.#probe()).finding) && this.#isDown()) {
      throw new GatewayError({
        code: 'IBKR_GATEWAY_PORT_TAKEN',
        message: `A gateway that was not started from here answers at ${host}:${port}`,
        tips: ['Stop it, or use `externalDriver()` to watch it, or give another port.'],
      });
    }
    if (this.#state.phase === 'ready') return this.status();
    // Whoever comes after the alarm about an API that stays away has the time before the next one.
    if (this.#state.phase === 'apiDown' && this.#times.deadlineMs === undefined) this.#times.begin(this.#state);
    this.#isStopped = false;
    // A lock-out of an earlier program: from now on somebody wants it to be tried again.
    if (this.#state.phase === 'lockedOut' && this.#times.retryMs === undefined) this.#times.awaitHuman(this.#state);
    const ready = this.#ready.wait(signal);
    this.#dispatch({ type: 'start' });
    await ready;
    return this.status();
  }

  /**
   * Ends the gateway and resolves when its process is gone.
   * @throws {@link GatewayError} `IBKR_GATEWAY_NOT_SUPPORTED` for one that somebody else runs, `IBKR_GATEWAY_STOP_FAILED`
   */
  async stop(): Promise<void> {
    await this.open();
    if (this.#options.driver.plan === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: 'This driver only looks: whoever runs the gateway stops it' });
    this.#assertOpen();
    this.#isStopped = true;
    this.#times.stopRetry();
    this.#dispatch({ type: 'stop' });
    await this.#launching;
    this.#assertOpen();
    while (this.#state.phase === 'stopping') await this.#settled.wait();
  }

  /**
   * Restarts the gateway and resolves when its API answers again.
   * @throws {@link GatewayError} `IBKR_GATEWAY_RESTART_REFUSED` with the reason; `IBKR_GATEWAY_NOT_SUPPORTED`; what {@link GatewayProcess.start} throws
   */
  async restart({ how = 'auto', force = false, signal }: GatewayRestartOptions = {}): Promise<GatewayStatus> {
    await this.open();
    this.#permit.assertPossible(how);
    if (this.#state.phase === 'stopped') return this.start({ signal });
    await this.#permit.ask(force, () => {
      this.#assertOpen();
    });
    if (signal?.aborted === true) throw abortReason(signal);
    this.#permit.take(force);
    const ready = this.#ready.wait(signal);
    this.#dispatch({ type: 'restart', how: how === 'cold' || this.#options.driver.command === undefined ? 'cold' : 'soft' });
    await ready;
    return this.status();
  }

  /**
   * Sends a command to the gateway through IBC, and gives its answer back.
   * @throws {@link GatewayError} `IBKR_GATEWAY_NOT_SUPPORTED` without IBC, `IBKR_GATEWAY_COMMAND_FAILED`
   */
  async command(command: GatewayCommand): Promise<string> {
    await this.open();
    const { driver } = this.#options;
    const { record } = this.#keeper;
    if (driver.command === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: `Only IBC takes commands such as ${command}` });
    if (record === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_COMMAND_FAILED', message: `The gateway cannot carry out ${command}: it does not run`, retryable: false });
    try {
      const answer = await driver.command(command, record);
      this.#news.command(command, true, answer);
      return answer;
    } catch (error) {
      this.#news.command(command, false, reasonOf(error));
      throw error;
    }
  }

  /** Asks the API at once, instead of at its turn: whoever lost a session need not wait for that. */
  look(): void {
    this.#probes.askNow();
  }

  /** A person says that the login may be tried again. */
  async unlock(): Promise<void> {
    await this.open();
    this.#assertOpen();
    this.#dispatch({ type: 'unlock' });
  }

  /** How it is at the moment, as far as is known without asking. */
  status(): GatewayStatus {
    const { driver, host, port, schedule, gatewayNow } = this.#options;
    const { phase, cause, lockOut, failedLogins } = this.#state;
    const { record } = this.#keeper;
    const nowMs = gatewayNow();
    return {
      phase,
      sinceMs: this.#sinceMs,
      cause,
      driver: driver.name,
      host,
      port,
      pid: record?.identity.pid,
      startedAtMs: record?.startedAtMs,
      serverVersion: phase === 'ready' ? this.#serverVersion : undefined,
      deadlineMs: this.#times.deadlineMs,
      lockOut,
      retryAtMs: this.#times.retryMs,
      failedLogins,
      restartsLastHour: this.#budget.used,
      nextRestart: schedule.next(nowMs, 'dailyRestart'),
      nextLogin: schedule.next(nowMs, 'weeklyLogin'),
    };
  }

  /** The restarts that come, as `restartWindows` of a `ConnectionManager`. */
  restartWindows(): readonly ScheduledWindow[] {
    return this.#options.schedule.windows();
  }

  /** The last lines of its log, without credentials. @param options `lines`: 1 to 10000 */
  logs({ lines = 100 }: { readonly lines?: number | undefined } = {}): Promise<readonly string[]> {
    return this.#keeper.logs(Math.min(10_000, Math.max(1, Math.trunc(lines))));
  }

  /** Stops looking. The gateway lives on: the next one with this `stateDir` takes it over. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(): Promise<void> {
    const { driver } = this.#options;
    await this.#directory.take();
    try {
      const login = await this.#directory.login();
      if (login !== undefined) {
        this.#state = { ...this.#state, failedLogins: login.failedLogins };
        if (login.lockOut !== undefined) this.#state = { ...this.#state, phase: 'lockedOut', lockOut: login.lockOut, cause: login.cause };
      }
      this.#watch.start();
      const found = driver.plan === undefined ? { hint: undefined } : await this.#keeper.adopt();
      if (found !== undefined) this.#dispatch({ type: 'adopted', hint: found.hint });
    } catch (error) {
      this.#watch.stop();
      await this.#directory.release();
      throw error;
    }
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#launching;
    this.#probes.stop();
    this.#watch.stop();
    this.#times.close();
    this.#ready.end(closedError());
    this.#settled.end(closedError());
    try {
      await this.#keeper.release();
      await this.#directory.written();
    } finally {
      this.events.close();
      await this.#directory.release();
    }
  }

  /** Whether a start has something to do. */
  #isDown(): boolean {
    return this.#state.phase === 'stopped';
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  #makeProbes(): ProbeLoop {
    const { clock, probeEveryMs, probeReadyEveryMs } = this.#options;
    return new ProbeLoop({
      clock,
      probe: () => this.#probe(),
      everyMs: () => (QUIET.has(this.#state.phase) || !this.#state.running ? undefined : this.#state.phase === 'ready' ? probeReadyEveryMs : probeEveryMs),
      doubts: () => this.#state.phase === 'ready',
      doubtMs: probeEveryMs,
      onResult: ({ finding, serverVersion }) => {
        this.#serverVersion = serverVersion ?? this.#serverVersion;
        this.#dispatch({ type: 'probed', finding });
      },
    });
  }

  #probe(): Promise<ProbeResult> {
    const { probe, host, port, probeClientId, probeTimeoutMs, clock } = this.#options;
    return probe === undefined ? probeApi({ host, port, clientId: probeClientId, timeoutMs: probeTimeoutMs, clock }) : probe();
  }

  #onExit({ code, signal }: ProcessExit): void {
    const { driver, schedule, gatewayNow, relaunch } = this.#options;
    const known = driver.exitReason({ code, signal });
    const cause = known?.cause ?? (signal === undefined ? `it ended${code === undefined ? '' : ` with code ${code}`}` : `it was ended by ${signal}`);
    this.#news.exited({ code, signal }, cause);
    const expected = schedule.at(gatewayNow()) !== undefined;
    this.#dispatch({ type: 'exited', cause, reason: known?.reason, expected, mayRelaunch: relaunch && this.#budget.left > 0 });
  }

  #dispatch(input: GatewayInput): void {
    if (this.#closing !== undefined) return;
    const before = this.#state;
    const { state, effects } = gatewayStep(before, input, this.#options.rules);
    this.#state = state;
    if (state.failedLogins !== before.failedLogins || state.lockOut !== before.lockOut) this.#directory.remember({ failedLogins: state.failedLogins, lockOut: state.lockOut, cause: state.cause });
    if (state.phase !== before.phase) this.#onPhase(before.phase);
    else if (state.running !== before.running) this.#probes.restart();
    for (const effect of effects) this.#carryOut(effect);
  }

  #onPhase(previous: GatewayPhase): void {
    this.#sinceMs = this.#options.clock.now();
    this.#times.stopRetry();
    this.#times.begin(this.#state);
    if (this.#state.phase === 'lockedOut' && !this.#isStopped) this.#times.awaitHuman(this.#state);
    this.#probes.restart();
    this.events.emit('gateway.stateChanged', { ...this.status(), previous });
    if (this.#state.phase === 'ready') this.#ready.succeed();
    this.#settled.succeed();
  }

  #carryOut(effect: GatewayEffect): void {
    switch (effect.type) {
      case 'launch':
        this.#launching = this.#launch();
        return;
      case 'endProcess':
        void this.#endProcess();
        return;
      case 'countRestart':
        this.#budget.take(true);
        return;
      case 'askSoftRestart':
        void this.#askSoftRestart();
        return;
      case 'askHuman':
        this.#news.humanNeeded(effect.what, this.#state.cause, this.#times.deadlineMs ?? this.#times.retryMs);
        return;
      case 'alarm':
        this.#news.alarm(effect.problem, effect.cause);
        if (effect.problem === 'apiDown') this.#ready.fail(startError('timeout', effect.cause));
        return;
      case 'startFailed':
        this.#startFailed(startError(effect.failure, effect.cause), effect.failure === 'stopped' || effect.failure === 'lockedOut');
    }
  }

  #startFailed(error: GatewayError, isNoNews: boolean): void {
    if (this.#ready.fail(error) || isNoNews) return;
    // Nobody waits: somebody must hear of it all the same.
    this.#news.alarm('startFailed', error.message);
  }

  /** What cannot restart itself is not ended for that: a new login may need a person. */
  async #askSoftRestart(): Promise<void> {
    try {
      await this.command('RESTART');
    } catch (error) {
      this.#ready.fail(error instanceof Error ? error : new GatewayError({ code: 'IBKR_GATEWAY_RESTART_FAILED', message: 'The gateway cannot restart itself', cause: error }));
      this.#dispatch({ type: 'restartRefused' });
    }
  }

  async #launch(): Promise<void> {
    try {
      await this.#keeper.launch();
      this.#dispatch({ type: 'launched' });
    } catch (error) {
      // The caller hears exactly what it was.
      if (isIbkrError(error)) this.#ready.fail(error);
      const cause = error instanceof GatewayError ? error : new GatewayError({ code: 'IBKR_GATEWAY_NOT_EXECUTABLE', message: `The gateway cannot be started: ${reasonOf(error)}`, cause: error });
      this.#dispatch({ type: 'launchFailed', error: cause });
    }
  }

  async #endProcess(): Promise<void> {
    try {
      await this.#keeper.end();
    } catch (error) {
      this.#news.alarm('stopFailed', reasonOf(error));
      if (error instanceof Error) this.#settled.fail(error);
    }
  }
}

function closedError(): GatewayError {
  return new GatewayError({ code: 'IBKR_GATEWAY_CLOSED', message: 'The gateway process object was closed: make a new one' });
}

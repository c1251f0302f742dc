import path from 'node:path';
import { abortReason } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import { ProcessLock } from '@ibkit/process-lock';
import type { GatewayCommand } from '../drivers/driver.js';
import { GatewayError } from '../gateway-error.js';
import { readLogin, writeLogin } from '../login/login-memory.js';
import { INITIAL_GATEWAY_STATE, gatewayStep } from '../machine/gateway-machine.js';
import type { GatewayEffect, GatewayInput, GatewayPhase, GatewayState, ProbeFinding } from '../machine/gateway-state.js';
import { probeApi } from '../probe/api-probe.js';
import type { ProbeResult } from '../probe/api-probe.js';
import type { ProcessExit } from '../process/owned-process.js';
import type { ScheduledWindow } from '../schedule/schedule.js';
import type { GatewayEvents, GatewayStatus } from './gateway-events.js';
import { resolveGatewayOptions } from './gateway-options.js';
import type { GatewayProcessOptions, ResolvedGatewayOptions } from './gateway-options.js';
import { ProbeLoop } from './probe-loop.js';
import { ProcessKeeper } from './process-keeper.js';
import { RestartBudget } from './restart-budget.js';
import { ScheduleWatch } from './schedule-watch.js';
import { Waiters, startError } from './start-waiters.js';

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
  readonly #ready = new Waiters();
  readonly #settled = new Waiters();
  #state: GatewayState = INITIAL_GATEWAY_STATE;
  #sinceMs: number;
  #deadline: { readonly timer: Timer; readonly atMs: number } | undefined;
  #retry: { readonly timer: Timer; readonly atMs: number } | undefined;
  #serverVersion: number | undefined;
  /** Nobody wants it to come up by itself. */
  #isStopped = false;
  #lock: ProcessLock | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #launching: Promise<void> = Promise.resolve();

  /** @throws UsageError for an option that breaks its rule. Nothing happens before the first call. */
  constructor(options: GatewayProcessOptions) {
    this.#options = resolveGatewayOptions(options);
    const { clock, probeEveryMs, probeReadyEveryMs, schedule, gatewayNow, onListenerError, maxRestartsPerHour } = this.#options;
    this.events = new EventBus({ onListenerError });
    this.#sinceMs = clock.now();
    this.#budget = new RestartBudget(clock, maxRestartsPerHour);
    this.#keeper = new ProcessKeeper(this.#options, {
      onSign: (sign) => {
        this.#dispatch({ type: sign });
        if (this.#state.phase === 'ready' && this.#state.hint !== undefined) this.look();
      },
      onExit: (exit) => {
        this.#onExit(exit);
      },
      onLeftover: (error) => {
        this.events.emit('gateway.alarm', { problem: 'leftover', cause: `what it left in its state directory cannot be removed: ${reasonOf(error)}`, atMs: clock.now() });
      },
    });
    this.#probes = new ProbeLoop({
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
    this.#watch = new ScheduleWatch({
      schedule,
      clock,
      now: gatewayNow,
      listener: {
        onAhead: (event) => {
          this.events.emit('gateway.restartAhead', { ...event, leadMs: schedule.leadMs });
        },
        onReminder: (event) => {
          this.events.emit('gateway.humanNeeded', { what: 'weeklyLogin', cause: 'the login of the week comes', deadlineMs: event.fromMs, atMs: clock.now() });
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
    if (this.#state.phase === 'apiDown' && this.#deadline === undefined) this.#setDeadline();
    this.#isStopped = false;
    // A lock-out of an earlier program: from now on somebody wants it to be tried again.
    if (this.#state.phase === 'lockedOut' && this.#retry === undefined) this.#setRetry();
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
    this.#retry?.timer.cancel();
    this.#retry = undefined;
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
    const { driver, mayRestart, schedule, gatewayNow } = this.#options;
    if (driver.plan === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: 'This driver only looks: whoever runs the gateway restarts it' });
    if (how === 'soft' && driver.command === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: 'Only IBC can make the gateway restart itself', tips: ["Use how: 'cold'."] });
    if (this.#state.phase === 'stopped') return this.start({ signal });
    const refuse = (why: string, retryable = true): never => {
      throw new GatewayError({ code: 'IBKR_GATEWAY_RESTART_REFUSED', message: `The gateway is not restarted: ${why}`, retryable });
    };
    if (this.#state.phase === 'lockedOut') throw startError('lockedOut', this.#state.cause);
    if (this.#state.phase !== 'ready' && this.#state.phase !== 'apiDown') refuse(`it is in the middle of something (${this.#state.phase})`);
    if (!force && schedule.at(gatewayNow()) !== undefined) refuse('a restart of its own goes on');
    const may = force ? true : await mayRestart();
    this.#assertOpen();
    if (may !== true) refuse(may);
    // It may have changed while that was asked.
    if (this.#state.phase !== 'ready' && this.#state.phase !== 'apiDown') refuse(`it is in the middle of something (${this.#state.phase})`);
    if (signal?.aborted === true) throw abortReason(signal);
    if (!this.#budget.take(force)) refuse(`there were ${this.#budget.used} restarts in the last hour`);
    const ready = this.#ready.wait(signal);
    this.#dispatch({ type: 'restart', how: how === 'cold' || driver.command === undefined ? 'cold' : 'soft' });
    await ready;
    return this.status();
  }

  /**
   * Sends a command to the gateway through IBC, and gives its answer back.
   * @throws {@link GatewayError} `IBKR_GATEWAY_NOT_SUPPORTED` without IBC, `IBKR_GATEWAY_COMMAND_FAILED`
   */
  async command(command: GatewayCommand): Promise<string> {
    await this.open();
    const { driver, clock } = this.#options;
    const { record } = this.#keeper;
    if (driver.command === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: `Only IBC takes commands such as ${command}` });
    if (record === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_COMMAND_FAILED', message: `The gateway cannot carry out ${command}: it does not run`, retryable: false });
    try {
      const answer = await driver.command(command, record);
      this.events.emit('gateway.command', { command, ok: true, answer, atMs: clock.now() });
      return answer;
    } catch (error) {
      this.events.emit('gateway.command', { command, ok: false, answer: reasonOf(error), atMs: clock.now() });
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
      deadlineMs: this.#deadline?.atMs,
      lockOut,
      retryAtMs: this.#retry?.atMs,
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
    const { stateDir, clock, driver } = this.#options;
    const attempt = await ProcessLock.tryTake({
      file: path.join(stateDir, 'owner.lock'),
      clock,
      onLost: () => {
        this.events.emit('gateway.alarm', { problem: 'notOwner', cause: `owner.lock in ${stateDir} is gone, or another process took it: two may look after one gateway`, atMs: clock.now() });
      },
    });
    if (!attempt.taken) {
      throw new GatewayError({
        code: 'IBKR_GATEWAY_OWNED',
        message: `Process ${attempt.holder.pid ?? 'unknown'} looks after the gateway of ${stateDir} already`,
        retryable: true,
        tips: [attempt.holder.pid === undefined ? 'The file owner.lock there cannot be understood: remove it when surely nobody looks after the gateway.' : 'Ask that process, or stop it.'],
      });
    }
    this.#lock = attempt.lock;
    try {
      const login = await readLogin(stateDir);
      if (login !== undefined) {
        this.#state = { ...this.#state, failedLogins: login.failedLogins };
        if (login.lockOut !== undefined) this.#state = { ...this.#state, phase: 'lockedOut', lockOut: login.lockOut, cause: login.cause };
      }
      this.#watch.start();
      const found = driver.plan === undefined ? { hint: undefined } : await this.#keeper.adopt();
      if (found !== undefined) this.#dispatch({ type: 'adopted', hint: found.hint });
    } catch (error) {
      this.#watch.stop();
      await this.#lock.close();
      this.#lock = undefined;
      throw error;
    }
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#launching;
    this.#probes.stop();
    this.#watch.stop();
    this.#deadline?.timer.cancel();
    this.#retry?.timer.cancel();
    this.#ready.end(closedError());
    this.#settled.end(closedError());
    try {
      await this.#keeper.release();
      await this.#saving;
    } finally {
      this.events.close();
      await this.#lock?.close();
    }
  }

  /** Whether a start has something to do. */
  #isDown(): boolean {
    return this.#state.phase === 'stopped';
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  #probe(): Promise<ProbeResult> {
    const { probe, host, port, probeClientId, probeTimeoutMs, clock } = this.#options;
    return probe === undefined ? probeApi({ host, port, clientId: probeClientId, timeoutMs: probeTimeoutMs, clock }) : probe();
  }

  #onExit({ code, signal }: ProcessExit): void {
    const { driver, clock, schedule, gatewayNow, relaunch } = this.#options;
    const known = driver.exitReason({ code, signal });
    const cause = known?.cause ?? (signal === undefined ? `it ended${code === undefined ? '' : ` with code ${code}`}` : `it was ended by ${signal}`);
    this.events.emit('gateway.exited', { code, signal, cause, atMs: clock.now() });
    const expected = schedule.at(gatewayNow()) !== undefined;
    this.#dispatch({ type: 'exited', cause, reason: known?.reason, expected, mayRelaunch: relaunch && this.#budget.left > 0 });
  }

  #dispatch(input: GatewayInput): void {
    if (this.#closing !== undefined) return;
    const before = this.#state;
    const { state, effects } = gatewayStep(before, input, this.#options.rules);
    this.#state = state;
    if (state.failedLogins !== before.failedLogins || state.lockOut !== before.lockOut) this.#save();
    if (state.phase !== before.phase) this.#onPhase(before.phase);
    else if (state.running !== before.running) this.#probes.restart();
    for (const effect of effects) this.#carryOut(effect);
  }

  #onPhase(previous: GatewayPhase): void {
    const { clock } = this.#options;
    this.#sinceMs = clock.now();
    this.#retry?.timer.cancel();
    this.#retry = undefined;
    this.#setDeadline();
    if (this.#state.phase === 'lockedOut' && !this.#isStopped) this.#setRetry();
    this.#probes.restart();
    this.events.emit('gateway.stateChanged', { ...this.status(), previous });
    if (this.#state.phase === 'ready') this.#ready.succeed();
    this.#settled.succeed();
  }

  /** Every phase that is on its way somewhere has its time. */
  #setDeadline(): void {
    const { clock, startTimeoutMs, secondFactorTimeoutMs, restartTimeoutMs, apiDownAlarmMs, schedule, gatewayNow } = this.#options;
    this.#deadline?.timer.cancel();
    const nowMs = gatewayNow();
    // A restart or a login of the week that was announced is nothing to be alarmed about before its time is over.
    const excusedMs = (schedule.at(nowMs)?.untilMs ?? nowMs) - nowMs;
    const times: Partial<Record<GatewayPhase, number>> = {
      starting: startTimeoutMs,
      login: this.#state.wasReady ? Math.max(startTimeoutMs, excusedMs) : startTimeoutMs,
      coldRestart: startTimeoutMs,
      waiting2fa: secondFactorTimeoutMs,
      softRestart: restartTimeoutMs,
      apiDown: Math.max(apiDownAlarmMs, excusedMs),
    };
    const ms = times[this.#state.phase];
    this.#deadline =
      ms === undefined
        ? undefined
        : {
            atMs: clock.now() + ms,
            timer: clock.setTimer(ms, () => {
              this.#deadline = undefined;
              this.#dispatch({ type: 'deadline' });
            }),
          };
  }

  /** After a login that nobody confirmed: again when somebody is there. Refused credentials wait for a person. */
  #setRetry(): void {
    const { clock, schedule, gatewayNow } = this.#options;
    const nowMs = gatewayNow();
    const atMs = this.#state.lockOut === 'secondFactor' ? schedule.nextHuman(nowMs) : undefined;
    if (atMs === undefined) return;
    const timer = clock.setTimer(atMs - nowMs, () => {
      this.#dispatch({ type: 'unlock' });
      this.#dispatch({ type: 'start' });
    });
    this.#retry = { atMs, timer };
  }

  #carryOut(effect: GatewayEffect): void {
    const { clock } = this.#options;
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
        this.events.emit('gateway.humanNeeded', { what: effect.what, cause: this.#state.cause, deadlineMs: this.#deadline?.atMs ?? this.#retry?.atMs, atMs: clock.now() });
        return;
      case 'alarm':
        this.events.emit('gateway.alarm', { problem: effect.problem, cause: effect.cause, atMs: clock.now() });
        if (effect.problem === 'apiDown') this.#ready.fail(startError('timeout', effect.cause));
        return;
      case 'startFailed':
        this.#startFailed(startError(effect.failure, effect.cause), effect.failure === 'stopped' || effect.failure === 'lockedOut');
    }
  }

  #startFailed(error: GatewayError, isNoNews: boolean): void {
    if (this.#ready.fail(error) || isNoNews) return;
    // Nobody waits: somebody must hear of it all the same.
    this.events.emit('gateway.alarm', { problem: 'startFailed', cause: error.message, atMs: this.#options.clock.now() });
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
      const cause = reasonOf(error);
      this.events.emit('gateway.alarm', { problem: 'stopFailed', cause, atMs: this.#options.clock.now() });
      if (error instanceof Error) this.#settled.fail(error);
    }
  }

  #save(): void {
    const { stateDir, clock } = this.#options;
    const { failedLogins, lockOut, cause } = this.#state;
    const record = { failedLogins, lockOut, cause, atMs: clock.now() };
    this.#saving = this.#saving.then(() => writeLogin(stateDir, record)).catch((error: unknown) => {
      this.events.emit('gateway.alarm', { problem: 'lockedOut', cause: `what is known about the login cannot be written down: ${reasonOf(error)}`, atMs: clock.now() });
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}

function closedError(): GatewayError {
  return new GatewayError({ code: 'IBKR_GATEWAY_CLOSED', message: 'The gateway process object was closed: make a new one' });
}

import { withDeadline } from '@ibkit/clock';
import { TimeoutError, UsageError } from '@ibkit/error-codes';
import process from 'node:process';
import { resolveEventLoopOptions } from './event-loop-options.js';
import type { IbkrEventLoopOptions, ResolvedEventLoopOptions, ResolvedSessionOptions } from './event-loop-options.js';
import type { LoopProblem } from './loop-problem.js';
import { ProcessorSet } from './processors/processor-set.js';
import type { MessageProcessor } from './processors/processor-set.js';
import { SessionThread } from './session/session-thread.js';
import { ShutdownSignals } from './shutdown-signals.js';
import type { ShutdownSignal } from './shutdown-signals.js';
import { TaskSchedule } from './tasks/task-schedule.js';
import type { ScheduledTask, TaskOptions, TaskRun } from './tasks/task-schedule.js';
import { workerEntry } from './worker-entry.js';

/** Where an event loop is in its life. `failed`: its session could not start or was lost; the rest still runs until `stop`. */
export type EventLoopState = 'idle' | 'starting' | 'running' | 'failed' | 'stopping' | 'stopped';

/** How a shutdown went. */
export interface StopReport {
  /** Whether the deadline or a second signal cut it short. */
  readonly forced: boolean;
  /** What had not ended by then: names of tasks and processors, and `session`. */
  readonly unfinished: readonly string[];
}

/** Options of {@link IbkrEventLoop.request}. */
export interface SessionRequestOptions {
  /** How long to wait for the answer, in milliseconds. @defaultValue 60000 */
  readonly deadlineMs?: number | undefined;
  /** Stops waiting: the promise rejects with the signal's reason, and the session's signal aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a session in a thread of its own, message processors on this loop or in a pool of threads, and tasks on a schedule; and ends all of it in order.
 *
 * Events of the session arrive in batches and in order. A batch counts as dealt with when every processor is through; while more than
 * `maxInFlight` events are not, the session's thread holds its events back. Nothing is dropped: events with a key conflate while they wait,
 * and when `maxBuffered` of the others wait, the session's `emit` throws.
 */
export class IbkrEventLoop implements AsyncDisposable {
  readonly #options: ResolvedEventLoopOptions;
  readonly #processors: ProcessorSet;
  readonly #tasks: TaskSchedule;
  readonly #signals: ShutdownSignals;
  readonly #force: { readonly promise: Promise<void>; readonly now: () => void };
  #state: EventLoopState = 'idle';
  #session: SessionThread | undefined;
  #sessionOpen = false;
  #stopped: Promise<StopReport> | undefined;

  constructor(options: IbkrEventLoopOptions) {
    this.#options = resolveEventLoopOptions(options);
    const { clock, maxWorkers, processorTimeoutMs: timeoutMs } = this.#options;
    const report = (problem: LoopProblem): void => {
      this.#report(problem);
    };
    this.#processors = new ProcessorSet({ clock, maxWorkers, timeoutMs, report });
    this.#tasks = new TaskSchedule(clock, report);
    let now = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      now = resolve;
    });
    this.#force = { promise, now };
    this.#signals = new ShutdownSignals({
      first: () => void this.stop(),
      again: (signal) => void this.#forceAndDie(signal),
    });
  }

  /** Where it is in its life. */
  get state(): EventLoopState {
    return this.#state;
  }

  /**
   * Starts the session's thread, when there is one, and listens for the signals that were asked for. Tasks and processors that were added before begin now or did already.
   * @throws what the session's start threw ({@link IbkrError} with its code, or {@link SystemError} `IBKR_LOOP_SESSION_FAILED`); {@link TimeoutError} with code
   * `IBKR_LOOP_START_TIMEOUT`; {@link UsageError} when it was started before.
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle') throw new UsageError({ field: 'start', rule: `can be called once, and the loop is ${this.#state}: make a new one` });
    this.#signals.listen(this.#options.signals);
    this.#setState('starting');
    if (this.#options.session !== undefined) await this.#startSession(this.#options.session);
    if (this.#stopped === undefined) this.#setState('running');
  }

  /**
   * Adds a processor of messages: those that the session emits, and those of {@link IbkrEventLoop.publish}. Each sees every message in order; what one throws
   * goes to `onError` and disturbs no other.
   * @param options `name`: what problems call it
   * @returns takes it out again
   */
  addMessageProcessor(processor: MessageProcessor, options: { readonly name?: string | undefined } = {}): () => void {
    return this.#processors.add(processor, options.name);
  }

  /** Hands messages to the processors, as the session does with its events. Resolves when all are through with them; never rejects. */
  publish(...messages: readonly unknown[]): Promise<void> {
    return this.#processors.dispatch(messages);
  }

  /**
   * Runs a task at once, later, at a time, or again and again, on this loop. What it throws goes to `onError`.
   * @throws {@link UsageError} for a time out of range, or once the loop stops.
   */
  scheduleTask(run: TaskRun, options: TaskOptions = {}): ScheduledTask {
    return this.#tasks.add(run, options);
  }

  /**
   * Asks the session and waits for its answer.
   * @throws what the session threw; {@link TimeoutError} with code `IBKR_LOOP_REQUEST_TIMEOUT`, which says nothing about what the session did; {@link SystemError} with code
   * `IBKR_LOOP_SESSION_LOST` when its thread ends; the signal's reason; {@link UsageError} without a running session.
   */
  request(message: unknown, options: SessionRequestOptions = {}): Promise<unknown> {
    const { deadlineMs = 60_000, signal } = options;
    if (!(deadlineMs >= 0)) throw new UsageError({ field: 'deadlineMs', value: deadlineMs, rule: 'must be at least 0 milliseconds' });
    if (this.#session === undefined) return Promise.reject(new UsageError({ field: 'request', rule: 'needs a session: give the option and start the loop first' }));
    const late = new AbortController();
    const signals = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    const timeoutError = (): TimeoutError => {
      const error = new TimeoutError({ code: 'IBKR_LOOP_REQUEST_TIMEOUT', message: `The session did not answer within ${deadlineMs} ms. Whether it did what was asked is not known.` });
      late.abort(error);
      return error;
    };
    return withDeadline(this.#options.clock, deadlineMs, this.#session.request(message, signals), { timeoutError });
  }

  /**
   * Ends in order: no new task runs, signals of running ones abort; the session closes and its last events are processed; then the threads end. What takes
   * longer than the deadline is cut short. Idempotent: every call gives the report of the first.
   * @param options `deadlineMs` @defaultValue the option `shutdownTimeoutMs`
   */
  stop(options: { readonly deadlineMs?: number | undefined } = {}): Promise<StopReport> {
    this.#stopped ??= this.#shutDown(options.deadlineMs ?? this.#options.shutdownTimeoutMs);
    return this.#stopped;
  }

  /** The same as {@link IbkrEventLoop.stop}. */
  async close(): Promise<void> {
    await this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #report(problem: LoopProblem): void {
    try {
      this.#options.onError(problem);
    } catch (error) {
      // A mistake of the program, which must not stop the loop's own bookkeeping half way.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #setState(state: EventLoopState): void {
    this.#state = state;
  }

  async #startSession({ module, data, startTimeoutMs, ...limits }: ResolvedSessionOptions): Promise<void> {
    const session = new SessionThread(this.#options.worker ?? workerEntry(), { kind: '@ibkit/event-loop', module: module.href, data, limits }, {
      events: (events) => void this.#processors.dispatch(events).then(() => {
        session.acknowledge(events.length);
      }),
      problem: (error) => {
        this.#report({ source: 'session', name: 'session', error });
      },
      ended: (error) => {
        this.#sessionOpen = false;
        if (this.#stopped === undefined) this.#setState('failed');
        this.#report({ source: 'session', name: 'session', error });
      },
    });
    this.#session = session;
    this.#sessionOpen = true;
    const timeoutError = (): TimeoutError =>
      new TimeoutError({ code: 'IBKR_LOOP_START_TIMEOUT', message: `The session did not start within ${startTimeoutMs} ms. Look at what it waits for, or allow more time with session.startTimeoutMs.` });
    try {
      await withDeadline(this.#options.clock, startTimeoutMs, session.ready, { timeoutError });
    } catch (error) {
      this.#sessionOpen = false;
      if (this.#stopped === undefined) this.#setState('failed');
      await session.terminate();
      throw error;
    }
  }

  async #shutDown(deadlineMs: number): Promise<StopReport> {
    this.#setState('stopping');
    const tooLate = this.#options.clock.setTimer(deadlineMs, this.#force.now);
    const graceful = await Promise.race([this.#endInOrder().then(() => true), this.#force.promise.then(() => false)]);
    tooLate.cancel();
    const unfinished = graceful ? [] : [...this.#tasks.names, ...(this.#sessionOpen ? ['session'] : []), ...this.#processors.busy];
    await Promise.all([this.#session?.terminate(), this.#processors.close()]);
    this.#signals.release();
    this.#setState('stopped');
    return { forced: !graceful, unfinished };
  }

  async #endInOrder(): Promise<void> {
    await Promise.all([this.#tasks.close(), this.#closeSession()]);
    await this.#processors.idle();
  }

  async #closeSession(): Promise<void> {
    if (!this.#sessionOpen) return;
    await this.#session?.close();
    this.#sessionOpen = false;
  }

  /** Nobody who asks twice wants to wait: cut it short, and let the signal do what it does without us. */
  async #forceAndDie(signal: ShutdownSignal): Promise<void> {
    this.#force.now();
    await this.stop();
    process.kill(process.pid, signal);
  }
}

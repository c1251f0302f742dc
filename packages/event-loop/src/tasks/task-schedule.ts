import type { Clock, Timer } from '@ibkit/clock';
import { UsageError, asError } from '@ibkit/error-codes';
import type { LoopProblem } from '../loop-problem.js';

/** When a task runs: at once when nothing is given. `afterMs` and `everyMs` go together, `atMs` stands alone. */
export interface TaskTime {
  /** Once, this many milliseconds from now; with `everyMs` the time of the first run. */
  readonly afterMs?: number | undefined;
  /** Once, at this wall time in epoch milliseconds UTC; at once when it is past. Follows jumps of the wall clock within half a minute. */
  readonly atMs?: number | undefined;
  /** Again and again, the first time after so many milliseconds unless `afterMs` says when; runs do not overlap, and what a long run misses is left out. */
  readonly everyMs?: number | undefined;
}

/** Options of {@link IbkrEventLoop.scheduleTask}. */
export interface TaskOptions extends TaskTime {
  /** What problems call it. @defaultValue 'task 1', 'task 2', ... */
  readonly name?: string | undefined;
}

/** The work of a task; the signal aborts when it is cancelled or the loop stops. */
export type TaskRun = (signal: AbortSignal) => unknown;

/** A task that was scheduled. */
export interface ScheduledTask extends Disposable {
  readonly name: string;
  /** How often it has begun to run. */
  readonly runs: number;
  /** Resolves when it will never run again and the last run is over. Never rejects: failures go to `onError`. */
  readonly finished: Promise<void>;
  /** Runs no more, and aborts the signal of a run under way. Idempotent. */
  cancel(): void;
}

const WALL_CHECK_MS = 30_000;

/** Tasks by time. One that fails is reported and disturbs no other, nor its own next run. */
export class TaskSchedule {
  readonly #clock: Clock;
  readonly #report: (problem: LoopProblem) => void;
  readonly #tasks = new Set<Task>();
  #count = 0;
  #closed = false;

  constructor(clock: Clock, report: (problem: LoopProblem) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** How many tasks may still run or are running. */
  get size(): number {
    return this.#tasks.size;
  }

  /** The names of those that are not finished. */
  get names(): readonly string[] {
    return [...this.#tasks].map(({ name }) => name);
  }

  /** Adds a task. */
  add(run: TaskRun, options: TaskOptions): ScheduledTask {
    checkTime(options);
    if (this.#closed) throw new UsageError({ field: 'scheduleTask', rule: 'cannot be called once the loop stops' });
    this.#count += 1;
    const task: Task = new Task({
      ...options,
      clock: this.#clock,
      name: options.name ?? `task ${this.#count}`,
      run,
      failed: (error) => {
        this.#report({ source: 'task', name: task.name, error });
      },
      finished: () => {
        this.#tasks.delete(task);
      },
    });
    this.#tasks.add(task);
    task.arm();
    return task;
  }

  /** Cancels everything; resolves when the last run is over. */
  async close(): Promise<void> {
    this.#closed = true;
    const tasks = [...this.#tasks];
    for (const task of tasks) task.cancel();
    await Promise.all(tasks.map(({ finished }) => finished));
  }
}

interface TaskParts extends TaskTime {
  readonly clock: Clock;
  readonly name: string;
  readonly run: TaskRun;
  readonly failed: (error: Error) => void;
  readonly finished: () => void;
}

class Task implements ScheduledTask {
  readonly #parts: TaskParts;
  readonly #stop = new AbortController();
  readonly finished: Promise<void>;
  #finish: () => void = () => undefined;
  #timer: Timer | undefined;
  #dueAtMs: number;
  #running = false;
  #runs = 0;

  constructor(parts: TaskParts) {
    this.#parts = parts;
    this.#dueAtMs = parts.clock.monotonic() + (parts.afterMs ?? parts.everyMs ?? 0);
    this.finished = new Promise((resolve) => {
      this.#finish = () => {
        parts.finished();
        resolve();
      };
    });
  }

  get name(): string {
    return this.#parts.name;
  }

  get runs(): number {
    return this.#runs;
  }

  cancel(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#timer?.cancel();
    if (!this.#running) this.#finish();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  /** Waits for the next run. */
  arm(): void {
    const { clock, atMs } = this.#parts;
    const waitMs = atMs === undefined ? this.#dueAtMs - clock.monotonic() : Math.min(WALL_CHECK_MS, atMs - clock.now());
    this.#timer = clock.setTimer(waitMs, () => {
      if (atMs !== undefined && clock.now() < atMs) this.arm();
      else void this.#run();
    });
  }

  async #run(): Promise<void> {
    const { run, failed, clock, everyMs } = this.#parts;
    this.#running = true;
    this.#runs += 1;
    try {
      await run(this.#stop.signal);
    } catch (error) {
      // What a cancelled run throws is its way to end.
      if (!this.#stop.signal.aborted) failed(asError(error));
    }
    this.#running = false;
    if (everyMs === undefined || this.#stop.signal.aborted) {
      this.#finish();
      return;
    }
    const lateMs = Math.max(0, clock.monotonic() - this.#dueAtMs);
    this.#dueAtMs += everyMs * (Math.floor(lateMs / everyMs) + 1);
    this.arm();
  }
}

function checkTime({ afterMs, atMs, everyMs }: TaskTime): void {
  if (atMs !== undefined && (afterMs !== undefined || everyMs !== undefined)) throw new UsageError({ field: 'scheduleTask', rule: 'takes atMs alone, without afterMs and everyMs' });
  if (afterMs !== undefined && !(afterMs >= 0 && Number.isFinite(afterMs))) throw new UsageError({ field: 'afterMs', value: afterMs, rule: 'must be a finite number of milliseconds of at least 0' });
  if (atMs !== undefined && !Number.isFinite(atMs)) throw new UsageError({ field: 'atMs', value: atMs, rule: 'must be a finite number of epoch milliseconds' });
  if (everyMs !== undefined && !(everyMs >= 1 && Number.isFinite(everyMs))) throw new UsageError({ field: 'everyMs', value: everyMs, rule: 'must be a finite number of milliseconds of at least 1' });
}

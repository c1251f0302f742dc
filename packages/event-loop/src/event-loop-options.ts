import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { availableParallelism } from 'node:os';
import type { LoopProblem } from './loop-problem.js';
import type { ShutdownSignal } from './shutdown-signals.js';

/** The session that an event loop hosts in a thread of its own. */
export interface SessionOptions {
  /** The module that exports `startSession` ({@link StartSession}), as an absolute file URL: `new URL('./session.js', import.meta.url)`. */
  readonly module: URL;
  /** What the session is given: anything that can be cloned. */
  readonly data?: unknown;
  /** How long its start may take, in milliseconds. @defaultValue 30000 */
  readonly startTimeoutMs?: number | undefined;
  /** How long events are gathered before they travel, in milliseconds. @defaultValue 5 */
  readonly batchMs?: number | undefined;
  /** Events in one batch at most. @defaultValue 500 */
  readonly maxBatch?: number | undefined;
  /** Events on their way or at work in processors before more are held back in the session's thread. @defaultValue 10000 */
  readonly maxInFlight?: number | undefined;
  /** Events held back there before `emit` throws. @defaultValue 100000 */
  readonly maxBuffered?: number | undefined;
}

/** Options of {@link IbkrEventLoop}. */
export interface IbkrEventLoopOptions {
  /** Told of everything that fails where no call could carry it: a processor, a task, the session's thread. What it throws becomes an uncaught exception. */
  readonly onError: (problem: LoopProblem) => void;
  /** @defaultValue none: messages come through `publish` only */
  readonly session?: SessionOptions | undefined;
  /** Threads for pooled processors, an integer from 1 to 256; started when the first one is used. @defaultValue the processors of the machine less one, at least 1 */
  readonly maxWorkers?: number | undefined;
  /** How long a processor may take for a message, or in the pool for a batch, in milliseconds. @defaultValue 30000 */
  readonly processorTimeoutMs?: number | undefined;
  /** How long a shutdown may take before it is forced, in milliseconds. @defaultValue 10000 */
  readonly shutdownTimeoutMs?: number | undefined;
  /** Signals that stop the loop while it runs; a second one forces it and then takes its usual course, which ends the process. @defaultValue none */
  readonly signals?: readonly ShutdownSignal[] | undefined;
  /** For tasks and deadlines on this side; the session's thread has the machine's. @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
  /** Where `@ibkit/event-loop/worker` lies, for programs that are bundled into one file. @defaultValue beside this package's own code */
  readonly worker?: URL | undefined;
}

/** What holds when nothing else is said. */
export const DEFAULT_EVENT_LOOP_OPTIONS = Object.freeze({
  startTimeoutMs: 30_000,
  batchMs: 5,
  maxBatch: 500,
  maxInFlight: 10_000,
  maxBuffered: 100_000,
  processorTimeoutMs: 30_000,
  shutdownTimeoutMs: 10_000,
});

/** {@link SessionOptions} with every gap filled. */
export interface ResolvedSessionOptions {
  readonly module: URL;
  readonly data: unknown;
  readonly startTimeoutMs: number;
  readonly batchMs: number;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  readonly maxBuffered: number;
}

/** {@link IbkrEventLoopOptions} with every gap filled. */
export interface ResolvedEventLoopOptions {
  readonly onError: (problem: LoopProblem) => void;
  readonly session: ResolvedSessionOptions | undefined;
  readonly maxWorkers: number;
  readonly processorTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly signals: readonly ShutdownSignal[];
  readonly clock: Clock;
  readonly worker: URL | undefined;
}

/**
 * Fills the gaps and checks the ranges.
 * @throws {@link UsageError} naming option, value and rule.
 */
export function resolveEventLoopOptions(options: IbkrEventLoopOptions): ResolvedEventLoopOptions {
  const { signals = [], clock = systemClock() } = options;
  for (const signal of signals) if (!SIGNALS.includes(signal)) throw new UsageError({ field: 'signals', value: signal, rule: `must be of ${SIGNALS.join(', ')}` });
  return {
    onError: options.onError,
    session: options.session === undefined ? undefined : resolveSession(options.session),
    maxWorkers: integer('maxWorkers', options.maxWorkers ?? Math.max(1, availableParallelism() - 1), 256),
    processorTimeoutMs: milliseconds('processorTimeoutMs', options.processorTimeoutMs ?? DEFAULT_EVENT_LOOP_OPTIONS.processorTimeoutMs),
    shutdownTimeoutMs: milliseconds('shutdownTimeoutMs', options.shutdownTimeoutMs ?? DEFAULT_EVENT_LOOP_OPTIONS.shutdownTimeoutMs),
    signals: [...new Set(signals)],
    clock,
    worker: options.worker,
  };
}

const SIGNALS: readonly string[] = ['SIGINT', 'SIGTERM'];
const MOST = 10_000_000;

function resolveSession(options: SessionOptions): ResolvedSessionOptions {
  const defaults = DEFAULT_EVENT_LOOP_OPTIONS;
  return {
    module: options.module,
    data: options.data,
    startTimeoutMs: milliseconds('session.startTimeoutMs', options.startTimeoutMs ?? defaults.startTimeoutMs),
    batchMs: milliseconds('session.batchMs', options.batchMs ?? defaults.batchMs),
    maxBatch: integer('session.maxBatch', options.maxBatch ?? defaults.maxBatch, MOST),
    maxInFlight: integer('session.maxInFlight', options.maxInFlight ?? defaults.maxInFlight, MOST),
    maxBuffered: integer('session.maxBuffered', options.maxBuffered ?? defaults.maxBuffered, MOST),
  };
}

function integer(field: string, value: number, most: number): number {
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= most)) throw new UsageError({ field, value, rule: `must be an integer from 1 to ${most}` });
  return value;
}

function milliseconds(field: string, value: number): number {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw new UsageError({ field, value, rule: 'must be a finite number of milliseconds of at least 0' });
  return value;
}

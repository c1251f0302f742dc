import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** What {@link HeartbeatOptions.onTimeout} is told. */
export interface HeartbeatTimeout {
  /** Monotonic milliseconds since the last inbound byte (or since the start, when there was none). */
  readonly silentMs: number;
  /** Probes sent since then. */
  readonly probes: number;
  /** What the last of these probes threw or rejected with, if it did. */
  readonly probeError: unknown;
}

/** What {@link HeartbeatOptions.onStall} is told. */
export interface HeartbeatStall {
  /** How long our loop did not run, in milliseconds. */
  readonly stalledMs: number;
}

/** What a worker says on {@link HeartbeatOptions.stallChannel}, also while the loop that it watches hangs. */
export interface HeartbeatStallReport extends HeartbeatStall {
  /** `lasting` comes about once a second until the loop runs again. */
  readonly phase: 'began' | 'lasting' | 'ended';
}

/** Options of {@link HeartbeatMonitor}. */
export interface HeartbeatOptions {
  /**
   * Asks the peer for an answer; with the TWS API, reqCurrentTime. A promise that it returns is watched, not awaited.
   * Sending proves nothing, so a probe that fails changes nothing either: the timeout follows.
   */
  readonly probe: () => unknown;
  /** Called once when the peer has been silent for too long, after the monitor stopped. */
  readonly onTimeout: (timeout: HeartbeatTimeout) => void;
  /** Inbound silence before a probe, and between probes while it lasts, in milliseconds, at least 1. @defaultValue 5000 */
  readonly intervalMs?: number | undefined;
  /** Inbound silence that means a dead peer, in milliseconds, more than `intervalMs`. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined;
  /**
   * How late a check of ours may run before that counts as a stall of our own, in milliseconds, at least 1; Infinity never counts one.
   * The loop is checked this often. A stall of more than twice this is always seen.
   * @defaultValue 1000, or half the answer window (`timeoutMs - intervalMs`) when that is less
   */
  readonly stallToleranceMs?: number | undefined;
  /**
   * Where time is kept: on the loop that the monitor is made on, or in a worker thread, which also sees a stall of that loop while it lasts.
   * @defaultValue 'loop'
   */
  readonly mode?: 'loop' | 'thread' | undefined;
  /** Called on our loop when a stall of it is over. What it throws becomes an uncaught exception. */
  readonly onStall?: ((stall: HeartbeatStall) => void) | undefined;
  /** Mode `thread`: the name of a `BroadcastChannel` on which the worker reports stalls ({@link HeartbeatStallReport}) to whatever thread listens. */
  readonly stallChannel?: string | undefined;
  /** Mode `thread`: called when the worker could not start or died; the monitor goes on in mode `loop`, with the silence at 0. */
  readonly onThreadLost?: ((error: Error) => void) | undefined;
  /**
   * Mode `thread`: where `@ibkit/heartbeat/worker` lies, for programs that are bundled into one file.
   * @defaultValue beside this package's own code
   */
  readonly worker?: URL | undefined;
  /** Where time comes from; only in mode `loop`, since a worker has the machine's clock. @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
}

/** What holds when nothing else is said. */
export const DEFAULT_HEARTBEAT_OPTIONS = Object.freeze({ intervalMs: 5000, timeoutMs: 10_000, stallToleranceMs: 1000, mode: 'loop' as const });

const MODES: readonly string[] = ['loop', 'thread'];

/** {@link HeartbeatOptions} with every gap filled. */
export interface ResolvedHeartbeatOptions {
  readonly probe: () => unknown;
  readonly onTimeout: (timeout: HeartbeatTimeout) => void;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly stallToleranceMs: number;
  readonly mode: 'loop' | 'thread';
  readonly onStall: ((stall: HeartbeatStall) => void) | undefined;
  readonly stallChannel: string | undefined;
  readonly onThreadLost: ((error: Error) => void) | undefined;
  readonly worker: URL | undefined;
  readonly clock: Clock;
}

/**
 * Fills the gaps and checks the ranges.
 * @throws {@link UsageError} naming option, value and rule.
 */
export function resolveHeartbeatOptions(options: HeartbeatOptions): ResolvedHeartbeatOptions {
  const intervalMs = options.intervalMs ?? DEFAULT_HEARTBEAT_OPTIONS.intervalMs;
  const timeoutMs = options.timeoutMs ?? DEFAULT_HEARTBEAT_OPTIONS.timeoutMs;
  if (!(intervalMs >= 1 && intervalMs < Number.POSITIVE_INFINITY)) {
    throw new UsageError({ field: 'intervalMs', value: intervalMs, rule: 'must be a finite number of milliseconds of at least 1' });
  }
  if (!(timeoutMs > intervalMs && timeoutMs < Number.POSITIVE_INFINITY)) {
    throw new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: `must be finite and more than intervalMs (${intervalMs}), so that a probe can be answered` });
  }
  const stallToleranceMs =
    options.stallToleranceMs ?? Math.max(1, Math.min(DEFAULT_HEARTBEAT_OPTIONS.stallToleranceMs, (timeoutMs - intervalMs) / 2));
  if (!(stallToleranceMs >= 1)) throw new UsageError({ field: 'stallToleranceMs', value: stallToleranceMs, rule: 'must be at least 1 millisecond' });
  const mode = options.mode ?? DEFAULT_HEARTBEAT_OPTIONS.mode;
  if (!MODES.includes(mode)) throw new UsageError({ field: 'mode', value: mode, rule: 'must be "loop" or "thread"' });
  if (mode === 'thread') checkThread(options.clock, stallToleranceMs);
  return {
    probe: options.probe,
    onTimeout: options.onTimeout,
    intervalMs,
    timeoutMs,
    stallToleranceMs,
    mode,
    onStall: options.onStall,
    stallChannel: options.stallChannel,
    onThreadLost: options.onThreadLost,
    worker: options.worker,
    clock: options.clock ?? systemClock(),
  };
}

function checkThread(clock: Clock | undefined, stallToleranceMs: number): void {
  if (clock !== undefined) throw new UsageError({ field: 'clock', rule: 'cannot be given in mode "thread": a worker has the clock of the machine' });
  if (stallToleranceMs === Number.POSITIVE_INFINITY) throw new UsageError({ field: 'stallToleranceMs', value: stallToleranceMs, rule: 'must be finite in mode "thread"' });
}

import { resolveHeartbeatOptions } from './heartbeat-options.js';
import type { HeartbeatOptions, ResolvedHeartbeatOptions } from './heartbeat-options.js';
import { LoopWatch } from './loop-watch.js';
import { ThreadWatch } from './thread/thread-watch.js';
import type { Watch, WatchEvents } from './watch.js';

/**
 * Notices a peer that has gone silent, by what it says and not by what we can send.
 *
 * Any inbound byte is life. After `intervalMs` of silence the monitor probes, again every `intervalMs` while it lasts; at `timeoutMs`
 * after the last inbound byte it calls `onTimeout` once and stops. On the monotonic clock, so a change of the wall clock means nothing.
 * A socket whose peer vanished takes our writes for minutes: only answers count.
 *
 * While our own loop was stalled nobody could read the peer's answers, so a check that runs more than `stallToleranceMs` late judges
 * nothing: it probes afresh and grants the time to answer, `timeoutMs - intervalMs`. These grants end after twice `timeoutMs` of silence
 * in which our loop did run.
 *
 * In mode `thread` a worker keeps the time and sees a stall while it lasts; probes and verdicts still come from the loop that holds the
 * socket. Should the worker be lost, the monitor goes on in mode `loop` and says so through `onThreadLost`.
 */
export class HeartbeatMonitor implements AsyncDisposable {
  readonly #options: ResolvedHeartbeatOptions;
  #watch: Watch | undefined;
  #stopped: Promise<void> = Promise.resolve();
  #silentAtStopMs = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = resolveHeartbeatOptions(options);
  }

  /** Whether the monitor is watching. */
  get running(): boolean {
    return this.#watch !== undefined;
  }

  /**
   * Milliseconds since the last inbound byte or the start, whichever is later; once stopped, as it was then; 0 before the first start.
   * In mode `thread` as the worker last saw it, at most one of its checks ago.
   */
  get silentMs(): number {
    return this.#watch?.silentMs ?? this.#silentAtStopMs;
  }

  /** Begins to watch, with the silence at 0. Does nothing while running; starts afresh after a stop or a timeout. */
  start(): void {
    if (this.#watch !== undefined) return;
    const events = this.#events();
    this.#watch = this.#options.mode === 'thread' ? new ThreadWatch(this.#options, events) : new LoopWatch(this.#options, events);
  }

  /** Stops watching and lets go of its timer, and of its thread soon after. `onTimeout` is not called. Idempotent. */
  stop(): void {
    const watch = this.#watch;
    if (watch === undefined) return;
    this.#silentAtStopMs = watch.silentMs;
    this.#watch = undefined;
    this.#stopped = Promise.all([this.#stopped, watch.stop()]).then(() => undefined);
  }

  /** Says that something came in, whatever it was. Cheap enough for every chunk: it notes the time, or counts, and touches no timer. */
  receivedHeartbeat(): void {
    this.#watch?.heard();
  }

  /** The same as {@link HeartbeatMonitor.stop}; resolves when the thread, if there was one, is gone. */
  close(): Promise<void> {
    this.stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #events(): WatchEvents {
    return {
      timeout: (timeout) => {
        this.stop();
        this.#options.onTimeout(timeout);
      },
      stall: (stall) => {
        unharmed(() => this.#options.onStall?.(stall));
      },
      lost: (error) => {
        this.stop();
        this.#watch = new LoopWatch(this.#options, this.#events());
        unharmed(() => this.#options.onThreadLost?.(error));
      },
    };
  }
}

/** What a listener throws becomes an uncaught exception; it must not stop the watching half way. */
function unharmed(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

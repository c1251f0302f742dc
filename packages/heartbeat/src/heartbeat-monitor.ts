import type { Timer } from '@ibkit/clock';
import { resolveHeartbeatOptions } from './heartbeat-options.js';
import type { HeartbeatOptions, ResolvedHeartbeatOptions } from './heartbeat-options.js';
import { Silence } from './silence.js';

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
 */
export class HeartbeatMonitor implements AsyncDisposable {
  readonly #options: ResolvedHeartbeatOptions;
  #silence: Silence;
  #timer: Timer | undefined;
  #running = false;
  #silentAtStopMs = 0;
  #probeError: unknown;

  constructor(options: HeartbeatOptions) {
    this.#options = resolveHeartbeatOptions(options);
    this.#silence = new Silence(this.#options, this.#options.clock.monotonic());
  }

  /** Whether the monitor is watching. */
  get running(): boolean {
    return this.#running;
  }

  /** Milliseconds since the last inbound byte or the start, whichever is later; once stopped, as it was then; 0 before the first start. */
  get silentMs(): number {
    return this.#running ? this.#silence.lengthMs(this.#options.clock.monotonic()) : this.#silentAtStopMs;
  }

  /** Begins to watch, with the silence at 0. Does nothing while running; starts afresh after a stop or a timeout. */
  start(): void {
    if (this.#running) return;
    const nowMs = this.#options.clock.monotonic();
    this.#running = true;
    this.#probeError = undefined;
    this.#silence = new Silence(this.#options, nowMs);
    this.#arm(nowMs);
  }

  /** Stops watching and lets go of its timer. `onTimeout` is not called. Idempotent. */
  stop(): void {
    if (!this.#running) return;
    this.#silentAtStopMs = this.silentMs;
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Says that something came in, whatever it was. Cheap enough for every chunk: it notes the time and touches no timer. */
  receivedHeartbeat(): void {
    this.#silence.heard(this.#options.clock.monotonic());
  }

  /** The same as {@link HeartbeatMonitor.stop}. */
  close(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #arm(nowMs: number): void {
    const dueAtMs = Math.min(this.#silence.probeAtMs(), this.#silence.timeoutAtMs(), nowMs + this.#options.stallToleranceMs);
    this.#setTimer(nowMs, dueAtMs, () => {
      this.#check(dueAtMs);
    });
  }

  #setTimer(nowMs: number, dueAtMs: number, fire: () => void): void {
    // The socket that is watched keeps the process alive, or nothing does.
    this.#timer = this.#options.clock.setTimer(dueAtMs - nowMs, fire, { keepAlive: false });
  }

  #check(dueAtMs: number): void {
    const nowMs = this.#options.clock.monotonic();
    if (this.#noteStall(dueAtMs, nowMs) || nowMs < this.#silence.timeoutAtMs()) {
      this.#goOn(nowMs);
      return;
    }
    // Node runs due timers before it reads sockets: an answer may lie there unread, so let one turn of the loop pass before judging.
    this.#setTimer(nowMs, nowMs, () => {
      this.#judge(nowMs);
    });
  }

  #judge(dueAtMs: number): void {
    const nowMs = this.#options.clock.monotonic();
    if (this.#noteStall(dueAtMs, nowMs) || nowMs < this.#silence.timeoutAtMs()) {
      this.#goOn(nowMs);
      return;
    }
    const timeout = { silentMs: this.#silence.lengthMs(nowMs), probes: this.#silence.probes, probeError: this.#probeError };
    this.stop();
    this.#options.onTimeout(timeout);
  }

  #noteStall(dueAtMs: number, nowMs: number): boolean {
    if (nowMs - dueAtMs <= this.#options.stallToleranceMs) return false;
    this.#silence.stalled(dueAtMs, nowMs);
    return true;
  }

  #goOn(nowMs: number): void {
    if (nowMs >= this.#silence.probeAtMs()) this.#probe(nowMs);
    // The probe may have stopped the monitor, and even started it again.
    if (!this.#running) return;
    this.#timer?.cancel();
    this.#arm(nowMs);
  }

  #probe(nowMs: number): void {
    this.#silence.probed(nowMs);
    this.#probeError = undefined;
    try {
      Promise.resolve(this.#options.probe()).catch((error: unknown) => {
        this.#probeError = error;
      });
    } catch (error) {
      // Not thrown on: what cannot be sent is not answered, so the timeout follows and carries this error.
      this.#probeError = error;
    }
  }
}

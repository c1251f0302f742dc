import type { Timer } from '@ibkit/clock';
import type { ResolvedHeartbeatOptions } from './heartbeat-options.js';
import { Silence } from './silence.js';
import { runProbe } from './watch.js';
import type { Watch, WatchEvents } from './watch.js';

/** Watches from the loop that it is made on. */
export class LoopWatch implements Watch {
  readonly #options: ResolvedHeartbeatOptions;
  readonly #events: WatchEvents;
  readonly #silence: Silence;
  #timer: Timer | undefined;
  #running = true;
  #probeError: unknown;

  constructor(options: ResolvedHeartbeatOptions, events: WatchEvents) {
    this.#options = options;
    this.#events = events;
    const nowMs = options.clock.monotonic();
    this.#silence = new Silence(options, nowMs);
    this.#arm(nowMs);
  }

  get silentMs(): number {
    return this.#silence.lengthMs(this.#options.clock.monotonic());
  }

  heard(): void {
    this.#silence.heard(this.#options.clock.monotonic());
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    return Promise.resolve();
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
    void this.stop();
    this.#events.timeout({ silentMs: this.#silence.lengthMs(nowMs), probes: this.#silence.probes, probeError: this.#probeError });
  }

  #noteStall(dueAtMs: number, nowMs: number): boolean {
    if (nowMs - dueAtMs <= this.#options.stallToleranceMs) return false;
    this.#silence.stalled(dueAtMs, nowMs);
    this.#events.stall({ stalledMs: nowMs - dueAtMs });
    return true;
  }

  #goOn(nowMs: number): void {
    if (this.#running && nowMs >= this.#silence.probeAtMs()) this.#probe(nowMs);
    // The probe or a listener may have stopped the monitor.
    if (!this.#running) return;
    this.#timer?.cancel();
    this.#arm(nowMs);
  }

  #probe(nowMs: number): void {
    this.#silence.probed(nowMs);
    this.#probeError = undefined;
    runProbe(this.#options.probe, (error) => {
      this.#probeError = error;
    });
  }
}

import type { Clock, Timer } from '@ibkit/clock';
import type { HeartbeatStallReport } from '../heartbeat-options.js';
import { Silence } from '../silence.js';
import type { WatchData, WorkerMessage } from './messages.js';
import { SharedState } from './shared-state.js';

/** How often the worker looks, in milliseconds, when its limits are not finer. */
const CHECK_MS = 50;
const REPORT_MS = 1000;

/** Where an {@link OutsideWatch} speaks to. */
export interface OutsideWatchPorts {
  readonly clock: Clock;
  readonly tell: (message: WorkerMessage) => void;
  readonly report: (report: HeartbeatStallReport) => void;
}

/**
 * The worker's part: looks at the counters of the loop that it watches and judges from them.
 *
 * A loop whose turns stand still is stalled, whatever the peer does; a loop that turns without beats has a silent peer. While it is
 * stalled nothing is judged and nothing asked, since nobody could read the answer.
 */
export class OutsideWatch {
  readonly #data: WatchData;
  readonly #ports: OutsideWatchPorts;
  readonly #state: SharedState;
  readonly #silence: Silence;
  readonly #checkMs: number;
  readonly #timer: { current: Timer | undefined } = { current: undefined };
  #checkedAtMs: number;
  #beats: number;
  #probes: number;
  #turns: number;
  /** When the loop was last seen to have turned. */
  #turnedAtMs: number;
  #reportedAtMs: number | undefined;
  /** A probe was asked for and not sent yet. */
  #asked = false;
  /** The beats of the last verdict, so that one silence is told once. */
  #judgedBeats: number | undefined;

  constructor(data: WatchData, ports: OutsideWatchPorts) {
    this.#data = data;
    this.#ports = ports;
    this.#state = new SharedState(data.buffer);
    const nowMs = ports.clock.monotonic();
    this.#silence = new Silence(data, nowMs);
    this.#checkMs = Math.max(1, Math.min(CHECK_MS, data.stallToleranceMs / 4, (data.timeoutMs - data.intervalMs) / 4));
    this.#checkedAtMs = nowMs;
    this.#beats = this.#state.beats;
    this.#probes = this.#state.probes;
    this.#turns = this.#state.turns;
    this.#turnedAtMs = nowMs;
    this.#arm();
  }

  /** Ends it. */
  stop(): void {
    this.#timer.current?.cancel();
  }

  #arm(): void {
    this.#timer.current = this.#ports.clock.setTimer(this.#checkMs, () => {
      this.#check();
      this.#arm();
    });
  }

  #check(): void {
    const nowMs = this.#ports.clock.monotonic();
    this.#noteOwnSleep(nowMs);
    this.#noteTurns(nowMs);
    this.#noteBeats(nowMs);
    this.#state.silentMs = this.#silence.lengthMs(nowMs);
    if (this.#noteStall(nowMs)) return;
    if (nowMs >= this.#silence.timeoutAtMs()) this.#judge(nowMs);
    else if (!this.#asked && nowMs >= this.#silence.probeAtMs()) {
      this.#asked = true;
      this.#ports.tell({ type: 'probe' });
    }
  }

  /** The whole process, or the machine, did not run: nobody could have heard anything. */
  #noteOwnSleep(nowMs: number): void {
    const dueAtMs = this.#checkedAtMs + this.#checkMs;
    this.#checkedAtMs = nowMs;
    if (nowMs - dueAtMs <= this.#data.stallToleranceMs || this.#reportedAtMs !== undefined) return;
    this.#silence.stalled(dueAtMs, nowMs);
    // The loop gets the time to show that it runs again.
    this.#turnedAtMs = nowMs;
    this.#ports.tell({ type: 'stall', stalledMs: nowMs - dueAtMs });
  }

  #noteTurns(nowMs: number): void {
    const { turns } = this.#state;
    if (turns === this.#turns) return;
    const stalledMs = nowMs - this.#turnedAtMs;
    this.#turns = turns;
    if (this.#reportedAtMs !== undefined) {
      this.#reportedAtMs = undefined;
      this.#silence.stalled(this.#turnedAtMs, nowMs);
      this.#ports.tell({ type: 'stall', stalledMs });
      this.#ports.report({ phase: 'ended', stalledMs });
    }
    this.#turnedAtMs = nowMs;
  }

  #noteBeats(nowMs: number): void {
    const { beats, probes } = this.#state;
    if (probes !== this.#probes) {
      this.#probes = probes;
      this.#asked = false;
      this.#silence.probed(nowMs);
    }
    if (beats === this.#beats) return;
    this.#beats = beats;
    this.#silence.heard(nowMs);
  }

  #noteStall(nowMs: number): boolean {
    const stalledMs = nowMs - this.#turnedAtMs;
    if (stalledMs <= this.#data.stallToleranceMs) return false;
    if (this.#reportedAtMs === undefined) this.#ports.report({ phase: 'began', stalledMs });
    else if (nowMs - this.#reportedAtMs < REPORT_MS) return true;
    else this.#ports.report({ phase: 'lasting', stalledMs });
    this.#reportedAtMs = nowMs;
    return true;
  }

  #judge(nowMs: number): void {
    if (this.#judgedBeats === this.#beats) return;
    this.#judgedBeats = this.#beats;
    this.#ports.tell({ type: 'silent', silentMs: this.#silence.lengthMs(nowMs), probes: this.#silence.probes, beats: this.#beats });
  }
}

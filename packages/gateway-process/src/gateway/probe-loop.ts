import type { Clock, Timer } from '@ibkit/clock';
import type { ProbeResult } from '../probe/api-probe.js';

/** What a loop of probes needs. */
export interface ProbeLoopOptions {
  readonly clock: Clock;
  readonly probe: () => Promise<ProbeResult>;
  /** How long until the next one, milliseconds; `undefined`: there is nothing to ask. */
  readonly everyMs: () => number | undefined;
  /** Whether an answer that is not a good one needs a second opinion. */
  readonly doubts: () => boolean;
  /** How long until that. */
  readonly doubtMs: number;
  readonly onResult: (result: ProbeResult) => void;
}

/** Asks the API again and again, one question at a time. */
export class ProbeLoop {
  readonly #options: ProbeLoopOptions;
  #timer: Timer | undefined;
  #turn = 0;
  #doubted = false;
  #asking = false;
  #again = false;

  constructor(options: ProbeLoopOptions) {
    this.#options = options;
  }

  /** Begins anew: what is asked at the moment is about something that has changed. @param delayMs until the first question; the usual time unless given */
  restart(delayMs?: number): void {
    this.stop();
    const everyMs = this.#options.everyMs();
    this.#schedule(everyMs === undefined ? undefined : (delayMs ?? everyMs));
  }

  /** Asks at once, when there is anything to ask; after the question that is under way, which whoever asks again and again must not keep from its answer. */
  askNow(): void {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    // The second opinion comes soon enough.
    if (this.#doubted) return;
    this.restart(0);
  }

  /** Asks no more. */
  stop(): void {
    this.#turn += 1;
    this.#doubted = false;
    this.#asking = false;
    this.#again = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(delayMs: number | undefined): void {
    if (delayMs === undefined) return;
    const turn = this.#turn;
    this.#timer = this.#options.clock.setTimer(
      delayMs,
      () => {
        void this.#ask(turn);
      },
      { keepAlive: false },
    );
  }

  async #ask(turn: number): Promise<void> {
    const { probe, onResult, doubts, doubtMs, everyMs } = this.#options;
    this.#asking = true;
    let result: ProbeResult;
    try {
      result = await probe();
    } catch {
      result = { finding: 'mute' };
    }
    if (turn !== this.#turn) return;
    const again = this.#again;
    this.#asking = false;
    this.#again = false;
    const doubted = this.#doubted;
    this.#doubted = result.finding !== 'ready' && doubts() && !doubted;
    if (this.#doubted) {
      this.#schedule(doubtMs);
      return;
    }
    onResult(result);
    // The answer may have begun a new turn.
    if (turn === this.#turn) this.#schedule(again ? 0 : everyMs());
  }
}

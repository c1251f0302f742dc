import type { Clock, Timer } from '@ibkit/clock';

/** Covers the rounding of scaled clocks. */
const ROUNDING_MS = 0.001;

/** Something that is sampled; told the moment at which it was due. */
export interface Sampled {
  sample(dueMs: number): void;
}

/**
 * Samples lines when they are due, by the market's monotonic milliseconds: one timer for all of them, however many there are. Lines that are due in the same
 * millisecond are sampled in the order in which they asked.
 */
export class LineSampler {
  readonly #clock: Clock;
  /** What is due, by whole milliseconds. */
  readonly #due = new Map<number, Map<Sampled, number>>();
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Samples the line once, as soon as `dueMs` has come but never at once. Returns what cancels it; calling that later does nothing. */
  add(line: Sampled, dueMs: number): () => void {
    const key = Math.ceil(dueMs - ROUNDING_MS);
    const lines = this.#due.get(key) ?? new Map<Sampled, number>();
    if (lines.size === 0) this.#due.set(key, lines);
    lines.set(line, dueMs);
    if (key < this.#timerDueMs) this.#arm(key);
    return () => {
      if (!lines.delete(line) || lines.size > 0 || this.#due.get(key) !== lines) return;
      this.#due.delete(key);
      if (this.#due.size === 0) this.#disarm();
    };
  }

  #arm(dueMs: number): void {
    this.#disarm();
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.setTimer(dueMs - this.#clock.monotonic(), () => {
      this.#timer = undefined;
      this.#sampleDue();
    });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #sampleDue(): void {
    // Lines that ask meanwhile arm the timer again at the end.
    this.#timerDueMs = Number.NEGATIVE_INFINITY;
    const nowMs = this.#clock.monotonic() + ROUNDING_MS;
    const keys = [...this.#due.keys()].filter((key) => key <= nowMs).sort((a, b) => a - b);
    for (const key of keys) {
      const lines = this.#due.get(key);
      this.#due.delete(key);
      // Sampling may cut a client, whose other lines are cancelled then: a map may lose entries while it is walked.
      for (const [line, dueMs] of lines ?? []) {
        lines?.delete(line);
        line.sample(dueMs);
      }
    }
    let next = Number.POSITIVE_INFINITY;
    for (const key of this.#due.keys()) if (key < next) next = key;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}

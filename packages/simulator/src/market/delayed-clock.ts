import type { ScaledClock, Timer } from '@ibkit/clock';

/** Another clock's time, some while ago. Its length of time is the other's, and so are its timers; it cannot be driven by itself. */
export class DelayedClock implements ScaledClock {
  readonly #clock: ScaledClock;
  readonly #delayMs: number;
  #shownMs: number | undefined;

  constructor(clock: ScaledClock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  get speed(): number {
    return this.#clock.speed;
  }

  get paused(): boolean {
    return this.#clock.paused;
  }

  now(): number {
    return this.#shownMs ?? this.#clock.now() - this.#delayMs;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(delayMs, callback);
  }

  /** Shows an instant of the past while the function runs, so that what happened then can be done again. */
  at(atMs: number, run: () => void): void {
    this.#shownMs = atMs;
    try {
      run();
    } finally {
      this.#shownMs = undefined;
    }
  }

  pause(): void {
    this.#clock.pause();
  }

  resume(): void {
    this.#clock.resume();
  }

  setSpeed(speed: number): void {
    this.#clock.setSpeed(speed);
  }

  advance(byMs: number): void {
    this.#clock.advance(byMs);
  }

  /** The other clock runs on. */
  close(): void {
    return;
  }
}

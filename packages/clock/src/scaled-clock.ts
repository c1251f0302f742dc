import { checkDelay } from './clock.js';
import type { Clock, Timer } from './clock.js';
import { TimerQueue } from './timer-queue.js';

/** Where a scaled clock starts and how fast it runs. */
export interface ScaledClockOptions {
  /** Wall time that the clock shows at its start, epoch milliseconds. @defaultValue the base clock's `now()` */
  readonly startAtMs?: number | undefined;
  /** Scaled milliseconds per real one, above 0. @defaultValue 1 */
  readonly speed?: number | undefined;
  /** Whether the clock starts paused. @defaultValue false */
  readonly paused?: boolean | undefined;
}

/**
 * A clock that shows another time than the machine and may run faster, slower, in steps or not at all.
 * `monotonic()` is scaled too, so everything that lives on this clock speeds up together.
 */
export interface ScaledClock extends Clock {
  /** Scaled milliseconds per real one. */
  readonly speed: number;
  readonly paused: boolean;
  /** Stops time; pending timers wait. */
  pause(): void;
  /** Lets a paused clock run on. */
  resume(): void;
  /**
   * Changes the speed from this instant on.
   * @throws RangeError unless `speed` is a finite number above 0.
   */
  setSpeed(speed: number): void;
  /**
   * Moves time forward at once and fires what became due, in due order; `now()` shows each timer's own due time while it fires.
   * @throws RangeError unless `byMs` is finite and not negative.
   */
  advance(byMs: number): void;
  /** Cancels every pending timer and stops the clock for good. */
  close(): void;
}

/** How much earlier than due a timer may fire because scaled times are products of fractions. */
const ROUNDING_MS = 1e-6;

function checkSpeed(speed: number): number {
  if (!Number.isFinite(speed) || speed <= 0) throw new RangeError(`speed must be a finite number above 0, got ${speed}`);
  return speed;
}

class Scaled implements ScaledClock {
  readonly #base: Clock;
  readonly #queue = new TimerQueue();
  readonly #originMs: number;
  #speed: number;
  #paused: boolean;
  #elapsedMs = 0;
  #anchorMs: number;
  #wake: Timer | undefined;
  #closed = false;

  constructor(base: Clock, options: ScaledClockOptions) {
    this.#base = base;
    this.#speed = checkSpeed(options.speed ?? 1);
    this.#paused = options.paused ?? false;
    this.#originMs = options.startAtMs ?? base.now();
    this.#anchorMs = base.monotonic();
  }

  get speed(): number {
    return this.#speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  now(): number {
    return this.#originMs + this.monotonic();
  }

  monotonic(): number {
    return this.#paused ? this.#elapsedMs : this.#elapsedMs + (this.#base.monotonic() - this.#anchorMs) * this.#speed;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    checkDelay(delayMs);
    const timer = this.#queue.add(this.monotonic() + Math.max(0, delayMs), fire, () => {
      this.#rearm();
    });
    this.#rearm();
    return timer;
  }

  pause(): void {
    this.#reanchor();
    this.#paused = true;
    this.#rearm();
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#anchorMs = this.#base.monotonic();
    this.#paused = false;
    this.#rearm();
  }

  setSpeed(speed: number): void {
    checkSpeed(speed);
    this.#reanchor();
    this.#speed = speed;
    this.#rearm();
  }

  advance(byMs: number): void {
    if (!Number.isFinite(byMs) || byMs < 0) throw new RangeError(`byMs must be finite and not negative, got ${byMs}`);
    this.#reanchor();
    const wasPaused = this.#paused;
    const targetMs = this.#elapsedMs + byMs;
    this.#paused = true;
    this.#fireUntil(targetMs);
    this.#elapsedMs = targetMs;
    this.#anchorMs = this.#base.monotonic();
    this.#paused = wasPaused || this.#closed;
    this.#rearm();
  }

  close(): void {
    this.pause();
    this.#closed = true;
    this.#wake?.cancel();
    this.#wake = undefined;
    let next = this.#queue.takeDue(Number.POSITIVE_INFINITY);
    while (next !== undefined) next = this.#queue.takeDue(Number.POSITIVE_INFINITY);
  }

  #reanchor(): void {
    this.#elapsedMs = this.monotonic();
    this.#anchorMs = this.#base.monotonic();
  }

  #fireUntil(targetMs: number): void {
    for (let due = this.#queue.takeDue(targetMs); due !== undefined; due = this.#queue.takeDue(targetMs)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, due.dueAtMs);
      due.fire();
    }
  }

  #rearm(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    const next = this.#queue.peek();
    if (this.#paused || this.#closed || next === undefined) return;
    const realDelayMs = (next.dueAtMs - this.monotonic()) / this.#speed;
    this.#wake = this.#base.setTimer(realDelayMs, () => {
      this.#wake = undefined;
      this.#fireDue();
    });
  }

  #fireDue(): void {
    // One reading for the whole batch: timers that a callback sets for "now" get their turn in the next batch.
    // The tolerance covers the rounding of the division by the speed; without it a timer could be re-armed for ever by a delay too small to add.
    const nowMs = this.monotonic() + ROUNDING_MS;
    while (!this.#paused) {
      const due = this.#queue.takeDue(nowMs);
      if (due === undefined) break;
      due.fire();
    }
    this.#rearm();
  }
}

/** Makes a {@link ScaledClock} on top of `base`. */
export function createScaledClock(base: Clock, options: ScaledClockOptions = {}): ScaledClock {
  return new Scaled(base, options);
}

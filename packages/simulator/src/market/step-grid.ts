import type { Clock } from '@ibkit/clock';
import { NewYorkDays } from './new-york-days.js';

/** Length of a step of the seeded market: TWS sends stock quotes at this pace. */
export const STEP_MS = 250;

/** Covers the rounding of scaled clocks, whose timers may fire a hair early. */
const EARLY_MS = 0.001;

/** Time cut into equal steps, numbered since 1970, and the clock's place in them. */
export class StepGrid {
  readonly days = new NewYorkDays();
  /** The day in which the market starts. */
  readonly startDay: number;
  readonly #clock: Clock;
  readonly #startStep: number;

  /** @param leadMs how long before the market's start there are steps already, for a market that shows its past */
  constructor(clock: Clock, startMs: number, leadMs = 0) {
    this.#clock = clock;
    this.#startStep = Math.floor((startMs - leadMs) / STEP_MS);
    this.startDay = this.days.dayOf(startMs);
  }

  /** The step that the clock is in; never before the market's start. */
  now(): number {
    return this.at(this.#clock.now());
  }

  /** The step that an instant is in; never before the market's start. */
  at(atMs: number): number {
    return Math.max(this.#startStep, Math.floor((atMs + EARLY_MS) / STEP_MS));
  }

  /** The last step that begins before an instant; never before the market's start. */
  before(atMs: number): number {
    return Math.max(this.#startStep, Math.ceil(atMs / STEP_MS) - 1);
  }

  /** When a step begins, epoch milliseconds. */
  timeOf(step: number): number {
    return step * STEP_MS;
  }

  /** How long until the step begins, by the clock. */
  delayUntil(step: number): number {
    return Math.max(0, this.timeOf(step) - this.#clock.now());
  }
}

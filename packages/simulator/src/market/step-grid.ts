import { TimeZone } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';

/** Length of a step of the seeded market: TWS sends stock quotes at this pace. */
export const STEP_MS = 250;

/** Covers the rounding of scaled clocks, whose timers may fire a hair early. */
const EARLY_MS = 0.001;

/** A New York day within the steps of a market. */
export interface MarketDay {
  /** 0 is the day in which the market starts. */
  readonly index: number;
  readonly firstStep: number;
  /** The first step of the next day. */
  readonly endStep: number;
}

/** Time of a market cut into equal steps from its start, and the steps into New York days. */
export class StepGrid {
  readonly startMs: number;
  readonly #clock: Clock;
  readonly #zone = new TimeZone('America/New_York');
  readonly #startDayMs: number;
  /** First steps of the days known so far; day 0 starts at step 0. */
  readonly #firstSteps: number[] = [0];

  constructor(clock: Clock, startMs: number) {
    this.#clock = clock;
    this.startMs = startMs;
    const { year, month, day } = this.#zone.read(startMs);
    this.#startDayMs = Date.UTC(year, month - 1, day);
  }

  /** The step that the clock is in; 0 at the start and before. */
  now(): number {
    return Math.max(0, Math.floor((this.#clock.now() - this.startMs + EARLY_MS) / STEP_MS));
  }

  /** When a step begins, epoch milliseconds. */
  timeOf(step: number): number {
    return this.startMs + step * STEP_MS;
  }

  /** How long until the step begins, by the clock. */
  delayUntil(step: number): number {
    return Math.max(0, this.timeOf(step) - this.#clock.now());
  }

  dayOf(step: number): MarketDay {
    while (this.#firstStepOf(this.#firstSteps.length - 1) <= step) this.#firstSteps.push(this.#midnightStep(this.#firstSteps.length));
    let index = this.#firstSteps.length - 2;
    while (this.#firstStepOf(index) > step) index -= 1;
    return { index, firstStep: this.#firstStepOf(index), endStep: this.#firstStepOf(index + 1) };
  }

  #firstStepOf(day: number): number {
    return this.#firstSteps[day] ?? 0;
  }

  #midnightStep(day: number): number {
    const date = new Date(this.#startDayMs + day * 86_400_000).toISOString().slice(0, 10);
    return Math.ceil((this.#zone.instantOf(date, 0) - this.startMs) / STEP_MS);
  }
}

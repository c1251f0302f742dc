import { TimeZone } from '@ibkit/clock';
/** Length of a step of the seeded market: TWS sends stock quotes at this pace. */
export const STEP_MS = 250;
/** Covers the rounding of scaled clocks, whose timers may fire a hair early. */
const EARLY_MS = 0.001;
/** Time of a market cut into equal steps from its start, and the steps into New York days. */
export class StepGrid {
    startMs;
    #clock;
    #zone = new TimeZone('America/New_York');
    #startDayMs;
    /** First steps of the days known so far; day 0 starts at step 0. */
    #firstSteps = [0];
    constructor(clock, startMs) {
        this.#clock = clock;
        this.startMs = startMs;
        const { year, month, day } = this.#zone.read(startMs);
        this.#startDayMs = Date.UTC(year, month - 1, day);
    }
    /** The step that the clock is in; 0 at the start and before. */
    now() {
        return Math.max(0, Math.floor((this.#clock.now() - this.startMs + EARLY_MS) / STEP_MS));
    }
    /** When a step begins, epoch milliseconds. */
    timeOf(step) {
        return this.startMs + step * STEP_MS;
    }
    /** How long until the step begins, by the clock. */
    delayUntil(step) {
        return Math.max(0, this.timeOf(step) - this.#clock.now());
    }
    dayOf(step) {
        while (this.#firstStepOf(this.#firstSteps.length - 1) <= step)
            this.#firstSteps.push(this.#midnightStep(this.#firstSteps.length));
        let index = this.#firstSteps.length - 2;
        while (this.#firstStepOf(index) > step)
            index -= 1;
        return { index, firstStep: this.#firstStepOf(index), endStep: this.#firstStepOf(index + 1) };
    }
    #firstStepOf(day) {
        return this.#firstSteps[day] ?? 0;
    }
    #midnightStep(day) {
        const date = new Date(this.#startDayMs + day * 86_400_000).toISOString().slice(0, 10);
        return Math.ceil((this.#zone.instantOf(date, 0) - this.startMs) / STEP_MS);
    }
}

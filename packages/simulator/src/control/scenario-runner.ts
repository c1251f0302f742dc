import { TimeZone } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { Triggers } from '../faults/triggers.js';
import type { Scenario, ScenarioStep } from './scenario.js';

/** How far a scenario is. */
export interface ScenarioState {
  readonly name: string;
  /** How often a step has been done; a step that repeats counts every time. */
  readonly done: number;
  /** How many steps wait for their moment. */
  readonly waiting: number;
}

/** Options of a {@link ScenarioRunner}. */
export interface ScenarioRunnerOptions {
  readonly scenario: Scenario;
  readonly triggers: Triggers;
  /** The simulator's own clock, for times of day. */
  readonly clock: Clock;
  /** Does what a step says. Must not throw. */
  readonly act: (step: ScenarioStep) => void;
}

const DAY_MS = 86_400_000;
const DEFAULT_ZONE = 'America/New_York';

/** Milliseconds of the day that `HH:MM` or `HH:MM:SS` names. */
function msOfDay(time: string): number {
  const [hours = '0', minutes = '0', seconds = '0'] = time.split(':');
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}

/** Does the steps of a scenario when their moments come. */
export class ScenarioRunner {
  readonly #options: ScenarioRunnerOptions;
  readonly #waits = new Set<{ cancel: () => void }>();
  #done = 0;

  constructor(options: ScenarioRunnerOptions) {
    this.#options = options;
  }

  get state(): ScenarioState {
    return { name: this.#options.scenario.name, done: this.#done, waiting: this.#waits.size };
  }

  start(): void {
    this.#arm(this.#options.scenario.steps);
  }

  close(): void {
    for (const wait of this.#waits) wait.cancel();
    this.#waits.clear();
  }

  #arm(steps: readonly ScenarioStep[]): void {
    for (const step of steps) {
      if (step.at === undefined) this.#onMoment(step);
      else this.#onTimeOfDay(step, step.at);
    }
  }

  #onMoment(step: ScenarioStep): void {
    const { after = 0, repeat = false } = step;
    const wait = { cancel: (): void => undefined };
    this.#waits.add(wait);
    const fire = (): void => {
      if (!repeat) this.#waits.delete(wait);
      this.#do(step);
    };
    wait.cancel = this.#options.triggers.when(after, fire, repeat);
  }

  #onTimeOfDay(step: ScenarioStep, at: string): void {
    const { clock } = this.#options;
    const zone = new TimeZone(step.zone ?? DEFAULT_ZONE);
    const nowMs = clock.now();
    const { year, month, day } = zone.read(nowMs);
    const instantOn = (dayOffset: number): number => zone.instantOf(new Date(Date.UTC(year, month - 1, day) + dayOffset * DAY_MS).toISOString().slice(0, 10), msOfDay(at));
    const todayMs = instantOn(0);
    const dueMs = todayMs > nowMs ? todayMs : instantOn(1);
    const timer = clock.setTimer(dueMs - nowMs, () => {
      this.#waits.delete(timer);
      if (step.repeat === true) this.#onTimeOfDay(step, at);
      this.#do(step);
    });
    this.#waits.add(timer);
  }

  #do(step: ScenarioStep): void {
    this.#done += 1;
    this.#options.act(step);
    if (step.then !== undefined) this.#arm(step.then);
  }
}

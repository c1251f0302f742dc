import { TimeZone } from '@ibkit/clock';
const DAY_MS = 86_400_000;
const DEFAULT_ZONE = 'America/New_York';
/** Milliseconds of the day that `HH:MM` or `HH:MM:SS` names. */
function msOfDay(time) {
    const [hours = '0', minutes = '0', seconds = '0'] = time.split(':');
    return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
/** Does the steps of a scenario when their moments come. */
export class ScenarioRunner {
    #options;
    #waits = new Set();
    #done = 0;
    constructor(options) {
        this.#options = options;
    }
    get state() {
        return { name: this.#options.scenario.name, done: this.#done, waiting: this.#waits.size };
    }
    start() {
        this.#arm(this.#options.scenario.steps);
    }
    close() {
        for (const wait of this.#waits)
            wait.cancel();
        this.#waits.clear();
    }
    #arm(steps) {
        for (const step of steps) {
            if (step.at === undefined)
                this.#onMoment(step);
            else
                this.#onTimeOfDay(step, step.at);
        }
    }
    #onMoment(step) {
        const { after = 0, repeat = false } = step;
        const wait = { cancel: () => undefined };
        this.#waits.add(wait);
        const fire = () => {
            if (!repeat)
                this.#waits.delete(wait);
            this.#do(step);
        };
        wait.cancel = this.#options.triggers.when(after, fire, repeat);
    }
    #onTimeOfDay(step, at) {
        const { clock } = this.#options;
        const zone = new TimeZone(step.zone ?? DEFAULT_ZONE);
        const nowMs = clock.now();
        const { year, month, day } = zone.read(nowMs);
        const instantOn = (dayOffset) => zone.instantOf(new Date(Date.UTC(year, month - 1, day) + dayOffset * DAY_MS).toISOString().slice(0, 10), msOfDay(at));
        const todayMs = instantOn(0);
        const dueMs = todayMs > nowMs ? todayMs : instantOn(1);
        const timer = clock.setTimer(dueMs - nowMs, () => {
            this.#waits.delete(timer);
            if (step.repeat === true)
                this.#onTimeOfDay(step, at);
            this.#do(step);
        });
        this.#waits.add(timer);
    }
    #do(step) {
        this.#done += 1;
        this.#options.act(step);
        if (step.then !== undefined)
            this.#arm(step.then);
    }
}

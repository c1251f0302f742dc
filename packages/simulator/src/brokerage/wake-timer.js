/** No timer is longer, because timers of the system cannot wait for months. */
const LONGEST_MS = 86_400_000;
/** One timer for many instants: it rings at the earliest one, or before. Whoever is woken says again what comes next. */
export class WakeTimer {
    #clock;
    #ring;
    #timer;
    #atMs = Infinity;
    constructor(clock, ring) {
        this.#clock = clock;
        this.#ring = ring;
    }
    /** Rings at `atMs` (epoch) at the latest; never for undefined. */
    wakeBy(atMs) {
        if (atMs === undefined || atMs >= this.#atMs)
            return;
        this.#timer?.cancel();
        this.#atMs = atMs;
        const delayMs = Math.min(LONGEST_MS, Math.max(0, atMs - this.#clock.now()));
        this.#timer = this.#clock.setTimer(delayMs, () => {
            this.#timer = undefined;
            this.#atMs = Infinity;
            this.#ring();
        });
    }
    close() {
        this.#timer?.cancel();
        this.#timer = undefined;
        this.#atMs = -Infinity;
    }
}

/** TWS API: violations that a client may commit before it is closed. */
export const VIOLATIONS_TO_CLOSE = 3;
const WINDOW_MS = 1_000;
/** Counts the messages of one client per sliding second. */
export class MessagePacer {
    #options;
    /** When the messages of the last second were let through, oldest first. */
    #passedAtMs = [];
    #waiting = [];
    #timer;
    #violations = 0;
    #closed = false;
    constructor(options) {
        this.#options = options;
    }
    push(payload) {
        const { mode, process, onViolation, onDelay } = this.#options;
        if (mode === 'off') {
            process(payload);
        }
        else if (this.#waiting.length === 0 && this.#tryPass()) {
            process(payload);
        }
        else if (mode === 'strict') {
            this.#violations += 1;
            onViolation(this.#violations, payload);
        }
        else {
            this.#waiting.push(payload);
            if (this.#waiting.length === 1)
                onDelay(true);
            this.#arm();
        }
    }
    /** Throws away what waits. */
    close() {
        this.#closed = true;
        this.#timer?.cancel();
        this.#waiting = [];
    }
    #tryPass() {
        const nowMs = this.#options.clock.monotonic();
        const first = this.#passedAtMs.findIndex((atMs) => atMs > nowMs - WINDOW_MS);
        this.#passedAtMs = first < 0 ? [] : this.#passedAtMs.slice(first);
        if (this.#passedAtMs.length >= this.#options.perSecond)
            return false;
        this.#passedAtMs.push(nowMs);
        return true;
    }
    #arm() {
        const [oldest] = this.#passedAtMs;
        if (this.#timer !== undefined || this.#closed || oldest === undefined)
            return;
        const { clock } = this.#options;
        this.#timer = clock.setTimer(oldest + WINDOW_MS - clock.monotonic(), () => {
            this.#timer = undefined;
            this.#drain();
        });
    }
    #drain() {
        while (this.#waiting.length > 0 && this.#tryPass()) {
            const payload = this.#waiting.shift();
            if (payload !== undefined)
                this.#options.process(payload);
        }
        if (this.#closed)
            return;
        if (this.#waiting.length > 0)
            this.#arm();
        else
            this.#options.onDelay(false);
    }
}

/** Collects prices into bars of equal length that begin at multiples of it. Pure: time comes with the prices. */
export class BarBuilder {
    #lengthMs;
    #onBar;
    #startMs;
    #open;
    #high = 0;
    #low = 0;
    #close;
    #volume = 0;
    #value = 0;
    #count = 0;
    #whole;
    /** A bar that has begun before `nowMs` is not whole and is left out. `price` is what the instrument stood at before. */
    constructor(options) {
        const { lengthMs, nowMs, price, onBar } = options;
        this.#lengthMs = lengthMs;
        this.#onBar = onBar;
        this.#startMs = nowMs - (nowMs % lengthMs);
        this.#whole = this.#startMs === nowMs;
        this.#close = price;
    }
    /** When the current bar ends. */
    get endMs() {
        return this.#startMs + this.#lengthMs;
    }
    /** Adds a price, and the size traded at it (0 for quotes). */
    add(atMs, price, size) {
        this.advance(atMs);
        if (this.#open === undefined) {
            this.#open = price;
            this.#high = price;
            this.#low = price;
        }
        this.#high = Math.max(this.#high, price);
        this.#low = Math.min(this.#low, price);
        this.#close = price;
        if (size > 0) {
            this.#volume += size;
            this.#value += size * price;
            this.#count += 1;
        }
    }
    /** Gives out the bars that have ended by now; a span without a price repeats the last one, with no volume. */
    advance(nowMs) {
        while (nowMs >= this.endMs) {
            if (this.#whole)
                this.#giveOut();
            this.#whole = true;
            this.#startMs = this.endMs;
            this.#open = undefined;
            this.#volume = 0;
            this.#value = 0;
            this.#count = 0;
        }
    }
    #giveOut() {
        const close = this.#close;
        if (close === undefined)
            return;
        const quiet = this.#open === undefined;
        this.#onBar({
            startMs: this.#startMs,
            open: this.#open ?? close,
            high: quiet ? close : this.#high,
            low: quiet ? close : this.#low,
            close,
            volume: this.#volume,
            wap: this.#volume > 0 ? this.#value / this.#volume : close,
            count: this.#count,
        });
    }
}

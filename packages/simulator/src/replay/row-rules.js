/** Prices in files are whole numbers: the price times this. */
export const PRICE_SCALE = 10_000;
/** 09:30 New York, milliseconds since midnight. */
export const REGULAR_OPEN_MS = 34_200_000;
export const LAST_MS_OF_DAY = 86_399_999;
/** A million dollars, scaled. */
export const LARGEST_PRICE = 1_000_000 * PRICE_SCALE;
export const LARGEST_SIZE = 2_000_000_000;
export const LARGEST_VOLUME = 2 ** 45;
/** Checks that the rows of a file are in time order. */
export class TimeOrder {
    #reader;
    #lastMs = 0;
    constructor(reader) {
        this.#reader = reader;
    }
    /** Gives the time back when it is not before the row above. */
    check(ms) {
        if (ms < this.#lastMs)
            this.#reader.fail('milliseconds since midnight', `must not be before the row above it (${this.#lastMs}), got ${ms}`);
        this.#lastMs = ms;
        return ms;
    }
}
/** How long a bar lasts; 0 for ticks. */
export function barLengthMs(resolution) {
    switch (resolution) {
        case 'tick':
            return 0;
        case 'second':
            return 1000;
        case 'minute':
            return 60_000;
    }
}

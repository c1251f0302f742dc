import { TimeZone } from '@ibkit/clock';
import { SeededOption } from './seeded-option.js';
const CLOSE_OF_DAY_MS = 16 * 3_600_000;
/** Prices of options, computed from their underlyings when asked for, and told once per step while watched. */
export class OptionSource {
    #clock;
    #grid;
    #underlyingQuote;
    #sink;
    #options = new Map();
    #watched = new Set();
    #timer;
    #started = false;
    #closed = false;
    constructor(options) {
        this.#clock = options.clock;
        this.#grid = options.grid;
        this.#underlyingQuote = options.underlyingQuote;
        this.#sink = options.sink;
        const zone = new TimeZone('America/New_York');
        const expiries = new Map();
        for (const { instrument, volatility } of options.options) {
            const { expiry = '' } = instrument;
            const expiresAtMs = expiries.get(expiry) ?? zone.instantOf(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}`, CLOSE_OF_DAY_MS);
            expiries.set(expiry, expiresAtMs);
            this.#options.set(instrument.conId, new SeededOption({ instrument, expiresAtMs, volatility, seed: options.seed }));
        }
    }
    get conIds() {
        return this.#options.keys();
    }
    quote(conId) {
        const option = this.#option(conId);
        return option.quote(this.#momentOf(option));
    }
    /** See `Market.optionModel`. */
    model(conId, basis) {
        const option = this.#option(conId);
        return option.model(this.#momentOf(option), basis);
    }
    watched(conId) {
        const option = this.#option(conId);
        option.beginTelling(this.#momentOf(option));
        this.#watched.add(option);
        this.#arm();
    }
    unwatched(conId) {
        this.#watched.delete(this.#option(conId));
        if (this.#watched.size > 0)
            return;
        this.#timer?.cancel();
        this.#timer = undefined;
    }
    start() {
        this.#started = true;
        this.#arm();
    }
    close() {
        this.#closed = true;
        this.#timer?.cancel();
        this.#timer = undefined;
        this.#watched.clear();
    }
    #option(conId) {
        const option = this.#options.get(conId);
        if (option === undefined)
            throw new RangeError(`conId must be one of this source, got ${conId}`);
        return option;
    }
    #momentOf(option) {
        const step = this.#grid.now();
        const underlying = this.#underlyingQuote(option.instrument.underConId ?? 0);
        const day = this.#grid.dayOf(step);
        return { underlying, atMs: this.#grid.timeOf(step), step, day: day.index, dayStartMs: this.#grid.timeOf(day.firstStep) };
    }
    #arm() {
        if (!this.#started || this.#closed || this.#timer !== undefined || this.#watched.size === 0)
            return;
        this.#timer = this.#clock.setTimer(this.#grid.delayUntil(this.#grid.now() + 1), () => {
            this.#timer = undefined;
            for (const option of this.#watched)
                option.tell(this.#momentOf(option), this.#sink);
            this.#arm();
        });
    }
}

import { SeededStock } from './seeded-stock.js';
/** How much of a backlog (a stalled process, a jump of the clock) is still delivered event by event: one hour. */
const MOST_STEPS_TOLD = 14_400;
/** Random-walk prices for stocks. Nothing runs while nobody watches: prices then advance when they are asked for. */
export class SeededSource {
    #clock;
    #grid;
    #sink;
    #stocks = new Map();
    #watched = new Set();
    #timer;
    #started = false;
    #closed = false;
    constructor(options) {
        this.#clock = options.clock;
        this.#grid = options.grid;
        this.#sink = options.sink;
        for (const listing of options.listings)
            this.#stocks.set(listing.conId, new SeededStock(listing, options.seed, options.grid));
    }
    get conIds() {
        return this.#stocks.keys();
    }
    quote(conId) {
        const stock = this.#stock(conId);
        // A watched stock moves only with the events that tell it, so that nobody sees the future of its own stream.
        if (!this.#watched.has(stock))
            stock.advanceTo(this.#grid.now());
        return stock.quote();
    }
    watched(conId) {
        const stock = this.#stock(conId);
        stock.advanceTo(this.#grid.now());
        this.#watched.add(stock);
        this.#arm();
    }
    unwatched(conId) {
        this.#watched.delete(this.#stock(conId));
        if (this.#watched.size > 0)
            return;
        this.#timer?.cancel();
        this.#timer = undefined;
    }
    start() {
        this.#started = true;
        this.#arm();
    }
    setPrice(conId, price) {
        const stock = this.#stock(conId);
        stock.advanceTo(this.#grid.now(), this.#watched.has(stock) ? this.#sink : undefined);
        stock.setPrice(price, this.#clock.now(), this.#sink);
    }
    close() {
        this.#closed = true;
        this.#timer?.cancel();
        this.#timer = undefined;
        this.#watched.clear();
    }
    #stock(conId) {
        const stock = this.#stocks.get(conId);
        if (stock === undefined)
            throw new RangeError(`conId must be one of this source, got ${conId}`);
        return stock;
    }
    #arm() {
        if (!this.#started || this.#closed || this.#timer !== undefined || this.#watched.size === 0)
            return;
        this.#timer = this.#clock.setTimer(this.#grid.delayUntil(this.#grid.now() + 1), () => {
            this.#timer = undefined;
            this.#tell();
            this.#arm();
        });
    }
    #tell() {
        const now = this.#grid.now();
        for (const stock of this.#watched) {
            stock.advanceTo(now - MOST_STEPS_TOLD);
            stock.advanceTo(now, this.#sink);
        }
    }
}

import { TimeZone } from '@ibkit/clock';
import { cursorOf, dueOf } from './replay-cursor.js';
import { ReplayedStock } from './replayed-stock.js';
/** Covers the rounding of scaled clocks, whose timers may fire a hair early. */
const EARLY_MS = 0.001;
/**
 * Plays the rows of files at their times: each row exactly once, in order of time, and for equal times in the order of the files with quotes before trades.
 * One timer waits for the next row that is due; what became due meanwhile is told together. After the last row the prices stay.
 */
export class ReplaySource {
    #clock;
    #sink;
    #stocks = new Map();
    #cursors;
    /** The day that each instrument is in, by its midnight. */
    #midnights = new Map();
    #timer;
    #started = false;
    #closed = false;
    constructor(options) {
        this.#clock = options.clock;
        this.#sink = options.sink;
        const zone = new TimeZone('America/New_York');
        const cursors = options.data.files.map(({ columns }) => cursorOf(options.conIdOf(columns.symbol), columns, zone));
        this.#cursors = cursors.sort((a, b) => Number(b.columns.kind === 'quote') - Number(a.columns.kind === 'quote'));
        for (const symbol of options.data.symbols) {
            const conId = options.conIdOf(symbol);
            const hasQuotes = cursors.some((cursor) => cursor.conId === conId && cursor.columns.kind === 'quote');
            this.#stocks.set(conId, new ReplayedStock(conId, hasQuotes));
        }
        this.#prepare(options.startMs);
    }
    get conIds() {
        return this.#stocks.keys();
    }
    quote(conId) {
        return this.#stock(conId).quote();
    }
    /** Nothing to do: rows are played whether or not somebody watches, because the prices must move on. */
    watched() {
        return;
    }
    /** See {@link watched}. */
    unwatched() {
        return;
    }
    start() {
        this.#started = true;
        this.#arm();
    }
    setPrice(conId, price) {
        this.#stock(conId).setPrice(price, this.#clock.now(), this.#sink);
    }
    close() {
        this.#closed = true;
        this.#timer?.cancel();
        this.#timer = undefined;
    }
    #stock(conId) {
        const stock = this.#stocks.get(conId);
        if (stock === undefined)
            throw new RangeError(`conId must be one of this source, got ${conId}`);
        return stock;
    }
    #prepare(startMs) {
        for (let cursor = this.#next(); cursor !== undefined && dueOf(cursor) < startMs; cursor = this.#next()) {
            const stock = this.#stock(cursor.conId);
            const { columns, row } = cursor;
            this.#enterDay(cursor, stock);
            if (columns.kind === 'trade')
                stock.prepareTrade(columns, row, dueOf(cursor));
            else
                stock.prepareQuote(columns, row);
            cursor.row += 1;
        }
    }
    /** The cursor whose row is due first; undefined when every row was played. */
    #next() {
        let first;
        let firstDue = Number.POSITIVE_INFINITY;
        for (const cursor of this.#cursors) {
            const due = dueOf(cursor);
            if (due >= firstDue)
                continue;
            first = cursor;
            firstDue = due;
        }
        return first;
    }
    #arm() {
        if (!this.#started || this.#closed || this.#timer !== undefined)
            return;
        const next = this.#next();
        if (next === undefined)
            return;
        this.#timer = this.#clock.setTimer(dueOf(next) - this.#clock.now(), () => {
            this.#timer = undefined;
            this.#play();
            this.#arm();
        });
    }
    #play() {
        const nowMs = this.#clock.now() + EARLY_MS;
        for (let cursor = this.#next(); cursor !== undefined && !this.#closed; cursor = this.#next()) {
            const atMs = dueOf(cursor);
            if (atMs > nowMs)
                return;
            const stock = this.#stock(cursor.conId);
            const { columns, row } = cursor;
            this.#enterDay(cursor, stock);
            // First, so that a listener that looks at the market or throws does not see this row twice.
            cursor.row += 1;
            if (columns.kind === 'trade')
                stock.playTrade(columns, row, atMs, this.#sink);
            else
                stock.playQuote(columns, row, atMs, this.#sink);
        }
    }
    #enterDay(cursor, stock) {
        const midnight = this.#midnights.get(cursor.conId);
        if (midnight === cursor.midnightMs)
            return;
        this.#midnights.set(cursor.conId, cursor.midnightMs);
        if (midnight !== undefined)
            stock.beginDay();
    }
}

import { createScaledClock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { ReplaySource } from '../replay/replay-source.js';
import { OptionSource } from './option-source.js';
import { SeededSource } from './seeded-source.js';
import { StepGrid } from './step-grid.js';
import { STOCK_LISTINGS, inventedListing } from './stock-listings.js';
import { createUniverse } from './universe.js';
/** The first price in the replay's trades or quotes of a symbol; undefined when the files have none. */
function firstPrice(data, symbol) {
    for (const { columns } of data.files) {
        if (columns.symbol !== symbol)
            continue;
        const prices = columns.kind === 'trade' ? columns.price : columns.bid;
        const price = prices.find((value) => value > 0);
        if (price !== undefined)
            return price;
    }
    return undefined;
}
/** The listings with the prices of the replay, and listings for symbols that only the replay knows. */
function listingsWith(data) {
    if (data === undefined)
        return STOCK_LISTINGS;
    const listings = new Map(STOCK_LISTINGS.map((listing) => [listing.symbol, listing]));
    for (const symbol of data.symbols) {
        const price = firstPrice(data, symbol) ?? 100;
        const listing = listings.get(symbol);
        listings.set(symbol, listing === undefined ? inventedListing(symbol, price) : { ...listing, referencePrice: price });
    }
    return [...listings.values()];
}
class SimulatedMarket {
    clock;
    universe;
    #sources = new Map();
    #movable = new Map();
    #options;
    #replayed;
    #distinctSources;
    #listeners = new Map();
    /** What is halted, with what is left of its quote. */
    #halts = new Map();
    #held;
    #closed = false;
    constructor(options) {
        const { base, seed = 1, speed = 1, replay } = options;
        if (!Number.isInteger(seed))
            throw new UsageError({ field: 'seed', value: seed, rule: 'must be a whole number' });
        if (!Number.isFinite(speed) || speed <= 0)
            throw new UsageError({ field: 'speed', value: speed, rule: 'must be a number above 0' });
        const startAtMs = options.startAtMs ?? replay?.startAtMs ?? base.now();
        if (!Number.isFinite(startAtMs))
            throw new UsageError({ field: 'startAtMs', value: startAtMs, rule: 'must be epoch milliseconds' });
        this.#held = replay !== undefined;
        this.clock = createScaledClock(base, { startAtMs, speed, paused: this.#held });
        const listings = listingsWith(replay);
        this.universe = createUniverse({ listings, startAtMs });
        const replaySymbols = new Set(replay?.symbols);
        const conIds = new Map(listings.map((listing) => [listing.symbol, listing.conId]));
        this.#replayed = new Set([...replaySymbols].map((symbol) => conIds.get(symbol) ?? 0));
        const clock = this.clock;
        const grid = new StepGrid(clock, startAtMs);
        const sink = (event) => {
            this.#dispatch(event);
        };
        const seeded = new SeededSource({ clock, grid, seed, sink, listings: listings.filter(({ symbol }) => !replaySymbols.has(symbol)) });
        this.#addMovable(seeded);
        const sources = [seeded];
        if (replay !== undefined) {
            const source = new ReplaySource({ clock, startMs: startAtMs, data: replay, conIdOf: (symbol) => conIds.get(symbol) ?? 0, sink });
            this.#addMovable(source);
            sources.push(source);
        }
        this.#options = new OptionSource({
            clock,
            grid,
            seed,
            sink,
            options: listings.flatMap(({ conId, volatility }) => this.#optionsOn(conId).map((instrument) => ({ instrument, volatility }))),
            underlyingQuote: (conId) => this.quote(conId),
        });
        for (const conId of this.#options.conIds)
            this.#sources.set(conId, this.#options);
        this.#distinctSources = [...sources, this.#options];
    }
    get held() {
        return this.#held;
    }
    isReplayed(conId) {
        return this.#replayed.has(conId);
    }
    release() {
        if (!this.#held)
            return;
        this.#held = false;
        this.clock.resume();
    }
    quote(conId) {
        return this.#halts.get(conId) ?? this.#sourceOf(conId).quote(conId);
    }
    mark(conId) {
        const { bid, ask, last, close } = this.quote(conId);
        if (bid !== undefined && ask !== undefined)
            return last === undefined ? (bid + ask) / 2 : Math.min(ask, Math.max(bid, last));
        return last ?? bid ?? close;
    }
    optionModel(conId, basis) {
        return this.#sourceOf(conId) === this.#options ? this.#options.model(conId, basis) : undefined;
    }
    watch(conId, listener) {
        const source = this.#sourceOf(conId);
        if (this.#closed)
            return () => undefined;
        // Wrapped, so that the same function may watch twice.
        const watcher = (event) => {
            listener(event);
        };
        const listeners = this.#listeners.get(conId) ?? new Set();
        this.#listeners.set(conId, listeners);
        listeners.add(watcher);
        if (listeners.size === 1)
            source.watched(conId);
        return () => {
            if (listeners.delete(watcher) && listeners.size === 0 && !this.#closed)
                source.unwatched(conId);
        };
    }
    start() {
        for (const source of this.#distinctSources)
            source.start();
    }
    setPrice(symbol, price) {
        const { conId, source } = this.#stock(symbol);
        if (!Number.isFinite(price) || price <= 0)
            throw new UsageError({ field: 'price', value: price, rule: 'must be a number above 0' });
        source.setPrice(conId, price);
    }
    gap(symbol, percent) {
        const { conId, source } = this.#stock(symbol);
        const { bid, ask, last, close } = source.quote(conId);
        const before = last ?? (bid !== undefined && ask !== undefined ? (bid + ask) / 2 : close);
        if (before === undefined)
            throw new UsageError({ field: 'symbol', value: symbol, rule: 'must have a price before it can jump from it' });
        const price = Math.round(before * (100 + percent)) / 100;
        if (!Number.isFinite(percent) || price <= 0)
            throw new UsageError({ field: 'percent', value: percent, rule: 'must be a number that leaves a price above 0' });
        source.setPrice(conId, price);
        return price;
    }
    halt(symbol) {
        const { conId } = this.#stock(symbol);
        if (this.#halts.has(conId))
            return;
        const stopped = [conId, ...this.#optionsOn(conId).map((option) => option.conId)];
        const nobody = { bid: undefined, ask: undefined, bidSize: undefined, askSize: undefined };
        const quotes = stopped.map((id) => ({ ...this.quote(id), ...nobody }));
        const atMs = this.clock.now();
        stopped.forEach((id, index) => {
            this.#halts.set(id, quotes[index] ?? {});
            this.#tell({ kind: 'quote', conId: id, atMs, ...nobody });
        });
    }
    resume(symbol) {
        const { conId } = this.#stock(symbol);
        if (!this.#halts.has(conId))
            return;
        const stopped = [conId, ...this.#optionsOn(conId).map((option) => option.conId)];
        for (const id of stopped)
            this.#halts.delete(id);
        const atMs = this.clock.now();
        for (const id of stopped) {
            if (!this.#listeners.has(id))
                continue;
            const { bid, ask, bidSize, askSize } = this.quote(id);
            this.#tell({ kind: 'quote', conId: id, atMs, bid, ask, bidSize, askSize });
        }
    }
    halted(conId) {
        return this.#halts.has(conId);
    }
    close() {
        this.#closed = true;
        for (const source of this.#distinctSources)
            source.close();
        this.#listeners.clear();
        this.clock.close();
    }
    #addMovable(source) {
        for (const conId of source.conIds) {
            this.#sources.set(conId, source);
            this.#movable.set(conId, source);
        }
    }
    #stock(symbol) {
        const instrument = this.universe.underlyings.find((underlying) => underlying.symbol === symbol.toUpperCase());
        const source = instrument === undefined ? undefined : this.#movable.get(instrument.conId);
        if (instrument === undefined || source === undefined) {
            throw new UsageError({ field: 'symbol', value: symbol, rule: 'must be the symbol of a stock that the simulator lists' });
        }
        return { conId: instrument.conId, source };
    }
    #optionsOn(conId) {
        const underlying = this.universe.byConId(conId);
        return underlying === undefined ? [] : this.universe.find({ symbol: underlying.symbol, secType: 'OPT' });
    }
    #sourceOf(conId) {
        const source = this.#sources.get(conId);
        if (source === undefined)
            throw new UsageError({ field: 'conId', value: conId, rule: 'must be the id of an instrument that the simulator lists' });
        return source;
    }
    /** What happens in a source; nothing of it is seen during a halt. */
    #dispatch(event) {
        if (!this.#halts.has(event.conId))
            this.#tell(event);
    }
    #tell(event) {
        const listeners = this.#listeners.get(event.conId);
        if (listeners === undefined)
            return;
        for (const listener of listeners)
            listener(event);
    }
}
/**
 * Makes a market: seeded prices for every listed stock, files for the replayed ones, and options priced off both. Call `start()` to let it move.
 * With a replay the clock is paused at its start until `release()`.
 * @throws UsageError for options out of range.
 */
export function createMarket(options) {
    return new SimulatedMarket(options);
}

import { seededRandom } from '@ibkit/clock';
import { mixed, priceToTicks, ticksToPrice } from './price-source.js';
import { STEP_MS } from './step-grid.js';
const STEPS_PER_YEAR = (252 * 86_400_000) / STEP_MS;
const TRADING_DAYS_PER_YEAR = 252;
/** Standard deviation 1 for a number drawn evenly between -0.5 and 0.5. */
const UNIFORM_SCALE = Math.sqrt(12);
const LOWEST_MID_TICKS = 5;
const SPREAD_CHANGE_CHANCE = 0.15;
const SIZE_CHANGE_CHANCE = 0.4;
const TRADE_CHANCE = 0.35;
function bell(random) {
    return random.next() + random.next() + random.next() + random.next() - 2;
}
function lots(random) {
    return 100 * (1 + Math.floor(random.next() ** 2 * 20));
}
/**
 * The seeded price of one stock, computed step by step on demand.
 *
 * Every New York day has its own stream of chance and its own start and end price, so the state at a step depends on the seed, the stock and the step
 * alone, not on who looked when; and catching up after a long time costs at most the steps of one day. Within the day the middle price walks like a
 * bridge between the day's two ends.
 */
export class SeededStock {
    conId;
    #listing;
    #seed;
    #grid;
    #exchanges;
    /** Middle price in ticks at the start of each day known so far. */
    #dayStarts;
    #day;
    #random;
    #step;
    #mid = 0;
    /** What outside moves of the price have multiplied it by. */
    #factor = 1;
    #spread = 1;
    #bid = 0;
    #ask = 0;
    #bidSize = 100;
    #askSize = 100;
    #last = 0;
    #lastSize = 0;
    #lastExchange;
    #lastTimeMs;
    #volume = 0;
    #open = 0;
    #high = 0;
    #low = 0;
    #close = 0;
    constructor(listing, seed, grid) {
        this.conId = listing.conId;
        this.#listing = listing;
        this.#seed = seed;
        this.#grid = grid;
        this.#exchanges = [listing.primaryExch, 'BATS', 'ARCA', 'IEX', 'DRCTEDGE', listing.primaryExch];
        this.#lastExchange = listing.primaryExch;
        const start = seededRandom(mixed(seed, listing.conId));
        this.#dayStarts = [priceToTicks(listing.referencePrice) * (1 + bell(start) * 0.02)];
        this.#day = grid.dayOf(0);
        this.#random = seededRandom(mixed(seed, listing.conId, 0));
        this.#step = 0;
        this.#lastTimeMs = grid.timeOf(0);
        this.#beginDay(this.#day);
    }
    /** The state at the step that was last advanced to. */
    quote() {
        return {
            bid: ticksToPrice(this.#bid),
            ask: ticksToPrice(this.#ask),
            bidSize: this.#bidSize,
            askSize: this.#askSize,
            last: ticksToPrice(this.#last),
            lastSize: this.#lastSize,
            lastExchange: this.#lastExchange,
            lastTimeMs: this.#lastTimeMs,
            volume: this.#volume,
            open: ticksToPrice(this.#open),
            high: ticksToPrice(this.#high),
            low: ticksToPrice(this.#low),
            close: ticksToPrice(this.#close),
        };
    }
    /** Computes every step up to and including `target`, telling `sink` what happens if there is one. Never goes back. */
    advanceTo(target, sink) {
        if (target <= this.#step)
            return;
        // Days that passed unseen are never computed: each one starts from its own first price.
        if (sink === undefined && target >= this.#day.endStep)
            this.#beginDay(this.#grid.dayOf(target));
        while (this.#step < target) {
            if (this.#step + 1 >= this.#day.endStep) {
                this.#beginDay(this.#grid.dayOf(this.#step + 1));
                if (sink !== undefined)
                    this.#tellQuote(sink);
            }
            else {
                this.#takeStep(sink);
            }
        }
    }
    /** Moves the price now: a trade of 100 at it and a quote around it; later steps walk on from there. */
    setPrice(price, atMs, sink) {
        const ticks = Math.max(LOWEST_MID_TICKS, Math.round(priceToTicks(price)));
        this.#factor = (ticks + 0.25) / this.#mid;
        this.#placeQuote();
        this.#tellQuote(sink, atMs);
        this.#trade(ticks, 100, this.#listing.primaryExch, atMs, sink);
    }
    #beginDay(day) {
        this.#day = day;
        this.#step = day.firstStep;
        this.#random = seededRandom(mixed(this.#seed, this.conId, day.index + 1));
        this.#mid = this.#dayStart(day.index);
        this.#spread = 1 + Math.floor(this.#random.next() * 3);
        this.#bidSize = lots(this.#random);
        this.#askSize = lots(this.#random);
        this.#placeQuote();
        const mid = Math.round(this.#mid * this.#factor);
        // The market starts within a day that has been going on for a while; later days start from the close.
        const drift = day.index === 0 ? 1 + bell(this.#random) * 0.008 : 1;
        this.#close = Math.round(mid * drift);
        this.#open = day.index === 0 ? Math.round((mid + this.#close) / 2) : mid;
        this.#high = Math.max(this.#open, mid) + (day.index === 0 ? Math.round(this.#random.next() * mid * 0.002) : 0);
        this.#low = Math.min(this.#open, mid) - (day.index === 0 ? Math.round(this.#random.next() * mid * 0.002) : 0);
        this.#volume = day.index === 0 ? 100 * Math.floor(1000 + this.#random.next() * 100_000) : 0;
        this.#last = mid;
        this.#lastSize = 100;
        this.#lastExchange = this.#listing.primaryExch;
        this.#lastTimeMs = this.#grid.timeOf(day.firstStep);
        this.#clampLast();
    }
    /** Keeps the day's first last price within its first quote. */
    #clampLast() {
        this.#last = Math.min(this.#ask, Math.max(this.#bid, this.#last));
        this.#high = Math.max(this.#high, this.#last);
        this.#low = Math.min(this.#low, this.#last);
    }
    #dayStart(day) {
        for (let known = this.#dayStarts.length; known <= day; known += 1) {
            const random = seededRandom(mixed(this.#seed, this.conId, -known));
            const move = (this.#listing.volatility / Math.sqrt(TRADING_DAYS_PER_YEAR)) * bell(random) * 1.7;
            this.#dayStarts.push(Math.max(LOWEST_MID_TICKS * 20, (this.#dayStarts[known - 1] ?? 0) * Math.exp(move)));
        }
        return this.#dayStarts[day] ?? LOWEST_MID_TICKS * 20;
    }
    #takeStep(sink) {
        const random = this.#random;
        this.#step += 1;
        const left = this.#day.endStep - this.#step;
        const noise = (random.next() - 0.5) * UNIFORM_SCALE * this.#mid * (this.#listing.volatility / Math.sqrt(STEPS_PER_YEAR));
        this.#mid = Math.max(LOWEST_MID_TICKS, this.#mid + (this.#dayStart(this.#day.index + 1) - this.#mid) / left + noise);
        if (random.next() < SPREAD_CHANGE_CHANCE)
            this.#spread = 1 + Math.floor(random.next() ** 2 * 3);
        const bid = this.#bid;
        const ask = this.#ask;
        const bidSize = this.#bidSize;
        const askSize = this.#askSize;
        this.#placeQuote();
        if (this.#bid !== bid || random.next() < SIZE_CHANGE_CHANCE)
            this.#bidSize = lots(random);
        if (this.#ask !== ask || random.next() < SIZE_CHANGE_CHANCE)
            this.#askSize = lots(random);
        if (sink !== undefined && (this.#bid !== bid || this.#ask !== ask || this.#bidSize !== bidSize || this.#askSize !== askSize))
            this.#tellQuote(sink);
        if (random.next() >= TRADE_CHANCE)
            return;
        const price = random.next() < 0.5 ? this.#bid : this.#ask;
        const exchange = this.#exchanges[Math.floor(random.next() * this.#exchanges.length)] ?? this.#listing.primaryExch;
        this.#trade(price, lots(random), exchange, this.#grid.timeOf(this.#step), sink);
    }
    #placeQuote() {
        const mid = Math.max(LOWEST_MID_TICKS, this.#mid * this.#factor);
        this.#bid = Math.max(1, Math.floor(mid - this.#spread / 2 + 0.5));
        this.#ask = this.#bid + this.#spread;
    }
    #trade(ticks, size, exchange, atMs, sink) {
        this.#last = ticks;
        this.#lastSize = size;
        this.#lastExchange = exchange;
        this.#lastTimeMs = atMs;
        this.#volume += size;
        this.#high = Math.max(this.#high, ticks);
        this.#low = Math.min(this.#low, ticks);
        sink?.({ kind: 'trade', conId: this.conId, atMs, price: ticksToPrice(ticks), size, exchange, conditions: '', pastLimit: false, unreported: false });
    }
    #tellQuote(sink, atMs = this.#grid.timeOf(this.#step)) {
        sink({
            kind: 'quote',
            conId: this.conId,
            atMs,
            bid: ticksToPrice(this.#bid),
            ask: ticksToPrice(this.#ask),
            bidSize: this.#bidSize,
            askSize: this.#askSize,
        });
    }
}

import { impliedVolatility, optionValues } from './black-scholes.js';
import { mixed, priceToTicks, ticksToPrice } from './price-source.js';
/** Yearly interest that the model uses. */
export const MODEL_RATE = 0.04;
const YEAR_MS = 365 * 86_400_000;
const DAY_MS = 86_400_000;
/** Sizes change every eighth step: two seconds. */
const SIZE_STEPS = 8;
/** One step in this many has a trade while the option is watched. */
const TRADE_EVERY = 40;
/** The middle of the underlying's quote, else its last price. */
function middleOf(quote) {
    return quote.bid !== undefined && quote.ask !== undefined ? (quote.bid + quote.ask) / 2 : quote.last;
}
/**
 * One option, priced off its underlying: bid, ask and model depend on the underlying's quote, the time and the seed alone.
 * The day begins with one trade at the underlying's open; further trades happen while somebody watches.
 */
export class SeededOption {
    instrument;
    #expiresAtMs;
    #seed;
    #volatility;
    #dayFields;
    #toldQuote = '';
    #toldModel = Number.NaN;
    constructor(options) {
        this.instrument = options.instrument;
        this.#expiresAtMs = options.expiresAtMs;
        this.#volatility = options.volatility;
        this.#seed = options.seed;
    }
    quote(moment) {
        const sides = this.#sides(moment);
        const fields = this.#fieldsOf(moment);
        const { last, open, high, low, volume } = fields;
        return {
            ...sides,
            last,
            lastSize: last === undefined ? undefined : fields.lastSize,
            lastExchange: last === undefined ? undefined : 'CBOE',
            lastTimeMs: last === undefined ? undefined : fields.lastTimeMs,
            volume: last === undefined ? undefined : volume,
            open,
            high,
            low,
            close: this.#rounded(moment.underlying.close, moment.dayStartMs - DAY_MS),
        };
    }
    /** The values behind a price; undefined when there is no such price, no underlying price, or no volatility that gives it. */
    model(moment, basis) {
        const undPrice = middleOf(moment.underlying);
        if (undPrice === undefined)
            return undefined;
        const inputs = this.#inputs(undPrice, moment.atMs);
        if (inputs === undefined)
            return undefined;
        const price = basis === 'model' ? undefined : this.quote(moment)[basis];
        const volatility = basis === 'model' ? this.#smile(inputs) : price === undefined ? undefined : impliedVolatility(inputs, price);
        if (volatility === undefined)
            return undefined;
        const { price: optPrice, delta, gamma, vega, theta } = optionValues(inputs, volatility);
        return { impliedVol: volatility, optPrice, undPrice, delta, gamma, vega, theta, pvDividend: 0 };
    }
    /** Takes the market at this moment as told already. */
    beginTelling(moment) {
        this.#toldQuote = this.#quoteKey(this.#sides(moment));
        this.#toldModel = this.model(moment, 'model')?.optPrice ?? Number.NaN;
    }
    /** Tells what changed since the last step that was told. */
    tell(moment, sink) {
        const { conId } = this.instrument;
        const { atMs } = moment;
        const sides = this.#sides(moment);
        const key = this.#quoteKey(sides);
        if (key !== this.#toldQuote) {
            this.#toldQuote = key;
            sink({ kind: 'quote', conId, atMs, ...sides });
        }
        const chance = mixed(this.#seed, conId, moment.step, 77);
        if (chance % TRADE_EVERY === 0)
            this.#trade(moment, sides, 1 + (chance >>> 8) % 10, (chance >>> 16) % 2 === 0, sink);
        const model = this.model(moment, 'model');
        if (model !== undefined && model.optPrice !== this.#toldModel) {
            this.#toldModel = model.optPrice;
            sink({ kind: 'model', conId, atMs, model });
        }
    }
    #trade(moment, sides, size, atBid, sink) {
        const price = atBid ? (sides.bid ?? sides.ask) : sides.ask;
        if (price === undefined)
            return;
        const fields = this.#fieldsOf(moment);
        fields.last = price;
        fields.lastSize = size;
        fields.lastTimeMs = moment.atMs;
        fields.volume += size;
        fields.open ??= price;
        fields.high = Math.max(fields.high ?? price, price);
        fields.low = Math.min(fields.low ?? price, price);
        const { conId } = this.instrument;
        sink({ kind: 'trade', conId, atMs: moment.atMs, price, size, exchange: 'CBOE', conditions: '', pastLimit: false, unreported: false });
    }
    #fieldsOf(moment) {
        if (this.#dayFields?.day === moment.day && this.#dayFields.open !== undefined)
            return this.#dayFields;
        const open = this.#rounded(moment.underlying.open, moment.dayStartMs);
        const first = 1 + (mixed(this.#seed, this.instrument.conId, moment.day) % 200);
        this.#dayFields = { day: moment.day, open, high: open, low: open, last: open, lastSize: first, lastTimeMs: moment.dayStartMs, volume: first };
        return this.#dayFields;
    }
    /** The model's price on the tick grid, at least one tick; undefined after expiry. */
    #rounded(undPrice, atMs) {
        const inputs = undPrice === undefined ? undefined : this.#inputs(undPrice, atMs);
        if (inputs === undefined)
            return undefined;
        return ticksToPrice(Math.max(1, Math.round(priceToTicks(optionValues(inputs, this.#smile(inputs)).price))));
    }
    #sides(moment) {
        const undPrice = middleOf(moment.underlying);
        const inputs = undPrice === undefined ? undefined : this.#inputs(undPrice, moment.atMs);
        if (inputs === undefined)
            return { bid: undefined, ask: undefined, bidSize: undefined, askSize: undefined };
        const ticks = priceToTicks(optionValues(inputs, this.#smile(inputs)).price);
        const half = Math.max(0.75, ticks * 0.01);
        const bid = Math.floor(ticks - half);
        const ask = Math.max(bid + 1, Math.ceil(ticks + half), 1);
        const chance = mixed(this.#seed, this.instrument.conId, Math.floor(moment.step / SIZE_STEPS));
        return {
            bid: bid > 0 ? ticksToPrice(bid) : undefined,
            ask: ticksToPrice(ask),
            bidSize: bid > 0 ? 1 + (chance % 60) : undefined,
            askSize: 1 + ((chance >>> 8) % 60),
        };
    }
    #quoteKey(sides) {
        return `${sides.bid ?? ''}/${sides.ask ?? ''}/${sides.bidSize ?? ''}/${sides.askSize ?? ''}`;
    }
    #inputs(undPrice, atMs) {
        const { strike = 0, right = 'C' } = this.instrument;
        const years = (this.#expiresAtMs - atMs) / YEAR_MS;
        return years > 0 ? { right, undPrice, strike, years, rate: MODEL_RATE } : undefined;
    }
    /** Volatility by distance from the money: low strikes cost more, both ends a little more. */
    #smile(inputs) {
        const distance = Math.log(inputs.strike / inputs.undPrice) / Math.sqrt(Math.max(inputs.years, 1 / 52));
        const bounded = Math.max(-1.5, Math.min(1.5, distance));
        return this.#volatility * (1 - 0.2 * bounded + 0.25 * bounded * bounded);
    }
}

import { mixed, priceToTicks, ticksToPrice } from '../market/price-source.js';
import { exchangeName } from './exchange-codes.js';
import { conditionsText } from './sale-conditions.js';
function present(value) {
    return value === undefined || Number.isNaN(value) ? undefined : value;
}
/** The state of one replayed instrument: what the rows so far have made of it. */
export class ReplayedStock {
    conId;
    /** Whether a file of quotes says bid and ask; else they are derived from the trades. */
    #hasQuotes;
    #bid;
    #ask;
    #bidSize;
    #askSize;
    #last;
    #lastSize;
    #lastExchange;
    #lastTimeMs;
    #volume = 0;
    #open;
    #high;
    #low;
    #close;
    #trades = 0;
    constructor(conId, hasQuotes) {
        this.conId = conId;
        this.#hasQuotes = hasQuotes;
    }
    quote() {
        return {
            bid: this.#bid,
            ask: this.#ask,
            bidSize: this.#bidSize,
            askSize: this.#askSize,
            last: this.#last,
            lastSize: this.#lastSize,
            lastExchange: this.#lastExchange,
            lastTimeMs: this.#lastTimeMs,
            volume: this.#volume,
            open: this.#open,
            high: this.#high,
            low: this.#low,
            close: this.#close,
        };
    }
    /** A row before the start of the replay: sets the first last price and quote, counts for nothing else, and is told to nobody. */
    prepareTrade(columns, row, atMs) {
        const price = columns.price[row];
        if (price === undefined || columns.suspicious[row] === 1)
            return;
        this.#setLast(price, columns.size[row] ?? 0, exchangeName(columns.exchange[row] ?? 0), atMs);
        if (!this.#hasQuotes)
            this.#deriveQuote(price);
    }
    /** See {@link prepareTrade}. */
    prepareQuote(columns, row) {
        this.#setQuote(columns, row);
    }
    /** Begins a later day: its fields start from nothing, and the last price becomes the close of the day before. */
    beginDay() {
        this.#close = this.#last;
        this.#volume = 0;
        this.#open = undefined;
        this.#high = undefined;
        this.#low = undefined;
    }
    playTrade(columns, row, atMs, sink) {
        const price = columns.price[row] ?? 0;
        const size = columns.size[row] ?? 0;
        const exchange = exchangeName(columns.exchange[row] ?? 0);
        const unreported = columns.suspicious[row] === 1;
        if (!unreported) {
            if (!this.#hasQuotes && this.#deriveQuote(price))
                this.#tellQuote(atMs, sink);
            this.#setLast(price, size, exchange, atMs);
            this.#countTrade(price, size);
        }
        const conditions = conditionsText(columns.conditions[row] ?? 0);
        sink({ kind: 'trade', conId: this.conId, atMs, price, size, exchange, conditions, pastLimit: false, unreported });
    }
    playQuote(columns, row, atMs, sink) {
        if (this.#setQuote(columns, row))
            this.#tellQuote(atMs, sink);
    }
    /** Moves the market until the next row says otherwise. */
    setPrice(price, atMs, sink) {
        this.#bid = undefined;
        this.#ask = undefined;
        const onGrid = Math.max(0.02, ticksToPrice(priceToTicks(price)));
        this.#deriveQuote(onGrid);
        this.#tellQuote(atMs, sink);
        this.#setLast(onGrid, 100, 'SMART', atMs);
        this.#countTrade(onGrid, 100);
        sink({ kind: 'trade', conId: this.conId, atMs, price: onGrid, size: 100, exchange: 'SMART', conditions: '', pastLimit: false, unreported: false });
    }
    #setLast(price, size, exchange, atMs) {
        this.#last = price;
        this.#lastSize = size;
        this.#lastExchange = exchange;
        this.#lastTimeMs = atMs;
        this.#trades += 1;
    }
    #countTrade(price, size) {
        this.#volume += size;
        this.#open ??= price;
        this.#high = Math.max(this.#high ?? price, price);
        this.#low = Math.min(this.#low ?? price, price);
    }
    #setQuote(columns, row) {
        const bid = present(columns.bid[row]);
        const ask = present(columns.ask[row]);
        const bidSize = bid === undefined ? undefined : present(columns.bidSize[row]);
        const askSize = ask === undefined ? undefined : present(columns.askSize[row]);
        const isSame = bid === this.#bid && ask === this.#ask && bidSize === this.#bidSize && askSize === this.#askSize;
        this.#bid = bid;
        this.#ask = ask;
        this.#bidSize = bidSize;
        this.#askSize = askSize;
        return !isSame;
    }
    /**
     * A quote that the trade could have hit: kept while the trade is inside it, else one tick wide with the trade at the side that it moved to.
     * Gives whether the quote changed.
     */
    #deriveQuote(price) {
        if (this.#bid !== undefined && this.#ask !== undefined && price >= this.#bid && price <= this.#ask)
            return false;
        const ticks = Math.round(priceToTicks(price) * 100) / 100;
        const isUp = this.#last === undefined || price >= this.#last;
        const ask = isUp ? Math.max(2, Math.ceil(ticks)) : Math.max(2, Math.floor(ticks) + 1);
        this.#ask = ticksToPrice(ask);
        this.#bid = ticksToPrice(ask - 1);
        this.#bidSize = 100 * (1 + (mixed(this.conId, this.#trades, 1) % 9));
        this.#askSize = 100 * (1 + (mixed(this.conId, this.#trades, 2) % 9));
        return true;
    }
    #tellQuote(atMs, sink) {
        sink({ kind: 'quote', conId: this.conId, atMs, bid: this.#bid, ask: this.#ask, bidSize: this.#bidSize, askSize: this.#askSize });
    }
}

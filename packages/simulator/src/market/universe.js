import { OPTION_EXCHANGES, OPTION_MULTIPLIER, expirationsAfter, optionContracts, strikesAround } from './option-listings.js';
/** Exchanges that a stock may be routed to, `SMART` first. */
const STOCK_EXCHANGES = [
    'SMART', 'AMEX', 'NYSE', 'NASDAQ', 'ISLAND', 'ARCA', 'BATS', 'BYX', 'DRCTEDGE', 'EDGEA', 'BEX', 'PSX', 'CHX', 'IEX', 'MEMX', 'LTSE', 'PEARL', 'NSX',
]; // prettier-ignore
const MOST_MATCHES = 16;
function clean(text) {
    return (text ?? '').trim().toUpperCase();
}
function cleanRight(text) {
    const right = clean(text);
    if (right === 'CALL')
        return 'C';
    if (right === 'PUT')
        return 'P';
    return right === '0' || right === '?' ? '' : right;
}
/** One space for the padding of OCC symbols, which people often shorten. */
function cleanLocalSymbol(text) {
    return clean(text).replaceAll(/\s+/g, ' ');
}
/** TWS: `ISLAND` and `NASDAQ` name the same exchange. */
function sameExchange(a, b) {
    const canonical = (name) => (name === 'ISLAND' ? 'NASDAQ' : name);
    return canonical(a) === canonical(b);
}
function wantedOf(query) {
    return {
        symbol: clean(query.symbol),
        secType: clean(query.secType),
        expiry: clean(query.lastTradeDateOrContractMonth).slice(0, 8).trim(),
        strike: query.strike ?? 0,
        right: cleanRight(query.right),
        multiplier: Number(query.multiplier ?? 0) || 0,
        exchange: clean(query.exchange),
        primaryExch: clean(query.primaryExch),
        currency: clean(query.currency),
        localSymbol: cleanLocalSymbol(query.localSymbol),
        tradingClass: clean(query.tradingClass),
    };
}
function tradesAt(instrument, exchange) {
    return exchange === '' || instrument.validExchanges.includes(exchange);
}
function fits(instrument, wanted) {
    if (wanted.secType !== '' && wanted.secType !== instrument.secType)
        return false;
    if (wanted.symbol !== '' && wanted.symbol !== instrument.symbol)
        return false;
    if (wanted.localSymbol !== '' && wanted.localSymbol !== cleanLocalSymbol(instrument.localSymbol))
        return false;
    if (wanted.currency !== '' && wanted.currency !== instrument.currency)
        return false;
    if (wanted.tradingClass !== '' && wanted.tradingClass !== instrument.tradingClass)
        return false;
    if (!tradesAt(instrument, wanted.exchange))
        return false;
    if (instrument.secType === 'STK')
        return wanted.primaryExch === '' || sameExchange(wanted.primaryExch, instrument.primaryExch);
    if (wanted.expiry !== '' && !(instrument.expiry ?? '').startsWith(wanted.expiry))
        return false;
    if (wanted.strike > 0 && wanted.strike !== instrument.strike)
        return false;
    if (wanted.right !== '' && wanted.right !== instrument.right)
        return false;
    return wanted.multiplier === 0 || wanted.multiplier === instrument.multiplier;
}
function stockInstrument(listing) {
    return {
        conId: listing.conId,
        symbol: listing.symbol,
        secType: 'STK',
        currency: 'USD',
        exchange: 'SMART',
        primaryExch: listing.primaryExch,
        validExchanges: STOCK_EXCHANGES,
        localSymbol: listing.symbol,
        tradingClass: listing.primaryExch === 'NASDAQ' ? 'NMS' : listing.symbol,
        marketName: listing.primaryExch === 'NASDAQ' ? 'NMS' : listing.symbol,
        longName: listing.longName,
        industry: listing.industry,
        category: listing.category,
        subcategory: listing.subcategory,
        stockType: listing.stockType,
        minTick: 0.01,
        timeZoneId: 'US/Eastern',
    };
}
function bySymbol(a, b) {
    return a.symbol < b.symbol ? -1 : 1;
}
class Universe {
    underlyings;
    #byConId = new Map();
    #bySymbol = new Map();
    #grids = new Map();
    constructor(options) {
        const expirations = expirationsAfter(options.startAtMs);
        this.underlyings = options.listings.map(stockInstrument).sort(bySymbol);
        for (const stock of this.underlyings)
            this.#add(stock);
        let place = 0;
        for (const listing of options.listings) {
            const underlying = this.#byConId.get(listing.conId);
            if (!listing.hasOptions || underlying === undefined)
                continue;
            const grid = { expirations, strikes: strikesAround(listing.referencePrice) };
            this.#grids.set(listing.conId, grid);
            for (const contract of optionContracts(underlying, grid, place))
                this.#add(contract);
            place += 1;
        }
    }
    byConId(conId) {
        return this.#byConId.get(conId);
    }
    find(query) {
        const wanted = wantedOf(query);
        if (query.conId !== undefined && query.conId > 0) {
            const instrument = this.#byConId.get(query.conId);
            return instrument !== undefined && tradesAt(instrument, wanted.exchange) ? [instrument] : [];
        }
        if (wanted.localSymbol === '' && (wanted.symbol === '' || wanted.secType === ''))
            return [];
        const symbol = wanted.symbol === '' ? (wanted.localSymbol.split(' ')[0] ?? '') : wanted.symbol;
        return (this.#bySymbol.get(symbol) ?? []).filter((instrument) => fits(instrument, wanted));
    }
    matching(pattern) {
        const text = clean(pattern);
        if (text === '')
            return [];
        const exact = this.underlyings.filter(({ symbol }) => symbol === text);
        const starts = this.underlyings.filter(({ symbol, longName }) => symbol !== text && (symbol.startsWith(text) || longName.startsWith(text)));
        const inside = this.underlyings.filter(({ symbol, longName }) => !symbol.startsWith(text) && !longName.startsWith(text) && longName.split(/[^A-Z0-9]+/).some((word) => word.startsWith(text)));
        return [...exact, ...starts, ...inside].slice(0, MOST_MATCHES).map((instrument) => ({
            instrument,
            derivativeSecTypes: this.#grids.has(instrument.conId) ? ['OPT'] : [],
        }));
    }
    optionChains(underConId) {
        const grid = this.#grids.get(underConId);
        const underlying = this.#byConId.get(underConId);
        if (grid === undefined || underlying === undefined)
            return [];
        return OPTION_EXCHANGES.map((exchange) => ({ underConId, exchange, tradingClass: underlying.symbol, multiplier: OPTION_MULTIPLIER, ...grid }));
    }
    #add(instrument) {
        this.#byConId.set(instrument.conId, instrument);
        const sameSymbol = this.#bySymbol.get(instrument.symbol) ?? [];
        sameSymbol.push(instrument);
        this.#bySymbol.set(instrument.symbol, sameSymbol);
    }
}
/** Lists the stocks and funds with the options on them. */
export function createUniverse(options) {
    return new Universe(options);
}

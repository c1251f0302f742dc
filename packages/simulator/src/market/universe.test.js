import { describe, expect, it } from 'vitest';
import { STOCK_LISTINGS, inventedListing } from './stock-listings.js';
import { tradingHours } from './trading-hours.js';
import { createUniverse } from './universe.js';
const TUESDAY = Date.UTC(2024, 0, 2, 14, 30);
const universe = createUniverse({ listings: STOCK_LISTINGS, startAtMs: TUESDAY });
function symbolsOf(query) {
    return universe.find(query).map(({ localSymbol }) => localSymbol);
}
describe('find', () => {
    it('takes a conId alone', () => {
        expect(symbolsOf({ conId: 265598 })).toEqual(['AAPL']);
        expect(symbolsOf({ conId: 265598, exchange: 'SMART', symbol: '' })).toEqual(['AAPL']);
        expect(symbolsOf({ conId: 265598, exchange: 'NOWHERE' })).toEqual([]);
        expect(symbolsOf({ conId: 1 })).toEqual([]);
    });
    it.each([
        [{ symbol: 'SPY', secType: 'STK', currency: 'USD', exchange: 'SMART' }],
        [{ symbol: 'spy', secType: 'STK', exchange: 'ARCA' }],
        [{ symbol: 'SPY', secType: 'STK', primaryExch: 'ARCA', right: '?', strike: 0, multiplier: '' }],
        [{ localSymbol: 'SPY', secType: 'STK' }],
        [{ conId: 0, symbol: 'SPY', secType: 'STK', exchange: 'BATS' }],
    ])('finds a stock by %o', (query) => {
        expect(symbolsOf(query)).toEqual(['SPY']);
    });
    it.each([
        [{ symbol: 'SPY' }],
        [{ symbol: 'SPY', secType: 'FUT' }],
        [{ symbol: 'SPY', secType: 'STK', currency: 'EUR' }],
        [{ symbol: 'SPY', secType: 'STK', exchange: 'XETRA' }],
        [{ symbol: 'SPY', secType: 'STK', primaryExch: 'NYSE' }],
        [{ symbol: 'ZZZZ', secType: 'STK' }],
        [{}],
    ])('finds nothing by %o', (query) => {
        expect(symbolsOf(query)).toEqual([]);
    });
    it('takes ISLAND and NASDAQ for the same exchange', () => {
        expect(symbolsOf({ symbol: 'AAPL', secType: 'STK', primaryExch: 'ISLAND' })).toEqual(['AAPL']);
    });
    it('filters options by expiry, month, strike and right', () => {
        const one = { symbol: 'AAPL', secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike: 230, right: 'CALL', multiplier: '100' };
        expect(symbolsOf(one)).toEqual(['AAPL  240119C00230000']);
        expect(symbolsOf({ ...one, right: '' })).toEqual(['AAPL  240119C00230000', 'AAPL  240119P00230000']);
        expect(symbolsOf({ ...one, lastTradeDateOrContractMonth: '202401' })).toHaveLength(4);
        expect(symbolsOf({ ...one, strike: 231 })).toEqual([]);
        expect(symbolsOf({ ...one, multiplier: '10' })).toEqual([]);
        expect(symbolsOf({ symbol: 'MSFT', secType: 'OPT' })).toEqual([]);
    });
    it('finds an option by its local symbol, however it is padded', () => {
        const [option] = universe.find({ localSymbol: 'AAPL 240119C00230000' });
        expect(option).toMatchObject({ secType: 'OPT', strike: 230, right: 'C', expiry: '20240119', underConId: 265598, multiplier: 100 });
        expect(universe.find({ localSymbol: 'AAPL  240119C00230000', secType: 'OPT' })).toEqual([option]);
        expect(universe.byConId(option?.conId ?? 0)).toBe(option);
    });
});
describe('the universe', () => {
    it('has ids that are unique and do not depend on the start', () => {
        const all = universe.underlyings.flatMap(({ symbol }) => [...universe.find({ symbol, secType: 'STK' }), ...universe.find({ symbol, secType: 'OPT' })]);
        expect(new Set(all.map(({ conId }) => conId)).size).toBe(all.length);
        const later = createUniverse({ listings: STOCK_LISTINGS, startAtMs: TUESDAY + 3 * 86_400_000 });
        const query = { localSymbol: 'SPY   240119P00585000' };
        expect(later.find(query)[0]?.conId).toBe(universe.find(query)[0]?.conId);
        expect(Math.max(...all.map(({ conId }) => conId))).toBeLessThan(2 ** 31);
    });
    it('offers Fridays and third Fridays after the start, and strikes around the price', () => {
        const [chain] = universe.optionChains(756733);
        expect(chain).toMatchObject({ exchange: 'SMART', multiplier: 100, tradingClass: 'SPY' });
        expect(chain?.expirations).toEqual(['20240105', '20240112', '20240119', '20240126', '20240216', '20240315', '20240419', '20240517', '20240621']);
        expect(chain?.strikes).toHaveLength(41);
        expect(chain?.strikes).toContain(590);
        expect(universe.optionChains(272093)).toEqual([]);
    });
    it('answers a search by symbol and by name, the exact symbol first', () => {
        expect(universe.matching('aa').map(({ instrument }) => instrument.symbol)).toEqual(['AAPL']);
        expect(universe.matching('spdr').map(({ instrument }) => instrument.symbol)).toEqual(['DIA', 'GLD', 'SPY']);
        expect(universe.matching('SPY')[0]).toMatchObject({ instrument: { conId: 756733 }, derivativeSecTypes: ['OPT'] });
        expect(universe.matching('  ')).toEqual([]);
    });
    it('lists a symbol that only a replay knows under a stable id', () => {
        const listing = inventedListing('ABC', 12.5);
        const other = createUniverse({ listings: [...STOCK_LISTINGS, listing], startAtMs: TUESDAY });
        expect(other.find({ symbol: 'ABC', secType: 'STK', exchange: 'SMART', currency: 'USD' })[0]?.conId).toBe(inventedListing('ABC', 99).conId);
    });
    it('prints trading hours with weekends closed', () => {
        const [spy] = universe.find({ conId: 756733 });
        if (spy === undefined)
            throw new Error('SPY must be listed');
        const hours = tradingHours(spy, Date.UTC(2024, 0, 5, 14, 30));
        expect(hours.timeZoneId).toBe('US/Eastern');
        expect(hours.liquidHours).toBe('20240105:0930-20240105:1600;20240106:CLOSED;20240107:CLOSED;20240108:0930-20240108:1600;20240109:0930-20240109:1600;20240110:0930-20240110:1600');
        expect(hours.tradingHours.startsWith('20240105:0400-20240105:2000;20240106:CLOSED')).toBe(true);
    });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STOCK_LISTINGS } from '../market/stock-listings.js';
import { createUniverse } from '../market/universe.js';
import { accountValuesOf } from './account-values.js';
import { commissionOf } from './commissions.js';
import { Ledger } from './ledger.js';
const universe = createUniverse({ listings: STOCK_LISTINGS, startAtMs: Date.UTC(2024, 0, 2, 14, 30) });
const [spy] = universe.find({ conId: 756733 });
const [aapl] = universe.find({ conId: 265598 });
const [call] = universe.find({ localSymbol: 'SPY   240119C00590000' });
if (spy === undefined || aapl === undefined || call === undefined)
    throw new Error('the instruments must be listed');
const instruments = [spy, aapl, call];
const fills = fc.array(fc.record({
    instrument: fc.constantFrom(...instruments),
    quantity: fc.integer({ min: -300, max: 300 }).filter((quantity) => quantity !== 0),
    price: fc.integer({ min: 1, max: 60_000 }).map((ticks) => ticks / 100),
}), { maxLength: 30 });
const marks = fc.tuple(...instruments.map(() => fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined })));
describe('the books', () => {
    it('always add up: cash and positions are the start cash and the profit, realized and not', () => {
        fc.assert(fc.property(fills, marks, (list, prices) => {
            const markOf = (conId) => {
                const ticks = prices[instruments.findIndex((instrument) => instrument.conId === conId)];
                return ticks === undefined ? undefined : ticks / 100;
            };
            const ledger = new Ledger('DU1', 1_000_000, markOf);
            let realized = 0;
            let commissions = 0;
            let flow = 0;
            const held = new Map();
            for (const fill of list) {
                const commission = commissionOf(fill.instrument, Math.abs(fill.quantity), fill.price);
                realized += ledger.book({ ...fill, commission }) ?? 0;
                commissions += commission;
                flow += fill.quantity * fill.price * (fill.instrument.multiplier ?? 1);
                held.set(fill.instrument.conId, (held.get(fill.instrument.conId) ?? 0) + fill.quantity);
            }
            const figures = ledger.figures();
            expect(figures.cash).toBeCloseTo(1_000_000 - flow - commissions, 4);
            expect(figures.realized).toBeCloseTo(realized, 4);
            expect(figures.netLiquidation).toBeCloseTo(1_000_000 + figures.realized + figures.unrealized, 4);
            for (const { instrument, position, avgCost } of ledger.positions()) {
                expect(position).toBe(held.get(instrument.conId));
                expect(position === 0 ? avgCost : 0).toBe(0);
            }
        }));
    });
    it('know the cost with commissions, and the profit of a sale', () => {
        const ledger = new Ledger('DU1', 10_000, () => 12);
        expect(ledger.book({ instrument: spy, quantity: 100, price: 10, commission: 1 })).toBeUndefined();
        expect(ledger.position(spy.conId)).toMatchObject({ position: 100, avgCost: 10.01, marketValue: 1200 });
        expect(ledger.position(spy.conId)?.unrealizedPnl).toBeCloseTo(199, 9);
        expect(ledger.book({ instrument: spy, quantity: -40, price: 11, commission: 1 })).toBeCloseTo(40 * (11 - 10.01) - 1, 9);
        expect(ledger.position(spy.conId)?.avgCost).toBeCloseTo(10.01, 9);
        // Over to short: 60 close, 40 open, and the commission is shared.
        expect(ledger.book({ instrument: spy, quantity: -100, price: 12, commission: 2 })).toBeCloseTo(60 * (12 - 10.01) - 1.2, 9);
        expect(ledger.position(spy.conId)?.position).toBe(-40);
        expect(ledger.position(spy.conId)?.avgCost).toBeCloseTo(12 - 0.8 / 40, 9);
    });
    it('hold options at a hundred times their price', () => {
        const ledger = new Ledger('DU1', 10_000, () => 3);
        ledger.book({ instrument: call, quantity: 2, price: 2.5, commission: 1.3 });
        expect(ledger.position(call.conId)).toMatchObject({ avgCost: 250.65, marketValue: 600 });
        expect(ledger.figures()).toMatchObject({ cash: 10_000 - 500 - 1.3, optionValue: 600, equityWithLoan: 10_000 - 501.3 });
    });
    it('print every amount with two decimals and every key once', () => {
        const ledger = new Ledger('DU1', 1_000_000, () => 500);
        ledger.book({ instrument: spy, quantity: 100, price: 500, commission: 1 });
        const values = accountValuesOf('DU1', ledger.figures());
        expect(new Set(values.map(({ key }) => key)).size).toBe(values.length);
        const amount = (key) => values.find((value) => value.key === key)?.value;
        expect(amount('NetLiquidation')).toBe('999999.00');
        expect(amount('TotalCashValue')).toBe('949999.00');
        expect(amount('GrossPositionValue')).toBe('50000.00');
        expect(amount('InitMarginReq')).toBe('12500.00');
        expect(amount('AvailableFunds')).toBe('987499.00');
        expect(amount('BuyingPower')).toBe('3949996.00');
        expect(amount('UnrealizedPnL')).toBe('-1.00');
        expect(amount('Cushion')).toBe('0.987500');
    });
});
describe('commissions', () => {
    it.each([
        [spy, 100, 500, 1],
        [spy, 1000, 500, 5],
        [spy, 1, 20, 0.2],
        [call, 1, 2, 1],
        [call, 10, 2, 6.5],
    ])('of %# are %d', (instrument, quantity, price, commission) => {
        expect(commissionOf(instrument, quantity, price)).toBe(commission);
    });
});

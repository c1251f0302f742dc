import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createMarket } from '../market/create-market.js';
import { createBrokerage } from './create-brokerage.js';
const SPY = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
async function withBrokerage(body) {
    const clock = createTestClock();
    const market = createMarket({ base: clock });
    const brokerage = createBrokerage({ market, accounts: ['DU1', 'DU2'] });
    market.start();
    try {
        await body({ clock, market, brokerage });
    }
    finally {
        brokerage.close();
        market.close();
    }
    expect(clock.pending).toBe(0);
}
/** As a file would keep it. */
function throughJson(snapshot) {
    const isSnapshot = (value) => typeof value === 'object';
    const parsed = JSON.parse(JSON.stringify(snapshot));
    if (!isSnapshot(parsed))
        throw new Error('no snapshot');
    return parsed;
}
describe('a snapshot', () => {
    it('carries balances, positions, orders, executions and ids over a restart', async () => {
        let kept;
        let before;
        const facts = (brokerage) => throughJson({ ...brokerage.snapshot(), savedAtMs: 0 });
        await withBrokerage(async ({ clock, brokerage }) => {
            brokerage.place(1, 5, SPY, { action: 'BUY', totalQuantity: 10, orderType: 'MKT', account: 'DU1' });
            await clock.advance(1);
            brokerage.place(1, 6, SPY, { action: 'BUY', totalQuantity: 7, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', account: 'DU2', orderRef: 'mine' });
            brokerage.place(1, 7, SPY, { action: 'BUY', totalQuantity: 7, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', account: 'DU2', transmit: false });
            brokerage.place(3, 40, SPY, { action: 'BUY', totalQuantity: 7, orderType: 'LMT', lmtPrice: 1, account: 'DU2' });
            brokerage.cancel(3, 40);
            await clock.advance(1);
            before = facts(brokerage);
            kept = throughJson(brokerage.snapshot());
        });
        await withBrokerage(async ({ clock, market, brokerage }) => {
            if (kept === undefined)
                throw new Error('no snapshot');
            brokerage.restore(kept);
            expect(facts(brokerage)).toEqual(before);
            await clock.advance(1);
            expect(brokerage.nextValidId(1)).toBe(8);
            expect(brokerage.nextValidId(3)).toBe(41);
            expect(brokerage.openOrders()).toMatchObject([{ orderId: 6, status: 'Submitted', ticket: { orderRef: 'mine' } }]);
            expect(brokerage.openOrders()[0]?.instrument).toBe(market.universe.find(SPY)[0]);
            expect(brokerage.completedOrders().map(({ orderId, status }) => [orderId, status])).toEqual([[5, 'Filled'], [40, 'Cancelled']]);
            expect(brokerage.positions()).toMatchObject([{ account: 'DU1', position: 10 }]);
            const [first] = brokerage.executions();
            brokerage.place(1, 9, SPY, { action: 'SELL', totalQuantity: 10, orderType: 'MKT', account: 'DU1' });
            await clock.advance(1);
            const execIds = brokerage.executions().map(({ execution }) => execution.execId);
            expect(execIds).toHaveLength(2);
            expect(new Set(execIds).size).toBe(2);
            expect(brokerage.executions()[1]?.execution.permId).not.toBe(first?.execution.permId);
            expect(brokerage.fillWorking({ clientId: 1, orderId: 6 })).toBe(1);
            expect(brokerage.positions('DU2')).toMatchObject([{ position: 7 }]);
            expect(brokerage.positions('DU2')[0]?.avgCost).toBeCloseTo(1.01);
        });
    });
    it('ends day orders of a day that is over, and orders in what is not listed any more', async () => {
        let kept;
        await withBrokerage(async ({ clock, brokerage }) => {
            brokerage.place(1, 1, SPY, { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1, account: 'DU1' });
            brokerage.place(1, 2, SPY, { action: 'BUY', totalQuantity: 2, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', account: 'DU1' });
            brokerage.place(1, 3, SPY, { action: 'BUY', totalQuantity: 3, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', account: 'DU1' });
            await clock.advance(1);
            const snapshot = throughJson(brokerage.snapshot());
            kept = {
                ...snapshot,
                savedAtMs: snapshot.savedAtMs - 86_400_000,
                working: snapshot.working.map((record) => record.orderId === 3 ? { ...record, terms: { ...record.terms, instrument: { ...record.terms.instrument, conId: 999, localSymbol: 'GONE' } } } : record),
            };
        });
        await withBrokerage(({ brokerage }) => {
            if (kept === undefined)
                throw new Error('no snapshot');
            brokerage.restore(kept);
            expect(brokerage.openOrders().map(({ orderId }) => orderId)).toEqual([2]);
            expect(brokerage.completedOrders()).toMatchObject([
                { orderId: 1, status: 'Cancelled', completedStatus: 'Expired' },
                { orderId: 3, completedStatus: 'Expired' },
            ]);
        });
    });
    it('is refused when it has an account that is not there', () => withBrokerage(({ brokerage }) => {
        const [ledger] = brokerage.snapshot().ledgers;
        if (ledger === undefined)
            throw new Error('no ledger');
        expect(() => {
            brokerage.restore({ ...brokerage.snapshot(), ledgers: [{ ...ledger, account: 'DU9' }] });
        }).toThrow('account');
    }));
});

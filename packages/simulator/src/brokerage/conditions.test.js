import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT, SPY, withBrokerage } from '../testing/brokerage-desk.js';
import { joinTerms } from './conditions.js';
const AAPL = { conId: 265598, exchange: 'SMART' };
const BUY = { action: 'BUY', totalQuantity: 10, orderType: 'MKT', tif: 'GTC' };
const AND = { conjunctionConnection: 'a' };
const OR = { conjunctionConnection: 'o' };
const above = (price, more = AND) => ({ type: 'price', isMore: true, price, conId: SPY.conId, exchange: 'SMART', triggerMethod: 0, ...more });
describe('conditions', () => {
    it('on a price hold an order until the price is there, and let it go for good', () => withBrokerage({}, async ({ place, move, order, said }) => {
        move(500);
        await place(1, { ...BUY, conditions: [above(510)] }, AAPL);
        expect(said()).toEqual(['open 1 PreSubmitted', 'status 1 PreSubmitted 0/10']);
        move(509);
        expect(order(1).status).toBe('PreSubmitted');
        move(511);
        expect(order(1).status).toBe('Filled');
    }));
    it('on the time', () => withBrokerage({}, async ({ base, place, order }) => {
        await place(1, { ...BUY, conditions: [{ type: 'time', isMore: true, time: '20240102 09:32:00 US/Eastern', ...AND }] });
        await base.advance(119_999);
        expect(order(1).status).toBe('PreSubmitted');
        await base.advance(1);
        expect(order(1).status).toBe('Filled');
    }));
    it('on an execution of the same account', () => withBrokerage({}, async ({ place, order }) => {
        await place(1, { ...BUY, conditions: [{ type: 'execution', secType: 'STK', exchange: 'SMART', symbol: 'AAPL', ...AND }] });
        await place(2, BUY);
        expect(order(1).status).toBe('PreSubmitted');
        await place(3, BUY, AAPL);
        expect(order(1).status).toBe('Filled');
    }));
    it('on volume, change and margin', () => withBrokerage({}, async ({ base, place, move, order, market }) => {
        move(500);
        const { volume = 0, close = 1 } = market.quote(SPY.conId);
        await place(1, { ...BUY, conditions: [{ type: 'volume', isMore: true, volume: volume + 500, conId: SPY.conId, exchange: 'SMART', ...AND }] });
        await place(2, { ...BUY, conditions: [{ type: 'percentChange', isMore: false, percentChange: -20, conId: SPY.conId, exchange: 'SMART', ...AND }] });
        await place(3, { ...BUY, conditions: [{ type: 'margin', isMore: false, percent: 90, ...AND }] });
        expect([1, 2, 3].map((id) => order(id).status)).toEqual(['PreSubmitted', 'PreSubmitted', 'PreSubmitted']);
        await base.advance(20_000);
        expect(order(1).status).toBe('Filled');
        move(close * 0.7);
        expect(order(2).status).toBe('Filled');
        for (let id = 4; id < 12; id += 1)
            await place(id, { ...BUY, totalQuantity: 500 });
        await base.advance(10_000);
        expect(order(3).status).toBe('Filled');
    }));
    it('joined by or need one of them, joined by and all', () => withBrokerage({}, async ({ place, move, order }) => {
        move(500);
        await place(1, { ...BUY, conditions: [above(600, OR), above(505)] });
        await place(2, { ...BUY, conditions: [above(600, AND), above(505)] });
        move(506);
        expect([order(1).status, order(2).status]).toEqual(['Filled', 'PreSubmitted']);
    }));
    it('may cancel the order instead', () => withBrokerage({}, async ({ place, move, order, said }) => {
        move(500);
        await place(1, { ...BUY, orderType: 'LMT', lmtPrice: 100, conditions: [above(510)], conditionsCancelOrder: true });
        expect(order(1).status).toBe('Submitted');
        said();
        move(511);
        expect(said()).toEqual(['status 1 Cancelled 0/10', 'error 1 202']);
    }));
    it('are refused on unknown contracts and with unreadable times', () => withBrokerage({}, async ({ place, said, brokerage }) => {
        await place(1, { ...BUY, conditions: [{ type: 'price', isMore: true, price: 1, conId: 1, exchange: '', triggerMethod: 0, ...AND }] });
        await place(1, { ...BUY, conditions: [{ type: 'time', isMore: true, time: 'noon', ...AND }] });
        await place(1, { ...BUY, conditions: [{ type: 'price', isMore: true, price: 1, conId: SPY.conId, exchange: '', triggerMethod: 6, ...AND }] });
        expect(said()).toEqual(['error 1 147', 'error 1 343', 'error 1 146']);
        expect(brokerage.nextValidId(CLIENT)).toBe(1);
    }));
    it('join as in the usual reading of and and or', () => {
        const term = fc.record({ holds: fc.boolean(), conjunctionConnection: fc.constantFrom('a', 'o') });
        fc.assert(fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), (terms) => {
            const text = terms.map(({ holds, conjunctionConnection }, index) => `${String(holds)}${index === terms.length - 1 ? '' : conjunctionConnection === 'a' ? ' and ' : ' or '}`).join('');
            const expected = text.split(' or ').some((group) => group.split(' and ').every((word) => word === 'true'));
            expect(joinTerms(terms)).toBe(expected);
        }));
    });
});

import { describe, expect, it } from 'vitest';
import { withBrokerage } from '../testing/brokerage-desk.js';
const BUY = { action: 'BUY', totalQuantity: 2, orderType: 'MKT', tif: 'DAY' };
function optionId({ market }, strike) {
    const [option] = market.universe.find({ symbol: 'SPY', secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike, right: 'C' });
    if (option === undefined)
        throw new Error('not listed');
    return option.conId;
}
function bag(...comboLegs) {
    return { symbol: 'SPY', secType: 'BAG', currency: 'USD', exchange: 'SMART', comboLegs };
}
function vertical(test) {
    const leg = (strike, action) => ({ conId: optionId(test, strike), ratio: 1, action, exchange: 'SMART' });
    return bag(leg(590, 'BUY'), leg(600, 'SELL'));
}
describe('a combination', () => {
    it('fills as a whole at its net price: an execution of its own and one for each leg', () => withBrokerage({}, async (test) => {
        const { market, brokerage, place, said, order } = test;
        const [long, short] = [optionId(test, 590), optionId(test, 600)];
        const net = (market.quote(long).ask ?? 0) - (market.quote(short).bid ?? 0);
        await place(1, BUY, vertical(test));
        expect(said()).toEqual([
            'open 1 PreSubmitted', 'status 1 PreSubmitted 0/2', 'exec 1 BOT 2 BAG', 'exec 1 BOT 2 OPT', 'exec 1 SLD 2 OPT', 'open 1 Filled', 'status 1 Filled 2/0', 'open 1 Filled charged',
            'commission 1', 'commission 1', 'position SPY 2', 'position SPY -2', 'account DU1',
        ]); // prettier-ignore
        expect(order(1).avgFillPrice).toBeCloseTo(net, 6);
        const ids = brokerage.executions().map(({ execution }) => execution.execId);
        expect(ids.map((id) => id.split('.').length)).toEqual([4, 5, 5]);
        expect(new Set(ids.map((id) => id.split('.')[1])).size).toBe(1);
        const rows = brokerage.executions().map(({ execution, commission }) => [execution.instrument.secType, execution.side, commission?.commission]);
        expect(rows).toEqual([['BAG', 'BOT', undefined], ['OPT', 'BOT', 1.3], ['OPT', 'SLD', 1.3]]);
    }));
    it('rests at a net limit, also of 0 or below, and its legs add up to it', () => withBrokerage({}, async (test) => {
        const { market, brokerage, place, order, move } = test;
        await place(1, { ...BUY, orderType: 'LMT', lmtPrice: -5 }, vertical(test));
        expect(order(1)).toMatchObject({ status: 'Submitted', lmtPrice: -5, instrument: { secType: 'BAG', conId: 28812380 } });
        const [long, short] = [optionId(test, 590), optionId(test, 600)];
        const net = (market.quote(long).ask ?? 0) - (market.quote(short).bid ?? 0);
        const limit = Math.round((net - 1) * 100) / 100;
        await place(2, { ...BUY, orderType: 'LMT', lmtPrice: limit }, vertical(test));
        expect(order(2).status).toBe('Submitted');
        move(560);
        await test.base.advance(1000);
        expect(order(2)).toMatchObject({ status: 'Filled', avgFillPrice: limit });
        const [bought, sold] = brokerage.executions().filter(({ execution }) => execution.instrument.secType === 'OPT');
        expect((bought?.execution.price ?? 0) - (sold?.execution.price ?? 0)).toBeCloseTo(limit, 6);
    }));
    it('of stock and option is priced by the share', () => withBrokerage({}, async (test) => {
        const { market, brokerage, place, order } = test;
        const call = optionId(test, 600);
        const contract = bag({ conId: 756733, ratio: 100, action: 'BUY', exchange: 'SMART' }, { conId: call, ratio: 1, action: 'SELL', exchange: 'SMART' });
        const net = (market.quote(756733).ask ?? 0) - (market.quote(call).bid ?? 0);
        await place(1, { ...BUY, totalQuantity: 1 }, contract);
        expect(order(1).avgFillPrice).toBeCloseTo(net, 6);
        expect(brokerage.positions().map(({ position }) => position)).toEqual([100, -1]);
    }));
    it('is answered with its margin, and barred from what TWS bars it from', () => withBrokerage({}, async (test) => {
        const { place, said, events } = test;
        const contract = vertical(test);
        await place(1, { ...BUY, whatIf: true }, contract);
        expect(events[0]).toMatchObject({ kind: 'openOrder', order: { impact: { commission: 2.6 } } });
        said();
        const loose = { ...BUY, smartComboRoutingParams: [{ tag: 'NonGuaranteed', value: '1' }] };
        await place(1, { ...loose, whatIf: true }, contract);
        await place(1, { ...loose, ocaGroup: 'G' }, contract);
        await place(1, { ...loose, parentId: 3 }, contract);
        await place(1, { ...BUY, orderType: 'STP', auxPrice: 1 }, contract);
        await place(1, { ...BUY, tif: 'OPG' }, contract);
        expect(said()).toEqual(['error 1 360', 'error 1 356', 'error 1 358', 'error 1 387', 'error 1 111']);
        await place(1, loose, contract);
        expect(said().at(-1)).toBe('account DU1');
    }));
    it.each([
        ['without legs', [], 314],
        ['with one leg', [{ conId: 756733, ratio: 1, action: 'BUY' }], 312],
        ['with a leg twice', [{ conId: 756733, ratio: 1, action: 'BUY' }, { conId: 756733, ratio: 1, action: 'SELL' }], 312],
        ['with an unknown leg', [{ conId: 756733, ratio: 1, action: 'BUY' }, { conId: 1, ratio: 1, action: 'SELL' }], 313],
        ['with a ratio of 0', [{ conId: 756733, ratio: 0, action: 'BUY' }, { conId: 265598, ratio: 1, action: 'SELL' }], 313],
        ['with a leg that does nothing', [{ conId: 756733, ratio: 1 }, { conId: 265598, ratio: 1, action: 'SELL' }], 313],
        ['with stock at an exchange of its own', [{ conId: 756733, ratio: 1, action: 'BUY', exchange: 'ARCA' }, { conId: 265598, ratio: 1, action: 'SELL' }], 315],
    ])('%s is refused', (_, legs, code) => withBrokerage({}, async ({ place, said }) => {
        await place(1, BUY, bag(...legs));
        expect(said()).toEqual([`error 1 ${code}`]);
    }));
});

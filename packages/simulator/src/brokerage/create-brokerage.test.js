import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarket } from '../market/create-market.js';
import { createBrokerage } from './create-brokerage.js';
const SPY = { conId: 756733, exchange: 'SMART' };
const CLIENT = 7;
function textOf(event) {
    switch (event.kind) {
        case 'openOrder':
            return `open ${event.order.orderId} ${event.order.status}${event.order.commission === undefined ? '' : ' charged'}`;
        case 'orderStatus':
            return `status ${event.order.orderId} ${event.order.status} ${event.order.filled}/${event.order.remaining}`;
        case 'execution':
            return `exec ${event.order.orderId} ${event.execution.side} ${event.execution.shares}`;
        case 'commission':
            return `commission ${event.order.orderId}`;
        case 'verdict':
            return `error ${event.orderId} ${event.code}`;
        case 'position':
            return `position ${event.position.instrument.symbol} ${event.position.position}`;
        case 'account':
            return `account ${event.account}`;
    }
}
function desk(options = {}) {
    const base = createTestClock();
    const market = createMarket({ base });
    market.start();
    const brokerage = createBrokerage({ market, accounts: ['DU1'], ...options });
    const events = [];
    brokerage.on((event) => events.push(event));
    let told = 0;
    const said = () => {
        const texts = events.slice(told).map(textOf);
        told = events.length;
        return texts;
    };
    return { base, market, brokerage, events, said };
}
const BUY = { action: 'BUY', totalQuantity: 100, orderType: 'MKT', tif: 'DAY' };
function limit(lmtPrice, more = {}) {
    return { ...BUY, orderType: 'LMT', lmtPrice, ...more };
}
describe('an order', () => {
    it('at the market is acknowledged at once and filled on a later turn, in the order of TWS', async () => {
        const { base, market, brokerage, events, said } = desk();
        const { ask } = market.quote(SPY.conId);
        brokerage.place(CLIENT, 1, SPY, { ...BUY, orderRef: 'mine' });
        expect(said()).toEqual(['open 1 PreSubmitted', 'status 1 PreSubmitted 0/100']);
        await base.advance(0);
        expect(said()).toEqual(['exec 1 BOT 100', 'open 1 Filled', 'status 1 Filled 100/0', 'open 1 Filled charged', 'commission 1', 'position SPY 100', 'account DU1']);
        const [done] = brokerage.executions();
        expect(done?.execution).toMatchObject({ price: ask, side: 'BOT', orderRef: 'mine', cumQty: 100, avgPrice: ask, exchange: 'ARCA', lastLiquidity: 2, account: 'DU1' });
        expect(done?.commission).toMatchObject({ commission: 1, realizedPnl: undefined });
        expect(brokerage.openOrders()).toEqual([]);
        expect(brokerage.completedOrders()).toMatchObject([{ orderId: 1, status: 'Filled', completedStatus: 'Filled' }]);
        expect(events.find((event) => event.kind === 'orderStatus')?.order.status).toBe('PreSubmitted');
    });
    it('with a limit out of reach rests, and fills at its limit when the market crosses', async () => {
        const { base, market, brokerage, said } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(400));
        await base.advance(0);
        expect(said()).toEqual(['open 1 PreSubmitted', 'status 1 PreSubmitted 0/100', 'open 1 Submitted', 'status 1 Submitted 0/100']);
        expect(brokerage.openOrders(CLIENT)).toHaveLength(1);
        expect(brokerage.openOrders(CLIENT + 1)).toHaveLength(0);
        market.setPrice('SPY', 390);
        expect(said()[0]).toBe('exec 1 BOT 100');
        expect(brokerage.executions()[0]?.execution).toMatchObject({ price: 400, lastLiquidity: 1 });
    });
    it('with a limit beyond the market fills at the better price', async () => {
        const { base, market, brokerage } = desk();
        const { bid } = market.quote(SPY.conId);
        brokerage.place(CLIENT, 1, SPY, limit(100, { action: 'SELL' }));
        await base.advance(0);
        expect(brokerage.executions()[0]?.execution).toMatchObject({ price: bid, side: 'SLD' });
        expect(brokerage.positions()).toMatchObject([{ position: -100 }]);
    });
    it('can be cancelled while it works', async () => {
        const { base, brokerage, said, events } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(400));
        await base.advance(0);
        said();
        brokerage.cancel(CLIENT, 1);
        expect(said()).toEqual(['status 1 PendingCancel 0/100']);
        brokerage.cancel(CLIENT, 1);
        expect(said()).toEqual(['error 1 10148']);
        await base.advance(0);
        expect(said()).toEqual(['status 1 Cancelled 0/100', 'error 1 202']);
        expect(events.at(-1)).toMatchObject({ message: 'Order Canceled - reason:' });
        brokerage.cancel(CLIENT, 1);
        brokerage.cancel(CLIENT, 99);
        brokerage.cancel(CLIENT + 1, 1);
        expect(said()).toEqual(['error 1 10148', 'error 99 10147', 'error 1 10147']);
        expect(brokerage.completedOrders()).toMatchObject([{ status: 'Cancelled', completedStatus: 'Cancelled by Trader' }]);
    });
    it('that fills before its cancel takes effect stays filled', async () => {
        const { base, market, brokerage, said, events } = desk({ latencyMs: 100 });
        brokerage.place(CLIENT, 1, SPY, limit(400));
        await base.advance(100);
        brokerage.cancel(CLIENT, 1);
        said();
        market.setPrice('SPY', 390);
        await base.advance(100);
        expect(said()).toEqual(['exec 1 BOT 100', 'open 1 Filled', 'status 1 Filled 100/0', 'open 1 Filled charged', 'commission 1', 'position SPY 100', 'account DU1', 'error 1 10148']);
        expect(events.at(-1)).toMatchObject({ message: 'OrderId 1 that needs to be cancelled cannot be cancelled, state: Filled.' });
    });
    it('can be changed in price and size, and trades if the change reaches the market', async () => {
        const { base, market, brokerage, said } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(400));
        await base.advance(0);
        const { permId } = brokerage.openOrders()[0] ?? {};
        said();
        brokerage.place(CLIENT, 1, SPY, limit(401, { totalQuantity: 50 }));
        await base.advance(0);
        expect(said()).toEqual(['open 1 Submitted', 'status 1 Submitted 0/50']);
        expect(brokerage.openOrders()).toMatchObject([{ permId, lmtPrice: 401, totalQuantity: 50 }]);
        const { ask } = market.quote(SPY.conId);
        brokerage.place(CLIENT, 1, SPY, limit(700, { totalQuantity: 50 }));
        await base.advance(0);
        expect(brokerage.executions()[0]?.execution).toMatchObject({ price: ask, shares: 50, lastLiquidity: 2 });
        said();
        brokerage.place(CLIENT, 1, SPY, limit(702));
        expect(said()).toEqual(['error 1 104']);
    });
    it('keeps its old terms when a change is refused', async () => {
        const { base, brokerage, said } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(400));
        await base.advance(0);
        said();
        brokerage.place(CLIENT, 1, SPY, limit(400, { action: 'SELL' }));
        brokerage.place(CLIENT, 1, { conId: 265598, exchange: 'SMART' }, limit(400));
        brokerage.place(CLIENT, 1, SPY, limit(400.001));
        brokerage.place(CLIENT, 1, SPY, limit(400, { totalQuantity: 99_000_000 }));
        expect(said()).toEqual(['error 1 105', 'error 1 105', 'error 1 110', 'error 1 134']);
        expect(brokerage.openOrders()).toMatchObject([{ lmtPrice: 400, action: 'BUY', totalQuantity: 100, status: 'Submitted' }]);
        brokerage.cancel(CLIENT, 1);
        brokerage.place(CLIENT, 1, SPY, limit(401));
        expect(said()).toEqual(['status 1 PendingCancel 0/100', 'error 1 2102']);
    });
    it('that is not transmitted is silent until it is', async () => {
        const { base, brokerage, said } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(400, { transmit: false }));
        await base.advance(1000);
        expect(said()).toEqual([]);
        expect(brokerage.nextValidId(CLIENT)).toBe(2);
        expect(brokerage.openOrders()).toEqual([]);
        brokerage.place(CLIENT, 1, SPY, limit(401, { transmit: true }));
        await base.advance(0);
        expect(said()).toEqual(['open 1 PreSubmitted', 'status 1 PreSubmitted 0/100', 'open 1 Submitted', 'status 1 Submitted 0/100']);
        brokerage.place(CLIENT, 2, SPY, limit(401, { transmit: false }));
        brokerage.cancel(CLIENT, 2);
        expect(said()).toEqual(['status 2 Cancelled 0/100', 'error 2 202']);
    });
    it('immediate or cancel, and fill or kill, do not rest', async () => {
        const { base, brokerage, said } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(400, { tif: 'IOC' }));
        await base.advance(0);
        brokerage.place(CLIENT, 2, SPY, limit(400, { tif: 'FOK' }));
        await base.advance(0);
        expect(said().filter((text) => !text.includes('PreSubmitted'))).toEqual(['status 1 PendingCancel 0/100', 'status 1 Cancelled 0/100', 'error 1 202', 'status 2 Inactive 0/100']);
    });
    it('for the day ends with the New York day, good till cancelled does not', async () => {
        const { base, brokerage, said } = desk();
        brokerage.place(CLIENT, 1, SPY, limit(100));
        brokerage.place(CLIENT, 2, SPY, limit(100, { tif: 'GTC' }));
        await base.advance(0);
        said();
        await base.advance(14.5 * 3_600_000 - 1);
        expect(said()).toEqual([]);
        await base.advance(1);
        expect(said()).toEqual(['status 1 Cancelled 0/100', 'error 1 202']);
        expect(brokerage.openOrders()).toMatchObject([{ orderId: 2 }]);
    });
    it('beyond the funds is rejected with 201, and one that frees funds is not', async () => {
        const { base, brokerage, said, events } = desk({ startCash: 10_000 });
        brokerage.place(CLIENT, 1, SPY, { ...BUY, totalQuantity: 1000 });
        expect(said()).toEqual(['open 1 Inactive', 'status 1 Inactive 0/1000', 'error 1 201']);
        expect(events.at(-1)).toMatchObject({ message: expect.stringContaining('MUST EXCEED THE INITIAL MARGIN') });
        expect(brokerage.completedOrders()).toHaveLength(1);
        brokerage.place(CLIENT, 2, SPY, { ...BUY, totalQuantity: 60 });
        await base.advance(0);
        brokerage.place(CLIENT, 3, SPY, { ...BUY, action: 'SELL', totalQuantity: 60 });
        await base.advance(0);
        expect(brokerage.positions()).toEqual([]);
        expect(brokerage.portfolio('DU1')).toMatchObject([{ position: 0 }]);
        expect(brokerage.executions({ side: 'SELL' })[0]?.commission?.realizedPnl).toBeLessThan(0);
    });
    it('to see its effect only is answered with margins and changes nothing', () => {
        const { brokerage, said, events } = desk();
        brokerage.place(CLIENT, 1, SPY, { ...BUY, whatIf: true });
        expect(said()).toEqual(['open 1 PreSubmitted']);
        const [event] = events;
        const impact = event?.kind === 'openOrder' ? event.order.impact : undefined;
        expect(impact).toMatchObject({ initMarginBefore: 0, commission: 1, equityWithLoanBefore: 1_000_000 });
        expect(impact?.initMarginAfter).toBeGreaterThan(10_000);
        expect(brokerage.nextValidId(CLIENT)).toBe(1);
        expect(brokerage.openOrders()).toEqual([]);
    });
    it('on an option fills with its multiplier', async () => {
        const { base, brokerage, market } = desk();
        const contract = { symbol: 'SPY', secType: 'OPT', exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: '20240119', strike: 590, right: 'C' };
        const cash = () => Number(brokerage.accountValues('DU1').find(({ key }) => key === 'TotalCashValue')?.value);
        brokerage.place(CLIENT, 1, contract, { ...BUY, totalQuantity: 2 });
        await base.advance(0);
        const [position] = brokerage.positions('DU1');
        const { ask = 0 } = market.quote(position?.instrument.conId ?? 0);
        expect(position?.avgCost).toBeCloseTo(ask * 100 + 0.65, 6);
        expect(cash()).toBeCloseTo(1_000_000 - ask * 200 - 1.3, 2);
    });
});
describe('refusals', () => {
    it.each([
        ['an unknown contract', { symbol: 'NOPE', secType: 'STK', exchange: 'SMART' }, BUY, 200],
        ['an ambiguous contract', { symbol: 'SPY', secType: 'OPT', exchange: 'SMART' }, BUY, 200],
        ['no exchange', { conId: 756733 }, BUY, 321],
        ['a side', SPY, { ...BUY, action: 'SSHORT' }, 303],
        ['a type that exists elsewhere', SPY, { ...BUY, orderType: 'PEG BENCH' }, 387],
        ['a type that does not exist', SPY, { ...BUY, orderType: 'BANANA' }, 321],
        ['a time in force', SPY, { ...BUY, tif: 'DTC' }, 321],
        ['no size', SPY, { ...BUY, totalQuantity: undefined }, 434],
        ['size zero', SPY, { ...BUY, totalQuantity: 0 }, 434],
        ['a size below zero', SPY, { ...BUY, totalQuantity: -5 }, 355],
        ['a fraction', SPY, { ...BUY, totalQuantity: 1.5 }, 10243],
        ['no limit', SPY, { ...BUY, orderType: 'LMT' }, 107],
        ['a limit off the grid', SPY, limit(100.005), 110],
        ['a limit below zero', SPY, limit(-1), 110],
        ['another account', SPY, { ...BUY, account: 'DU9' }, 321],
        ['a what-if that is not transmitted', SPY, { ...BUY, whatIf: true, transmit: false }, 413],
    ])('of %s', (_, contract, ticket, code) => {
        const { brokerage, said } = desk();
        brokerage.place(CLIENT, 1, contract, ticket);
        expect(said()).toEqual([`error 1 ${code}`]);
        expect(brokerage.nextValidId(CLIENT)).toBe(1);
        expect(brokerage.completedOrders()).toEqual([]);
    });
    it('of an account that is not named when there are several', () => {
        const { brokerage, said } = desk({ accounts: ['DU1', 'DU2'] });
        brokerage.place(CLIENT, 1, SPY, BUY);
        brokerage.place(CLIENT, 2, SPY, { ...BUY, account: 'DU2' });
        expect(said()).toEqual(['error 1 435', 'open 2 PreSubmitted', 'status 2 PreSubmitted 0/100']);
    });
    it.each([
        [{ hedgeType: 'B' }],
        [{ scalePriceIncrement: 0.1 }],
        [{ trailStopPrice: 3 }],
        [{ percentOffset: 0.01 }],
        [{ hidden: true }],
        [{ displaySize: 10 }],
        [{ smartComboRoutingParams: [{ tag: 'NonGuaranteed', value: '1' }] }],
        [{ algoStrategy: 'Twap' }],
        [{ somethingNew: 'x' }],
    ])('of %o, which would change what the order does', (more) => {
        const { brokerage, events } = desk();
        const ticket = { ...BUY, ...more };
        brokerage.place(CLIENT, 1, SPY, ticket);
        expect(events).toMatchObject([{ kind: 'verdict', code: 201, message: expect.stringContaining(Object.keys(more)[0] ?? '') }]);
        expect(brokerage.nextValidId(CLIENT)).toBe(2);
    });
    it('does not mind fields that clients send unset', () => {
        const { brokerage, said } = desk();
        const ticket = { ...BUY, parentId: 0, ocaGroup: '', hidden: false, displaySize: 2_147_483_647, trailStopPrice: Number.MAX_VALUE, conditions: [], exemptCode: -1, deltaNeutralOrderType: 'None', softDollarTier: { name: '', value: '' }, eTradeOnly: true, auxPrice: 0, lmtPrice: 0 }; // prettier-ignore
        brokerage.place(CLIENT, 1, SPY, ticket);
        expect(said()).toHaveLength(2);
        expect(brokerage.openOrders()[0]?.ticket).toBe(ticket);
    });
    it('of an id that is not above those before', () => {
        const { brokerage, said } = desk();
        expect(brokerage.nextValidId(CLIENT)).toBe(1);
        brokerage.place(CLIENT, 10, SPY, limit(100));
        said();
        brokerage.place(CLIENT, 9, SPY, limit(100));
        brokerage.place(CLIENT, 0, SPY, limit(100));
        brokerage.place(CLIENT, 1.5, SPY, limit(100));
        expect(said()).toEqual(['error 9 103', 'error 0 103', 'error 1.5 103']);
        expect(brokerage.nextValidId(CLIENT)).toBe(11);
        expect(brokerage.nextValidId(CLIENT + 1)).toBe(1);
    });
    it('of options out of range', () => {
        expect(() => desk({ accounts: [] })).toThrow(/accounts must be/);
        expect(() => desk({ accounts: ['DU1', 'DU1'] })).toThrow(/accounts must not name an account twice/);
        expect(() => desk({ seed: 0.5 })).toThrow(/seed must be/);
        expect(() => desk({ latencyMs: -1 })).toThrow(/latencyMs must be/);
        expect(() => desk({ startCash: Number.NaN })).toThrow(/startCash must be/);
        expect(() => desk().brokerage.accountValues('DU9')).toThrow(/account must be an account of this simulator/);
    });
});
describe('the books of the brokerage', () => {
    it('filters executions', async () => {
        const { base, brokerage, market } = desk({ accounts: ['DU1', 'DU2'] });
        brokerage.place(1, 1, SPY, { ...BUY, account: 'DU1' });
        await base.advance(5000);
        brokerage.place(2, 1, { conId: 265598, exchange: 'SMART' }, { ...BUY, action: 'SELL', account: 'DU2' });
        await base.advance(0);
        const count = (filter) => brokerage.executions(filter).length;
        expect(count({})).toBe(2);
        expect(count({ clientId: 1 })).toBe(1);
        expect(count({ account: 'DU2', symbol: 'aapl', secType: 'STK', side: 'SELL', exchange: 'SMART' })).toBe(1);
        expect(count({ side: 'BOT', symbol: 'AAPL' })).toBe(0);
        expect(count({ sinceMs: market.clock.now() })).toBe(1);
        expect(count({ exchange: 'NYSE' })).toBe(0);
    });
    it('knows profit and loss by account and position', async () => {
        const { base, brokerage, market } = desk();
        brokerage.place(1, 1, SPY, BUY);
        await base.advance(0);
        market.setPrice('SPY', 600);
        const single = brokerage.pnlSingle('DU1', SPY.conId);
        expect(single?.value).toBeCloseTo(60_000, 6);
        expect(brokerage.pnl('DU1').daily).toBeCloseTo(single?.daily ?? 0, 6);
        expect(brokerage.pnlSingle('DU1', 265598)).toBeUndefined();
    });
    it('cancels everything of everybody', async () => {
        const { base, brokerage, said } = desk();
        brokerage.place(1, 1, SPY, limit(100));
        brokerage.place(2, 1, SPY, limit(101));
        await base.advance(0);
        said();
        brokerage.cancelAll();
        await base.advance(0);
        expect(said()).toHaveLength(6);
        expect(brokerage.openOrders()).toEqual([]);
    });
    it('gives the same ids for the same seed', async () => {
        const idsOf = async (seed) => {
            const { base, brokerage } = desk({ seed });
            brokerage.place(1, 1, SPY, BUY);
            await base.advance(0);
            return brokerage.executions().map(({ execution }) => [execution.execId, execution.permId]);
        };
        expect(await idsOf(1)).toEqual(await idsOf(1));
        expect(await idsOf(1)).not.toEqual(await idsOf(2));
    });
    it('leaves nothing behind when closed', async () => {
        const { base, brokerage, market, said } = desk();
        brokerage.place(1, 1, SPY, limit(100));
        brokerage.close();
        brokerage.close();
        said();
        brokerage.place(1, 2, SPY, BUY);
        brokerage.cancel(1, 1);
        brokerage.cancelAll();
        await base.advance(1000);
        expect(said()).toEqual([]);
        market.close();
        expect(base.pending).toBe(0);
    });
    it('holds for any sequence of orders: nothing is overfilled, no limit is broken, every id is new, and the books add up', async () => {
        const step = fc.oneof(fc.record({ do: fc.constant('place'), action: fc.constantFrom('BUY', 'SELL'), quantity: fc.integer({ min: 1, max: 500 }), offset: fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined }), tif: fc.constantFrom('DAY', 'GTC', 'IOC', 'FOK') }), fc.record({ do: fc.constant('modify'), which: fc.nat(20), offset: fc.integer({ min: -30, max: 30 }), quantity: fc.integer({ min: 1, max: 500 }) }), fc.record({ do: fc.constant('cancel'), which: fc.nat(20) }), fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: 2000 }) }), fc.record({ do: fc.constant('move'), offset: fc.integer({ min: -40, max: 40 }) })); // prettier-ignore
        await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(0, 50), async (steps, latencyMs) => {
            const { base, market, brokerage, events } = desk({ latencyMs });
            const priceAt = (offset) => Math.round((market.mark(SPY.conId) ?? 0) * 100 + offset) / 100;
            const placed = [];
            for (const item of steps) {
                if (item.do === 'place') {
                    const id = brokerage.nextValidId(CLIENT);
                    const ticket = { action: item.action, totalQuantity: item.quantity, orderType: item.offset === undefined ? 'MKT' : 'LMT', lmtPrice: item.offset === undefined ? undefined : priceAt(item.offset), tif: item.tif }; // prettier-ignore
                    placed.push({ id, ticket });
                    brokerage.place(CLIENT, id, SPY, ticket);
                }
                else if (item.do === 'modify') {
                    const order = placed[item.which % Math.max(1, placed.length)];
                    if (order !== undefined)
                        brokerage.place(CLIENT, order.id, SPY, { ...order.ticket, lmtPrice: priceAt(item.offset), totalQuantity: item.quantity });
                }
                else if (item.do === 'cancel') {
                    brokerage.cancel(CLIENT, item.which);
                }
                else if (item.do === 'wait') {
                    await base.advance(item.ms);
                }
                else {
                    market.setPrice('SPY', priceAt(item.offset));
                }
            }
            await base.advance(200);
            const executions = brokerage.executions();
            const execIds = executions.map(({ execution }) => execution.execId);
            expect(execIds).toEqual([...new Set(execIds)].sort());
            for (const event of events) {
                if (event.kind !== 'openOrder' && event.kind !== 'orderStatus')
                    continue;
                expect(event.order.filled + event.order.remaining).toBe(event.order.totalQuantity);
                expect(event.order.filled).toBeLessThanOrEqual(event.order.totalQuantity);
            }
            for (const { execution, order } of executions) {
                const worst = order.lmtPrice ?? execution.price;
                expect(order.action === 'BUY' ? execution.price <= worst : execution.price >= worst).toBe(true);
            }
            const held = executions.reduce((sum, { execution }) => sum + (execution.side === 'BOT' ? execution.shares : -execution.shares), 0);
            const [position] = brokerage.portfolio('DU1');
            expect(position?.position ?? 0).toBe(held);
            const cost = executions.reduce((sum, { execution, commission }) => sum + (execution.side === 'BOT' ? 1 : -1) * execution.shares * execution.price + (commission?.commission ?? 0), 0);
            const values = new Map(brokerage.accountValues('DU1').map(({ key, value }) => [key, Number(value)]));
            expect(values.get('TotalCashValue')).toBeCloseTo(1_000_000 - cost, 1);
            expect(values.get('NetLiquidation')).toBeCloseTo(1_000_000 - cost + held * (market.mark(SPY.conId) ?? 0), 1);
            const permIds = [...brokerage.openOrders(), ...brokerage.completedOrders()].map(({ permId }) => permId);
            expect(new Set(permIds).size).toBe(permIds.length);
            brokerage.close();
            market.close();
            expect(base.pending).toBe(0);
        }), { numRuns: 60 });
    });
});

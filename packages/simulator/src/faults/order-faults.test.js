import { describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const MARKET = { action: 'BUY', totalQuantity: 10, orderType: 'MKT' };
const RESTING = { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' };
const CALLBACKS = new Set(['openOrder', 'orderStatus', 'execDetails', 'commissionReport']);
function callbacks(client) {
    return client.messages.map(({ type }) => type).filter((type) => CALLBACKS.has(type));
}
async function run(client, clock, ms = 500) {
    await client.barrier();
    await clock.advance(ms);
    await client.barrier();
}
describe('faults of orders', () => {
    it('read-only answers 321 to everything about orders', () => withSimulator({}, async ({ simulator, connect }) => {
        const client = await connect();
        const end = simulator.control.inject({ type: 'read-only' });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
        expect((await client.error(321, 1)).msg).toContain('The API interface is currently in Read-Only mode.');
        client.send({ type: 'reqIds' });
        await client.error(321, -1);
        expect(simulator.control.state().openOrders).toEqual([]);
        end();
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
        await client.first('openOrder');
    }));
    it('id-rollback gives ids that were used', () => withSimulator({}, async ({ simulator, connect }) => {
        const first = await connect({ clientId: 1 });
        first.send({ type: 'placeOrder', orderId: 10, contract: AAPL, order: RESTING });
        await first.first('openOrder');
        simulator.control.inject({ type: 'id-rollback', by: 4 });
        first.send({ type: 'reqIds' });
        await first.first('nextValidId', ({ orderId }) => orderId === 7);
        simulator.control.clearFaults();
        simulator.control.inject({ type: 'id-rollback', to: 1, clientId: 1 });
        await first.close();
        const again = await connect({ clientId: 1 });
        expect(again.all('nextValidId')).toMatchObject([{ orderId: 1 }]);
    }));
    it('lose-order swallows orders: no book, no id, no word', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        simulator.control.inject({ type: 'lose-order', after: { message: 'placeOrder' }, count: 2 });
        for (const orderId of [1, 2, 3, 4])
            client.send({ type: 'placeOrder', orderId, contract: AAPL, order: RESTING });
        await run(client, clock);
        expect(simulator.control.state().openOrders.map(({ orderId }) => orderId)).toEqual([1, 4]);
        expect(simulator.control.journal({ type: 'lostOrder' }).map(({ message }) => message)).toMatchObject([{ orderId: 2 }, { orderId: 3 }]);
        expect(client.all('orderStatus').some(({ orderId }) => orderId === 2 || orderId === 3)).toBe(false);
        expect(simulator.control.state().faults).toEqual([]);
    }));
    it('lose-ack lets an order work in silence; whoever asks hears of it', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        simulator.control.inject({ type: 'lose-ack' });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
        client.send({ type: 'placeOrder', orderId: 2, contract: AAPL, order: RESTING });
        await run(client, clock);
        expect(client.all('openOrder').every(({ orderId }) => orderId === 2)).toBe(true);
        expect(client.all('execDetails')).toEqual([]);
        expect(simulator.control.state().positions).toMatchObject([{ position: 10 }]);
        client.send({ type: 'reqExecutions', reqId: 5, filter: {} });
        await client.first('execDetails', ({ reqId, orderId }) => reqId === 5 && orderId === 1);
    }));
    it('lose-ack may lose the statuses alone', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        simulator.control.inject({ type: 'lose-ack', callbacks: ['orderStatus'] });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
        await run(client, clock);
        expect(callbacks(client)).toEqual(['openOrder', 'execDetails', 'openOrder', 'openOrder', 'commissionReport']);
    }));
    it('duplicate-callbacks repeats each of them', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        simulator.control.inject({ type: 'duplicate-callbacks', times: 3, callbacks: ['orderStatus', 'execDetails'] });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
        await run(client, clock);
        expect(client.all('execDetails')).toHaveLength(3);
        expect(new Set(client.all('execDetails').map(({ execution }) => execution.execId)).size).toBe(1);
        expect(client.all('commissionReport')).toHaveLength(1);
        expect(client.all('orderStatus')).toHaveLength(6);
    }));
    it('reorder-callbacks puts the fill before the acknowledgement', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        simulator.control.inject({ type: 'reorder-callbacks' });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
        await run(client, clock);
        expect(callbacks(client)).toEqual(['execDetails', 'commissionReport', 'orderStatus', 'orderStatus', 'openOrder', 'openOrder', 'openOrder']);
        client.send({ type: 'placeOrder', orderId: 2, contract: AAPL, order: RESTING });
        await run(client, clock, 999);
        expect(client.all('openOrder').some(({ orderId }) => orderId === 2)).toBe(false);
        await run(client, clock, 1);
        expect(client.all('openOrder').some(({ orderId }) => orderId === 2)).toBe(true);
    }));
    it('late-commission reports the cost ten seconds later, also after the fault', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        simulator.control.inject({ type: 'late-commission', for: 1_000 });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
        await run(client, clock, 9_000);
        expect(client.all('execDetails')).toHaveLength(1);
        expect(client.all('commissionReport')).toEqual([]);
        await run(client, clock, 2_000);
        expect(client.all('commissionReport')).toHaveLength(1);
    }));
    it.each([
        ['late', 'restore'],
        ['during', 'fill'],
        ['lost', 'nothing'],
    ])('fill-during-outage with callbacks %s', (how, expected) => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
        await run(client, clock);
        simulator.control.inject({ type: 'fill-during-outage', callbacks: how });
        await client.error(1100, -1);
        await run(client, clock, 4_000);
        expect(simulator.control.state().positions).toMatchObject([{ position: 10 }]);
        expect(client.all('execDetails')).toHaveLength(expected === 'fill' ? 1 : 0);
        await run(client, clock, 1_000);
        await client.error(1102, -1);
        expect(client.all('execDetails')).toHaveLength(expected === 'nothing' ? 0 : 1);
        const restoredAt = client.messages.findIndex((message) => message.type === 'errMsg' && message.code === 1102);
        const filledAt = client.messages.findIndex(({ type }) => type === 'execDetails');
        expect(filledAt > restoredAt).toBe(expected === 'restore');
        client.send({ type: 'reqExecutions', reqId: 5, filter: {} });
        await client.first('execDetails', ({ reqId }) => reqId === 5);
    }));
    it('fill-during-outage that ends in 1101 has lost the market data lines', () => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect();
        client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
        await client.first('tickPrice');
        simulator.control.inject({ type: 'fill-during-outage', restore: 1101, for: 1_000 });
        await clock.advance(1_000);
        await client.error(1101);
        expect(simulator.control.state().clients[0]?.subscriptions.marketData).toEqual([]);
    }));
});

import { describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
async function buy({ clock }, client, orderId, account) {
    client.send({ type: 'placeOrder', orderId, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'MKT', account } });
    const isFilled = () => client.all('orderStatus').some((row) => row.orderId === orderId && row.status === 'Filled');
    for (let step = 0; step < 40 && !isFilled(); step += 1) {
        await clock.advance(250);
        await client.barrier();
    }
    await clock.advance(250);
    await client.barrier();
}
describe('accounts', () => {
    it('stream positions behind an end mark', () => withSimulator({}, async (test) => {
        const client = await test.connect();
        client.send({ type: 'reqPositions' });
        await client.first('positionEnd');
        expect(client.all('position')).toEqual([]);
        await buy(test, client, 1);
        expect(client.all('position').at(-1)).toMatchObject({ account: 'DU1234567', contract: { conId: 265598 }, position: 10 });
        client.send({ type: 'cancelPositions' });
        const before = client.all('position').length;
        await buy(test, client, 2);
        expect(client.all('position')).toHaveLength(before);
    }));
    it('stream one account: everything, the end mark, then what changes', () => withSimulator({ accounts: ['DU1', 'DU2'] }, async (test) => {
        const client = await test.connect();
        client.send({ type: 'reqAccountUpdates', subscribe: true, acctCode: 'DU1' });
        await client.first('accountDownloadEnd');
        const values = client.all('accountValue');
        expect(values.find(({ key }) => key === 'NetLiquidation')).toMatchObject({ accountName: 'DU1', currency: 'USD' });
        expect(client.all('accountUpdateTime')[0]?.timeStamp).toBe('14:30');
        await buy(test, client, 1, 'DU1');
        expect(client.all('portfolioValue').at(-1)).toMatchObject({ accountName: 'DU1', contract: { conId: 265598 }, position: 10 });
        expect(client.all('accountValue').length).toBeGreaterThan(values.length);
        client.send({ type: 'reqAccountUpdates', subscribe: true, acctCode: 'DU3' });
        await client.error(321, -1);
        client.send({ type: 'reqAccountUpdates', subscribe: false, acctCode: 'DU1' });
        await client.barrier();
        expect(test.simulator.control.state().clients[0]?.subscriptions.accountUpdates).toEqual([]);
    }));
    it('summarise every account, twice at most at a time', () => withSimulator({ accounts: ['DU1', 'DU2'] }, async ({ connect }) => {
        const client = await connect();
        client.send({ type: 'reqAccountSummary', reqId: 1, group: 'All', tags: 'NetLiquidation,AccountType' });
        await client.first('accountSummaryEnd');
        expect(client.all('accountSummary').map(({ account, tag }) => `${account} ${tag}`).sort()).toEqual([
            'DU1 AccountType',
            'DU1 NetLiquidation',
            'DU2 AccountType',
            'DU2 NetLiquidation',
        ]);
        client.send({ type: 'reqAccountSummary', reqId: 2, group: 'All', tags: '$LEDGER:ALL' });
        client.send({ type: 'reqAccountSummary', reqId: 3, group: 'All', tags: 'NetLiquidation' });
        expect((await client.error(322, 3)).msg).toContain('Maximum number of account summary requests exceeded');
        client.send({ type: 'cancelAccountSummary', reqId: 1 });
        client.send({ type: 'reqAccountSummary', reqId: 4, group: 'All', tags: 'NetLiquidation' });
        await client.first('accountSummaryEnd', ({ reqId }) => reqId === 4);
        client.send({ type: 'reqAccountSummary', reqId: 5, group: 'Nobody', tags: 'NetLiquidation' });
        await client.error(321, 5);
    }));
    it('report profit and loss about once per second', () => withSimulator({}, async (test) => {
        const client = await test.connect();
        await buy(test, client, 1);
        client.send({ type: 'reqPnL', reqId: 1, account: 'DU1234567', modelCode: '' });
        client.send({ type: 'reqPnLSingle', reqId: 2, account: 'DU1234567', modelCode: '', conId: 265598 });
        client.send({ type: 'reqPnLSingle', reqId: 3, account: 'DU1234567', modelCode: '', conId: 1 });
        await client.first('pnlSingle', ({ reqId }) => reqId === 3);
        test.simulator.control.setPrice('AAPL', 500);
        await test.clock.advance(1_000);
        await client.barrier();
        expect(client.all('pnl').at(-1)?.unrealizedPnL).toBeGreaterThan(1_000);
        expect(client.all('pnlSingle').findLast(({ reqId }) => reqId === 2)).toMatchObject({ position: 10 });
        expect(client.all('pnlSingle').find(({ reqId }) => reqId === 3)).toEqual({ type: 'pnlSingle', reqId: 3, position: 0 });
        client.send({ type: 'cancelPnL', reqId: 1 });
        client.send({ type: 'cancelPnL', reqId: 1 });
        await client.error(10185, 1);
        client.send({ type: 'reqPnL', reqId: 9, account: 'DU9', modelCode: '' });
        await client.error(321, 9);
    }));
    it('answer the many requests of a starting client, each with its end mark', () => withSimulator({}, async ({ connect }) => {
        const client = await connect({ clientId: 0, maxVersion: 178 });
        client.send({ type: 'reqAutoOpenOrders', autoBind: true });
        client.send({ type: 'reqPositions' });
        client.send({ type: 'reqOpenOrders' });
        client.send({ type: 'reqCompletedOrders', apiOnly: false });
        client.send({ type: 'reqAccountUpdates', subscribe: true, acctCode: '' });
        client.send({ type: 'reqAccountUpdatesMulti', reqId: 1, account: 'DU1234567', modelCode: '', ledgerAndNLV: false });
        client.send({ type: 'reqPositionsMulti', reqId: 2, account: 'DU1234567', modelCode: '' });
        client.send({ type: 'reqExecutions', reqId: 3, filter: {} });
        await client.barrier();
        const ends = client.messages.map((message) => message.type).filter((type) => type.endsWith('End'));
        expect(ends).toEqual([
            'positionEnd',
            'openOrderEnd',
            'completedOrderEnd',
            'accountDownloadEnd',
            'accountUpdateMultiEnd',
            'positionMultiEnd',
            'execDetailsEnd',
        ]);
        client.send({ type: 'cancelAccountUpdatesMulti', reqId: 1 });
        client.send({ type: 'cancelPositionsMulti', reqId: 2 });
        await client.barrier();
    }));
});

import { describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
describe('every protocol version', () => {
    // The gates between 157 and 193 that change a message used here, and the versions that known clients get (173, 176, 178, 187, 193).
    it.each([157, 159, 163, 164, 166, 169, 170, 173, 176, 177, 178, 182, 183, 185, 187, 189, 190, 191, 192, 193])('is spoken without a message lost: %i', (version) => withSimulator({}, async ({ simulator, clock, connect }) => {
        const client = await connect({ maxVersion: version });
        expect(client.serverVersion).toBe(version);
        client.send({ type: 'reqContractDetails', reqId: 1, contract: AAPL });
        client.send({ type: 'reqContractDetails', reqId: 2, contract: { symbol: 'AAPL', secType: 'OPT', exchange: 'SMART', currency: 'USD', right: 'P', strike: 230 } });
        client.send({ type: 'reqMatchingSymbols', reqId: 3, pattern: 'A' });
        client.send({ type: 'reqSecDefOptParams', reqId: 4, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 265598 });
        await client.barrier();
        const [option] = client.all('contractDetails').filter(({ reqId }) => reqId === 2);
        client.send({ type: 'reqMktData', reqId: 5, contract: AAPL });
        client.send({ type: 'reqMktData', reqId: 6, contract: { conId: option?.details.contract.conId, exchange: 'SMART' } });
        client.send({ type: 'reqTickByTickData', reqId: 7, contract: AAPL, tickType: 'AllLast' });
        client.send({ type: 'reqTickByTickData', reqId: 8, contract: AAPL, tickType: 'BidAsk' });
        client.send({ type: 'reqPositions' });
        client.send({ type: 'reqAccountUpdates', subscribe: true, acctCode: '' });
        client.send({ type: 'reqPnL', reqId: 9, account: 'DU1234567' });
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'MKT', orderRef: 'x' } });
        client.send({
            type: 'placeOrder',
            orderId: 2,
            contract: { conId: option?.details.contract.conId, exchange: 'SMART' },
            order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' },
        });
        client.send({ type: 'placeOrder', orderId: 3, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, whatIf: true } });
        await client.barrier();
        simulator.control.setPrice('AAPL', 230);
        for (let step = 0; step < 10; step += 1)
            await clock.advance(250);
        client.send({ type: 'reqExecutions', reqId: 10, filter: {} });
        client.send({ type: 'reqCompletedOrders', apiOnly: true });
        client.send({ type: 'reqAccountSummary', reqId: 11, group: 'All', tags: 'NetLiquidation,$LEDGER:ALL' });
        client.send({ type: 'reqPnLSingle', reqId: 12, account: 'DU1234567', conId: 265598 });
        client.send({ type: 'cancelOrder', orderId: 1 });
        await client.barrier();
        const seen = new Set(client.messages.map((message) => message.type));
        for (const type of [
            'contractDetails',
            'symbolSamples',
            'secDefOptParameter',
            'tickPrice',
            'tickOptionComputation',
            'tickByTick',
            'openOrder',
            'orderStatus',
            'execDetails',
            'commissionReport',
            'completedOrder',
            'position',
            'portfolioValue',
            'accountSummary',
            'pnl',
            'pnlSingle',
        ]) {
            expect(seen).toContain(type);
        }
        expect(client.all('position').map(({ contract }) => contract)).toContainEqual(expect.objectContaining({ symbol: 'AAPL', secType: 'OPT', strike: 230, right: 'P', multiplier: '100' }));
        expect(client.all('openOrder').find(({ orderId }) => orderId === 3)?.orderState.initMarginAfter).toBeGreaterThan(0);
    }));
});

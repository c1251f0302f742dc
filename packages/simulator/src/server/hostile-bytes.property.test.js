import { seededRandom } from '@ibkit/clock';
import { createTextCodec, encodeClientHello, encodeFrame } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';
const CONNECTIONS = 400;
const SEED = 20_240_102;
const LENGTH_BYTES = 4;
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const TEMPLATES = [
    { type: 'startApi', clientId: 1, optionalCapabilities: '' },
    { type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: '233', snapshot: false },
    { type: 'reqTickByTickData', reqId: 2, contract: AAPL, tickType: 'AllLast' },
    { type: 'reqContractDetails', reqId: 3, contract: AAPL },
    { type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1 } },
    { type: 'cancelOrder', orderId: 1 },
    { type: 'reqExecutions', reqId: 4, filter: {} },
    { type: 'reqAccountSummary', reqId: 5, group: 'All', tags: 'NetLiquidation' },
    { type: 'reqSecDefOptParams', reqId: 6, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 265598 },
    { type: 'reqPnL', reqId: 7, account: '', modelCode: '' },
    { type: 'reqIds', count: 1 },
];
function below(random, limit) {
    return Math.floor(random.next() * limit);
}
/** Flips, cuts, repeats or inserts some of the bytes. */
function mutate(random, bytes) {
    const mutated = [...bytes];
    const changes = below(random, 4);
    for (let change = 0; change < changes; change += 1) {
        const at = below(random, mutated.length);
        const kind = below(random, 4);
        if (kind === 0)
            mutated[at] = below(random, 256);
        else if (kind === 1)
            mutated.splice(at, below(random, 8));
        else if (kind === 2)
            mutated.splice(at, 0, ...mutated.slice(at, at + below(random, 16)));
        else
            mutated.splice(at, 0, ...Array.from({ length: below(random, 12) }, () => below(random, 256)));
    }
    return Uint8Array.from(mutated);
}
/** The bytes of one hostile connection: noise, or a plausible conversation with damage. */
function hostileBytes(random, clientId) {
    if (below(random, 8) === 0)
        return Uint8Array.from({ length: below(random, 400) }, () => below(random, 256));
    const codec = createTextCodec({ serverVersion: 193 });
    const frames = [encodeClientHello({ minVersion: 157, maxVersion: 193 }), codec.encodeClient({ type: 'startApi', clientId, optionalCapabilities: '' })];
    if (below(random, 6) === 0)
        return mutate(random, Buffer.concat(frames));
    for (let count = below(random, 24); count > 0; count -= 1) {
        const template = TEMPLATES[below(random, TEMPLATES.length)];
        if (template === undefined)
            continue;
        const frame = codec.encodeClient(template);
        // Mostly damaged fields in a sound frame: a damaged length ends the conversation.
        frames.push(below(random, 16) === 0 ? mutate(random, frame) : encodeFrame(mutate(random, frame.subarray(LENGTH_BYTES))));
    }
    return Buffer.concat(frames);
}
async function attack({ simulator }, random, clientId) {
    const attacker = await WireClient.open(simulator.port);
    const bytes = hostileBytes(random, clientId);
    for (let at = 0; at < bytes.length;) {
        const length = 1 + below(random, 64);
        attacker.sendBytes(bytes.subarray(at, at + length));
        at += length;
    }
    if (below(random, 4) > 0)
        await attacker.finish();
    await attacker.close();
}
describe('hostile bytes', () => {
    it(`do not stop the server or disturb other clients (${CONNECTIONS} connections, seed ${SEED})`, () => withSimulator({ maxClients: 64 }, async (test) => {
        const { simulator, connect } = test;
        const bystander = await connect({ clientId: 99 });
        bystander.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast' });
        await bystander.barrier();
        const random = seededRandom(SEED);
        for (let round = 0; round < CONNECTIONS / 8; round += 1) {
            await Promise.all(Array.from({ length: 8 }, (_, index) => attack(test, random, 100 + index)));
            simulator.control.setPrice('AAPL', 200 + round);
            await bystander.barrier();
        }
        const trades = bystander.all('tickByTick').flatMap((tick) => (tick.kind === 'AllLast' ? [tick.price] : []));
        for (let round = 0; round < CONNECTIONS / 8; round += 1)
            expect(trades).toContain(200 + round);
        // Nothing of the attackers is left: no connection, no client id, no subscription.
        while (simulator.control.state().connections > 1)
            await bystander.barrier();
        expect(simulator.control.state().clients.map(({ clientId }) => clientId)).toEqual([99]);
        expect(simulator.control.journal({ kind: 'client', type: 'started' }).length).toBeGreaterThan(CONNECTIONS / 4);
        expect(simulator.control.journal({ kind: 'in' }).length).toBeGreaterThan(CONNECTIONS * 4);
        expect(simulator.control.journal({ kind: 'out', type: 'errMsg' }).length).toBeGreaterThan(CONNECTIONS);
        expect(simulator.control.journal({ kind: 'fault' })).toEqual([]);
        await connect({ clientId: 1000 });
    }));
});

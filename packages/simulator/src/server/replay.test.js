import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';
const SPY = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const OPEN_MS = 34_200_000;
const TRADES = 500;
let folder = '';
let file = '';
beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-server-'));
    file = join(folder, '20131007_spy_tick_trade.csv');
    const rows = Array.from({ length: TRADES }, (_, index) => `${OPEN_MS + index * 7},${1_674_000 + index * 100},${100 + index},Q,0,0`);
    await writeFile(file, rows.join('\n'));
});
afterAll(async () => {
    await rm(folder, { recursive: true });
});
describe('a replay', () => {
    it('waits for its first subscription, then gives every trade exactly once', () => withSimulator({ replay: [file] }, async ({ simulator, clock, connect }) => {
        const client = await connect();
        await clock.advance(60_000);
        client.send({ type: 'reqContractDetails', reqId: 1, contract: SPY });
        client.send({ type: 'reqMktData', reqId: 2, contract: { ...SPY, symbol: 'MSFT' } });
        await client.first('contractDetailsEnd');
        expect(simulator.control.state().clock).toMatchObject({ nowMs: Date.UTC(2013, 9, 7, 13, 30), held: true });
        client.send({ type: 'reqTickByTickData', reqId: 3, contract: SPY, tickType: 'AllLast' });
        await client.barrier();
        expect(simulator.control.state().clock.held).toBe(false);
        await clock.advance(10_000);
        await client.barrier();
        const sizes = client.all('tickByTick').flatMap((tick) => (tick.reqId === 3 && tick.kind === 'AllLast' ? [tick.size] : []));
        expect(sizes).toEqual(Array.from({ length: TRADES }, (_, index) => 100 + index));
        expect(simulator.control.state().clients[0]?.sent).toMatchObject({ tickByTick: TRADES });
    }));
    it('runs as fast as it is told', () => withSimulator({ replay: [file], speed: 60 }, async ({ simulator, clock, connect }) => {
        const client = await connect();
        client.send({ type: 'reqMktData', reqId: 1, contract: SPY });
        await client.barrier();
        await clock.advance(60);
        await client.barrier();
        expect(simulator.clock.now()).toBe(Date.UTC(2013, 9, 7, 13, 30) + 3_600);
        expect(client.all('tickSize').findLast(({ tickType }) => tickType === 8)?.size).toBe(Array.from({ length: TRADES }, (_, index) => 100 + index).reduce((a, b) => a + b));
    }));
});

import { describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import type { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const MSFT: WireContract = { ...AAPL, symbol: 'MSFT' };

function ticks(client: WireClient, reqId: number): number {
  return [...client.all('tickPrice'), ...client.all('tickSize')].filter((message) => message.reqId === reqId).length;
}

async function subscribe(client: WireClient, reqId: number, contract: WireContract): Promise<void> {
  client.send({ type: 'reqMktData', reqId, contract, genericTickList: '', snapshot: false, regulatorySnapshot: false });
  await client.first('tickPrice', (message) => message.reqId === reqId);
  await client.barrier();
}

describe('notices', () => {
  it('are sent with any code, text and id, to all or to one', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const one = await connect({ clientId: 1 });
      const two = await connect({ clientId: 2 });
      simulator.control.inject({ type: 'notice', code: 10_349, text: 'Order TIF was set to DAY', id: 12, clientId: 2 });
      simulator.control.inject({ type: 'notice', code: 1102 });
      expect(await two.error(10_349, 12)).toMatchObject({ msg: 'Order TIF was set to DAY' });
      expect(await one.error(1102, -1)).toMatchObject({ msg: 'Connectivity between IB and TWS has been restored- data maintained.' });
      expect(one.all('errMsg').some(({ code }) => code === 10_349)).toBe(false);
    }));

  it('come in storms, at once or spread', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      simulator.control.inject({ type: 'error-storm' });
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code === 1100)).toHaveLength(833);
      simulator.control.inject({ type: 'error-storm', code: 2110, count: 5, everyMs: 100 });
      await clock.advance(250);
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code === 2110)).toHaveLength(3);
      simulator.control.clearFaults();
      await clock.advance(1_000);
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code === 2110)).toHaveLength(3);
    }));
});

describe('faults of market data', () => {
  it('farm-down silences what the farm serves and tells, farm-up brings it back', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await subscribe(client, 1, AAPL);
      simulator.control.inject({ type: 'farm-down', farm: 'usfarm' });
      await client.error(2103, -1);
      const silent = ticks(client, 1);
      simulator.control.setPrice('AAPL', 300);
      await clock.advance(5_000);
      await client.barrier();
      expect(ticks(client, 1)).toBe(silent);
      simulator.control.inject({ type: 'farm-up' });
      expect(await client.error(2104, -1)).toBeDefined();
      simulator.control.setPrice('AAPL', 310);
      await clock.advance(1_000);
      await client.barrier();
      expect(ticks(client, 1)).toBeGreaterThan(silent);
      expect(simulator.control.state().faults).toEqual([]);
      expect(client.all('errMsg').filter(({ msg }) => msg === 'Market data farm connection is OK:usfarm')).toHaveLength(2);
    }));

  it('farms of options, history and definitions fail on their own', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await subscribe(client, 1, AAPL);
      simulator.control.inject({ type: 'farm-down', farm: 'usopt' });
      simulator.control.inject({ type: 'farm-down', farm: 'ushmds', for: 1_000 });
      simulator.control.inject({ type: 'farm-down', farm: 'secdefnj' });
      expect(await client.error(2103)).toMatchObject({ msg: 'Market data farm connection is broken:usopt' });
      await client.error(2105);
      await client.error(2157);
      client.send({ type: 'reqHeadTimestamp', reqId: 8, contract: AAPL, whatToShow: 'TRADES', useRTH: true, formatDate: 1 });
      await client.error(162, 8);
      client.send({ type: 'reqContractDetails', reqId: 9, contract: AAPL });
      simulator.control.setPrice('AAPL', 300);
      const before = ticks(client, 1);
      await clock.advance(1_000);
      await client.barrier();
      expect(ticks(client, 1)).toBeGreaterThan(before);
      expect(client.all('contractDetails')).toEqual([]);
      expect(client.all('errMsg').filter(({ code }) => code === 2106)).toHaveLength(2);
    }));

  it('data-dead silences lines while everything says that all is well', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await subscribe(client, 1, AAPL);
      await subscribe(client, 2, MSFT);
      const notices = client.all('errMsg').length;
      simulator.control.inject({ type: 'data-dead', symbol: 'aapl' });
      const [dead, alive] = [ticks(client, 1), ticks(client, 2)];
      simulator.control.setPrice('AAPL', 300);
      simulator.control.setPrice('MSFT', 300);
      await clock.advance(2_000);
      await client.barrier();
      expect(ticks(client, 1)).toBe(dead);
      expect(ticks(client, 2)).toBeGreaterThan(alive);
      expect(client.all('errMsg')).toHaveLength(notices);
    }));

  it('competing-session says 10197 for every line and silences it', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await subscribe(client, 1, AAPL);
      simulator.control.inject({ type: 'competing-session' });
      await client.error(10_197, 1);
      const silent = ticks(client, 1);
      client.send({ type: 'reqMktData', reqId: 2, contract: MSFT });
      await client.error(10_197, 2);
      await clock.advance(2_000);
      await client.barrier();
      expect([ticks(client, 1), ticks(client, 2)]).toEqual([silent, 0]);
      simulator.control.clearFaults();
      simulator.control.setPrice('AAPL', 300);
      await clock.advance(2_000);
      await client.barrier();
      expect(ticks(client, 1)).toBeGreaterThan(silent);
    }));

  it('kill-bar-stream ends one stream for good', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      for (const [reqId, contract] of [[1, AAPL], [2, MSFT]] as const) {
        client.send({ type: 'reqRealTimeBars', reqId, contract, barSize: 5, whatToShow: 'TRADES', useRTH: false });
      }
      await client.barrier();
      await clock.advance(6_000);
      await client.first('realTimeBar', ({ reqId }) => reqId === 1);
      simulator.control.inject({ type: 'kill-bar-stream', reqId: 1 });
      expect(await client.error(10_182, 1)).toMatchObject({ msg: 'Failed to request live updates (disconnected).' });
      await client.barrier();
      const [dead, alive] = [1, 2].map((id) => client.all('realTimeBar').filter(({ reqId }) => reqId === id).length);
      await clock.advance(20_000);
      await client.barrier();
      expect(client.all('realTimeBar').filter(({ reqId }) => reqId === 1)).toHaveLength(dead ?? 0);
      expect(client.all('realTimeBar').filter(({ reqId }) => reqId === 2).length).toBeGreaterThan(alive ?? 0);
    }));

  it('kill-bar-stream ends bars that are kept up to date', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({
        type: 'reqHistoricalData', reqId: 1, contract: AAPL, endDateTime: '', barSizeSetting: '1 min', durationStr: '600 S', useRTH: false, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: true,
      }); // prettier-ignore
      await client.first('historicalData');
      await clock.advance(11_000);
      await client.first('historicalDataUpdate');
      simulator.control.inject({ type: 'kill-bar-stream' });
      await client.error(10_182, 1);
      await client.barrier();
      const updates = client.all('historicalDataUpdate').length;
      await clock.advance(30_000);
      await client.barrier();
      expect(client.all('historicalDataUpdate')).toHaveLength(updates);
    }));

  it('a halt stops quotes, trades and fills, and says so', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await subscribe(client, 1, AAPL);
      simulator.control.moveMarket({ action: 'halt', symbol: 'AAPL' });
      expect(simulator.control.quote('AAPL')).toMatchObject({ halted: true, bid: undefined });
      client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' } });
      await client.first('orderStatus');
      await clock.advance(5_000);
      expect(await client.first('tickGeneric', ({ tickType }) => tickType === 49)).toMatchObject({ reqId: 1, value: 1 });
      await client.barrier();
      expect(client.all('execDetails')).toEqual([]);
      simulator.control.moveMarket({ action: 'resume', symbol: 'AAPL' });
      await clock.advance(1_000);
      await client.first('execDetails');
      await client.first('tickGeneric', ({ value }) => value === 0);
    }));

  it('a gap moves the price by a percentage', () =>
    withSimulator({}, ({ simulator }) => {
      simulator.control.setPrice('AAPL', 200);
      simulator.control.moveMarket({ action: 'gap', symbol: 'AAPL', percent: -10 });
      expect(simulator.control.quote('AAPL')).toMatchObject({ last: 180, halted: false });
      expect(() => {
        simulator.control.moveMarket({ action: 'gap', symbol: 'NOPE', percent: 1 });
      }).toThrow('symbol must be');
      return Promise.resolve();
    }));
});

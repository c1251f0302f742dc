import { describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };

describe('market data lines', () => {
  it('say which data they carry, then what is known, then what changes, at most four times a second', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 7, contract: AAPL, genericTickList: '', snapshot: false, regulatorySnapshot: false });
      await client.barrier();
      const types = client.messages.filter((message) => 'reqId' in message && message.reqId === 7).map((message) => message.type);
      expect(types.slice(0, 3)).toEqual(['marketDataType', 'tickReqParams', 'tickPrice']);
      expect(client.all('marketDataType')[0]).toMatchObject({ reqId: 7, marketDataType: 1 });
      expect(client.all('tickReqParams')[0]).toMatchObject({ minTick: 0.01, bboExchange: '9c0001' });

      const before = client.messages.length;
      simulator.control.setPrice('AAPL', 300);
      simulator.control.setPrice('AAPL', 310);
      await client.barrier();
      expect(client.messages.slice(before).map((message) => message.type)).toEqual(['currentTime']);
      await clock.advance(250);
      await client.barrier();
      const lastPrices = client.all('tickPrice').filter((tick) => tick.tickType === 4).map((tick) => tick.price);
      expect(lastPrices).not.toContain(300);
      expect(lastPrices.some((price) => Math.abs(price - 310) < 5)).toBe(true);
    }));

  it('agree with the engine, each tick under its own id', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: { conId: 265598 } });
      for (let step = 0; step < 40; step += 1) await clock.advance(250);
      await client.barrier();
      const last = (tickType: number): number | undefined => client.all('tickPrice').findLast((tick) => tick.tickType === tickType)?.price;
      const [bid = 0, ask = 0, high = 0, low = 0] = [1, 2, 6, 7].map((tickType) => last(tickType));
      expect(bid).toBeGreaterThan(0);
      expect(ask).toBeGreaterThan(bid);
      expect(high).toBeGreaterThanOrEqual(low);
      expect(last(9)).toBeGreaterThan(0);
      expect(client.all('tickSize').some((tick) => tick.tickType === 8)).toBe(true);
      const times = client.all('tickString').filter((tick) => tick.tickType === 45);
      expect(times.every((tick) => /^\d{10}$/.test(tick.value))).toBe(true);
    }));

  it('end with the cancel, and a cancel of nothing is told', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 7, contract: AAPL });
      client.send({ type: 'cancelMktData', reqId: 7 });
      await client.barrier();
      const before = client.messages.length;
      simulator.control.setPrice('AAPL', 300);
      await clock.advance(1_000);
      client.send({ type: 'cancelMktData', reqId: 7 });
      expect(await client.error(300, 7)).toMatchObject({ msg: "Can't find EId with tickerId:7" });
      expect(client.messages.slice(before)).toHaveLength(1);
    }));

  it('refuse unknown, ambiguous and duplicate requests', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: { ...AAPL, symbol: 'NOSUCH' } });
      expect(await client.error(200, 1)).toMatchObject({ msg: 'No security definition has been found for the request' });
      client.send({ type: 'reqMktData', reqId: 2, contract: { symbol: 'AAPL', secType: 'OPT', exchange: 'SMART', currency: 'USD', right: 'C' } });
      expect((await client.error(200, 2)).msg).toContain('ambiguous');
      client.send({ type: 'reqMktData', reqId: 3, contract: AAPL });
      client.send({ type: 'reqMktData', reqId: 3, contract: AAPL });
      expect(await client.error(102, 3)).toMatchObject({ msg: 'Duplicate ticker ID' });
      client.send({ type: 'reqMktData', reqId: 4, contract: AAPL, genericTickList: '233', snapshot: true });
      await client.error(321, 4);
      client.send({ type: 'reqMktData', reqId: 5, contract: AAPL, genericTickList: '233,9999' });
      await client.error(321, 5);
    }));

  it('take a snapshot once and end it', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 7, contract: AAPL, snapshot: true });
      await clock.advance(11_000);
      await client.first('tickSnapshotEnd');
      expect(simulator.control.state().clients[0]?.subscriptions.marketData).toEqual([]);
      const before = client.messages.length;
      simulator.control.setPrice('AAPL', 300);
      await clock.advance(1_000);
      await client.barrier();
      expect(client.messages.slice(before)).toHaveLength(1);
    }));

  it('are delayed only for those who ask, where nothing else is subscribed', () =>
    withSimulator({ dataPermission: 'delayed' }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
      await client.error(10089, 1);
      client.send({ type: 'reqMarketDataType', marketDataType: 3 });
      client.send({ type: 'reqMktData', reqId: 2, contract: AAPL });
      await client.error(10167, 2);
      for (let step = 0; step < 8; step += 1) await clock.advance(250);
      await client.barrier();
      expect(client.all('marketDataType')).toEqual([{ type: 'marketDataType', reqId: 2, marketDataType: 3 }]);
      expect(client.all('tickPrice').every((tick) => tick.tickType >= 66 && tick.tickType <= 76)).toBe(true);
      expect(client.all('tickPrice').length).toBeGreaterThan(0);
    }));

  it('carry computations for options', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqSecDefOptParams', reqId: 1, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 265598 });
      await client.first('secDefOptParameterEnd');
      const chain = client.all('secDefOptParameter').find((row) => row.exchange === 'SMART');
      const strikes = chain?.strikes ?? [];
      const contract: WireContract = {
        symbol: 'AAPL',
        secType: 'OPT',
        exchange: 'SMART',
        currency: 'USD',
        lastTradeDateOrContractMonth: chain?.expirations[2],
        strike: strikes[Math.floor(strikes.length / 2)],
        right: 'C',
      };
      client.send({ type: 'reqMktData', reqId: 2, contract });
      for (let step = 0; step < 20; step += 1) await clock.advance(250);
      await client.barrier();
      const model = client.all('tickOptionComputation').findLast((tick) => tick.tickType === 13);
      expect(model?.impliedVol).toBeGreaterThan(0);
      expect(model?.delta).toBeGreaterThan(0);
      expect(model?.delta).toBeLessThan(1);
      expect(model?.undPrice).toBeGreaterThan(0);
    }));
});

describe('tick-by-tick', () => {
  it('sends every trade exactly once', () =>
    withSimulator({ journalTicks: true }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast', numberOfTicks: 0, ignoreSize: false });
      client.send({ type: 'reqTickByTickData', reqId: 2, contract: AAPL, tickType: 'Last', numberOfTicks: 0, ignoreSize: false });
      await client.barrier();
      for (let price = 300; price < 350; price += 1) simulator.control.setPrice('AAPL', price);
      await clock.advance(1_000);
      await client.barrier();
      const ticks = client.all('tickByTick');
      const prices = (reqId: number): readonly number[] =>
        ticks.flatMap((tick) => (tick.reqId === reqId && (tick.kind === 'Last' || tick.kind === 'AllLast') ? [tick.price] : []));
      expect(prices(1).slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, index) => 300 + index));
      expect(prices(2).slice(0, 50)).toEqual(prices(1).slice(0, 50));
      const witnessed = simulator.control.journal({ kind: 'out', type: 'tickByTick' });
      expect(witnessed).toHaveLength(ticks.length);
    }));

  it('sends quotes and midpoints as they change', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'BidAsk', numberOfTicks: 0, ignoreSize: true });
      client.send({ type: 'reqTickByTickData', reqId: 2, contract: AAPL, tickType: 'MidPoint', numberOfTicks: 0, ignoreSize: false });
      await client.barrier();
      simulator.control.setPrice('AAPL', 300);
      await client.barrier();
      const quote = client.all('tickByTick').findLast((tick) => tick.kind === 'BidAsk');
      const middle = client.all('tickByTick').findLast((tick) => tick.kind === 'MidPoint');
      if (quote?.kind !== 'BidAsk' || middle?.kind !== 'MidPoint') throw new Error('both were expected');
      expect(quote.bidPrice).toBeLessThan(quote.askPrice);
      expect(middle.midPoint).toBeCloseTo((quote.bidPrice + quote.askPrice) / 2, 6);
    }));

  it('refuses what it cannot do', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'Last', numberOfTicks: 1_001, ignoreSize: false });
      await client.error(321, 1);
      client.send({ type: 'reqTickByTickData', reqId: 2, contract: { ...AAPL, symbol: 'NOSUCH' }, tickType: 'Last' });
      await client.error(200, 2);
      client.send({ type: 'reqTickByTickData', reqId: 3, contract: AAPL, tickType: 'Last' });
      client.send({ type: 'reqTickByTickData', reqId: 3, contract: AAPL, tickType: 'Last' });
      await client.error(322, 3);
      client.send({ type: 'cancelTickByTickData', reqId: 4 });
      expect(await client.error(300, 4)).toMatchObject({ msg: "Can't find EId with tickerId:4" });
    }));

  it('ends when its client goes', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'Last' });
      client.send({ type: 'reqMktData', reqId: 2, contract: AAPL });
      await client.barrier();
      expect(simulator.control.state().clients[0]?.subscriptions).toMatchObject({ tickByTick: [1], marketData: [2] });
      await client.close();
      await other.barrier();
      expect(simulator.control.state().clients.map((state) => state.clientId)).toEqual([2]);
      simulator.control.setPrice('AAPL', 300);
    }));
});

describe('real-time bars', () => {
  it('come every five seconds, on the five seconds', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      for (const [index, whatToShow] of ['TRADES', 'MIDPOINT', 'BID', 'ASK'].entries()) {
        client.send({ type: 'reqRealTimeBars', reqId: index, contract: AAPL, barSize: 5, whatToShow, useRTH: false });
      }
      await client.barrier();
      await clock.advance(4_000);
      simulator.control.setPrice('AAPL', 300);
      await clock.advance(6_000);
      await client.barrier();
      const bars = client.all('realTimeBar');
      const startSeconds = Date.UTC(2024, 0, 2, 14, 30) / 1_000;
      for (const reqId of [0, 1, 2, 3]) {
        expect(bars.filter((bar) => bar.reqId === reqId).map(({ time }) => time)).toEqual([startSeconds, startSeconds + 5]);
      }
      expect(bars.find(({ reqId }) => reqId === 0)?.high).toBeGreaterThanOrEqual(300);
      expect(bars.find(({ reqId }) => reqId === 1)).toMatchObject({ volume: -1, count: -1 });
      client.send({ type: 'cancelRealTimeBars', reqId: 0 });
      client.send({ type: 'cancelRealTimeBars', reqId: 0 });
      await client.error(300, 0);
      client.send({ type: 'reqRealTimeBars', reqId: 1, contract: AAPL, barSize: 5, whatToShow: 'TRADES' });
      await client.error(322, 1);
      client.send({ type: 'reqRealTimeBars', reqId: 9, contract: AAPL, barSize: 1, whatToShow: 'TRADES' });
      await client.error(321, 9);
    }));

  it('are of five seconds for clients that leave the size open with 0', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqRealTimeBars', reqId: 1, contract: AAPL, barSize: 0, whatToShow: 'TRADES' });
      await client.barrier();
      await clock.advance(5_000);
      expect(await client.first('realTimeBar')).toMatchObject({ reqId: 1, time: Date.UTC(2024, 0, 2, 14, 30) / 1_000 });
    }));
});

describe('security definitions', () => {
  it('describes contracts, and says when there is none', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqContractDetails', reqId: 1, contract: AAPL });
      await client.first('contractDetailsEnd');
      expect(client.all('contractDetails')).toHaveLength(1);
      expect(client.all('contractDetails')[0]?.details).toMatchObject({
        contract: { conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', primaryExch: 'NASDAQ', currency: 'USD' },
        longName: 'APPLE INC',
        minTick: 0.01,
        stockType: 'COMMON',
        orderTypes: expect.stringMatching(/,STP,STPLMT,TRAIL,/) as string,
      });
      client.send({ type: 'reqContractDetails', reqId: 2, contract: { ...AAPL, symbol: 'NOSUCH' } });
      await client.error(200, 2);
      await client.barrier();
      expect(client.all('contractDetailsEnd')).toHaveLength(1);
      // Indexes are not traded.
      client.send({ type: 'reqContractDetails', reqId: 3, contract: { symbol: 'SPX', secType: 'IND', exchange: 'CBOE', currency: 'USD' } });
      expect((await client.first('contractDetails', ({ reqId }) => reqId === 3)).details.orderTypes).toBeUndefined();
    }));

  it('finds symbols, chains and price grids', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqMatchingSymbols', reqId: 1, pattern: 'AAP' });
      const samples = await client.first('symbolSamples');
      expect(samples.contracts[0]).toMatchObject({ contract: { conId: 265598, symbol: 'AAPL' }, derivativeSecTypes: ['OPT', 'CFD'] });
      client.send({ type: 'reqMatchingSymbols', reqId: 2, pattern: 'zzzz' });
      expect(await client.first('symbolSamples', ({ reqId }) => reqId === 2)).toMatchObject({ contracts: [] });
      client.send({ type: 'reqSecDefOptParams', reqId: 3, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 1 });
      await client.error(321, 3);
      client.send({ type: 'reqMarketRule', marketRuleId: 26 });
      expect(await client.first('marketRule')).toMatchObject({ marketRuleId: 26, priceIncrements: [{ lowEdge: 0, increment: 0.01 }] });
      client.send({ type: 'reqMarketRule', marketRuleId: 4711 });
      await client.error(321, -1);
    }));
});

import { describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';

const SPY = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const HOUR = 3_600_000;
/** Saturday, 6 January 2024, noon in New York. */
const SATURDAY = Date.UTC(2024, 0, 6, 17);
const MONDAY_OPEN = Date.UTC(2024, 0, 8, 9);

describe('a simulator that keeps to the sessions of the exchanges', () => {
  it('shows no quotes on a Saturday, but the last price and the close', () =>
    withSimulator({ startAtMs: SATURDAY, sessions: 'calendar' }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: SPY });
      expect(await client.first('marketDataType')).toMatchObject({ marketDataType: 1 });
      await client.barrier();
      const types = client.all('tickPrice').map(({ tickType }) => tickType);
      expect(types).toEqual(expect.arrayContaining([4, 9]));
      expect(types.filter((type) => type === 1 || type === 2)).toEqual([]);
      const heard = client.all('tickPrice').length;
      await clock.advance(5 * HOUR);
      await client.barrier();
      expect(client.all('tickPrice')).toHaveLength(heard);
    }));

  it('gives the last quote to those who ask for frozen data, and goes on live when the exchange opens', () =>
    withSimulator({ startAtMs: MONDAY_OPEN - 60_000, sessions: 'calendar' }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMarketDataType', marketDataType: 2 });
      client.send({ type: 'reqMktData', reqId: 1, contract: SPY });
      expect(await client.first('marketDataType')).toMatchObject({ marketDataType: 2 });
      await client.barrier();
      const frozen = client.all('tickPrice').filter(({ tickType }) => tickType === 1);
      expect(frozen).toHaveLength(1);
      await clock.advance(70_000);
      await client.barrier();
      expect(client.all('marketDataType').map(({ marketDataType }) => marketDataType)).toEqual([2, 1]);
      expect(client.all('tickPrice').filter(({ tickType }) => tickType === 1).length).toBeGreaterThan(3);
    }));

  it('makes bars of the sessions, with the name of their trading date', () =>
    withSimulator({ startAtMs: SATURDAY, sessions: 'calendar' }, async ({ connect }) => {
      const client = await connect();
      const past = { endDateTime: '', durationStr: '3 D', barSizeSetting: '1 day', useRTH: false, formatDate: 1, keepUpToDate: false };
      client.send({ type: 'reqHistoricalData', reqId: 1, contract: SPY, ...past, whatToShow: 'TRADES' });
      client.send({ type: 'reqHistoricalData', reqId: 2, contract: { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }, ...past, whatToShow: 'MIDPOINT' });
      client.send({ type: 'reqHistoricalData', reqId: 3, contract: SPY, ...past, barSizeSetting: '1 hour', durationStr: '7200 S', whatToShow: 'TRADES' });
      const datesOf = async (reqId: number): Promise<readonly (string | undefined)[]> => (await client.first('historicalData', (message) => message.reqId === reqId)).bars.map(({ date }) => date);
      expect(await datesOf(1)).toEqual(['20240103', '20240104', '20240105']);
      expect(await datesOf(2)).toEqual(['20240103', '20240104', '20240105']);
      expect(await datesOf(3)).toEqual(['20240105 18:00:00 US/Eastern', '20240105 19:00:00 US/Eastern']);
    }));

  it('makes five-second bars in sessions only, with useRTH in regular ones', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 0, 5, 20, 59, 50), sessions: 'calendar' }, async ({ clock, connect }) => {
      const client = await connect();
      for (const useRTH of [true, false]) client.send({ type: 'reqRealTimeBars', reqId: useRTH ? 1 : 2, contract: SPY, barSize: 5, whatToShow: 'TRADES', useRTH });
      await client.barrier();
      await clock.advance(30_000);
      await client.barrier();
      const count = (id: number): number => client.all('realTimeBar').filter(({ reqId }) => reqId === id).length;
      expect([count(1), count(2)]).toEqual([2, 6]);
    }));

  it('tells of the auctions in the ten minutes before them, on a day that ends early, too', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 10, 29, 17, 49, 55), sessions: 'calendar' }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: SPY, genericTickList: '225,mdoff' });
      await client.barrier();
      await clock.advance(3_000);
      await client.barrier();
      expect(client.all('tickSize')).toEqual([]);
      await clock.advance(4_000);
      await client.barrier();
      expect(client.all('tickSize').map(({ tickType }) => tickType)).toEqual(expect.arrayContaining([34, 36, 61]));
      expect(client.all('tickPrice').every(({ tickType, price }) => tickType === 35 && price > 0)).toBe(true);
    }));

  it('tells orders that they wait, over the wire', () =>
    withSimulator({ startAtMs: MONDAY_OPEN + 5.5 * HOUR - 30_000, sessions: 'calendar' }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'placeOrder', orderId: 1, contract: SPY, order: { action: 'BUY', totalQuantity: 10, orderType: 'MKT', tif: 'DAY' } });
      expect((await client.error(399, 1)).msg).toMatch(/until 20240108 09:30:00 US\/Eastern/);
      expect(await client.first('orderStatus')).toMatchObject({ status: 'PreSubmitted' });
      await clock.advance(32_000);
      expect(await client.first('orderStatus', ({ status }) => status === 'Filled')).toMatchObject({ filled: 10 });
    }));
});

describe('combinations and continuous futures', () => {
  it('a combination has the market of its legs', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqContractDetails', reqId: 1, contract: { symbol: 'SPY', secType: 'OPT', exchange: 'SMART', right: 'C', lastTradeDateOrContractMonth: '20240119' } });
      await client.first('contractDetailsEnd');
      const [low, high] = client.all('contractDetails').map(({ details }) => details.contract.conId);
      const comboLegs = [
        { conId: low, ratio: 1, action: 'BUY', exchange: 'SMART' },
        { conId: high, ratio: 1, action: 'SELL', exchange: 'SMART' },
      ];
      const bag = { symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD', comboLegs };
      client.send({ type: 'reqMktData', reqId: 2, contract: bag });
      for (const [reqId, conId] of [[3, low], [4, high]] as const) client.send({ type: 'reqMktData', reqId, contract: { conId, exchange: 'SMART' } });
      await client.barrier();
      const price = (reqId: number, tickType: number): number => client.all('tickPrice').findLast((tick) => tick.reqId === reqId && tick.tickType === tickType)?.price ?? Number.NaN;
      expect(price(2, 1)).toBeCloseTo(price(3, 1) - price(4, 2), 8);
      expect(price(2, 2)).toBeCloseTo(price(3, 2) - price(4, 1), 8);
      const before = client.all('tickPrice').filter(({ reqId }) => reqId === 2).length;
      simulator.control.setPrice('SPY', 560);
      await clock.advance(1_000);
      await client.barrier();
      expect(client.all('tickPrice').filter(({ reqId }) => reqId === 2).length).toBeGreaterThan(before);
      client.send({ type: 'reqMktData', reqId: 5, contract: bag, snapshot: true });
      await client.first('tickSnapshotEnd');
      client.send({ type: 'reqMktData', reqId: 6, contract: { ...bag, comboLegs: [] } });
      await client.error(314, 6);
      client.send({ type: 'reqMktData', reqId: 7, contract: bag, genericTickList: '233' });
      await client.error(321, 7);
      client.send({ type: 'reqContractDetails', reqId: 8, contract: bag });
      expect((await client.error(321, 8)).msg).toMatch(/'BAG' isn't supported for contract data request/);
    }));

  it('a continuous future is the first month: details and history, and nothing else', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      const es = { symbol: 'ES', secType: 'CONTFUT', exchange: 'CME' };
      client.send({ type: 'reqContractDetails', reqId: 1, contract: es });
      const { contract } = (await client.first('contractDetails')).details;
      expect(contract).toMatchObject({ secType: 'CONTFUT', localSymbol: 'ESH4', lastTradeDateOrContractMonth: '20240315' });
      client.send({ type: 'reqContractDetails', reqId: 2, contract: { ...es, secType: 'FUT+CONTFUT' } });
      await client.first('contractDetailsEnd', ({ reqId }) => reqId === 2);
      expect(client.all('contractDetails').filter(({ reqId }) => reqId === 2)).toHaveLength(7);
      const past = { endDateTime: '', durationStr: '2 D', barSizeSetting: '1 day', useRTH: true, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: false };
      client.send({ type: 'reqHistoricalData', reqId: 3, contract: es, ...past });
      client.send({ type: 'reqHistoricalData', reqId: 4, contract: { conId: contract.conId, exchange: 'CME' }, ...past });
      const [continuous, month] = [await client.first('historicalData', ({ reqId }) => reqId === 3), await client.first('historicalData', ({ reqId }) => reqId === 4)];
      expect(continuous.bars).toEqual(month.bars);
      expect(continuous.bars).toHaveLength(2);
      client.send({ type: 'reqHistoricalData', reqId: 5, contract: es, ...past, endDateTime: '20231201-00:00:00' });
      await client.error(10339, 5);
      client.send({ type: 'reqMktData', reqId: 6, contract: es });
      expect((await client.error(321, 6)).msg).toMatch(/historical data only/);
      client.send({ type: 'placeOrder', orderId: 7, contract: es, order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT', tif: 'DAY' } });
      await client.error(200, 7);
    }));
});

import { describe, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';
import type { WireClient } from '../testing/wire-client.js';

const SPX = 416904;
/** Friday, 19 January 2024, 15:00 in New York: SPXW options of that day end an hour later. */
const LAST_DAY = Date.UTC(2024, 0, 19, 20);

async function conIdOf(client: WireClient, reqId: number, contract: object): Promise<number> {
  client.send({ type: 'reqContractDetails', reqId, contract });
  const { details } = await client.first('contractDetails', (message) => message.reqId === reqId);
  return details.contract.conId ?? 0;
}

describe('options on indexes and futures, over the wire', () => {
  it('have details that name their underlying, their class and their real end', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqContractDetails', reqId: 1, contract: { symbol: 'SPX', secType: 'OPT', exchange: 'SMART', tradingClass: 'SPX', right: 'C', strike: 5900, lastTradeDateOrContractMonth: '20240118' } });
      expect((await client.first('contractDetails')).details).toMatchObject({
        contract: { secType: 'OPT', symbol: 'SPX', tradingClass: 'SPX', lastTradeDateOrContractMonth: '20240118', multiplier: '100', localSymbol: 'SPX   240119C05900000' },
        underConId: SPX,
        underSymbol: 'SPX',
        underSecType: 'IND',
        realExpirationDate: '20240119',
        contractMonth: '202401',
        minTick: 0.05,
        liquidHours: expect.stringMatching(/^20240102:0930-20240102:1600;/) as string,
        tradingHours: expect.stringMatching(/^20240102:0930-20240102:1615;/) as string,
      });
      client.send({ type: 'reqContractDetails', reqId: 2, contract: { symbol: 'ES', secType: 'FOP', exchange: 'CME', right: 'P', strike: 5900, lastTradeDateOrContractMonth: '20240112' } });
      expect((await client.first('contractDetails', ({ reqId }) => reqId === 2)).details).toMatchObject({
        contract: { secType: 'FOP', symbol: 'ES', tradingClass: 'EW2', multiplier: '50', exchange: 'CME' },
        underSymbol: 'ES',
        underSecType: 'FUT',
        timeZoneId: 'US/Central',
      });
    }));

  it('are listed by reqSecDefOptParams, for futures by exchange', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      const month = await conIdOf(client, 1, { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDateOrContractMonth: '202403' });
      const chainsOf = async (reqId: number, asked: { underlyingSymbol: string; underlyingSecType: string; futFopExchange: string; underlyingConId: number }): Promise<readonly string[]> => {
        client.send({ type: 'reqSecDefOptParams', reqId, ...asked });
        await client.first('secDefOptParameterEnd', (message) => message.reqId === reqId);
        return client.all('secDefOptParameter').flatMap((chain) => (chain.reqId === reqId ? [`${chain.tradingClass} ${chain.exchange} ${chain.multiplier}`] : []));
      };
      const onMonth = { underlyingSymbol: 'ES', underlyingSecType: 'FUT', underlyingConId: month };
      expect(await chainsOf(2, { ...onMonth, futFopExchange: 'CME' })).toEqual(['ES CME 50', 'EW1 CME 50', 'EW2 CME 50', 'EW3 CME 50', 'EW4 CME 50']);
      expect(await chainsOf(3, { ...onMonth, futFopExchange: '' })).toHaveLength(5);
      expect(await chainsOf(4, { ...onMonth, futFopExchange: 'NYMEX' })).toEqual([]);
      expect(await chainsOf(5, { underlyingSymbol: 'SPX', underlyingSecType: 'IND', underlyingConId: SPX, futFopExchange: '' })).toEqual(['SPXW SMART 100', 'SPXW CBOE 100', 'SPX SMART 100', 'SPX CBOE 100']);
      client.send({ type: 'reqSecDefOptParams', reqId: 6, ...onMonth, underlyingSecType: 'STK', futFopExchange: '' });
      await client.error(321, 6);
    }));

  it('have lines with computations, calculators, bars and no tick-by-tick', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      const contract = { symbol: 'ES', secType: 'FOP', exchange: 'CME', right: 'C' as const, strike: 5900, lastTradeDateOrContractMonth: '20240315' };
      client.send({ type: 'reqMktData', reqId: 1, contract, genericTickList: '101,106' });
      await client.barrier();
      await clock.advance(2_000);
      await client.barrier();
      const computations = client.all('tickOptionComputation').map(({ tickType }) => tickType);
      expect(computations).toEqual(expect.arrayContaining([10, 11, 13]));
      expect(client.all('tickGeneric').some(({ tickType }) => tickType === 24)).toBe(true);
      client.send({ type: 'calcImpliedVolatility', reqId: 2, contract, optionPrice: 200, underPrice: 5950 });
      expect((await client.first('tickOptionComputation', ({ reqId }) => reqId === 2)).impliedVol).toBeGreaterThan(0.05);
      client.send({ type: 'reqHistoricalData', reqId: 3, contract, endDateTime: '', durationStr: '2 D', barSizeSetting: '1 day', useRTH: true, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: false });
      expect((await client.first('historicalData')).bars).toHaveLength(2);
      client.send({ type: 'reqTickByTickData', reqId: 4, contract, tickType: 'Last' });
      await client.error(10189, 4);
    }));

  it('trade, count with their multiplier, and are paid out or deliver a future when they are exercised', () =>
    withSimulator({ startAtMs: LAST_DAY }, async ({ clock, simulator, connect }) => {
      const client = await connect();
      const order = { action: 'BUY', totalQuantity: 1, orderType: 'MKT', tif: 'DAY' };
      const indexCall = { conId: 0, exchange: 'SMART' };
      const later = { symbol: 'SPX', secType: 'OPT', exchange: 'SMART', tradingClass: 'SPXW', right: 'C', lastTradeDateOrContractMonth: '20240202' };
      const calls = async (reqId: number, contract: object): Promise<readonly { conId: number; strike: number }[]> => {
        client.send({ type: 'reqContractDetails', reqId, contract });
        await client.first('contractDetailsEnd', (message) => message.reqId === reqId);
        return client.all('contractDetails').flatMap((message) => (message.reqId === reqId ? [{ conId: message.details.contract.conId ?? 0, strike: message.details.contract.strike ?? 0 }] : []));
      };
      const [deep] = await calls(1, later);
      const [deepFuture] = await calls(2, { symbol: 'ES', secType: 'FOP', exchange: 'CME', tradingClass: 'ES', right: 'C', lastTradeDateOrContractMonth: '20240315' });
      if (deep === undefined || deepFuture === undefined) throw new Error('no options');
      client.send({ type: 'placeOrder', orderId: 1, contract: { ...indexCall, conId: deep.conId }, order });
      client.send({ type: 'placeOrder', orderId: 2, contract: { conId: deepFuture.conId, exchange: 'CME' }, order });
      await client.barrier();
      await clock.advance(1_000);
      for (const orderId of [1, 2]) await client.first('orderStatus', (status) => status.orderId === orderId && status.status === 'Filled');
      expect(simulator.control.state().positions.map(({ instrument }) => instrument.secType)).toEqual(['OPT', 'FOP']);
      const exercise = { exerciseAction: 1, exerciseQuantity: 1, account: 'DU1234567', override: false } as const;
      client.send({ type: 'exerciseOptions', reqId: 3, contract: { conId: deep.conId, exchange: 'SMART' }, ...exercise });
      expect((await client.error(322, 3)).msg).toMatch(/last trading day only/);
      client.send({ type: 'exerciseOptions', reqId: 4, contract: { conId: deepFuture.conId, exchange: 'CME' }, ...exercise });
      await client.barrier();
      await clock.advance(1_000);
      const delivered = await client.first('execDetails', ({ contract }) => contract.secType === 'FUT');
      expect(delivered.execution).toMatchObject({ side: 'BOT', shares: 1, price: deepFuture.strike });
      await clock.advance(14 * 86_400_000);
      client.send({ type: 'exerciseOptions', reqId: 5, contract: { conId: deep.conId, exchange: 'SMART' }, ...exercise });
      await client.barrier();
      await clock.advance(1_000);
      const paid = await client.first('execDetails', ({ execution, contract }) => contract.conId === deep.conId && execution.side === 'SLD');
      expect(paid.execution.price).toBeGreaterThan(0);
      expect(simulator.control.state().positions.some(({ instrument }) => instrument.secType === 'IND')).toBe(false);
    }));
});

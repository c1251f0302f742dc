import { EventName, OrderAction, OrderType, SecType, TickByTickDataType, TimeInForce } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { describe, expect, it } from 'vitest';
import { withStoqey } from './testing/stoqey-client.js';

const AAPL: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };

describe('a plain @stoqey/ib client', () => {
  const expectStoqey = withStoqey;

  it('connects', () =>
    expectStoqey(async (api, heard) => {
      expect(await heard.first(EventName.managedAccounts)).toEqual(['DU1234567,DU7654321']);
      expect(heard.all(EventName.nextValidId)).toEqual([[1]]);
      expect(api.serverVersion).toBe(193);
      api.reqCurrentTime();
      const [time] = await heard.first(EventName.currentTime);
      expect(time).toBeGreaterThan(1_600_000_000);
    }));

  it('gets quotes and trades', () =>
    expectStoqey(async (api, heard, simulator) => {
      api.reqMktData(21, AAPL, '', false, false);
      api.reqTickByTickData(22, AAPL, TickByTickDataType.AllLast, 0, false);
      api.reqTickByTickData(23, AAPL, TickByTickDataType.BidAsk, 0, false);
      await heard.first(EventName.tickReqParams, ([reqId]) => reqId === 21);
      await heard.first(EventName.tickByTickBidAsk, ([reqId]) => reqId === 23);
      simulator.control.setPrice('AAPL', 321.5);
      await heard.first(EventName.tickByTickAllLast, ([reqId, , , price]) => reqId === 22 && price === 321.5);
      await heard.first(EventName.tickPrice, ([reqId, field]) => reqId === 21 && field === 1);
      await heard.first(EventName.tickPrice, ([reqId, field, price]) => reqId === 21 && field === 2 && typeof price === 'number' && price > 320);
      await heard.first(EventName.tickSize, ([reqId, field]) => reqId === 21 && field === 0);
      await heard.first(EventName.tickString, ([reqId, field]) => reqId === 21 && field === 45);
      api.cancelMktData(21);
      api.cancelTickByTickData(22);
      api.cancelTickByTickData(23);
      api.reqMktData(24, AAPL, '', true, false);
      await heard.first(EventName.tickSnapshotEnd, ([reqId]) => reqId === 24);
    }));

  it('looks up contracts', () =>
    expectStoqey(async (api, heard) => {
      api.reqContractDetails(31, AAPL);
      const [, details] = await heard.first(EventName.contractDetails);
      expect(details).toMatchObject({ contract: { conId: 265598, symbol: 'AAPL' }, minTick: 0.01, longName: 'APPLE INC' });
      await heard.first(EventName.contractDetailsEnd, ([reqId]) => reqId === 31);
      api.reqMatchingSymbols(32, 'AAPL');
      await heard.first(EventName.symbolSamples, ([reqId]) => reqId === 32);
      api.reqSecDefOptParams(33, 'AAPL', '', SecType.STK, 265598);
      await heard.first(EventName.securityDefinitionOptionParameterEnd, ([reqId]) => reqId === 33);
      const [, exchange, underConId, tradingClass, multiplier, expirations, strikes] = await heard.first(EventName.securityDefinitionOptionParameter);
      expect([exchange, underConId, tradingClass, Number(multiplier)]).toEqual(['SMART', 265598, 'AAPL', 100]);
      expect(Array.isArray(expirations) && expirations.length).toBeGreaterThan(5);
      expect(Array.isArray(strikes) && strikes.length).toBeGreaterThan(20);
      api.reqContractDetails(34, { ...AAPL, symbol: 'NOSUCH' });
      await heard.first(EventName.error, ([, code, reqId]) => code === 200 && reqId === 34);
    }));

  it('trades: an order to its fill, positions, account, executions', () =>
    expectStoqey(async (api, heard) => {
      const order: Order = {
        action: OrderAction.BUY,
        orderType: OrderType.MKT,
        totalQuantity: 100,
        tif: TimeInForce.DAY,
        account: 'DU1234567',
        orderRef: 'first',
        transmit: true,
      };
      api.reqPositions();
      await heard.first(EventName.positionEnd);
      api.placeOrder(1, AAPL, order);
      const [, , openedOrder] = await heard.first(EventName.openOrder, ([orderId]) => orderId === 1);
      expect(openedOrder).toMatchObject({ action: 'BUY', totalQuantity: 100, orderType: 'MKT', account: 'DU1234567', orderRef: 'first', clientId: 11 });
      await heard.first(EventName.orderStatus, ([orderId, status, filled]) => orderId === 1 && status === 'Filled' && filled === 100);
      const [, contract, execution] = await heard.first(EventName.execDetails);
      expect(contract).toMatchObject({ conId: 265598, symbol: 'AAPL' });
      expect(execution).toMatchObject({ orderId: 1, side: 'BOT', acctNumber: 'DU1234567' });
      const [report] = await heard.first(EventName.commissionReport);
      expect(report).toMatchObject({ currency: 'USD' });
      await heard.first(EventName.position, ([account, , position]) => account === 'DU1234567' && position === 100);

      api.placeOrder(2, AAPL, { ...order, orderType: OrderType.LMT, lmtPrice: 1, tif: TimeInForce.GTC });
      await heard.first(EventName.orderStatus, ([orderId, status]) => orderId === 2 && status === 'Submitted');
      api.reqOpenOrders();
      await heard.first(EventName.openOrderEnd);
      api.cancelOrder(2);
      await heard.first(EventName.orderStatus, ([orderId, status]) => orderId === 2 && status === 'Cancelled');
      await heard.first(EventName.error, ([, code, id]) => code === 202 && id === 2);

      api.reqExecutions(41, {});
      await heard.first(EventName.execDetailsEnd, ([reqId]) => reqId === 41);
      expect(heard.all(EventName.execDetails).some(([reqId]) => reqId === 41)).toBe(true);
      api.reqCompletedOrders(false);
      await heard.first(EventName.completedOrdersEnd);
      expect(heard.all(EventName.completedOrder).length).toBe(2);
      api.reqAccountSummary(42, 'All', 'NetLiquidation,BuyingPower');
      await heard.first(EventName.accountSummaryEnd, ([reqId]) => reqId === 42);
      expect(heard.all(EventName.accountSummary).length).toBe(4);
      api.reqAccountUpdates(true, 'DU1234567');
      await heard.first(EventName.accountDownloadEnd);
      expect(heard.all(EventName.updatePortfolio).length).toBeGreaterThan(0);
      api.reqPnL(43, 'DU1234567', '');
      await heard.first(EventName.pnl, ([reqId]) => reqId === 43);
      api.reqPnLSingle(44, 'DU1234567', '', 265598);
      await heard.first(EventName.pnlSingle, ([reqId, position]) => reqId === 44 && position === 100);
    }));
});

import { BarSizeSetting, DurationUnit, IBApiNext, IBApiTickType, Instrument, LocationCode, MarketDataType, OptionType, OrderAction, OrderType, ScanCode, SecType, TimeInForce, WhatToShow } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { firstValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { ServerMessage, ServerMessageOf } from '@ibkit/wire';
import { waitForState } from '@ibkit/simulator/vitest';
import { describe, expect, it } from 'vitest';
import { createSimulator } from './create-simulator.js';
import type { Simulator } from './create-simulator.js';
import { TABLE_TIME } from './testing/request-table.js';

const AAPL: Contract = { conId: 265598, symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const CALL: Contract = { symbol: 'AAPL', secType: SecType.OPT, exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: '20240119', strike: 230, right: OptionType.Call };
const LIMIT: Order = { action: OrderAction.BUY, orderType: OrderType.LMT, lmtPrice: 1, totalQuantity: 7, tif: TimeInForce.GTC, account: 'DU1234567', transmit: true };
const MARKET: Order = { action: OrderAction.BUY, orderType: OrderType.MKT, totalQuantity: 7, tif: TimeInForce.DAY, account: 'DU1234567', transmit: true };
const ACCOUNT = 'DU1234567';

const SIDES = [IBApiTickType.BID, IBApiTickType.ASK, IBApiTickType.LAST] as const;

/** What a check works with. Time stands still but for its steps. */
interface Rig {
  readonly next: IBApiNext;
  readonly simulator: Simulator;
  /** Steps the clock until the promise is settled. */
  readonly moving: <T>(promise: Promise<T>) => Promise<T>;
  /** The messages of a type that the server has sent. */
  readonly said: <T extends ServerMessage['type']>(type: T) => readonly ServerMessageOf<T>[];
}

function isOfType<T extends ServerMessage['type']>(message: unknown, type: T): message is ServerMessageOf<T> {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}

/** The first value of a stream that fits. */
function firstOf<T>(stream: Observable<T>, fits: (value: T) => boolean = () => true): Promise<T> {
  return firstValueFrom(stream.pipe(filter(fits)));
}

/** Costs are printed with six decimals. */
function rounded(value: number | undefined): number {
  return Number((value ?? 0).toFixed(6));
}

async function fill({ next, simulator, moving }: Rig): Promise<void> {
  next.placeOrder(1, AAPL, MARKET);
  await moving(waitForState(simulator, ({ executions }) => executions.length > 0));
}

async function rest({ next, simulator }: Rig, orderId = 1): Promise<void> {
  next.placeOrder(orderId, AAPL, LIMIT);
  await waitForState(simulator, ({ openOrders }) => openOrders.length === 1);
}

/** Every method of IBApiNext: what it gives is what the simulator holds, or has said. */
const CHECKS: Readonly<Record<string, (rig: Rig) => Promise<void>>> = {
  getCurrentTime: async ({ next }) => {
    expect(await next.getCurrentTime()).toBe(TABLE_TIME / 1_000);
  },
  getManagedAccounts: async ({ next }) => {
    expect(await next.getManagedAccounts()).toEqual([ACCOUNT, 'DU7654321']);
  },
  getAccountSummary: async ({ next, said }) => {
    const { all } = await firstOf(next.getAccountSummary('All', 'NetLiquidation,BuyingPower'), ({ all: known }) => known.size === 2);
    for (const { account, tag, value, currency } of said('accountSummary')) expect(all.get(account)?.get(tag)?.get(currency)?.value).toBe(value);
    expect(said('accountSummary')).toHaveLength(4);
  },
  getAccountUpdates: async (rig) => {
    await fill(rig);
    const { all } = await firstOf(rig.next.getAccountUpdates(ACCOUNT), (update) => (update.all.portfolio?.get(ACCOUNT)?.length ?? 0) > 0);
    const [held] = rig.simulator.control.state().positions;
    expect(all.portfolio?.get(ACCOUNT)).toMatchObject([{ contract: { conId: held?.instrument.conId }, pos: 7, avgCost: rounded(held?.avgCost), marketPrice: held?.marketPrice }]);
    const { value } = rig.said('accountValue').find(({ key, currency }) => key === 'NetLiquidation' && currency === 'USD') ?? {};
    expect(all.value?.get(ACCOUNT)?.get('NetLiquidation')?.get('USD')?.value).toBe(value);
  },
  getPositions: async (rig) => {
    await fill(rig);
    const { all } = await firstOf(rig.next.getPositions(), (update) => update.all.size > 0);
    const [held] = rig.simulator.control.state().positions;
    expect(all.get(ACCOUNT)).toMatchObject([{ contract: { conId: held?.instrument.conId, symbol: 'AAPL' }, pos: held?.position, avgCost: rounded(held?.avgCost) }]);
  },
  getContractDetails: async ({ next, said }) => {
    const found = await next.getContractDetails({ ...CALL, strike: 0 });
    expect(found.length).toBeGreaterThan(10);
    expect(found.map(({ contract, minTick, longName }) => [contract.conId, contract.strike, minTick, longName])).toEqual(said('contractDetails').map(({ details }) => [details.contract.conId, details.contract.strike, details.minTick, details.longName]));
  },
  getSecDefOptParams: async ({ next, said }) => {
    const chains = await next.getSecDefOptParams('AAPL', '', SecType.STK, 265598);
    expect(chains).toMatchObject(said('secDefOptParameter').map(({ exchange, tradingClass, multiplier, expirations, strikes }) => ({ exchange, tradingClass, multiplier: Number(multiplier), expirations, strikes })));
    expect(chains.length).toBeGreaterThan(0);
  },
  getPnL: async (rig) => {
    await fill(rig);
    const reading = await rig.moving(firstOf(rig.next.getPnL(ACCOUNT)));
    const [{ dailyPnL, unrealizedPnL, realizedPnL } = {}] = rig.said('pnl');
    expect(reading).toEqual({ dailyPnL, unrealizedPnL, realizedPnL });
  },
  getPnLSingle: async (rig) => {
    await fill(rig);
    const reading = await rig.moving(firstOf(rig.next.getPnLSingle(ACCOUNT, '', 265598)));
    const [{ position, dailyPnL, unrealizedPnL, realizedPnL, value } = {}] = rig.said('pnlSingle');
    expect(reading).toEqual({ position, dailyPnL, unrealizedPnL, realizedPnL, marketValue: value });
    expect(position).toBe(7);
  },
  setMarketDataType: async ({ next, simulator }) => {
    next.setMarketDataType(MarketDataType.DELAYED);
    await next.getCurrentTime();
    expect(simulator.control.journal({ kind: 'in', type: 'reqMarketDataType' })).toMatchObject([{ message: { marketDataType: 3 } }]);
  },
  getMarketData: async ({ next, simulator, moving }) => {
    simulator.control.setPrice('AAPL', 250);
    // Time moves before the client has all: what it gets is what was there when it asked.
    const { bid, ask, last } = simulator.control.quote('AAPL') ?? {};
    const { all } = await moving(firstOf(next.getMarketData(AAPL, '', false, false), (update) => SIDES.every((field) => update.all.has(field))));
    expect(SIDES.map((field) => all.get(field)?.value)).toEqual([bid, ask, last]);
  },
  getMarketDataSnapshot: async ({ next, simulator, moving }) => {
    const { bid, ask, last } = simulator.control.quote('AAPL') ?? {};
    const data = await moving(next.getMarketDataSnapshot(AAPL, '', false));
    expect(SIDES.map((field) => data.get(field)?.value)).toEqual([bid, ask, last]);
  },
  getMarketDataSingle: async ({ next, said, moving }) => {
    const data = await moving(next.getMarketDataSingle(AAPL, '', false));
    const values = new Map<number, number | undefined>([...data].map(([field, tick]) => [field, tick.value]));
    for (const { tickType, price } of said('tickPrice')) expect(values.get(tickType)).toBe(price);
    expect(said('tickSnapshotEnd')).toHaveLength(1);
  },
  getHeadTimestamp: async ({ next, said }) => {
    expect(await next.getHeadTimestamp(AAPL, WhatToShow.TRADES, true, 1)).toBe(said('headTimestamp')[0]?.headTimestamp);
  },
  getHistoricalData: async ({ next, said }) => {
    const bars = await next.getHistoricalData(AAPL, '', '1800 S', BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, false, 2);
    expect(bars).toMatchObject((said('historicalData')[0]?.bars ?? []).map(({ date, open, high, low, close, volume, wap, count }) => ({ time: date, open, high, low, close, volume, WAP: wap, count })));
    expect(bars).toHaveLength(31);
  },
  getHistoricalDataUpdates: async ({ next, said, moving }) => {
    const bar = await moving(firstOf(next.getHistoricalDataUpdates(AAPL, BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, 2)));
    const [{ date, open, high, low, close } = {}] = said('historicalDataUpdate').map((message) => message.bar);
    expect(bar).toMatchObject({ time: date, open, high, low, close });
  },
  getHistoricalTicksMid: async ({ next, said }) => {
    const ticks = await firstOf(next.getHistoricalTicksMid(AAPL, '', '20240102-15:00:00', 10, false));
    expect(ticks).toMatchObject((said('historicalTicks')[0]?.ticks ?? []).map(({ time, price }) => ({ time, price })));
    expect(ticks.length).toBeGreaterThan(9);
  },
  getHistoricalTicksBidAsk: async ({ next, said }) => {
    const ticks = await firstOf(next.getHistoricalTicksBidAsk(AAPL, '', '20240102-15:00:00', 10, false, false));
    expect(ticks).toMatchObject((said('historicalTicksBidAsk')[0]?.ticks ?? []).map(({ time, bidPrice, askPrice, bidSize, askSize }) => ({ time, priceBid: bidPrice, priceAsk: askPrice, sizeBid: bidSize, sizeAsk: askSize })));
    expect(ticks.length).toBeGreaterThan(9);
  },
  getHistoricalTicksLast: async ({ next, said }) => {
    const ticks = await firstOf(next.getHistoricalTicksLast(AAPL, '', '20240102-15:00:00', 10, false));
    expect(ticks).toMatchObject((said('historicalTicksLast')[0]?.ticks ?? []).map(({ time, price, size, exchange }) => ({ time, price, size, exchange })));
    expect(ticks.length).toBeGreaterThan(9);
  },
  getMarketDepthExchanges: async ({ next, said }) => {
    expect((await next.getMarketDepthExchanges()).map(({ exchange, secType }) => [exchange, secType])).toEqual(said('mktDepthExchanges')[0]?.exchanges.map(({ exchange, secType }) => [exchange, secType]));
  },
  getMarketDepth: async ({ next, simulator, moving }) => {
    const { bid, ask } = simulator.control.quote('AAPL') ?? {};
    const { all } = await moving(firstOf(next.getMarketDepth(AAPL, 5, true), (update) => update.all.bids.size === 5 && update.all.asks.size === 5));
    expect([all.bids.get(0)?.price, all.asks.get(0)?.price]).toEqual([bid, ask]);
  },
  getScannerParameters: async ({ next, said }) => {
    expect(await next.getScannerParameters()).toBe(said('scannerParameters')[0]?.xml);
  },
  getMarketScanner: async ({ next, said }) => {
    const { all } = await firstOf(next.getMarketScanner({ instrument: Instrument.STK, locationCode: LocationCode.STK_US, scanCode: ScanCode.MOST_ACTIVE, numberOfRows: 5 }), (update) => update.all.size === 5);
    expect([...all.values()].map(({ contract }) => contract.contract.conId)).toEqual(said('scannerData')[0]?.rows.map(({ contract }) => contract.conId));
  },
  getHistogramData: async ({ next, said }) => {
    const entries = await next.getHistogramData(AAPL, true, 1, DurationUnit.DAY);
    expect(entries).toEqual(said('histogramData')[0]?.items.map(({ price, size }) => ({ price, size })));
  },
  getAllOpenOrders: async (rig) => {
    await rest(rig);
    const [open] = rig.simulator.control.state().openOrders;
    expect(await rig.next.getAllOpenOrders()).toMatchObject([{ orderId: 1, order: { permId: Number(open?.permId), lmtPrice: open?.lmtPrice, totalQuantity: open?.totalQuantity }, orderState: { status: open?.status } }]);
  },
  getOpenOrders: async (rig) => {
    await rest(rig);
    const { all } = await firstOf(rig.next.getOpenOrders(), (update) => update.all.length > 0);
    expect(all).toMatchObject([{ orderId: 1, order: { permId: Number(rig.simulator.control.state().openOrders[0]?.permId) } }]);
  },
  getAutoOpenOrders: async ({ next, simulator, moving }) => {
    const stream = firstOf(next.getAutoOpenOrders(true), (update) => update.all.length > 0);
    await next.getCurrentTime();
    const manual = simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 3, lmtPrice: 1 });
    expect((await moving(stream)).all).toMatchObject([{ orderId: 0, order: { permId: Number(manual.permId) } }]);
  },
  getNextValidOrderId: async (rig) => {
    expect(await rig.next.getNextValidOrderId()).toBe(1);
    await rest(rig, 17);
    expect(await rig.next.getNextValidOrderId()).toBe(18);
  },
  placeOrder: async (rig) => {
    await rest(rig, 5);
    expect(rig.simulator.control.state().openOrders).toMatchObject([{ orderId: 5, lmtPrice: LIMIT.lmtPrice, totalQuantity: 7, tif: 'GTC', clientId: 0 }]);
  },
  placeNewOrder: async ({ next, simulator }) => {
    const orderId = await next.placeNewOrder(AAPL, LIMIT);
    const { openOrders } = await waitForState(simulator, (state) => state.openOrders.length === 1);
    expect(openOrders[0]?.orderId).toBe(orderId);
  },
  modifyOrder: async (rig) => {
    await rest(rig);
    rig.next.modifyOrder(1, AAPL, { ...LIMIT, lmtPrice: 2 });
    const { openOrders } = await waitForState(rig.simulator, (state) => state.openOrders[0]?.lmtPrice === 2);
    expect(openOrders).toHaveLength(1);
  },
  cancelOrder: async (rig) => {
    await rest(rig);
    rig.next.cancelOrder(1);
    const { completedOrders } = await rig.moving(waitForState(rig.simulator, (state) => state.openOrders.length === 0));
    expect(completedOrders).toMatchObject([{ orderId: 1, status: 'Cancelled' }]);
  },
  cancelAllOrders: async (rig) => {
    await rest(rig);
    rig.next.cancelAllOrders();
    const { completedOrders } = await rig.moving(waitForState(rig.simulator, (state) => state.openOrders.length === 0));
    expect(completedOrders).toMatchObject([{ orderId: 1, status: 'Cancelled' }]);
  },
  getExecutionDetails: async (rig) => {
    await fill(rig);
    const details = await rig.next.getExecutionDetails({});
    expect(details.map(({ execution }) => execution)).toMatchObject(rig.simulator.control.state().executions.map(({ execId, price, shares, side, orderId }) => ({ execId, price, shares, side, orderId })));
  },
  getCommissionReport: async (rig) => {
    await fill(rig);
    const reports = await rig.next.getCommissionReport({});
    expect(reports).toMatchObject(rig.said('commissionReport').slice(-1).map(({ execId, commission, currency }) => ({ execId, commission, currency })));
    expect(reports).toHaveLength(1);
  },
  getMatchingSymbols: async ({ next, said }) => {
    expect((await next.getMatchingSymbols('AA')).map(({ contract }) => contract?.conId)).toEqual(said('symbolSamples')[0]?.contracts.map(({ contract }) => contract.conId));
  },
  searchContracts: async ({ next, said }) => {
    expect((await next.searchContracts('SP')).map(({ contract }) => contract?.symbol)).toEqual(said('symbolSamples')[0]?.contracts.map(({ contract }) => contract.symbol));
  },
  getUserInfo: async ({ next, said }) => {
    expect(await next.getUserInfo()).toBe(said('userInfo')[0]?.whiteBrandingId);
  },
  getMarketRule: async ({ next, said }) => {
    expect(await next.getMarketRule(26)).toEqual(said('marketRule')[0]?.priceIncrements);
  },
  getTickByTickAllLastDataUpdates: async ({ next, simulator }) => {
    const tick = firstOf(next.getTickByTickAllLastDataUpdates(AAPL, 0, false), ({ price }) => price === 321.5);
    await next.getCurrentTime();
    simulator.control.setPrice('AAPL', 321.5);
    expect(await tick).toMatchObject({ price: simulator.control.quote('AAPL')?.last });
  },
  getRealTimeBars: async ({ next, said, moving }) => {
    const bar = await moving(firstOf(next.getRealTimeBars(AAPL, WhatToShow.TRADES, false)));
    const [{ open, high, low, close, volume, count } = {}] = said('realTimeBar');
    expect(bar).toMatchObject({ open, high, low, close, volume, count });
  },
  getFundamentalData: async ({ next }) => {
    // Not given by anybody any more (10358).
    await expect(next.getFundamentalData(AAPL, 'ReportSnapshot')).rejects.toMatchObject({ code: 10_358 });
  },
};

/** What asks the server nothing: the connection, helpers of the library, and what hears the messages. */
const NO_REQUESTS: ReadonlySet<string> = new Set(['constructor', 'connect', 'disconnect', 'insertAtMapIndex']);

/** Every function of the class and of its objects that a program may call. */
function methodsOf(next: IBApiNext): readonly string[] {
  const own = Object.entries(next).flatMap(([name, value]) => (typeof value === 'function' && !/^on[A-Z]/.test(name) ? [name] : []));
  const prototype: object = IBApiNext.prototype;
  const inherited = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) => (typeof value === 'function' ? [name] : []));
  return [...own, ...inherited].filter((name) => !NO_REQUESTS.has(name)).sort();
}

async function expectNext(body: (rig: Rig) => Promise<void>): Promise<void> {
  const simulator = await createSimulator({ lockStep: true, startAtMs: TABLE_TIME, journalTicks: true, accounts: [ACCOUNT, 'DU7654321'] });
  const next = new IBApiNext({ host: simulator.host, port: simulator.port, maxReqPerSec: 1_000, reconnectInterval: 0 });
  const codes: number[] = [];
  next.errorSubject.subscribe(({ code }) => {
    codes.push(code);
  });
  try {
    next.connect(0);
    // Before START_API is answered what it asks is put off; this answer comes behind it.
    await next.getCurrentTime();
    await body({
      next,
      simulator,
      moving: async (promise) => {
        const state = { isOver: false };
        const over = (): void => {
          state.isOver = true;
        };
        promise.then(over, over);
        for (let steps = 0; !state.isOver && steps < 1_000; steps += 1) {
          await next.getCurrentTime();
          await simulator.control.step(250);
          await next.getCurrentTime();
        }
        return promise;
      },
      said: (type) => simulator.control.journal({ kind: 'out', type }).flatMap(({ message }) => (isOfType(message, type) ? [message] : [])),
    });
    expect(simulator.control.journal({ kind: 'fault' }).filter(({ type }) => type !== 'clock' && type !== 'market')).toEqual([]);
    expect(codes.filter((code) => code >= 500 && code < 600)).toEqual([]);
  } finally {
    next.disconnect();
    await simulator.close();
  }
}

describe('IBApiNext of @stoqey/ib', () => {
  it('has no method that is not called below', () => {
    expect(methodsOf(new IBApiNext({ host: '127.0.0.1', port: 1, maxReqPerSec: 40 }))).toEqual(Object.keys(CHECKS).sort());
  });

  it.each(Object.entries(CHECKS))('%s gives what the simulator holds', (_name, check) => expectNext(check));
});

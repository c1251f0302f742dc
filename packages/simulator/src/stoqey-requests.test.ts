import { BarSizeSetting, DurationUnit, EventName, FADataType, IBApi, Instrument, LocationCode, LogLevel, MarketDataType, OptionExerciseAction, OptionType, OrderAction, OrderType, ScanCode, SecType, TickByTickDataType, TimeInForce, WhatToShow } from '@stoqey/ib';
import type { Contract, Order, ScannerSubscription } from '@stoqey/ib';
import type { ServerMessage } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { createSimulator } from './create-simulator.js';
import type { Simulator } from './create-simulator.js';
import type { WitnessEntry } from './server/witness-journal.js';
import type { SimulatorOptions } from './simulator-options.js';
import { TABLE_TIME } from './testing/request-table.js';
import { readingsOf } from './testing/stoqey-readings.js';

const AAPL: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const CALL: Contract = { ...AAPL, secType: SecType.OPT, lastTradeDateOrContractMonth: '20240119', strike: 230, right: OptionType.Call };
const GAINS: ScannerSubscription = { instrument: Instrument.STK, locationCode: LocationCode.STK_US, scanCode: ScanCode.TOP_PERC_GAIN, numberOfRows: 5 };
const LIMIT: Order = { action: OrderAction.BUY, orderType: OrderType.LMT, lmtPrice: 1, totalQuantity: 1, tif: TimeInForce.GTC, account: 'DU1234567', transmit: true };
const ACCOUNT = 'DU1234567';
const AAPL_ID = 265598;

/** What ends the wait for a call: an event (with its request id), an error code, or nothing but the answer to a later call. */
type Sign = { readonly event: `${EventName}` } | { readonly code: number } | 'silent';

/** One call. `id` is where the events and errors of the call carry its request id; undefined when they carry none. */
interface Call {
  readonly id?: number | undefined;
  readonly run: (api: IBApi) => unknown;
  readonly sign: Sign;
}

const event = (name: EventName): Sign => ({ event: name });
const code = (number: number): Sign => ({ code: number });

/** Every request method of IBApi, in an order in which each finds what it needs. */
const CALLS: Readonly<Record<string, Call>> = {
  reqCurrentTime: { run: (api) => api.reqCurrentTime(), sign: event(EventName.currentTime) },
  reqIds: { run: (api) => api.reqIds(), sign: event(EventName.nextValidId) },
  reqManagedAccts: { run: (api) => api.reqManagedAccts(), sign: event(EventName.managedAccounts) },
  setServerLogLevel: { run: (api) => api.setServerLogLevel(LogLevel.DETAIL), sign: 'silent' },
  reqMarketDataType: { run: (api) => api.reqMarketDataType(MarketDataType.REALTIME), sign: 'silent' },
  reqMktData: { id: 1, run: (api) => api.reqMktData(1, AAPL, '233,106,236,293', false, false), sign: event(EventName.tickPrice) },
  cancelMktData: { id: 1, run: (api) => api.cancelMktData(1), sign: 'silent' },
  reqTickByTickData: { id: 2, run: (api) => api.reqTickByTickData(2, AAPL, TickByTickDataType.BidAsk, 0, false), sign: event(EventName.tickByTickBidAsk) },
  cancelTickByTickData: { id: 2, run: (api) => api.cancelTickByTickData(2), sign: 'silent' },
  reqMktDepth: { id: 3, run: (api) => api.reqMktDepth(3, AAPL, 5, true), sign: event(EventName.updateMktDepthL2) },
  cancelMktDepth: { id: 3, run: (api) => api.cancelMktDepth(3, true), sign: 'silent' },
  reqMktDepthExchanges: { run: (api) => api.reqMktDepthExchanges(), sign: event(EventName.mktDepthExchanges) },
  reqSmartComponents: { id: 4, run: (api) => api.reqSmartComponents(4, '9c0001'), sign: event(EventName.smartComponents) },
  reqRealTimeBars: { id: 5, run: (api) => api.reqRealTimeBars(5, AAPL, 5, WhatToShow.TRADES, false), sign: event(EventName.realtimeBar) },
  cancelRealTimeBars: { id: 5, run: (api) => api.cancelRealTimeBars(5), sign: 'silent' },
  calculateImpliedVolatility: { id: 6, run: (api) => api.calculateImpliedVolatility(6, CALL, 8, 230), sign: event(EventName.tickOptionComputation) },
  cancelCalculateImpliedVolatility: { id: 6, run: (api) => api.cancelCalculateImpliedVolatility(6), sign: 'silent' },
  calculateOptionPrice: { id: 7, run: (api) => api.calculateOptionPrice(7, CALL, 0.3, 230), sign: event(EventName.tickOptionComputation) },
  cancelCalculateOptionPrice: { id: 7, run: (api) => api.cancelCalculateOptionPrice(7), sign: 'silent' },
  reqContractDetails: { id: 8, run: (api) => api.reqContractDetails(8, AAPL), sign: event(EventName.contractDetailsEnd) },
  reqMatchingSymbols: { id: 9, run: (api) => api.reqMatchingSymbols(9, 'AA'), sign: event(EventName.symbolSamples) },
  reqSecDefOptParams: { id: 10, run: (api) => api.reqSecDefOptParams(10, 'AAPL', '', SecType.STK, AAPL_ID), sign: event(EventName.securityDefinitionOptionParameterEnd) },
  reqMarketRule: { run: (api) => api.reqMarketRule(26), sign: event(EventName.marketRule) },
  reqHistoricalData: { id: 11, run: (api) => api.reqHistoricalData(11, AAPL, '', '600 S', BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, false, 1, false), sign: event(EventName.historicalData) },
  cancelHistoricalData: { id: 11, run: (api) => api.cancelHistoricalData(11), sign: code(366) },
  reqHeadTimestamp: { id: 12, run: (api) => api.reqHeadTimestamp(12, AAPL, WhatToShow.TRADES, true, 1), sign: event(EventName.headTimestamp) },
  cancelHeadTimestamp: { id: 12, run: (api) => api.cancelHeadTimestamp(12), sign: 'silent' },
  reqHistogramData: { id: 13, run: (api) => api.reqHistogramData(13, AAPL, true, 1, DurationUnit.DAY), sign: event(EventName.histogramData) },
  cancelHistogramData: { id: 13, run: (api) => api.cancelHistogramData(13), sign: code(366) },
  reqHistoricalTicks: { id: 14, run: (api) => api.reqHistoricalTicks(14, AAPL, '', '20240102-15:00:00', 10, WhatToShow.TRADES, false, true), sign: event(EventName.historicalTicksLast) },
  reqNewsProviders: { run: (api) => api.reqNewsProviders(), sign: event(EventName.newsProviders) },
  reqHistoricalNews: { id: 15, run: (api) => api.reqHistoricalNews(15, AAPL_ID, 'SIMN+SIMB', '', '', 5), sign: event(EventName.historicalNewsEnd) },
  reqNewsArticle: { id: 16, run: (api) => api.reqNewsArticle(16, 'SIMB', `SIMB$${AAPL_ID}.19722`), sign: event(EventName.newsArticle) },
  reqNewsBulletins: { run: (api) => api.reqNewsBulletins(true), sign: event(EventName.updateNewsBulletin) },
  cancelNewsBulletins: { run: (api) => api.cancelNewsBulletins(), sign: 'silent' },
  reqScannerParameters: { run: (api) => api.reqScannerParameters(), sign: event(EventName.scannerParameters) },
  reqScannerSubscription: { id: 17, run: (api) => api.reqScannerSubscription(17, GAINS), sign: event(EventName.scannerDataEnd) },
  cancelScannerSubscription: { id: 17, run: (api) => api.cancelScannerSubscription(17), sign: code(162) },
  reqFundamentalData: { id: 18, run: (api) => api.reqFundamentalData(18, AAPL, 'ReportSnapshot'), sign: code(10358) },
  cancelFundamentalData: { id: 18, run: (api) => api.cancelFundamentalData(18), sign: code(300) },
  reqWshMetaData: { id: 19, run: (api) => api.reqWshMetaData(19), sign: code(10276) },
  reqCancelWshMetaData: { id: 19, run: (api) => api.reqCancelWshMetaData(19), sign: code(10280) },
  reqWshEventData: { id: 20, run: (api) => api.reqWshEventData(20, AAPL_ID), sign: code(10276) },
  reqCancelWshEventData: { id: 20, run: (api) => api.reqCancelWshEventData(20), sign: code(10284) },
  placeOrder: { id: 1, run: (api) => api.placeOrder(1, AAPL, LIMIT), sign: event(EventName.openOrder) },
  reqOpenOrders: { run: (api) => api.reqOpenOrders(), sign: event(EventName.openOrderEnd) },
  reqAllOpenOrders: { run: (api) => api.reqAllOpenOrders(), sign: event(EventName.openOrderEnd) },
  reqAutoOpenOrders: { run: (api) => api.reqAutoOpenOrders(true), sign: code(327) },
  cancelOrder: { id: 1, run: (api) => api.cancelOrder(1), sign: code(202) },
  // The order of before is dead already.
  reqGlobalCancel: { run: (api) => api.reqGlobalCancel(), sign: code(161) },
  reqCompletedOrders: { run: (api) => api.reqCompletedOrders(false), sign: event(EventName.completedOrdersEnd) },
  reqExecutions: { id: 21, run: (api) => api.reqExecutions(21, {}), sign: event(EventName.execDetailsEnd) },
  exerciseOptions: { id: 22, run: (api) => api.exerciseOptions(22, { ...CALL, symbol: 'NOSUCH' }, OptionExerciseAction.EXERCISE, 1, ACCOUNT, 0), sign: code(322) },
  reqAccountUpdates: { run: (api) => api.reqAccountUpdates(true, ACCOUNT), sign: event(EventName.accountDownloadEnd) },
  reqAccountSummary: { id: 23, run: (api) => api.reqAccountSummary(23, 'All', 'NetLiquidation,$LEDGER'), sign: event(EventName.accountSummaryEnd) },
  cancelAccountSummary: { id: 23, run: (api) => api.cancelAccountSummary(23), sign: 'silent' },
  reqAccountUpdatesMulti: { id: 24, run: (api) => api.reqAccountUpdatesMulti(24, ACCOUNT, '', false), sign: event(EventName.accountUpdateMultiEnd) },
  cancelAccountUpdatesMulti: { id: 24, run: (api) => api.cancelAccountUpdatesMulti(24), sign: 'silent' },
  reqPositions: { run: (api) => api.reqPositions(), sign: event(EventName.positionEnd) },
  cancelPositions: { run: (api) => api.cancelPositions(), sign: 'silent' },
  reqPositionsMulti: { id: 25, run: (api) => api.reqPositionsMulti(25, ACCOUNT, ''), sign: event(EventName.positionMultiEnd) },
  cancelPositionsMulti: { id: 25, run: (api) => api.cancelPositionsMulti(25), sign: 'silent' },
  reqPnL: { id: 26, run: (api) => api.reqPnL(26, ACCOUNT, ''), sign: event(EventName.pnl) },
  cancelPnL: { id: 26, run: (api) => api.cancelPnL(26), sign: 'silent' },
  reqPnLSingle: { id: 27, run: (api) => api.reqPnLSingle(27, ACCOUNT, '', AAPL_ID), sign: event(EventName.pnlSingle) },
  cancelPnLSingle: { id: 27, run: (api) => api.cancelPnLSingle(27), sign: 'silent' },
  requestFA: { run: (api) => api.requestFA(1), sign: code(321) },
  replaceFA: { id: 28, run: (api) => api.replaceFA(28, FADataType.GROUPS, '<ListOfGroups/>'), sign: code(321) },
  reqFamilyCodes: { run: (api) => api.reqFamilyCodes(), sign: event(EventName.familyCodes) },
  reqSoftDollarTiers: { id: 29, run: (api) => api.reqSoftDollarTiers(29), sign: event(EventName.softDollarTiers) },
  reqUserInfo: { id: 30, run: (api) => api.reqUserInfo(30), sign: event(EventName.userInfo) },
  queryDisplayGroups: { id: 31, run: (api) => api.queryDisplayGroups(31), sign: event(EventName.displayGroupList) },
  subscribeToGroupEvents: { id: 32, run: (api) => api.subscribeToGroupEvents(32, 1), sign: event(EventName.displayGroupUpdated) },
  updateDisplayGroup: { id: 32, run: (api) => api.updateDisplayGroup(32, `${AAPL_ID}@SMART`), sign: event(EventName.displayGroupUpdated) },
  unsubscribeFromGroupEvents: { id: 32, run: (api) => api.unsubscribeFromGroupEvents(32), sign: 'silent' },
};

/** Answers that the calls above do not get. */
const MORE_CALLS: Readonly<Record<string, Call>> = {
  'a bond': { id: 1, run: (api) => api.reqContractDetails(1, { symbol: 'US-T', secType: SecType.BOND, exchange: 'SMART', currency: 'USD' }), sign: event(EventName.contractDetailsEnd) },
  'a line that is sent to another contract': { id: 2, run: (api) => api.reqMktData(2, { ...AAPL, secType: SecType.CFD }, '', false, false), sign: event(EventName.rerouteMktDataReq) },
  'a book that is sent to another contract': { id: 3, run: (api) => api.reqMktDepth(3, { ...AAPL, secType: SecType.CFD }, 5, true), sign: event(EventName.rerouteMktDepthReq) },
  'a book of one exchange': { id: 4, run: (api) => api.reqMktDepth(4, { ...AAPL, exchange: 'ARCA' }, 3, false), sign: event(EventName.updateMktDepth) },
  'a snapshot': { id: 5, run: (api) => api.reqMktData(5, AAPL, '', true, false), sign: event(EventName.tickSnapshotEnd) },
  'an option with its model': { id: 6, run: (api) => api.reqMktData(6, CALL, '', false, false), sign: event(EventName.tickOptionComputation) },
  'bars that are kept up to date': { id: 7, run: (api) => api.reqHistoricalData(7, AAPL, '', '600 S', BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, false, 2, true), sign: event(EventName.historicalDataUpdate) },
  'sessions': { id: 8, run: (api) => api.reqHistoricalData(8, AAPL, '', '3 D', BarSizeSetting.DAYS_ONE, 'SCHEDULE', true, 1, false), sign: event(EventName.historicalSchedule) },
  'quotes of the past': { id: 9, run: (api) => api.reqHistoricalTicks(9, AAPL, '', '20240102-15:00:00', 10, WhatToShow.BID_ASK, false, false), sign: event(EventName.historicalTicksBidAsk) },
  'middles of the past': { id: 10, run: (api) => api.reqHistoricalTicks(10, AAPL, '', '20240102-15:00:00', 10, WhatToShow.MIDPOINT, false, false), sign: event(EventName.historicalTicks) },
  'trades as they come': { id: 11, run: (api) => api.reqTickByTickData(11, AAPL, TickByTickDataType.AllLast, 5, false), sign: event(EventName.tickByTickAllLast) },
  'middles as they come': { id: 12, run: (api) => api.reqTickByTickData(12, AAPL, TickByTickDataType.MidPoint, 0, false), sign: event(EventName.tickByTickMidPoint) },
  'positions of an account': { id: 13, run: (api) => api.reqPositionsMulti(13, 'DF100', ''), sign: event(EventName.positionMulti) },
  'groups of an advisor': { run: (api) => api.requestFA(1), sign: event(EventName.receiveFA) },
  'other groups': { id: 14, run: (api) => api.replaceFA(14, FADataType.GROUPS, '<ListOfGroups><Group><name>mine</name><String>DU200</String></Group></ListOfGroups>'), sign: event(EventName.replaceFAEnd) },
};

/** What is no request: the connection, and what EventEmitter brings. */
const NO_REQUESTS: ReadonlySet<string> = new Set(['constructor', 'connect', 'disconnect', 'on', 'once', 'off', 'emit', 'addListener', 'removeListener', 'logDecodeEvents', 'disableUseV100Plus']);

/** Events that no message of the server makes. */
const OWN_EVENTS: ReadonlySet<string> = new Set(['connected', 'server', 'disconnected']);

/** TWS API: 317 begins a book again; the stream of the request before may have it on the way. */
const BOOK_RESET = 317;

interface Heard {
  readonly name: `${EventName}`;
  readonly args: readonly unknown[];
}

/** TWS API client codes: 501 to 589 are the library's own, such as a message that it cannot decode. */
function isLocalFault({ name, args }: Heard): boolean {
  const [, number] = args;
  return name === 'error' && typeof number === 'number' && number >= 500 && number < 600;
}

function isSign({ id, sign }: Call, { name, args }: Heard): boolean {
  if (sign === 'silent') return false;
  // The library leaves some ids as texts.
  if ('event' in sign) return name === sign.event && (id === undefined || Number(args[0]) === id);
  const isError = name === 'error' || name === 'info';
  return isError && args.includes(sign.code) && (id === undefined || args.includes(id));
}

/** Every message that the server says it sent is an event of the client, with the same values, in the same order; and there are no others. */
function compare(simulator: Simulator, heard: readonly Heard[]): void {
  const sent = simulator.control.journal({ kind: 'out' }).flatMap(({ message }) => (isServerMessage(message) ? readingsOf(message) : []));
  const names = new Set<string>(sent.map(([name]) => name));
  expect(new Set(heard.map(({ name }) => name).filter((name) => !OWN_EVENTS.has(name)))).toEqual(names);
  for (const name of names) {
    const wanted = sent.flatMap(([event, ...args]) => (isNamed(event, name) ? [args] : []));
    const got = heard.filter((one) => one.name === name).map(({ args }) => args);
    expect.soft({ name, count: got.length }).toEqual({ name, count: wanted.length });
    expect.soft({ name, args: got.map((args, index) => args.slice(0, wanted[index]?.length)) }).toMatchObject({ name, args: wanted });
  }
}

function isNamed(event: string, name: string): boolean {
  return event === name;
}

/** What the client has read of orders, fills, positions and prices is what the simulator holds. */
function compareBooks(simulator: Simulator, heard: readonly Heard[]): void {
  const all = (name: `${EventName}`): readonly (readonly unknown[])[] => heard.filter((one) => one.name === name).map(({ args }) => args);
  const { executions, positions, completedOrders } = simulator.control.state();
  expect(executions.length).toBeGreaterThan(0);
  expect(all(EventName.execDetails).map(([, , execution]) => execution)).toMatchObject(executions.map(({ execId, price, shares, side, cumQty }) => ({ execId, price, shares, side, cumQty })));
  expect(all(EventName.position)).toMatchObject(positions.map(({ account, instrument, position, avgCost }) => [account, { conId: instrument.conId }, position, avgCost]));
  expect(all(EventName.completedOrder).map(([, order]) => order)).toMatchObject(completedOrders.map(({ permId, action }) => ({ permId: Number(permId), action })));
  const tick = (field: number): unknown => all(EventName.tickPrice).findLast(([reqId, type]) => reqId === QUOTED && type === field)?.[2];
  const { bid, ask, last } = simulator.control.quote('AAPL') ?? {};
  expect([tick(1), tick(2), tick(4)]).toEqual([bid, ask, last]);
}

/** The line on which the last quote is compared. */
const QUOTED = 99;

function isServerMessage(message: WitnessEntry['message']): message is ServerMessage {
  return message !== undefined && 'type' in message && typeof message.type === 'string';
}

/** Makes every call with an unmodified client, waits for its sign, and compares what the client has read with what the server says that it sent. */
async function expectAnswers(calls: Readonly<Record<string, Call>>, options: SimulatorOptions, look: (simulator: Simulator, heard: readonly Heard[]) => void): Promise<void> {
  const simulator = await createSimulator({ startAtMs: TABLE_TIME, speed: 20, journalTicks: true, ...options });
  simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 100 });
  const api = new IBApi({ host: simulator.host, port: simulator.port, clientId: 5, maxReqPerSec: 1000 });
  const heard: Heard[] = [];
  let wake: () => void = () => undefined;
  for (const name of Object.values(EventName)) {
    if (name === EventName.all || name === EventName.received || name === EventName.sent || name === EventName.result) continue;
    api.addListener(name, (...args: unknown[]) => {
      heard.push({ name, args });
      wake();
    });
  }
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  try {
    api.connect(5);
    await until(() => heard.some(({ name }) => name === 'nextValidId'));
    const complaints: string[] = [];
    for (const [name, call] of Object.entries(calls)) {
      const from = heard.length;
      call.run(api);
      if (call.sign === 'silent') {
        // Whatever it had to say would come before the answer to a later request.
        api.reqCurrentTime();
        await until(() => heard.slice(from).some((one) => one.name === 'currentTime'));
        const errors = heard.slice(from).filter((one) => one.name === 'error' && one.args[1] !== BOOK_RESET);
        complaints.push(...errors.map((one) => `${name}: ${String(one.args[0])}`));
      } else {
        await until(() => heard.slice(from).some((one) => isSign(call, one)));
      }
    }
    expect(complaints).toEqual([]);
    expect(heard.filter(isLocalFault)).toEqual([]);
    expect(simulator.control.journal({ kind: 'fault' })).toEqual([]);
    // One more answer behind all others: what was sent before it has been read.
    simulator.clock.pause();
    const from = heard.length;
    api.reqMktData(QUOTED, AAPL, '', false, false);
    api.reqMarketRule(26);
    await until(() => heard.slice(from).some(({ name }) => name === 'marketRule'));
    compare(simulator, heard);
    look(simulator, heard);
  } finally {
    api.disconnect();
    await simulator.close();
  }
}

describe('a plain @stoqey/ib client', () => {
  it('knows no request that is not called below', () => {
    const api = new IBApi({ host: '127.0.0.1', port: 1, clientId: 1, maxReqPerSec: 40 });
    const requests = Object.getOwnPropertyNames(Object.getPrototypeOf(api)).filter((name) => {
      const property = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(api), name);
      return typeof property?.value === 'function' && !NO_REQUESTS.has(name);
    });
    expect(requests.sort()).toEqual(Object.keys(CALLS).sort());
  });

  it('gets an answer or a documented error to every request that it has, and can read it', () => expectAnswers(CALLS, {}, compareBooks), 30_000);

  it('reads the answers that other instruments, streams and advisors get', () => expectAnswers(MORE_CALLS, { accounts: ['DF100', 'DU200'] }, () => undefined), 30_000);
});

import type { ClientMessage, ClientMessageOf, ServerMessage, WireContract, WireOrder } from '@ibkit/wire';

/** What a request must bring: a message, a code, or (documented) nothing at all. */
export type Outcome = { readonly answer: ServerMessage['type'] } | { readonly code: number } | 'nothing';

/** One row of the table: a request, sound or with a fault, and what comes of it. */
export interface RequestCase<M extends ClientMessage = ClientMessage> {
  /** `sound`, or what is wrong. */
  readonly fault: string;
  readonly message: M;
  /** Sent before it. */
  readonly before?: readonly ClientMessage[] | undefined;
  readonly outcome: Outcome;
}

const reqId = 7;
const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const UNKNOWN: WireContract = { ...AAPL, symbol: 'NOSUCH' };
const AMBIGUOUS: WireContract = { symbol: 'AAPL', secType: 'OPT', exchange: 'SMART', currency: 'USD' };
const CFD: WireContract = { symbol: 'AAPL', secType: 'CFD', exchange: 'SMART', currency: 'USD' };
const BOND: WireContract = { symbol: 'US-T', secType: 'BOND', exchange: 'SMART', currency: 'USD' };
const EURO: WireContract = { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' };
const AAPL_ID = 265598;
const ACCOUNT = 'DU1234567';
const LIMIT: WireOrder = { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', account: ACCOUNT, transmit: true };
/** Scan of the biggest gains. */
const GAINS = { instrument: 'STK', locationCode: 'STK.US', scanCode: 'TOP_PERC_GAIN', numberOfRows: 5 };

function marketData(id: number): ClientMessage {
  return { type: 'reqMktData', reqId: id, contract: AAPL };
}

function depth(id: number): ClientMessage {
  return { type: 'reqMktDepth', reqId: id, contract: AAPL, numRows: 5, isSmartDepth: true };
}

function scan(id: number): ClientMessageOf<'reqScannerSubscription'> {
  return { type: 'reqScannerSubscription', reqId: id, subscription: GAINS };
}

function tickByTick(id: number): ClientMessageOf<'reqTickByTickData'> {
  return { type: 'reqTickByTickData', reqId: id, contract: AAPL, tickType: 'BidAsk' };
}

function summary(id: number): ClientMessageOf<'reqAccountSummary'> {
  return { type: 'reqAccountSummary', reqId: id, group: 'All', tags: 'NetLiquidation' };
}

function history(contract: WireContract): ClientMessageOf<'reqHistoricalData'> {
  return { type: 'reqHistoricalData', reqId, contract, endDateTime: '', barSizeSetting: '1 min', durationStr: '600 S', useRTH: false, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: false };
}

function headTimestamp(contract: WireContract): ClientMessageOf<'reqHeadTimestamp'> {
  return { type: 'reqHeadTimestamp', reqId, contract, useRTH: true, whatToShow: 'TRADES', formatDate: 1 };
}

function histogram(contract: WireContract): ClientMessageOf<'reqHistogramData'> {
  return { type: 'reqHistogramData', reqId, contract, useRTH: true, timePeriod: '1 day' };
}

function pastTicks(contract: WireContract): ClientMessageOf<'reqHistoricalTicks'> {
  return { type: 'reqHistoricalTicks', reqId, contract, startDateTime: '', endDateTime: '20240102-15:00:00', numberOfTicks: 10, whatToShow: 'TRADES', useRTH: false, ignoreSize: true };
}

function bars(contract: WireContract, barSize = 5, whatToShow = 'TRADES'): ClientMessageOf<'reqRealTimeBars'> {
  return { type: 'reqRealTimeBars', reqId, contract, barSize, whatToShow, useRTH: false };
}

function news(conId: number, providerCodes = 'SIMN', startDateTime = '', totalResults = 10): ClientMessageOf<'reqHistoricalNews'> {
  return { type: 'reqHistoricalNews', reqId, conId, providerCodes, startDateTime, endDateTime: '', totalResults };
}

function fundamentals(contract: WireContract, reportType = 'ReportSnapshot'): ClientMessageOf<'reqFundamentalData'> {
  return { type: 'reqFundamentalData', reqId, contract, reportType };
}

/** A nearby option of AAPL; the table is walked at a fixed time. */
const OPTION: WireContract = {
  symbol: 'AAPL', secType: 'OPT', exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: '20240119', strike: 230, right: 'C',
}; // prettier-ignore

/** When the table is walked: Tuesday, 2 January 2024, 10:30 in New York. */
export const TABLE_TIME = Date.UTC(2024, 0, 2, 15, 30);

/**
 * Every request that the wire knows, sound and with the faults that TWS has a code for. It is walked over a real connection by request-table.test.ts;
 * docs/simulator-requests.md says the same in words.
 */
export const REQUEST_TABLE: { readonly [T in ClientMessage['type']]: readonly RequestCase<ClientMessageOf<T>>[] } = {
  startApi: [{ fault: 'sent twice', message: { type: 'startApi', clientId: 1 }, outcome: { code: 320 } }],
  reqCurrentTime: [{ fault: 'sound', message: { type: 'reqCurrentTime' }, outcome: { answer: 'currentTime' } }],
  reqManagedAccts: [{ fault: 'sound', message: { type: 'reqManagedAccts' }, outcome: { answer: 'managedAccounts' } }],
  setServerLogLevel: [
    { fault: 'sound', message: { type: 'setServerLogLevel', logLevel: 5 }, outcome: 'nothing' },
    { fault: 'level out of range', message: { type: 'setServerLogLevel', logLevel: 6 }, outcome: { code: 319 } },
  ],
  reqUserInfo: [{ fault: 'sound', message: { type: 'reqUserInfo', reqId }, outcome: { answer: 'userInfo' } }],
  requestFA: [{ fault: 'no advisor', message: { type: 'requestFA', faDataType: 1 }, outcome: { code: 321 } }],
  replaceFA: [{ fault: 'no advisor', message: { type: 'replaceFA', faDataType: 1, xml: '<ListOfGroups/>', reqId }, outcome: { code: 321 } }],
  queryDisplayGroups: [{ fault: 'sound', message: { type: 'queryDisplayGroups', reqId }, outcome: { answer: 'displayGroupList' } }],
  subscribeToGroupEvents: [
    { fault: 'sound', message: { type: 'subscribeToGroupEvents', reqId, groupId: 1 }, outcome: { answer: 'displayGroupUpdated' } },
    { fault: 'unknown group', message: { type: 'subscribeToGroupEvents', reqId, groupId: 99 }, outcome: { code: 321 } },
  ],
  updateDisplayGroup: [
    {
      fault: 'sound',
      before: [{ type: 'subscribeToGroupEvents', reqId, groupId: 2 }],
      message: { type: 'updateDisplayGroup', reqId, contractInfo: `${AAPL_ID}@SMART` },
      outcome: { answer: 'displayGroupUpdated' },
    },
    { fault: 'not subscribed', message: { type: 'updateDisplayGroup', reqId, contractInfo: 'none' }, outcome: { code: 321 } },
    {
      fault: 'unknown contract',
      before: [{ type: 'subscribeToGroupEvents', reqId, groupId: 3 }],
      message: { type: 'updateDisplayGroup', reqId, contractInfo: '1@SMART' },
      outcome: { code: 321 },
    },
  ],
  unsubscribeFromGroupEvents: [
    { fault: 'sound', before: [{ type: 'subscribeToGroupEvents', reqId, groupId: 1 }], message: { type: 'unsubscribeFromGroupEvents', reqId }, outcome: 'nothing' },
    { fault: 'not subscribed', message: { type: 'unsubscribeFromGroupEvents', reqId }, outcome: { code: 321 } },
  ],
  reqSoftDollarTiers: [{ fault: 'sound', message: { type: 'reqSoftDollarTiers', reqId }, outcome: { answer: 'softDollarTiers' } }],
  reqFamilyCodes: [{ fault: 'sound', message: { type: 'reqFamilyCodes' }, outcome: { answer: 'familyCodes' } }],

  reqMktData: [
    { fault: 'sound', message: { type: 'reqMktData', reqId, contract: AAPL }, outcome: { answer: 'tickPrice' } },
    { fault: 'sound: generic ticks', message: { type: 'reqMktData', reqId, contract: AAPL, genericTickList: 'mdoff,106,233,236,293' }, outcome: { answer: 'tickGeneric' } },
    { fault: 'sound: snapshot', message: { type: 'reqMktData', reqId, contract: AAPL, snapshot: true }, outcome: { answer: 'tickSnapshotEnd' } },
    { fault: 'sound: regulatory snapshot', message: { type: 'reqMktData', reqId, contract: AAPL, regulatorySnapshot: true }, outcome: { answer: 'tickSnapshotEnd' } },
    { fault: 'sound: CFD', message: { type: 'reqMktData', reqId, contract: CFD }, outcome: { answer: 'rerouteMktDataReq' } },
    { fault: 'duplicate id', before: [marketData(reqId)], message: { type: 'reqMktData', reqId, contract: AAPL }, outcome: { code: 102 } },
    { fault: 'unknown contract', message: { type: 'reqMktData', reqId, contract: UNKNOWN }, outcome: { code: 200 } },
    { fault: 'ambiguous contract', message: { type: 'reqMktData', reqId, contract: AMBIGUOUS }, outcome: { code: 200 } },
    { fault: 'unknown generic tick', message: { type: 'reqMktData', reqId, contract: AAPL, genericTickList: '9999' }, outcome: { code: 321 } },
    { fault: 'generic tick of another kind', message: { type: 'reqMktData', reqId, contract: AAPL, genericTickList: '588' }, outcome: { code: 321 } },
    { fault: 'snapshot with generic ticks', message: { type: 'reqMktData', reqId, contract: AAPL, genericTickList: '233', snapshot: true }, outcome: { code: 321 } },
    { fault: 'too many lines', before: [1, 2, 3, 4].map(marketData), message: { type: 'reqMktData', reqId, contract: AAPL }, outcome: { code: 101 } },
  ],
  cancelMktData: [
    { fault: 'sound', before: [marketData(reqId)], message: { type: 'cancelMktData', reqId }, outcome: 'nothing' },
    { fault: 'unknown id', message: { type: 'cancelMktData', reqId }, outcome: { code: 300 } },
  ],
  reqMarketDataType: [
    { fault: 'sound', message: { type: 'reqMarketDataType', marketDataType: 3 }, outcome: 'nothing' },
    { fault: 'type out of range', message: { type: 'reqMarketDataType', marketDataType: 5 }, outcome: { code: 321 } },
  ],
  reqTickByTickData: [
    { fault: 'sound', message: tickByTick(reqId), outcome: { answer: 'tickByTick' } },
    { fault: 'duplicate id', before: [tickByTick(reqId)], message: tickByTick(reqId), outcome: { code: 322 } },
    { fault: 'unknown contract', message: { ...tickByTick(reqId), contract: UNKNOWN }, outcome: { code: 200 } },
    { fault: 'option', message: { ...tickByTick(reqId), contract: OPTION }, outcome: { code: 10189 } },
    { fault: 'trades of a currency', message: { ...tickByTick(reqId), contract: EURO, tickType: 'Last' }, outcome: { code: 10189 } },
    { fault: 'too many streams', before: [1, 2].map(tickByTick), message: tickByTick(reqId), outcome: { code: 10190 } },
  ],
  cancelTickByTickData: [
    { fault: 'sound', before: [tickByTick(reqId)], message: { type: 'cancelTickByTickData', reqId }, outcome: 'nothing' },
    { fault: 'unknown id', message: { type: 'cancelTickByTickData', reqId }, outcome: { code: 300 } },
  ],
  reqMktDepth: [
    { fault: 'sound: smart', message: { type: 'reqMktDepth', reqId, contract: AAPL, numRows: 5, isSmartDepth: true }, outcome: { answer: 'marketDepthL2' } },
    { fault: 'sound: one exchange, with names', message: { type: 'reqMktDepth', reqId, contract: { ...AAPL, exchange: 'ISLAND' }, numRows: 5 }, outcome: { answer: 'marketDepthL2' } },
    { fault: 'sound: one exchange', message: { type: 'reqMktDepth', reqId, contract: { ...AAPL, exchange: 'ARCA' }, numRows: 5 }, outcome: { answer: 'marketDepth' } },
    { fault: 'sound: CFD', message: { type: 'reqMktDepth', reqId, contract: CFD, numRows: 5 }, outcome: { answer: 'rerouteMktDepthReq' } },
    { fault: 'duplicate id', before: [depth(reqId)], message: { type: 'reqMktDepth', reqId, contract: AAPL, numRows: 5, isSmartDepth: true }, outcome: { code: 102 } },
    { fault: 'unknown contract', message: { type: 'reqMktDepth', reqId, contract: UNKNOWN, numRows: 5 }, outcome: { code: 200 } },
    { fault: 'no rows', message: { type: 'reqMktDepth', reqId, contract: AAPL, numRows: 0, isSmartDepth: true }, outcome: { code: 321 } },
    { fault: 'SMART without smart depth', message: { type: 'reqMktDepth', reqId, contract: AAPL, numRows: 5, isSmartDepth: false }, outcome: { code: 10092 } },
    { fault: 'bond', message: { type: 'reqMktDepth', reqId, contract: BOND, numRows: 5, isSmartDepth: true }, outcome: { code: 10092 } },
    { fault: 'too many books', before: [1, 2].map(depth), message: { type: 'reqMktDepth', reqId, contract: AAPL, numRows: 5, isSmartDepth: true }, outcome: { code: 309 } },
  ],
  cancelMktDepth: [
    { fault: 'sound', before: [depth(reqId)], message: { type: 'cancelMktDepth', reqId, isSmartDepth: true }, outcome: 'nothing' },
    { fault: 'unknown id', message: { type: 'cancelMktDepth', reqId }, outcome: { code: 310 } },
  ],
  reqMktDepthExchanges: [{ fault: 'sound', message: { type: 'reqMktDepthExchanges' }, outcome: { answer: 'mktDepthExchanges' } }],
  reqSmartComponents: [
    { fault: 'sound', message: { type: 'reqSmartComponents', reqId, bboExchange: '9c0001' }, outcome: { answer: 'smartComponents' } },
    { fault: 'unknown map', message: { type: 'reqSmartComponents', reqId, bboExchange: 'ffffff' }, outcome: { code: 321 } },
  ],
  reqRealTimeBars: [
    { fault: 'sound', message: bars(AAPL), outcome: 'nothing' },
    { fault: 'duplicate id', before: [bars(AAPL)], message: bars(AAPL), outcome: { code: 322 } },
    { fault: 'unknown contract', message: bars(UNKNOWN), outcome: { code: 200 } },
    { fault: 'bar size', message: bars(AAPL, 60), outcome: { code: 321 } },
    { fault: 'what to show', message: bars(AAPL, 5, 'VOLUME'), outcome: { code: 321 } },
  ],
  cancelRealTimeBars: [
    { fault: 'sound', before: [bars(AAPL)], message: { type: 'cancelRealTimeBars', reqId }, outcome: 'nothing' },
    { fault: 'unknown id', message: { type: 'cancelRealTimeBars', reqId }, outcome: { code: 300 } },
  ],
  calcImpliedVolatility: [
    { fault: 'sound', message: { type: 'calcImpliedVolatility', reqId, contract: OPTION, optionPrice: 8, underPrice: 230 }, outcome: { answer: 'tickOptionComputation' } },
    { fault: 'price that no volatility gives', message: { type: 'calcImpliedVolatility', reqId, contract: OPTION, optionPrice: 500, underPrice: 230 }, outcome: { answer: 'tickOptionComputation' } },
    { fault: 'no option', message: { type: 'calcImpliedVolatility', reqId, contract: AAPL, optionPrice: 8, underPrice: 230 }, outcome: { code: 321 } },
    { fault: 'price below 0', message: { type: 'calcImpliedVolatility', reqId, contract: OPTION, optionPrice: -1, underPrice: 230 }, outcome: { code: 321 } },
    { fault: 'ambiguous contract', message: { type: 'calcImpliedVolatility', reqId, contract: AMBIGUOUS, optionPrice: 8, underPrice: 230 }, outcome: { code: 200 } },
  ],
  calcOptionPrice: [
    { fault: 'sound', message: { type: 'calcOptionPrice', reqId, contract: OPTION, volatility: 0.3, underPrice: 230 }, outcome: { answer: 'tickOptionComputation' } },
    { fault: 'volatility of 0', message: { type: 'calcOptionPrice', reqId, contract: OPTION, volatility: 0, underPrice: 230 }, outcome: { code: 321 } },
    { fault: 'unknown contract', message: { type: 'calcOptionPrice', reqId, contract: UNKNOWN, volatility: 0.3, underPrice: 230 }, outcome: { code: 200 } },
  ],
  cancelCalcImpliedVolatility: [
    {
      fault: 'sound',
      before: [{ type: 'calcImpliedVolatility', reqId, contract: OPTION, optionPrice: 8, underPrice: 230 }],
      message: { type: 'cancelCalcImpliedVolatility', reqId },
      outcome: 'nothing',
    },
    { fault: 'unknown id', message: { type: 'cancelCalcImpliedVolatility', reqId }, outcome: { code: 300 } },
  ],
  cancelCalcOptionPrice: [
    {
      fault: 'sound',
      before: [{ type: 'calcOptionPrice', reqId, contract: OPTION, volatility: 0.3, underPrice: 230 }],
      message: { type: 'cancelCalcOptionPrice', reqId },
      outcome: 'nothing',
    },
    { fault: 'unknown id', message: { type: 'cancelCalcOptionPrice', reqId }, outcome: { code: 300 } },
  ],

  placeOrder: [
    { fault: 'sound', message: { type: 'placeOrder', orderId: 1, contract: AAPL, order: LIMIT }, outcome: { answer: 'openOrder' } },
    { fault: 'unknown contract', message: { type: 'placeOrder', orderId: 1, contract: UNKNOWN, order: LIMIT }, outcome: { code: 200 } },
    {
      fault: 'id used before',
      before: [
        { type: 'placeOrder', orderId: 5, contract: AAPL, order: LIMIT },
        { type: 'cancelOrder', orderId: 5 },
      ],
      message: { type: 'placeOrder', orderId: 4, contract: AAPL, order: LIMIT },
      outcome: { code: 103 },
    },
  ],
  cancelOrder: [
    { fault: 'sound', before: [{ type: 'placeOrder', orderId: 1, contract: AAPL, order: LIMIT }], message: { type: 'cancelOrder', orderId: 1 }, outcome: { code: 202 } },
    { fault: 'unknown order', message: { type: 'cancelOrder', orderId: 99 }, outcome: { code: 10147 } },
  ],
  reqGlobalCancel: [{ fault: 'sound', before: [{ type: 'placeOrder', orderId: 1, contract: AAPL, order: LIMIT }], message: { type: 'reqGlobalCancel' }, outcome: { code: 202 } }],
  reqOpenOrders: [{ fault: 'sound', message: { type: 'reqOpenOrders' }, outcome: { answer: 'openOrderEnd' } }],
  reqAllOpenOrders: [{ fault: 'sound', message: { type: 'reqAllOpenOrders' }, outcome: { answer: 'openOrderEnd' } }],
  reqAutoOpenOrders: [{ fault: 'client other than 0', message: { type: 'reqAutoOpenOrders', autoBind: true }, outcome: { code: 327 } }],
  reqCompletedOrders: [{ fault: 'sound', message: { type: 'reqCompletedOrders', apiOnly: false }, outcome: { answer: 'completedOrderEnd' } }],
  reqIds: [{ fault: 'sound', message: { type: 'reqIds', count: 1 }, outcome: { answer: 'nextValidId' } }],
  reqExecutions: [{ fault: 'sound', message: { type: 'reqExecutions', reqId, filter: {} }, outcome: { answer: 'execDetailsEnd' } }],
  exerciseOptions: [
    {
      fault: 'unknown contract',
      message: { type: 'exerciseOptions', reqId, contract: UNKNOWN, exerciseAction: 1, exerciseQuantity: 1, account: ACCOUNT, override: false },
      outcome: { code: 322 },
    },
    {
      fault: 'no position',
      message: { type: 'exerciseOptions', reqId, contract: OPTION, exerciseAction: 1, exerciseQuantity: 1, account: ACCOUNT, override: false },
      outcome: { code: 322 },
    },
  ],

  reqAccountUpdates: [
    { fault: 'sound', message: { type: 'reqAccountUpdates', subscribe: true, acctCode: ACCOUNT }, outcome: { answer: 'accountDownloadEnd' } },
    { fault: 'sound: unsubscribe', message: { type: 'reqAccountUpdates', subscribe: false, acctCode: ACCOUNT }, outcome: 'nothing' },
    { fault: 'unknown account', message: { type: 'reqAccountUpdates', subscribe: true, acctCode: 'DU000' }, outcome: { code: 321 } },
  ],
  reqPositions: [{ fault: 'sound', message: { type: 'reqPositions' }, outcome: { answer: 'positionEnd' } }],
  cancelPositions: [{ fault: 'sound', before: [{ type: 'reqPositions' }], message: { type: 'cancelPositions' }, outcome: 'nothing' }],
  reqAccountSummary: [
    { fault: 'sound', message: summary(reqId), outcome: { answer: 'accountSummaryEnd' } },
    { fault: 'unknown group', message: { ...summary(reqId), group: 'Nobody' }, outcome: { code: 321 } },
    { fault: 'too many', before: [1, 2].map(summary), message: summary(reqId), outcome: { code: 322 } },
  ],
  cancelAccountSummary: [{ fault: 'sound', before: [summary(reqId)], message: { type: 'cancelAccountSummary', reqId }, outcome: 'nothing' }],
  reqPositionsMulti: [
    { fault: 'sound', message: { type: 'reqPositionsMulti', reqId, account: ACCOUNT }, outcome: { answer: 'positionMultiEnd' } },
    { fault: 'unknown account', message: { type: 'reqPositionsMulti', reqId, account: 'DU000' }, outcome: { code: 321 } },
  ],
  cancelPositionsMulti: [{ fault: 'sound', before: [{ type: 'reqPositionsMulti', reqId, account: ACCOUNT }], message: { type: 'cancelPositionsMulti', reqId }, outcome: 'nothing' }],
  reqAccountUpdatesMulti: [
    { fault: 'sound', message: { type: 'reqAccountUpdatesMulti', reqId, account: ACCOUNT }, outcome: { answer: 'accountUpdateMultiEnd' } },
    { fault: 'unknown account', message: { type: 'reqAccountUpdatesMulti', reqId, account: 'DU000' }, outcome: { code: 321 } },
  ],
  cancelAccountUpdatesMulti: [
    { fault: 'sound', before: [{ type: 'reqAccountUpdatesMulti', reqId, account: ACCOUNT }], message: { type: 'cancelAccountUpdatesMulti', reqId }, outcome: 'nothing' },
  ],
  reqPnL: [
    { fault: 'sound', message: { type: 'reqPnL', reqId, account: ACCOUNT }, outcome: { answer: 'pnl' } },
    { fault: 'unknown account', message: { type: 'reqPnL', reqId, account: 'DU000' }, outcome: { code: 321 } },
  ],
  cancelPnL: [
    { fault: 'sound', before: [{ type: 'reqPnL', reqId, account: ACCOUNT }], message: { type: 'cancelPnL', reqId }, outcome: 'nothing' },
    { fault: 'unknown id', message: { type: 'cancelPnL', reqId }, outcome: { code: 10185 } },
  ],
  reqPnLSingle: [
    { fault: 'sound', message: { type: 'reqPnLSingle', reqId, account: ACCOUNT, conId: AAPL_ID }, outcome: { answer: 'pnlSingle' } },
    { fault: 'unknown account', message: { type: 'reqPnLSingle', reqId, account: 'DU000', conId: AAPL_ID }, outcome: { code: 321 } },
  ],
  cancelPnLSingle: [
    { fault: 'sound', before: [{ type: 'reqPnLSingle', reqId, account: ACCOUNT, conId: AAPL_ID }], message: { type: 'cancelPnLSingle', reqId }, outcome: 'nothing' },
    { fault: 'unknown id', message: { type: 'cancelPnLSingle', reqId }, outcome: { code: 10185 } },
  ],

  reqContractDetails: [
    { fault: 'sound', message: { type: 'reqContractDetails', reqId, contract: AAPL }, outcome: { answer: 'contractDetailsEnd' } },
    { fault: 'sound: bond', message: { type: 'reqContractDetails', reqId, contract: BOND }, outcome: { answer: 'bondContractDetails' } },
    { fault: 'unknown contract', message: { type: 'reqContractDetails', reqId, contract: UNKNOWN }, outcome: { code: 200 } },
  ],
  reqSecDefOptParams: [
    {
      fault: 'sound',
      message: { type: 'reqSecDefOptParams', reqId, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: AAPL_ID },
      outcome: { answer: 'secDefOptParameterEnd' },
    },
    {
      fault: 'conId of another symbol',
      message: { type: 'reqSecDefOptParams', reqId, underlyingSymbol: 'MSFT', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: AAPL_ID },
      outcome: { code: 321 },
    },
  ],
  reqMatchingSymbols: [{ fault: 'sound', message: { type: 'reqMatchingSymbols', reqId, pattern: 'AA' }, outcome: { answer: 'symbolSamples' } }],
  reqMarketRule: [
    { fault: 'sound', message: { type: 'reqMarketRule', marketRuleId: 26 }, outcome: { answer: 'marketRule' } },
    { fault: 'unknown rule', message: { type: 'reqMarketRule', marketRuleId: 9 }, outcome: { code: 321 } },
  ],

  reqHistoricalData: [
    { fault: 'sound', message: history(AAPL), outcome: { answer: 'historicalData' } },
    { fault: 'unknown contract', message: history(UNKNOWN), outcome: { code: 200 } },
    { fault: 'bar size', message: { ...history(AAPL), barSizeSetting: '7 mins' }, outcome: { code: 321 } },
    { fault: 'end', message: { ...history(AAPL), endDateTime: 'tomorrow' }, outcome: { code: 10314 } },
  ],
  cancelHistoricalData: [{ fault: 'unknown id', message: { type: 'cancelHistoricalData', reqId }, outcome: { code: 366 } }],
  reqHeadTimestamp: [
    { fault: 'sound', message: headTimestamp(AAPL), outcome: { answer: 'headTimestamp' } },
    { fault: 'unknown contract', message: headTimestamp(UNKNOWN), outcome: { code: 200 } },
  ],
  cancelHeadTimestamp: [{ fault: 'sound', before: [headTimestamp(AAPL)], message: { type: 'cancelHeadTimestamp', reqId }, outcome: 'nothing' }],
  reqHistogramData: [
    { fault: 'sound', message: histogram(AAPL), outcome: { answer: 'histogramData' } },
    { fault: 'unknown contract', message: histogram(UNKNOWN), outcome: { code: 200 } },
  ],
  cancelHistogramData: [{ fault: 'after its answer', before: [histogram(AAPL)], message: { type: 'cancelHistogramData', reqId }, outcome: { code: 366 } }],
  reqHistoricalTicks: [
    { fault: 'sound', message: pastTicks(AAPL), outcome: { answer: 'historicalTicksLast' } },
    { fault: 'unknown contract', message: pastTicks(UNKNOWN), outcome: { code: 200 } },
  ],

  reqNewsBulletins: [{ fault: 'sound', message: { type: 'reqNewsBulletins', allMessages: true }, outcome: { answer: 'newsBulletins' } }],
  cancelNewsBulletins: [{ fault: 'sound', message: { type: 'cancelNewsBulletins' }, outcome: 'nothing' }],
  reqNewsProviders: [{ fault: 'sound', message: { type: 'reqNewsProviders' }, outcome: { answer: 'newsProviders' } }],
  reqNewsArticle: [{ fault: 'unknown article', message: { type: 'reqNewsArticle', reqId, providerCode: 'SIMN', articleId: 'SIMN$1.1' }, outcome: { code: 321 } }],
  reqHistoricalNews: [
    { fault: 'sound', message: news(AAPL_ID), outcome: { answer: 'historicalNewsEnd' } },
    { fault: 'unknown contract', message: news(1), outcome: { code: 200 } },
    { fault: 'unknown provider', message: news(AAPL_ID, 'NOSUCH'), outcome: { code: 321 } },
    { fault: 'date', message: news(AAPL_ID, 'SIMN', 'yesterday'), outcome: { code: 321 } },
    { fault: 'too many headlines', message: news(AAPL_ID, 'SIMN', '', 301), outcome: { code: 321 } },
  ],

  reqScannerSubscription: [
    { fault: 'sound', message: scan(reqId), outcome: { answer: 'scannerData' } },
    { fault: 'duplicate id', before: [scan(reqId)], message: scan(reqId), outcome: { code: 385 } },
    { fault: 'no scan code', message: { ...scan(reqId), subscription: { ...GAINS, scanCode: '' } }, outcome: { code: 321 } },
    { fault: 'unknown scan code', message: { ...scan(reqId), subscription: { ...GAINS, scanCode: 'NOSUCH' } }, outcome: { code: 162 } },
    { fault: 'unknown location', message: { ...scan(reqId), subscription: { ...GAINS, locationCode: 'STK.MOON' } }, outcome: { code: 162 } },
    { fault: 'nothing fits', message: { ...scan(reqId), subscription: { ...GAINS, abovePrice: 1e9 } }, outcome: { code: 165 } },
    { fault: 'too many scans', before: [1, 2].map(scan), message: scan(reqId), outcome: { code: 322 } },
  ],
  cancelScannerSubscription: [
    { fault: 'sound', before: [scan(reqId)], message: { type: 'cancelScannerSubscription', reqId }, outcome: { code: 162 } },
    { fault: 'unknown id', message: { type: 'cancelScannerSubscription', reqId }, outcome: { code: 365 } },
  ],
  reqScannerParameters: [{ fault: 'sound', message: { type: 'reqScannerParameters' }, outcome: { answer: 'scannerParameters' } }],
  reqFundamentalData: [
    { fault: 'not given any more', message: fundamentals(AAPL), outcome: { code: 10358 } },
    { fault: 'fund', message: fundamentals({ ...AAPL, symbol: 'SPY' }), outcome: { code: 430 } },
    { fault: 'unknown contract', message: fundamentals(UNKNOWN), outcome: { code: 200 } },
    { fault: 'unknown report', message: fundamentals(AAPL, 'Gossip'), outcome: { code: 321 } },
  ],
  cancelFundamentalData: [{ fault: 'unknown id', message: { type: 'cancelFundamentalData', reqId }, outcome: { code: 300 } }],
  reqWshMetaData: [{ fault: 'no subscription', message: { type: 'reqWshMetaData', reqId }, outcome: { code: 10276 } }],
  cancelWshMetaData: [{ fault: 'not requested', message: { type: 'cancelWshMetaData', reqId }, outcome: { code: 10280 } }],
  reqWshEventData: [{ fault: 'no subscription', message: { type: 'reqWshEventData', reqId, conId: AAPL_ID }, outcome: { code: 10276 } }],
  cancelWshEventData: [{ fault: 'not requested', message: { type: 'cancelWshEventData', reqId }, outcome: { code: 10284 } }],
};

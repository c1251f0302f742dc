import type { Random } from '@ibkit/clock';
import { createTextCodec } from '@ibkit/wire';
import type { ClientMessage } from '@ibkit/wire';
import { CLIENT_MESSAGE_TYPES, sampleClientFrame } from '@ibkit/wire/testing';

const codec = createTextCodec({ serverVersion: 193 });
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const account = 'DU1000001';
const history = { contract: AAPL, useRTH: true, formatDate: 1 };

/** Requests that are served when they arrive undamaged: damage reaches deep only from there. */
const SERVED: readonly ClientMessage[] = [
  { type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: '100,106,165,233,236,293' },
  { type: 'reqMktData', reqId: 2, contract: AAPL, snapshot: true },
  { type: 'cancelMktData', reqId: 1 },
  { type: 'reqMarketDataType', marketDataType: 3 },
  { type: 'reqTickByTickData', reqId: 2, contract: AAPL, tickType: 'AllLast', numberOfTicks: 10 },
  { type: 'reqTickByTickData', reqId: 3, contract: AAPL, tickType: 'BidAsk' },
  { type: 'cancelTickByTickData', reqId: 2 },
  { type: 'reqRealTimeBars', reqId: 1, contract: AAPL, barSize: 5, whatToShow: 'TRADES', useRTH: false },
  { type: 'reqMktDepth', reqId: 1, contract: AAPL, numRows: 5, isSmartDepth: true },
  { type: 'reqContractDetails', reqId: 3, contract: AAPL },
  { type: 'reqMatchingSymbols', reqId: 3, pattern: 'A' },
  { type: 'reqSecDefOptParams', reqId: 3, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 265598 },
  { type: 'reqHistoricalData', reqId: 4, ...history, barSizeSetting: '5 mins', durationStr: '1 D', whatToShow: 'TRADES' },
  { type: 'reqHistoricalData', reqId: 5, ...history, barSizeSetting: '1 min', durationStr: '3600 S', whatToShow: 'MIDPOINT', keepUpToDate: true },
  { type: 'cancelHistoricalData', reqId: 5 },
  { type: 'reqHeadTimestamp', reqId: 6, ...history, whatToShow: 'TRADES' },
  { type: 'reqHistoricalTicks', reqId: 6, contract: AAPL, startDateTime: '20260302 09:30:00 US/Eastern', endDateTime: '', numberOfTicks: 20, whatToShow: 'TRADES', useRTH: true, ignoreSize: false },
  { type: 'reqHistogramData', reqId: 6, contract: AAPL, useRTH: true, timePeriod: '1 day' },
  { type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, account } },
  { type: 'placeOrder', orderId: 2, contract: AAPL, order: { action: 'SELL', totalQuantity: 1, orderType: 'MKT', account } },
  { type: 'placeOrder', orderId: 3, contract: AAPL, order: { action: 'BUY', totalQuantity: 1, orderType: 'TRAIL', trailingPercent: 5, account } },
  { type: 'cancelOrder', orderId: 1 },
  { type: 'reqGlobalCancel' },
  { type: 'reqExecutions', reqId: 4, filter: {} },
  { type: 'reqAllOpenOrders' },
  { type: 'reqAccountSummary', reqId: 5, group: 'All', tags: 'NetLiquidation,BuyingPower' },
  { type: 'reqAccountUpdates', subscribe: true, acctCode: account },
  { type: 'reqPositions' },
  { type: 'reqPnL', reqId: 7, account, modelCode: '' },
  { type: 'reqIds', count: 1 },
];

const SERVED_FRAMES = SERVED.map((message) => codec.encodeClient(message));

/** An order under an id that few others have had. */
function newOrder(random: Random): Uint8Array {
  const orderId = 4 + Math.floor(random.next() * 500);
  const action = random.next() < 0.5 ? 'BUY' : 'SELL';
  const [orderType, lmtPrice] = random.next() < 0.5 ? ['MKT', undefined] : ['LMT', 50 + Math.floor(random.next() * 200)];
  return codec.encodeClient({ type: 'placeOrder', orderId, contract: AAPL, order: { action, totalQuantity: 1 + Math.floor(random.next() * 100), orderType, lmtPrice, account } });
}

/** A valid request: of any type with any values, or one that is served. */
export function clientFrame(random: Random): Uint8Array {
  if (random.next() < 0.02) return newOrder(random);
  if (random.next() < 0.5) return SERVED_FRAMES[Math.floor(random.next() * SERVED_FRAMES.length)] ?? new Uint8Array(4);
  return sampleClientFrame(CLIENT_MESSAGE_TYPES[Math.floor(random.next() * CLIENT_MESSAGE_TYPES.length)] ?? 'reqIds', { random });
}

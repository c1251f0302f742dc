import { ScanCode } from '@stoqey/ib';
import { Encoder } from '@stoqey/ib/dist/core/io/encoder.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCodec } from './codec.js';
import { encodeFields, encodeFrame, splitFields } from './framing.js';
import { CLIENT_LAYOUTS } from './messages.js';
import type { ClientMessage } from './messages.js';
import type { WireOrder } from './order-model.js';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from './server-version.js';
import { messages } from './testing/message-arbitrary.js';
import { ORACLE_VALUES, conditionToEncode } from './testing/oracle-values.js';

/** A request that we and `@stoqey/ib` 1.6.10 write differently, and why ours is right. */
interface Difference {
  readonly what: string;
  readonly reason: string;
  readonly serverVersion: number;
  readonly message: ClientMessage;
}

const DIFFERENCES: readonly Difference[] = [
  {
    what: 'reqMktData.options',
    reason: 'its encoder has no parameter for them and always writes an empty field',
    serverVersion: 193,
    message: { type: 'reqMktData', reqId: 1, contract: {}, options: [{ tag: 'a', value: 'b' }] },
  },
  {
    what: 'the version of reqAccountUpdatesMulti',
    reason: 'it writes 2, the official clients write 1; servers ignore the value',
    serverVersion: 193,
    message: { type: 'reqAccountUpdatesMulti', reqId: 1 },
  },
  {
    what: 'the version of cancelAccountUpdatesMulti',
    reason: 'it writes 2, the official clients write 1; servers ignore the value',
    serverVersion: 193,
    message: { type: 'cancelAccountUpdatesMulti', reqId: 1 },
  },
  {
    what: 'placeOrder.order.orderMiscOptions',
    reason: 'it writes "[object Object]", one field for each option, instead of one field tag=value;tag=value;',
    serverVersion: 193,
    message: { type: 'placeOrder', orderId: 1, contract: {}, order: { orderMiscOptions: [{ tag: 'a', value: 'b' }] } },
  },
  {
    what: 'placeOrder.order.faProfile',
    reason: 'it writes an empty field before server version 177, whatever the order says',
    serverVersion: 176,
    message: { type: 'placeOrder', orderId: 1, contract: {}, order: { faProfile: 'x' } },
  },
  {
    what: 'placeOrder.order.scalePriceIncrement of 0 or less',
    reason: 'it sends the scale block for any increment, TWS and the official clients only for one above 0',
    serverVersion: 193,
    message: { type: 'placeOrder', orderId: 1, contract: {}, order: { scalePriceIncrement: 0 } },
  },
  {
    what: 'numbers below 1e-6 and from 1e21 on',
    reason: 'it writes exponents, which TWS does not read everywhere; we write plain digits',
    serverVersion: 193,
    message: { type: 'placeOrder', orderId: 1, contract: {}, order: { lmtPrice: 1e-7 } },
  },
];

const WITHOUT: ReadonlySet<string> = new Set(['orderMiscOptions', 'faProfile']);
const VERSION_DIFFERS: ReadonlySet<string> = new Set(['reqAccountUpdatesMulti', 'cancelAccountUpdatesMulti']);

function isClientMessage(value: { type?: unknown }): value is ClientMessage {
  return typeof value.type === 'string' && value.type in CLIENT_LAYOUTS;
}

function orderToEncode(order: WireOrder): object {
  return { ...order, conditions: order.conditions?.map(conditionToEncode) };
}

type Call = readonly [method: string, ...parameters: unknown[]];

/** The call that makes the library send the same request. */
function callFor(m: ClientMessage): Call | undefined {
  switch (m.type) {
    case 'startApi':
      return undefined;
    case 'reqCurrentTime':
    case 'reqManagedAccts':
    case 'reqMktDepthExchanges':
    case 'reqFamilyCodes':
    case 'reqOpenOrders':
    case 'reqAllOpenOrders':
    case 'reqPositions':
    case 'cancelPositions':
    case 'cancelNewsBulletins':
    case 'reqNewsProviders':
    case 'reqScannerParameters':
      return [m.type];
    case 'cancelMktData':
    case 'cancelTickByTickData':
    case 'cancelRealTimeBars':
    case 'cancelAccountSummary':
    case 'cancelPositionsMulti':
    case 'cancelAccountUpdatesMulti':
    case 'cancelPnL':
    case 'cancelPnLSingle':
    case 'cancelHistoricalData':
    case 'cancelHeadTimestamp':
    case 'cancelHistogramData':
    case 'cancelScannerSubscription':
    case 'cancelFundamentalData':
    case 'reqWshMetaData':
    case 'reqUserInfo':
    case 'reqSoftDollarTiers':
    case 'queryDisplayGroups':
      return [m.type, m.reqId];
    case 'unsubscribeFromGroupEvents':
      return ['unsubscribeToGroupEvents', m.reqId];
    case 'cancelCalcImpliedVolatility':
      return ['cancelCalculateImpliedVolatility', m.reqId];
    case 'cancelCalcOptionPrice':
      return ['cancelCalculateOptionPrice', m.reqId];
    case 'cancelWshMetaData':
      return ['reqCancelWshMetaData', m.reqId];
    case 'cancelWshEventData':
      return ['reqCancelWshEventData', m.reqId];
    case 'setServerLogLevel':
      return [m.type, m.logLevel];
    case 'requestFA':
      return [m.type, m.faDataType];
    case 'replaceFA':
      return [m.type, m.reqId, m.faDataType, m.xml];
    case 'subscribeToGroupEvents':
      return [m.type, m.reqId, m.groupId];
    case 'updateDisplayGroup':
      return [m.type, m.reqId, m.contractInfo];
    case 'reqMktData':
      return [m.type, m.reqId, m.contract, m.genericTickList, m.snapshot, m.regulatorySnapshot];
    case 'reqMarketDataType':
      return [m.type, m.marketDataType];
    case 'reqTickByTickData':
      return [m.type, m.reqId, m.contract, m.tickType, m.numberOfTicks, m.ignoreSize];
    case 'reqMktDepth':
      return [m.type, m.reqId, m.contract, m.numRows, m.isSmartDepth, m.options];
    case 'cancelMktDepth':
      return [m.type, m.reqId, m.isSmartDepth];
    case 'reqSmartComponents':
      return [m.type, m.reqId, m.bboExchange];
    case 'reqRealTimeBars':
      return [m.type, m.reqId, m.contract, m.barSize, m.whatToShow, m.useRTH, m.options];
    case 'calcImpliedVolatility':
      return ['calculateImpliedVolatility', m.reqId, m.contract, m.optionPrice, m.underPrice, m.options];
    case 'calcOptionPrice':
      return ['calculateOptionPrice', m.reqId, m.contract, m.volatility, m.underPrice, m.options];
    case 'placeOrder':
      return [m.type, m.orderId, m.contract, orderToEncode(m.order)];
    case 'cancelOrder':
      return [m.type, m.orderId, { ...m, manualOrderCancelTime: m.manualCancelOrderTime }];
    case 'reqGlobalCancel':
      return [m.type, m];
    case 'reqAutoOpenOrders':
      return [m.type, m.autoBind];
    case 'reqCompletedOrders':
      return [m.type, m.apiOnly];
    case 'reqIds':
      return [m.type, m.count];
    case 'reqExecutions':
      return [m.type, m.reqId, m.filter];
    case 'exerciseOptions':
      return [
        m.type,
        m.reqId,
        m.contract,
        m.exerciseAction,
        m.exerciseQuantity,
        m.account,
        m.override,
        m.manualOrderTime,
        m.customerAccount,
        m.professionalCustomer,
      ];
    case 'reqAccountUpdates':
      return [m.type, m.subscribe, m.acctCode];
    case 'reqAccountSummary':
      return [m.type, m.reqId, m.group, m.tags];
    case 'reqPositionsMulti':
      return [m.type, m.reqId, m.account, m.modelCode];
    case 'reqAccountUpdatesMulti':
      return [m.type, m.reqId, m.account, m.modelCode, m.ledgerAndNLV];
    case 'reqPnL':
      return [m.type, m.reqId, m.account, m.modelCode];
    case 'reqPnLSingle':
      return [m.type, m.reqId, m.account, m.modelCode, m.conId];
    case 'reqContractDetails':
      return [m.type, m.reqId, { ...m.contract, includeExpired: m.includeExpired, secIdType: m.secIdType, secId: m.secId, issuerId: m.issuerId }];
    case 'reqSecDefOptParams':
      return [m.type, m.reqId, m.underlyingSymbol, m.futFopExchange, m.underlyingSecType, m.underlyingConId];
    case 'reqMatchingSymbols':
      return [m.type, m.reqId, m.pattern];
    case 'reqMarketRule':
      return [m.type, m.marketRuleId];
    case 'reqHistoricalData':
      return [
        m.type,
        m.reqId,
        m.contract,
        m.endDateTime,
        m.durationStr,
        m.barSizeSetting,
        m.whatToShow,
        m.useRTH,
        m.formatDate,
        m.keepUpToDate,
        m.options,
      ];
    case 'reqHeadTimestamp':
      return [m.type, m.reqId, m.contract, m.whatToShow, m.useRTH, m.formatDate];
    case 'reqHistogramData':
      return [m.type, m.reqId, m.contract, m.useRTH, m.timePeriod];
    case 'reqHistoricalTicks':
      return [
        m.type,
        m.reqId,
        m.contract,
        m.startDateTime,
        m.endDateTime,
        m.numberOfTicks,
        m.whatToShow,
        m.useRTH,
        m.ignoreSize,
        m.options,
      ];
    case 'reqNewsBulletins':
      return [m.type, m.allMessages];
    case 'reqNewsArticle':
      return [m.type, m.reqId, m.providerCode, m.articleId, m.options];
    case 'reqHistoricalNews':
      return [m.type, m.reqId, m.conId, m.providerCodes, m.startDateTime, m.endDateTime, m.totalResults, m.options];
    case 'reqScannerSubscription': {
      const subscription = { ...m.subscription, scanCode: m.subscription.scanCode === undefined ? undefined : ScanCode.TOP_PERC_GAIN };
      return [m.type, m.reqId, subscription, m.options, m.filterOptions];
    }
    case 'reqFundamentalData':
      return [m.type, m.reqId, m.contract, m.reportType, m.options];
    case 'reqWshEventData':
      return [m.type, m.reqId, m];
  }
}

function flatten(token: unknown): unknown[] {
  return Array.isArray(token) ? token.flatMap(flatten) : [token];
}

/** What the socket of the library writes for tokens of its encoder. */
function textOfToken(token: unknown): string {
  if (typeof token === 'boolean') return token ? '1' : '0';
  if (token === undefined || token === null) return '';
  if (typeof token === 'string' || typeof token === 'number') return String(token);
  return Object.prototype.toString.call(token);
}

function oracleFields(serverVersion: number, [method, ...parameters]: Call): string[] {
  const sent: unknown[] = [];
  const problems: string[] = [];
  const encoder = new Encoder({
    serverVersion,
    sendMsg: (...tokens: unknown[]) => sent.push(...tokens),
    emitError: (message: string) => problems.push(message),
  });
  const send: unknown = Reflect.get(encoder, method);
  if (typeof send !== 'function') throw new Error(`no such method: ${method}`);
  Reflect.apply(send, encoder, parameters);
  if (problems.length > 0) throw new Error(problems.join());
  return flatten(sent).map(textOfToken);
}

describe('encodeClient writes what @stoqey/ib writes', () => {
  const layouts = Object.values(CLIENT_LAYOUTS).filter((layout) => layout.type !== 'startApi');

  it.each(layouts)('$type', (layout) => {
    const cases = fc
      .integer({ min: Math.max(layout.since, MIN_SERVER_VERSION), max: MAX_SERVER_VERSION })
      .chain((serverVersion) => {
        const without = layout.type === 'reqMktData' ? new Set(['options']) : WITHOUT;
        return fc.tuple(fc.constant(serverVersion), messages(layout, serverVersion, { values: ORACLE_VALUES, without }));
      });
    fc.assert(
      fc.property(cases, ([serverVersion, message]) => {
        const call = isClientMessage(message) ? callFor(message) : undefined;
        if (!isClientMessage(message) || call === undefined) throw new Error('nothing to compare with');
        const expected = oracleFields(serverVersion, call);
        if (VERSION_DIFFERS.has(message.type)) expected[1] = '1';
        const frame = createTextCodec({ serverVersion }).encodeClient(message);
        expect(splitFields(frame.subarray(4))).toEqual(expected);
        expect(Buffer.from(frame).equals(encodeFrame(encodeFields(expected)))).toBe(true);
      }),
      { numRuns: layout.type === 'placeOrder' ? 500 : 60 },
    );
  });

  it('startApi, which its socket writes without the encoder', () => {
    const frame = createTextCodec({ serverVersion: 193 }).encodeClient({ type: 'startApi', clientId: 5 });
    expect(splitFields(frame.subarray(4))).toEqual(['71', '2', '5', '']);
  });

  it.each(DIFFERENCES)('but for $what: $reason', ({ serverVersion, message }) => {
    const call = callFor(message);
    if (call === undefined) throw new Error('nothing to compare with');
    const frame = createTextCodec({ serverVersion }).encodeClient(message);
    expect(splitFields(frame.subarray(4))).not.toEqual(oracleFields(serverVersion, call));
  });
});

describe('decodeClient reads what @stoqey/ib writes', () => {
  it('an order with a scale increment of 0 and its block', () => {
    const order = { action: 'BUY', orderType: 'LMT', lmtPrice: 5, scalePriceIncrement: 0, scaleAutoReset: true, transmit: true };
    const fields = oracleFields(193, ['placeOrder', 1, { symbol: 'A' }, order]);
    expect(createTextCodec({ serverVersion: 193 }).decodeClient(encodeFields(fields))).toEqual({
      ok: true,
      message: { type: 'placeOrder', orderId: 1, contract: { symbol: 'A' }, order },
    });
  });

  it('an order with one misspelled misc option', () => {
    const fields = oracleFields(193, ['placeOrder', 1, {}, { orderMiscOptions: [{ tag: 'a', value: 'b' }], transmit: true }]);
    expect(createTextCodec({ serverVersion: 193 }).decodeClient(encodeFields(fields))).toMatchObject({ ok: true, message: { order: { transmit: true } } });
  });
});

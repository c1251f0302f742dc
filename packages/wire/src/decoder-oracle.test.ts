import { Decoder } from '@stoqey/ib/dist/core/io/decoder.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCodec } from './codec.js';
import type { WireContract, WireContractDetails } from './contract-model.js';
import { splitFields } from './framing.js';
import { SERVER_LAYOUTS } from './messages.js';
import type { ServerMessage } from './messages.js';
import type { WireOrder } from './order-model.js';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from './server-version.js';
import { messages } from './testing/message-arbitrary.js';
import type { Sample } from './testing/sample-message.js';
import { ORACLE_VALUES, conditionDecoded } from './testing/oracle-values.js';

const integerValue: Sample = (draw) => draw.integer(1, 100_000);

const VALUES: ReadonlyMap<unknown, Sample> = new Map<unknown, Sample>([
  ...ORACLE_VALUES,
  ['minTick', integerValue],
  ['volume', integerValue],
  ['percent', integerValue],
  ['lastTradeDateOrContractMonth', () => '20250620'],
  ['maturity', () => '20300601'],
  ['competeAgainstBestOffset', (draw) => draw.integer(1, 100) / 100],
  ['scalePriceIncrement', (draw) => draw.integer(1, 100) / 100],
]);

function isServerMessage(value: { type?: unknown }): value is ServerMessage {
  return typeof value.type === 'string' && value.type in SERVER_LAYOUTS;
}

function contractDecoded(contract: WireContract): object {
  return { ...contract, multiplier: Number(contract.multiplier) };
}

function orderDecoded(order: WireOrder, orderId: number | undefined): object {
  return {
    ...order,
    orderId,
    permId: Number(order.permId),
    parentPermId: order.parentPermId === undefined ? undefined : Number(order.parentPermId),
    conditions: order.conditions?.map(conditionDecoded),
  };
}

function detailsDecoded(details: WireContractDetails): object {
  return { ...details, contract: contractDecoded(details.contract) };
}

/** The size tick that goes with a price tick. */
const SIZE_TYPES: Readonly<Record<number, number>> = { 2: 3, 4: 5, 66: 69, 67: 70, 68: 71 };

type Emitted = readonly [event: string, ...parameters: unknown[]];

/** What the library emits for a message. */
function emittedFor(m: ServerMessage): readonly Emitted[] {
  switch (m.type) {
    case 'errMsg': {
      const reject: unknown = m.advancedRejectJson === undefined ? undefined : JSON.parse(m.advancedRejectJson);
      return m.id === -1 ? [['info', m.msg, m.code]] : [['error', m.msg, m.code, m.id, reject]];
    }
    case 'nextValidId':
      return [[m.type, m.orderId]];
    case 'managedAccounts':
      return [[m.type, m.accountsList]];
    case 'currentTime':
      return [[m.type, m.time]];
    case 'userInfo':
      return [[m.type, m.reqId, m.whiteBrandingId]];
    case 'receiveFA':
      return [[m.type, m.faDataType, m.xml]];
    case 'replaceFAEnd':
      return [[m.type, m.reqId, m.text]];
    case 'displayGroupList':
      return [[m.type, m.reqId, m.groups]];
    case 'displayGroupUpdated':
      return [[m.type, m.reqId, m.contractInfo]];
    case 'tickPrice': {
      const sizeType = SIZE_TYPES[m.tickType];
      const events: Emitted[] = [[m.type, m.reqId, m.tickType, m.price, m.attrMask !== 0]];
      return sizeType === undefined ? events : [...events, ['tickSize', m.reqId, sizeType, m.size]];
    }
    case 'tickSize':
      return [[m.type, m.reqId, m.tickType, m.size]];
    case 'tickOptionComputation':
      return [
        [
          m.type,
          m.reqId,
          m.tickType,
          m.tickAttrib,
          m.impliedVol,
          m.delta,
          m.optPrice,
          m.pvDividend,
          m.gamma,
          m.vega,
          m.theta,
          m.undPrice,
        ],
      ];
    case 'tickGeneric':
    case 'tickString':
      return [[m.type, m.reqId, m.tickType, m.value]];
    case 'tickEFP':
      return [
        [
          m.type,
          m.reqId,
          m.tickType,
          m.basisPoints,
          m.formattedBasisPoints,
          m.impliedFuturesPrice,
          m.holdDays,
          m.futureLastTradeDate,
          m.dividendImpact,
          m.dividendsToLastTradeDate,
        ],
      ];
    case 'tickReqParams':
      return [[m.type, m.reqId, m.minTick, m.bboExchange, m.snapshotPermissions]];
    case 'marketDataType':
      return [[m.type, m.reqId, m.marketDataType]];
    case 'tickByTick':
      switch (m.kind) {
        case 'Last':
        case 'AllLast': {
          const attributes = { pastLimit: (m.mask & 1) !== 0, unreported: (m.mask & 2) !== 0 };
          const kind = m.kind === 'Last' ? 1 : 2;
          return [['tickByTickAllLast', m.reqId, kind, String(m.time), m.price, m.size, attributes, m.exchange, m.specialConditions]];
        }
        case 'BidAsk': {
          const attributes = { bidPastLow: (m.mask & 1) !== 0, askPastHigh: (m.mask & 2) !== 0 };
          return [['tickByTickBidAsk', m.reqId, String(m.time), m.bidPrice, m.askPrice, m.bidSize, m.askSize, attributes]];
        }
        case 'MidPoint':
          return [['tickByTickMidPoint', m.reqId, String(m.time), m.midPoint]];
      }
    // eslint-disable-next-line no-fallthrough -- the inner switch has an answer for every kind
    case 'marketDepth':
      return [['updateMktDepth', m.reqId, m.position, m.operation, m.side, m.price, m.size]];
    case 'marketDepthL2':
      return [['updateMktDepthL2', m.reqId, m.position, m.marketMaker, m.operation, m.side, m.price, m.size, m.isSmartDepth]];
    case 'mktDepthExchanges':
      return [[m.type, m.exchanges]];
    case 'smartComponents':
      return [[m.type, m.reqId, new Map(m.components.map((each) => [each.bitNumber, [each.exchange, each.exchangeLetter]]))]];
    case 'realTimeBar':
      return [['realtimeBar', m.reqId, m.time, m.open, m.high, m.low, m.close, m.volume, m.wap, m.count]];
    case 'rerouteMktDataReq':
    case 'rerouteMktDepthReq':
      return [[m.type, m.reqId, m.conId, m.exchange]];
    case 'orderStatus':
      return [
        [
          m.type,
          m.orderId,
          m.status,
          m.filled,
          m.remaining,
          m.avgFillPrice,
          Number(m.permId),
          m.parentId,
          m.lastFillPrice,
          m.clientId,
          m.whyHeld,
          m.mktCapPrice,
        ],
      ];
    case 'openOrder':
      return [[m.type, m.orderId, contractDecoded(m.contract), orderDecoded(m.order, m.orderId), m.orderState]];
    case 'completedOrder':
      return [[m.type, contractDecoded(m.contract), orderDecoded(m.order, undefined), m.orderState]];
    case 'completedOrderEnd':
      return [['completedOrdersEnd']];
    case 'execDetails': {
      const execution = { ...m.execution, orderId: m.orderId, permId: Number(m.execution.permId) };
      return [[m.type, m.reqId, contractDecoded(m.contract), execution]];
    }
    case 'commissionReport': {
      const { type, ...report } = m;
      return [[type, report]];
    }
    case 'orderBound':
      return [[m.type, Number(m.permId), m.clientId, m.orderId]];
    case 'accountValue':
      return [['updateAccountValue', m.key, m.value, m.currency, m.accountName]];
    case 'portfolioValue':
      return [
        [
          'updatePortfolio',
          contractDecoded(m.contract),
          m.position,
          m.marketPrice,
          m.marketValue,
          m.averageCost,
          m.unrealizedPNL,
          m.realizedPNL,
          m.accountName,
        ],
      ];
    case 'accountUpdateTime':
      return [['updateAccountTime', m.timeStamp]];
    case 'accountDownloadEnd':
      return [[m.type, m.accountName]];
    case 'position':
      return [[m.type, m.account, contractDecoded(m.contract), m.position, m.avgCost]];
    case 'positionEnd':
    case 'openOrderEnd':
      return [[m.type]];
    case 'accountSummary':
      return [[m.type, m.reqId, m.account, m.tag, m.value, m.currency]];
    case 'positionMulti':
      return [[m.type, m.reqId, m.account, m.modelCode, contractDecoded(m.contract), m.position, m.avgCost]];
    case 'accountUpdateMulti':
      return [[m.type, m.reqId, m.account, m.modelCode, m.key, m.value, m.currency]];
    case 'accountUpdateMultiEnd':
      return [[m.type, String(m.reqId)]];
    case 'tickSnapshotEnd':
    case 'execDetailsEnd':
    case 'accountSummaryEnd':
    case 'positionMultiEnd':
    case 'contractDetailsEnd':
      return [[m.type, m.reqId]];
    case 'pnl':
      return [[m.type, m.reqId, m.dailyPnL, m.unrealizedPnL, m.realizedPnL]];
    case 'pnlSingle':
      return [[m.type, m.reqId, m.position, m.dailyPnL, m.unrealizedPnL, m.realizedPnL, m.value]];
    case 'contractDetails':
      return [[m.type, m.reqId, detailsDecoded(m.details)]];
    case 'bondContractDetails':
      return [[m.type, m.reqId, m.details]];
    case 'secDefOptParameter':
      return [
        [
          'securityDefinitionOptionParameter',
          m.reqId,
          m.exchange,
          m.underlyingConId,
          m.tradingClass,
          Number(m.multiplier),
          m.expirations,
          m.strikes,
        ],
      ];
    case 'secDefOptParameterEnd':
      return [['securityDefinitionOptionParameterEnd', m.reqId]];
    case 'symbolSamples':
      return [[m.type, m.reqId, m.contracts]];
    case 'marketRule':
      return [[m.type, m.marketRuleId, m.priceIncrements]];
    case 'deltaNeutralValidation':
      return [[m.type, m.reqId, m.deltaNeutralContract]];
    case 'historicalData': {
      const bars = m.bars.map((bar): Emitted => {
        return [m.type, m.reqId, bar.date, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.count, bar.wap, undefined];
      });
      return [...bars, [m.type, m.reqId, `finished-${m.start}-${m.end}`, -1, -1, -1, -1, -1, -1, -1, false]];
    }
    case 'historicalDataUpdate': {
      const { bar } = m;
      return [[m.type, m.reqId, bar.date, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.count, bar.wap]];
    }
    case 'historicalSchedule':
      return [[m.type, m.reqId, m.startDateTime, m.endDateTime, m.timeZone, m.sessions]];
    case 'headTimestamp':
      return [[m.type, m.reqId, m.headTimestamp]];
    case 'histogramData':
      return [[m.type, m.reqId, m.items]];
    case 'historicalTicks':
      return [[m.type, m.reqId, m.ticks, m.done]];
    case 'historicalTicksBidAsk': {
      const ticks = m.ticks.map((tick) => ({
        time: tick.time,
        tickAttribBidAsk: { bidPastLow: (tick.mask & 1) !== 0, askPastHigh: (tick.mask & 2) !== 0 },
        priceBid: tick.bidPrice,
        priceAsk: tick.askPrice,
        sizeBid: tick.bidSize,
        sizeAsk: tick.askSize,
      }));
      return [[m.type, m.reqId, ticks, m.done]];
    }
    case 'historicalTicksLast': {
      const ticks = m.ticks.map(({ mask, ...tick }) => ({
        ...tick,
        tickAttribLast: { pastLimit: (mask & 1) !== 0, unreported: (mask & 2) !== 0 },
      }));
      return [[m.type, m.reqId, ticks, m.done]];
    }
    case 'newsBulletins':
      return [['updateNewsBulletin', m.msgId, m.msgType, m.message, m.originExch]];
    case 'tickNews':
      return [[m.type, m.reqId, m.timeStamp, m.providerCode, m.articleId, m.headline, m.extraData]];
    case 'newsProviders':
      return [[m.type, m.providers.map(({ code, name }) => ({ providerCode: code, providerName: name }))]];
    case 'newsArticle':
      return [[m.type, m.reqId, m.articleType, m.articleText]];
    case 'historicalNews':
      return [[m.type, m.reqId, m.time, m.providerCode, m.articleId, m.headline]];
    case 'historicalNewsEnd':
      return [[m.type, m.reqId, m.hasMore]];
    case 'scannerData': {
      const rows = m.rows.map((row): Emitted => {
        const { contract, marketName } = row;
        return [m.type, m.reqId, row.rank, { contract, marketName }, row.distance, row.benchmark, row.projection, row.legsStr];
      });
      return [...rows, ['scannerDataEnd', m.reqId]];
    }
    case 'scannerParameters':
      return [[m.type, m.xml]];
    case 'fundamentalData':
      return [[m.type, m.reqId, m.data]];
    case 'wshMetaData':
    case 'wshEventData':
      return [[m.type, m.reqId, m.dataJson]];
    case 'softDollarTiers':
      return [[m.type, m.reqId, m.tiers]];
    case 'familyCodes':
      return [[m.type, m.familyCodes]];
  }
}

function oracleEvents(serverVersion: number, fields: readonly string[]): Emitted[] {
  const events: Emitted[] = [];
  const decoder = new Decoder({
    serverVersion,
    emitEvent: (event: string, ...parameters: unknown[]) => events.push([event, ...parameters]),
    emitError: (message: string, code: number, id?: number, reject?: unknown) => events.push(['error', message, code, id, reject]),
    emitInfo: (message: string, code: number) => events.push(['info', message, code]),
  });
  decoder.enqueueMessage([...fields]);
  decoder.process();
  return events;
}

/** An answer that `@stoqey/ib` 1.6.10 reads differently, and how. The property above avoids the first part and expects the second. */
interface Difference {
  readonly what: string;
  readonly reason: string;
  readonly serverVersion?: number | undefined;
  readonly message: ServerMessage;
  /** Part of what it emits, as JSON. */
  readonly theirs: string;
}

const DIFFERENCES: readonly Difference[] = [
  {
    what: 'tickReqParams, minTick',
    reason: 'read as an integer',
    message: { type: 'tickReqParams', reqId: 1, minTick: 0.01, bboExchange: 'x', snapshotPermissions: 3 },
    theirs: '["tickReqParams",1,0,"x",3]',
  },
  {
    what: 'order conditions, margin percent and volume',
    reason: 'read as integers',
    message: {
      type: 'openOrder',
      orderId: 1,
      contract: {},
      order: { conditions: [{ type: 'margin', conjunctionConnection: 'a', isMore: true, percent: 2.5 }] },
      orderState: { status: 'Submitted' },
    },
    theirs: '"percent":2,',
  },
  {
    what: 'contractDetails, lastTradeDateOrContractMonth',
    reason: 'cut at the first "-"',
    message: { type: 'contractDetails', reqId: 1, details: { contract: { lastTradeDateOrContractMonth: '20250620-08:30' } } },
    theirs: '"lastTradeDateOrContractMonth":"20250620",',
  },
  {
    what: '64-bit ids',
    reason: 'read as numbers, exact only up to 2^53',
    message: { type: 'orderBound', permId: '9007199254740993', clientId: 1, orderId: 2 },
    theirs: '["orderBound",9007199254740992,1,2]',
  },
  {
    what: 'multiplier',
    reason: 'an absent one becomes 0',
    message: { type: 'position', account: 'DU1', contract: {}, position: 1, avgCost: 2 },
    theirs: '"multiplier":0',
  },
  {
    what: 'absent numbers',
    reason: 'become 0, as in the official clients',
    message: { type: 'contractDetails', reqId: 1, details: { contract: {} } },
    theirs: '"minTick":0,',
  },
  {
    what: 'completedOrder before server version 177',
    reason: 'faProfile is not read, so that the message ends too early',
    serverVersion: 176,
    message: { type: 'completedOrder', contract: {}, order: { modelCode: 'm', goodTillDate: 'g' }, orderState: { status: 'Filled' } },
    theirs: 'Underrun error on COMPLETED_ORDER',
  },
  {
    what: 'tickPrice, attrMask',
    reason: 'any bit counts as "can auto-execute"; past limit and pre-open are lost',
    message: { type: 'tickPrice', reqId: 1, tickType: 4, price: 5, size: 6, attrMask: 2 },
    theirs: '["tickPrice",1,4,5,true]',
  },
  {
    what: 'tickPrice, size of a bid',
    reason: 'dropped: the type of the bid size is 0, which it takes for none',
    message: { type: 'tickPrice', reqId: 1, tickType: 1, price: 5, size: 6, attrMask: 0 },
    theirs: '[["tickPrice",1,1,5,false]]',
  },
  {
    what: 'historicalTicksBidAsk, mask',
    reason: 'bits swapped against the official clients, which put askPastHigh first',
    message: { type: 'historicalTicksBidAsk', reqId: 1, ticks: [{ time: 1, mask: 1, bidPrice: 2, askPrice: 3 }], done: true },
    theirs: '"bidPastLow":true,"askPastHigh":false',
  },
  {
    what: 'accountUpdateMultiEnd, reqId',
    reason: 'read as a text',
    message: { type: 'accountUpdateMultiEnd', reqId: 7 },
    theirs: '["accountUpdateMultiEnd","7"]',
  },
  {
    what: 'tickByTick, time',
    reason: 'read as a text',
    message: { type: 'tickByTick', reqId: 1, kind: 'MidPoint', time: 1750000000, midPoint: 5 },
    theirs: '["tickByTickMidPoint",1,"1750000000",5]',
  },
];

describe('@stoqey/ib reads what encodeServer writes', () => {
  it.each(Object.values(SERVER_LAYOUTS))('$type', (layout) => {
    const oldest = layout.type === 'completedOrder' ? 177 : Math.max(layout.since, MIN_SERVER_VERSION);
    const cases = fc
      .integer({ min: oldest, max: MAX_SERVER_VERSION })
      .chain((serverVersion) => fc.tuple(fc.constant(serverVersion), messages(layout, serverVersion, { values: VALUES, full: true })));
    fc.assert(
      fc.property(cases, ([serverVersion, message]) => {
        if (!isServerMessage(message)) throw new Error('not a server message');
        const frame = createTextCodec({ serverVersion }).encodeServer(message);
        expect(oracleEvents(serverVersion, splitFields(frame.subarray(4)))).toEqual(emittedFor(message));
      }),
      { numRuns: layout.type === 'openOrder' || layout.type === 'completedOrder' ? 300 : 60 },
    );
  });

  it('without an error when every optional field is absent', () => {
    const problems = Object.values(SERVER_LAYOUTS).flatMap((layout) => {
      const sparse = fc.sample(messages(layout, 193, { values: VALUES }), { seed: 1, numRuns: 20 });
      return sparse.flatMap((message) => {
        if (!isServerMessage(message) || message.type === 'errMsg') return [];
        const fields = splitFields(createTextCodec({ serverVersion: 193 }).encodeServer(message).subarray(4));
        return oracleEvents(193, fields).filter(([event]) => event === 'error');
      });
    });
    expect(problems).toEqual([]);
  });

  it.each(DIFFERENCES)('but for $what: $reason', ({ serverVersion = 193, message, theirs }) => {
    const codec = createTextCodec({ serverVersion });
    const payload = codec.encodeServer(message).subarray(4);
    expect(codec.decodeServer(payload)).toMatchObject({ ok: true, message });
    expect(JSON.stringify(oracleEvents(serverVersion, splitFields(payload)))).toContain(theirs);
  });
});

import { layout, list, optional, required, version, when } from './layout.js';
import { UNSET_DOUBLE, UNSET_INT, coded, flag, integer, lineText, number, numberUnless, quantity, unsettableInteger } from './scalar.js';

/** A price tick. TWS API: clients derive a size tick from bid, ask and last prices; a price of -1 with size 0 means "no quote". */
export interface TickPrice {
  readonly type: 'tickPrice';
  readonly reqId: number;
  readonly tickType: number;
  readonly price: number;
  readonly size?: number | undefined;
  /** Bit 0 can auto-execute, bit 1 past limit, bit 2 pre-open. */
  readonly attrMask: number;
}

/** A size tick. */
export interface TickSize {
  readonly type: 'tickSize';
  readonly reqId: number;
  readonly tickType: number;
  readonly size?: number | undefined;
}

/** Volatility, price and Greeks of an option. `undefined` is "not computed". */
export interface TickOptionComputation {
  readonly type: 'tickOptionComputation';
  readonly reqId: number;
  readonly tickType: number;
  /** 0 return-based, 1 price-based. */
  readonly tickAttrib: number;
  readonly impliedVol?: number | undefined;
  readonly delta?: number | undefined;
  readonly optPrice?: number | undefined;
  readonly pvDividend?: number | undefined;
  readonly gamma?: number | undefined;
  readonly vega?: number | undefined;
  readonly theta?: number | undefined;
  readonly undPrice?: number | undefined;
}

/** A tick with a number that is neither price nor size, such as halted or historical volatility. */
export interface TickGeneric {
  readonly type: 'tickGeneric';
  readonly reqId: number;
  readonly tickType: number;
  readonly value?: number | undefined;
}

/** A tick with a text, such as the last time (epoch seconds) or RTVolume. */
export interface TickString {
  readonly type: 'tickString';
  readonly reqId: number;
  readonly tickType: number;
  readonly value: string;
}

/** An exchange-for-physical tick. */
export interface TickEFP {
  readonly type: 'tickEFP';
  readonly reqId: number;
  readonly tickType: number;
  readonly basisPoints?: number | undefined;
  readonly formattedBasisPoints: string;
  readonly impliedFuturesPrice?: number | undefined;
  readonly holdDays: number;
  readonly futureLastTradeDate: string;
  readonly dividendImpact?: number | undefined;
  readonly dividendsToLastTradeDate?: number | undefined;
}

/** What TWS says about a line before its first tick. */
export interface TickReqParams {
  readonly type: 'tickReqParams';
  readonly reqId: number;
  readonly minTick?: number | undefined;
  /** Key for reqSmartComponents. */
  readonly bboExchange: string;
  readonly snapshotPermissions: number;
}

/** The last message of a snapshot. */
export interface TickSnapshotEnd {
  readonly type: 'tickSnapshotEnd';
  readonly reqId: number;
}

/** The kind of data that a line carries from now on: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. */
export interface MarketDataType {
  readonly type: 'marketDataType';
  readonly reqId: number;
  readonly marketDataType: number;
}

/** A trade. */
export interface TickByTickLast {
  readonly type: 'tickByTick';
  readonly reqId: number;
  readonly kind: 'Last' | 'AllLast';
  /** Epoch seconds. */
  readonly time: number;
  readonly price: number;
  readonly size: number;
  /** Bit 0 past limit, bit 1 unreported. */
  readonly mask: number;
  readonly exchange: string;
  readonly specialConditions: string;
}

/** A change of the best bid or ask. */
export interface TickByTickBidAsk {
  readonly type: 'tickByTick';
  readonly reqId: number;
  readonly kind: 'BidAsk';
  /** Epoch seconds. */
  readonly time: number;
  readonly bidPrice: number;
  readonly askPrice: number;
  readonly bidSize: number;
  readonly askSize: number;
  /** Bit 0 bid past low, bit 1 ask past high: the reverse of historical ticks. */
  readonly mask: number;
}

/** A change of the midpoint. */
export interface TickByTickMidPoint {
  readonly type: 'tickByTick';
  readonly reqId: number;
  readonly kind: 'MidPoint';
  /** Epoch seconds. */
  readonly time: number;
  readonly midPoint: number;
}

/** One tick of a tick-by-tick stream. */
export type TickByTick = TickByTickLast | TickByTickBidAsk | TickByTickMidPoint;

/** A change of one row of the order book. */
export interface MarketDepth {
  readonly type: 'marketDepth';
  readonly reqId: number;
  readonly position: number;
  /** 0 insert, 1 update, 2 delete. */
  readonly operation: number;
  /** 0 ask, 1 bid. */
  readonly side: number;
  readonly price: number;
  readonly size?: number | undefined;
}

/** A change of one row of the order book, with the market maker or, for smart depth, the exchange. */
export interface MarketDepthL2 extends Omit<MarketDepth, 'type'> {
  readonly type: 'marketDepthL2';
  readonly marketMaker: string;
  readonly isSmartDepth: boolean;
}

/** An exchange that offers the order book. */
export interface WireDepthExchange {
  readonly exchange: string;
  readonly secType: string;
  readonly listingExch: string;
  /** `Deep` or `Deep2`. */
  readonly serviceDataType: string;
  readonly aggGroup?: number | undefined;
}

/** The exchanges that offer the order book. */
export interface MktDepthExchanges {
  readonly type: 'mktDepthExchanges';
  readonly exchanges: readonly WireDepthExchange[];
}

/** What the letters of a BBO exchange map mean. */
export interface SmartComponents {
  readonly type: 'smartComponents';
  readonly reqId: number;
  readonly components: readonly { readonly bitNumber: number; readonly exchange: string; readonly exchangeLetter: string }[];
}

/** A bar of five seconds. */
export interface RealTimeBar {
  readonly type: 'realTimeBar';
  readonly reqId: number;
  /** The start of the bar, epoch seconds. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume?: number | undefined;
  readonly wap?: number | undefined;
  readonly count: number;
}

/** Market data for this contract must be asked for at another one. */
export interface RerouteMktDataReq {
  readonly type: 'rerouteMktDataReq';
  readonly reqId: number;
  readonly conId: number;
  readonly exchange: string;
}

/** The order book of this contract must be asked for at another one. */
export interface RerouteMktDepthReq {
  readonly type: 'rerouteMktDepthReq';
  readonly reqId: number;
  readonly conId: number;
  readonly exchange: string;
}

/** Answers and streams of live market data. */
export type MarketDataMessage =
  | TickPrice
  | TickSize
  | TickOptionComputation
  | TickGeneric
  | TickString
  | TickEFP
  | TickReqParams
  | TickSnapshotEnd
  | MarketDataType
  | TickByTick
  | MarketDepth
  | MarketDepthL2
  | MktDepthExchanges
  | SmartComponents
  | RealTimeBar
  | RerouteMktDataReq
  | RerouteMktDepthReq;

const reqId = required('reqId', integer);
const tickType = required('tickType', integer);
const size = optional('size', quantity);

function computed<K extends string>(key: K, sentinel: number) {
  return optional(key, numberUnless(sentinel), String(sentinel));
}

export const marketDataMessageLayouts = {
  tickPrice: layout<TickPrice>(1, 'tickPrice', [version(6), reqId, tickType, required('price', number), optional('size', quantity), required('attrMask', integer)]),
  tickSize: layout<TickSize>(2, 'tickSize', [version(6), reqId, tickType, size]),
  tickOptionComputation: layout<TickOptionComputation>(21, 'tickOptionComputation', [
    reqId,
    tickType,
    required('tickAttrib', integer),
    computed('impliedVol', -1),
    computed('delta', -2),
    computed('optPrice', -1),
    computed('pvDividend', -1),
    computed('gamma', -2),
    computed('vega', -2),
    computed('theta', -2),
    computed('undPrice', -1),
  ]),
  tickGeneric: layout<TickGeneric>(45, 'tickGeneric', [version(6), reqId, tickType, optional('value', number, UNSET_DOUBLE)]),
  tickString: layout<TickString>(46, 'tickString', [version(6), reqId, tickType, required('value', lineText)]),
  tickEFP: layout<TickEFP>(47, 'tickEFP', [
    version(6),
    reqId,
    tickType,
    optional('basisPoints', number, UNSET_DOUBLE),
    required('formattedBasisPoints', lineText),
    optional('impliedFuturesPrice', number, UNSET_DOUBLE),
    required('holdDays', integer),
    required('futureLastTradeDate', lineText),
    optional('dividendImpact', number, UNSET_DOUBLE),
    optional('dividendsToLastTradeDate', number, UNSET_DOUBLE),
  ]),
  tickReqParams: layout<TickReqParams>(81, 'tickReqParams', [
    reqId,
    optional('minTick', number),
    required('bboExchange', lineText),
    required('snapshotPermissions', integer),
  ]),
  tickSnapshotEnd: layout<TickSnapshotEnd>(57, 'tickSnapshotEnd', [version(1), reqId]),
  marketDataType: layout<MarketDataType>(58, 'marketDataType', [version(1), reqId, required('marketDataType', integer)]),
  tickByTick: layout<TickByTick>(99, 'tickByTick', [
    reqId,
    required('kind', coded({ Last: '1', AllLast: '2', BidAsk: '3', MidPoint: '4' })),
    required('time', integer),
    when(
      'kind',
      ['Last', 'AllLast'],
      required('price', number),
      required('size', quantity),
      required('mask', integer),
      required('exchange', lineText),
      required('specialConditions', lineText),
    ),
    when(
      'kind',
      ['BidAsk'],
      required('bidPrice', number),
      required('askPrice', number),
      required('bidSize', quantity),
      required('askSize', quantity),
      required('mask', integer),
    ),
    when('kind', ['MidPoint'], required('midPoint', number)),
  ]),
  marketDepth: layout<MarketDepth>(12, 'marketDepth', [
    version(1),
    reqId,
    required('position', integer),
    required('operation', integer),
    required('side', integer),
    required('price', number),
    optional('size', quantity),
  ]),
  marketDepthL2: layout<MarketDepthL2>(13, 'marketDepthL2', [
    version(1),
    reqId,
    required('position', integer),
    required('marketMaker', lineText),
    required('operation', integer),
    required('side', integer),
    required('price', number),
    optional('size', quantity),
    required('isSmartDepth', flag),
  ]),
  mktDepthExchanges: layout<MktDepthExchanges>(80, 'mktDepthExchanges', [
    list(
      'exchanges',
      required('exchange', lineText),
      required('secType', lineText),
      required('listingExch', lineText),
      required('serviceDataType', lineText),
      optional('aggGroup', unsettableInteger, UNSET_INT),
    ),
  ]),
  smartComponents: layout<SmartComponents>(82, 'smartComponents', [
    reqId,
    list('components', required('bitNumber', integer), required('exchange', lineText), required('exchangeLetter', lineText)),
  ]),
  realTimeBar: layout<RealTimeBar>(50, 'realTimeBar', [
    version(3),
    reqId,
    required('time', integer),
    required('open', number),
    required('high', number),
    required('low', number),
    required('close', number),
    optional('volume', quantity),
    optional('wap', quantity),
    required('count', integer),
  ]),
  rerouteMktDataReq: layout<RerouteMktDataReq>(91, 'rerouteMktDataReq', [reqId, required('conId', integer), required('exchange', lineText)]),
  rerouteMktDepthReq: layout<RerouteMktDepthReq>(92, 'rerouteMktDepthReq', [reqId, required('conId', integer), required('exchange', lineText)]),
} as const;

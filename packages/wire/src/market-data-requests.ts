import { clientContract, clientLegs, deltaNeutralContract } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { fixed, layout, nested, optional, required, tail, version } from './layout.js';
import { asciiOrUnset, asciiText, flag, integer, number, tagValueText, word } from './scalar.js';
import type { TagValue } from './scalar.js';

/** Starts a stream, or one snapshot, of ticks for a contract. */
export interface ReqMktData {
  readonly type: 'reqMktData';
  readonly reqId: number;
  readonly contract: WireContract;
  /** Comma separated ids of more ticks; must be empty for snapshots. */
  readonly genericTickList?: string | undefined;
  readonly snapshot?: boolean | undefined;
  /** A snapshot that costs money. */
  readonly regulatorySnapshot?: boolean | undefined;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a stream of ticks. */
export interface CancelMktData {
  readonly type: 'cancelMktData';
  readonly reqId: number;
}

/** Chooses live (1), frozen (2), delayed (3) or delayed-frozen (4) data for requests to come. */
export interface ReqMarketDataType {
  readonly type: 'reqMarketDataType';
  readonly marketDataType: number;
}

/** What a tick-by-tick stream carries. */
export type TickByTickKind = 'Last' | 'AllLast' | 'BidAsk' | 'MidPoint';

/** Starts a stream of every trade or every quote change. */
export interface ReqTickByTickData {
  readonly type: 'reqTickByTickData';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly tickType: TickByTickKind;
  /** Past ticks to send first. */
  readonly numberOfTicks?: number | undefined;
  /** Leave out ticks that change only a size. */
  readonly ignoreSize?: boolean | undefined;
}

/** Ends a tick-by-tick stream. */
export interface CancelTickByTickData {
  readonly type: 'cancelTickByTickData';
  readonly reqId: number;
}

/** Starts a stream of the order book. */
export interface ReqMktDepth {
  readonly type: 'reqMktDepth';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly numRows: number;
  readonly isSmartDepth?: boolean | undefined;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a stream of the order book. */
export interface CancelMktDepth {
  readonly type: 'cancelMktDepth';
  readonly reqId: number;
  readonly isSmartDepth?: boolean | undefined;
}

/** Asks which exchanges offer the order book; answered by mktDepthExchanges. */
export interface ReqMktDepthExchanges {
  readonly type: 'reqMktDepthExchanges';
}

/** Asks what the letters of a BBO exchange map mean; answered by smartComponents. */
export interface ReqSmartComponents {
  readonly type: 'reqSmartComponents';
  readonly reqId: number;
  readonly bboExchange: string;
}

/** Starts a stream of 5-second bars. */
export interface ReqRealTimeBars {
  readonly type: 'reqRealTimeBars';
  readonly reqId: number;
  readonly contract: WireContract;
  /** Seconds; TWS knows only 5. */
  readonly barSize: number;
  /** TRADES, MIDPOINT, BID or ASK. */
  readonly whatToShow: string;
  readonly useRTH?: boolean | undefined;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a stream of 5-second bars. */
export interface CancelRealTimeBars {
  readonly type: 'cancelRealTimeBars';
  readonly reqId: number;
}

/** Asks TWS to solve an option price for its volatility; answered by tickOptionComputation. */
export interface CalcImpliedVolatility {
  readonly type: 'calcImpliedVolatility';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly optionPrice: number;
  readonly underPrice: number;
  readonly options?: readonly TagValue[] | undefined;
}

/** Asks TWS to price an option from a volatility; answered by tickOptionComputation. */
export interface CalcOptionPrice {
  readonly type: 'calcOptionPrice';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly volatility: number;
  readonly underPrice: number;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a volatility calculation. */
export interface CancelCalcImpliedVolatility {
  readonly type: 'cancelCalcImpliedVolatility';
  readonly reqId: number;
}

/** Ends a price calculation. */
export interface CancelCalcOptionPrice {
  readonly type: 'cancelCalcOptionPrice';
  readonly reqId: number;
}

/** Requests about live market data. */
export type MarketDataRequest =
  | ReqMktData
  | CancelMktData
  | ReqMarketDataType
  | ReqTickByTickData
  | CancelTickByTickData
  | ReqMktDepth
  | CancelMktDepth
  | ReqMktDepthExchanges
  | ReqSmartComponents
  | ReqRealTimeBars
  | CancelRealTimeBars
  | CalcImpliedVolatility
  | CalcOptionPrice
  | CancelCalcImpliedVolatility
  | CancelCalcOptionPrice;

const reqId = required('reqId', integer);
const contract = nested('contract', ...clientContract);
const options = tail(optional('options', tagValueText));

// The official Python client up to 10.37 and ib_async write the number of options in front of them, here and in requests of fundamental data.
const counted = fixed('0');
const impliedVolatility = [version(2), reqId, contract, required('optionPrice', number), required('underPrice', number)] as const;
const optionPrice = [version(2), reqId, contract, required('volatility', number), required('underPrice', number)] as const;

export const marketDataRequestLayouts = {
  reqMktData: layout<ReqMktData>(1, 'reqMktData', [
    version(11),
    reqId,
    nested('contract', ...clientContract, clientLegs, deltaNeutralContract),
    optional('genericTickList', asciiOrUnset),
    optional('snapshot', flag),
    optional('regulatorySnapshot', flag),
    options,
  ]),
  cancelMktData: layout<CancelMktData>(2, 'cancelMktData', [version(1), reqId]),
  reqMarketDataType: layout<ReqMarketDataType>(59, 'reqMarketDataType', [version(1), required('marketDataType', integer)]),
  reqTickByTickData: layout<ReqTickByTickData>(97, 'reqTickByTickData', [
    reqId,
    contract,
    required('tickType', word('Last', 'AllLast', 'BidAsk', 'MidPoint')),
    optional('numberOfTicks', integer),
    optional('ignoreSize', flag),
  ]),
  cancelTickByTickData: layout<CancelTickByTickData>(98, 'cancelTickByTickData', [reqId]),
  reqMktDepth: layout<ReqMktDepth>(10, 'reqMktDepth', [
    version(5),
    reqId,
    contract,
    required('numRows', integer),
    optional('isSmartDepth', flag),
    options,
  ]),
  cancelMktDepth: layout<CancelMktDepth>(11, 'cancelMktDepth', [version(1), reqId, tail(optional('isSmartDepth', flag))]),
  reqMktDepthExchanges: layout<ReqMktDepthExchanges>(82, 'reqMktDepthExchanges', [], { surplus: 'ignored' }),
  reqSmartComponents: layout<ReqSmartComponents>(83, 'reqSmartComponents', [reqId, required('bboExchange', asciiText)]),
  reqRealTimeBars: layout<ReqRealTimeBars>(50, 'reqRealTimeBars', [
    version(3),
    reqId,
    contract,
    required('barSize', integer),
    required('whatToShow', asciiText),
    optional('useRTH', flag),
    options,
  ]),
  cancelRealTimeBars: layout<CancelRealTimeBars>(51, 'cancelRealTimeBars', [version(1), reqId]),
  calcImpliedVolatility: layout<CalcImpliedVolatility>(54, 'calcImpliedVolatility', [...impliedVolatility, options], {
    otherwise: [...impliedVolatility, counted, options],
  }),
  calcOptionPrice: layout<CalcOptionPrice>(55, 'calcOptionPrice', [...optionPrice, options], { otherwise: [...optionPrice, counted, options] }),
  cancelCalcImpliedVolatility: layout<CancelCalcImpliedVolatility>(56, 'cancelCalcImpliedVolatility', [version(1), reqId]),
  cancelCalcOptionPrice: layout<CancelCalcOptionPrice>(57, 'cancelCalcOptionPrice', [version(1), reqId]),
} as const;

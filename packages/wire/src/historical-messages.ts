import { clientContract, clientLegs } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { fixed, layout, list, nested, optional, required, tail, version } from './layout.js';
import { asciiOrUnset, asciiText, flag, integer, lineText, number, quantity, tagValueText } from './scalar.js';
import type { TagValue } from './scalar.js';

/** Asks for bars. */
export interface ReqHistoricalData {
  readonly type: 'reqHistoricalData';
  readonly reqId: number;
  readonly contract: WireContract;
  /** `yyyymmdd hh:mm:ss TZ` or, in UTC, `yyyymmdd-hh:mm:ss`; empty for now. */
  readonly endDateTime?: string | undefined;
  /** Such as `5 mins` or `1 day`. */
  readonly barSizeSetting: string;
  /** Such as `3600 S`, `10 D` or `1 Y`. */
  readonly durationStr: string;
  readonly useRTH: boolean;
  /** TRADES, MIDPOINT, BID, ASK, ... or SCHEDULE, which is answered by historicalSchedule. */
  readonly whatToShow: string;
  /** 1 text, 2 epoch seconds, 3 short text. */
  readonly formatDate: number;
  /** Go on with historicalDataUpdate when the past is done. */
  readonly keepUpToDate?: boolean | undefined;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a request for bars. */
export interface CancelHistoricalData {
  readonly type: 'cancelHistoricalData';
  readonly reqId: number;
}

/** Asks how far back data goes. */
export interface ReqHeadTimestamp {
  readonly type: 'reqHeadTimestamp';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly useRTH: boolean;
  readonly whatToShow: string;
  /** 1 text (UTC), 2 epoch seconds. */
  readonly formatDate: number;
}

/** Ends a request for the beginning of data. */
export interface CancelHeadTimestamp {
  readonly type: 'cancelHeadTimestamp';
  readonly reqId: number;
}

/** Asks for volume by price. */
export interface ReqHistogramData {
  readonly type: 'reqHistogramData';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly useRTH: boolean;
  /** Such as `3 days`. */
  readonly timePeriod: string;
}

/** Ends a request for volume by price. */
export interface CancelHistogramData {
  readonly type: 'cancelHistogramData';
  readonly reqId: number;
}

/** Asks for at most 1,000 ticks from a start on, or up to an end. */
export interface ReqHistoricalTicks {
  readonly type: 'reqHistoricalTicks';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly startDateTime?: string | undefined;
  readonly endDateTime?: string | undefined;
  readonly numberOfTicks: number;
  /** TRADES, BID_ASK or MIDPOINT. */
  readonly whatToShow: string;
  readonly useRTH: boolean;
  readonly ignoreSize?: boolean | undefined;
  readonly options?: readonly TagValue[] | undefined;
}

/** Requests about the past. */
export type HistoricalRequest =
  | ReqHistoricalData
  | CancelHistoricalData
  | ReqHeadTimestamp
  | CancelHeadTimestamp
  | ReqHistogramData
  | CancelHistogramData
  | ReqHistoricalTicks;

/** One bar. */
export interface WireBar {
  /** The start of the bar: text or epoch seconds, as asked for by `formatDate`. */
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** -1 when the data has no volume. */
  readonly volume?: number | undefined;
  readonly wap?: number | undefined;
  readonly count?: number | undefined;
}

/** All bars of a request at once. */
export interface HistoricalData {
  readonly type: 'historicalData';
  readonly reqId: number;
  readonly start: string;
  readonly end: string;
  readonly bars: readonly WireBar[];
}

/** The current bar changed, or a new one began. */
export interface HistoricalDataUpdate {
  readonly type: 'historicalDataUpdate';
  readonly reqId: number;
  readonly bar: WireBar;
}

/** The sessions of a contract. Since server version 165. */
export interface HistoricalSchedule {
  readonly type: 'historicalSchedule';
  readonly reqId: number;
  readonly startDateTime: string;
  readonly endDateTime: string;
  readonly timeZone: string;
  readonly sessions: readonly { readonly startDateTime: string; readonly endDateTime: string; readonly refDate: string }[];
}

/** How far back data goes. */
export interface HeadTimestamp {
  readonly type: 'headTimestamp';
  readonly reqId: number;
  readonly headTimestamp: string;
}

/** Volume by price. */
export interface HistogramData {
  readonly type: 'histogramData';
  readonly reqId: number;
  readonly items: readonly { readonly price: number; readonly size?: number | undefined }[];
}

/** Midpoint ticks. */
export interface HistoricalTicks {
  readonly type: 'historicalTicks';
  readonly reqId: number;
  readonly ticks: readonly { readonly time: number; readonly price: number; readonly size?: number | undefined }[];
  readonly done: boolean;
}

/** Bid and ask ticks. */
export interface HistoricalTicksBidAsk {
  readonly type: 'historicalTicksBidAsk';
  readonly reqId: number;
  readonly ticks: readonly {
    /** Epoch seconds. */
    readonly time: number;
    /** Bit 0 ask past high, bit 1 bid past low: the reverse of tick-by-tick data. */
    readonly mask: number;
    readonly bidPrice: number;
    readonly askPrice: number;
    readonly bidSize?: number | undefined;
    readonly askSize?: number | undefined;
  }[];
  readonly done: boolean;
}

/** Trade ticks. */
export interface HistoricalTicksLast {
  readonly type: 'historicalTicksLast';
  readonly reqId: number;
  readonly ticks: readonly {
    /** Epoch seconds. */
    readonly time: number;
    /** Bit 0 past limit, bit 1 unreported. */
    readonly mask: number;
    readonly price: number;
    readonly size?: number | undefined;
    readonly exchange: string;
    readonly specialConditions: string;
  }[];
  readonly done: boolean;
}

/** Answers about the past. */
export type HistoricalMessage =
  | HistoricalData
  | HistoricalDataUpdate
  | HistoricalSchedule
  | HeadTimestamp
  | HistogramData
  | HistoricalTicks
  | HistoricalTicksBidAsk
  | HistoricalTicksLast;

const reqId = required('reqId', integer);
const expired = optional('includeExpired', flag, '0');
const options = tail(optional('options', tagValueText));

export const historicalRequestLayouts = {
  reqHistoricalData: layout<ReqHistoricalData>(20, 'reqHistoricalData', [
    reqId,
    nested('contract', ...clientContract, expired),
    optional('endDateTime', asciiOrUnset),
    required('barSizeSetting', asciiText),
    required('durationStr', asciiText),
    required('useRTH', flag),
    required('whatToShow', asciiText),
    required('formatDate', integer),
    nested('contract', clientLegs),
    optional('keepUpToDate', flag),
    options,
  ]),
  cancelHistoricalData: layout<CancelHistoricalData>(25, 'cancelHistoricalData', [version(1), reqId]),
  reqHeadTimestamp: layout<ReqHeadTimestamp>(87, 'reqHeadTimestamp', [
    reqId,
    nested('contract', ...clientContract, expired),
    required('useRTH', flag),
    required('whatToShow', asciiText),
    required('formatDate', integer),
  ]),
  cancelHeadTimestamp: layout<CancelHeadTimestamp>(90, 'cancelHeadTimestamp', [reqId]),
  reqHistogramData: layout<ReqHistogramData>(88, 'reqHistogramData', [
    reqId,
    nested('contract', ...clientContract, expired),
    required('useRTH', flag),
    required('timePeriod', asciiText),
  ]),
  cancelHistogramData: layout<CancelHistogramData>(89, 'cancelHistogramData', [reqId]),
  reqHistoricalTicks: layout<ReqHistoricalTicks>(96, 'reqHistoricalTicks', [
    reqId,
    nested('contract', ...clientContract, expired),
    optional('startDateTime', asciiOrUnset),
    optional('endDateTime', asciiOrUnset),
    required('numberOfTicks', integer),
    required('whatToShow', asciiText),
    required('useRTH', flag),
    optional('ignoreSize', flag),
    options,
  ]),
} as const;

const done = required('done', flag);
const time = required('time', integer);

export const historicalMessageLayouts = {
  historicalData: layout<HistoricalData>(17, 'historicalData', [
    reqId,
    required('start', lineText),
    required('end', lineText),
    list(
      'bars',
      required('date', lineText),
      required('open', number),
      required('high', number),
      required('low', number),
      required('close', number),
      optional('volume', quantity),
      optional('wap', quantity),
      optional('count', integer),
    ),
  ]),
  historicalDataUpdate: layout<HistoricalDataUpdate>(90, 'historicalDataUpdate', [
    reqId,
    nested(
      'bar',
      optional('count', integer),
      required('date', lineText),
      required('open', number),
      required('close', number),
      required('high', number),
      required('low', number),
      optional('wap', quantity),
      optional('volume', quantity),
    ),
  ]),
  historicalSchedule: layout<HistoricalSchedule>(
    106,
    'historicalSchedule',
    [
      reqId,
      required('startDateTime', lineText),
      required('endDateTime', lineText),
      required('timeZone', lineText),
      list('sessions', required('startDateTime', lineText), required('endDateTime', lineText), required('refDate', lineText)),
    ],
    { since: 165 },
  ),
  headTimestamp: layout<HeadTimestamp>(88, 'headTimestamp', [reqId, required('headTimestamp', lineText)]),
  histogramData: layout<HistogramData>(89, 'histogramData', [reqId, list('items', required('price', number), optional('size', quantity))]),
  historicalTicks: layout<HistoricalTicks>(96, 'historicalTicks', [
    reqId,
    list('ticks', time, fixed('0'), required('price', number), optional('size', quantity)),
    done,
  ]),
  historicalTicksBidAsk: layout<HistoricalTicksBidAsk>(97, 'historicalTicksBidAsk', [
    reqId,
    list(
      'ticks',
      time,
      required('mask', integer),
      required('bidPrice', number),
      required('askPrice', number),
      optional('bidSize', quantity),
      optional('askSize', quantity),
    ),
    done,
  ]),
  historicalTicksLast: layout<HistoricalTicksLast>(98, 'historicalTicksLast', [
    reqId,
    list(
      'ticks',
      time,
      required('mask', integer),
      required('price', number),
      optional('size', quantity),
      required('exchange', lineText),
      required('specialConditions', lineText),
    ),
    done,
  ]),
} as const;

import { clientContract, clientLegs } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { layout, nested, optional, required, tail, version } from './layout.js';
import { asciiOrUnset, asciiText, flag, integer, tagValueText } from './scalar.js';
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

import { fixed, layout, list, nested, optional, required } from './layout.js';
import { flag, integer, lineText, number, quantity } from './scalar.js';

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

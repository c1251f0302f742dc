/**
 * Why a stream says nothing, as far as anybody can tell.
 * `linkDown`: we have no gateway, or the gateway no broker. `farmDown`: a data farm that serves it. `competingSession`: another session of the
 * same user has the data (10197). `noPermission`: the data is not subscribed to. `halted`: trading is halted. `lineLimit`: the broker allows no
 * further line. `unknown`: everything says that all is well, and nothing comes.
 */
export type SilenceCause = 'linkDown' | 'farmDown' | 'competingSession' | 'noPermission' | 'halted' | 'lineLimit' | 'unknown';

/** Names of alarms that never change their meaning. */
export type StreamAlarmCode =
  | 'IBKR_STREAM_LINK_DOWN'
  | 'IBKR_STREAM_FARM_DOWN'
  | 'IBKR_STREAM_COMPETING_SESSION'
  | 'IBKR_STREAM_NO_PERMISSION'
  | 'IBKR_STREAM_HALTED'
  | 'IBKR_STREAM_LINE_LIMIT'
  | 'IBKR_STREAM_SILENT';

/** What an alarm says about a cause. */
export interface CauseWords {
  readonly code: StreamAlarmCode;
  readonly title: string;
  readonly advice: string;
  /** Whether it concerns all streams alike, so that one alarm is for all of them. */
  readonly shared: boolean;
  readonly severity: 'warning' | 'critical';
}

/** The words for every cause. */
export const CAUSE_WORDS: Readonly<Record<SilenceCause, CauseWords>> = Object.freeze({
  linkDown: { code: 'IBKR_STREAM_LINK_DOWN', title: 'no link to the broker', advice: 'Look at the connection: it comes back by itself, and so do the streams.', shared: true, severity: 'warning' },
  farmDown: { code: 'IBKR_STREAM_FARM_DOWN', title: 'a data farm is down', advice: 'Wait for the broker; the streams go on with the farm.', shared: true, severity: 'warning' },
  competingSession: {
    code: 'IBKR_STREAM_COMPETING_SESSION',
    title: 'another session of this user has the market data',
    advice: 'Log out of TWS, the phone or the web elsewhere; the streams are asked for again until then.',
    shared: true,
    severity: 'critical',
  },
  noPermission: { code: 'IBKR_STREAM_NO_PERMISSION', title: 'the market data is not subscribed to', advice: 'Subscribe to it at the broker, or allow delayed data.', shared: false, severity: 'warning' },
  halted: { code: 'IBKR_STREAM_HALTED', title: 'trading is halted', advice: 'Wait for the exchange; prices of before the halt are not tradable.', shared: false, severity: 'warning' },
  lineLimit: { code: 'IBKR_STREAM_LINE_LIMIT', title: 'the broker allows no further stream', advice: 'Close streams that are not needed, watchlists in TWS included.', shared: true, severity: 'warning' },
  unknown: {
    code: 'IBKR_STREAM_SILENT',
    title: 'a stream is silent',
    advice: 'It was asked for again and is from time to time. Look at the same instrument in TWS; when it moves there, restart the gateway.',
    shared: false,
    severity: 'critical',
  },
});

/** TWS API: competing session; not subscribed (several wordings), no tick-by-tick permission; depth halted; tickers, depth and tick-by-tick used up. */
const CAUSE_OF_CODE: ReadonlyMap<number, SilenceCause> = new Map<number, SilenceCause>([
  [10197, 'competingSession'],
  [354, 'noPermission'], [10089, 'noPermission'], [10168, 'noPermission'], [10186, 'noPermission'], [10189, 'noPermission'],
  [316, 'halted'],
  [101, 'lineLimit'], [309, 'lineLimit'], [10190, 'lineLimit'],
]); // prettier-ignore

/** What a notice of the broker says about why a stream is silent; `undefined` for one that says nothing about it. */
export function causeOfCode(code: number | undefined): SilenceCause | undefined {
  return code === undefined ? undefined : CAUSE_OF_CODE.get(code);
}

import type { ClientMessageOf } from '@ibkit/wire';
import type { Instrument } from '../market/instrument.js';
import type { HistoryKind } from '../market/price-history.js';
import { LEGAL_SIZES, isSmall, parseBarSize } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import { MOST_SECONDS_OF_SECOND_BARS, SHORTEST_BARS, durationProblem, parseDuration } from './duration.js';
import type { Duration } from './duration.js';
import { parseInstant } from './zoned-text.js';

/** An error code and its text. */
export type Objection = readonly [code: number, text: string];

/** What a query shows: bars of prices, bars of a volatility, or the sessions. */
export type Shown = HistoryKind | 'HISTORICAL_VOLATILITY' | 'OPTION_IMPLIED_VOLATILITY' | 'SCHEDULE';

/** A query for bars that is valid in itself. */
export interface HistoryQuery {
  readonly size: BarSize;
  readonly duration: Duration;
  /** Undefined for now. */
  readonly endMs: number | undefined;
  /** Whether the end was given without a zone. */
  readonly unzoned: boolean;
  readonly shown: Shown;
  readonly regularOnly: boolean;
  readonly formatDate: 1 | 2 | 3;
  readonly keepUpToDate: boolean;
}

type Request = ClientMessageOf<'reqHistoricalData'>;

const KINDS: ReadonlyMap<string, Shown> = new Map<string, Shown>([
  ['TRADES', 'TRADES'],
  ['MIDPOINT', 'MIDPOINT'],
  ['BID', 'BID'],
  ['ASK', 'ASK'],
  ['BID_ASK', 'BID_ASK'],
  // Nothing here splits or pays dividends.
  ['ADJUSTED_LAST', 'TRADES'],
  ['AGGTRADES', 'TRADES'],
  ['HISTORICAL_VOLATILITY', 'HISTORICAL_VOLATILITY'],
  ['OPTION_IMPLIED_VOLATILITY', 'OPTION_IMPLIED_VOLATILITY'],
  ['SCHEDULE', 'SCHEDULE'],
]);
/** TWS API: kinds that exist, but not for what this server lists. */
const WITHOUT_DATA: ReadonlySet<string> = new Set(['FEE_RATE', 'YIELD_BID', 'YIELD_ASK', 'YIELD_BID_ASK', 'YIELD_LAST']);

const LIVE_KINDS: ReadonlySet<string> = new Set(['TRADES', 'MIDPOINT', 'BID', 'ASK', 'AGGTRADES']);
const SHORTEST_LIVE_BAR = 5;

/** TWS API: the text of code 10314. */
export const BAD_END =
  'End Date/Time: The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx where yyyymmdd and xx/xxxx are optional. E.g.: 20031126 15:59:00 US/Eastern  ' +
  'Note that there is a space between the date and time, and between the time and time-zone.  If no date is specified, current date is assumed. If no time-zone is specified, local time-zone is ' +
  'assumed(deprecated).  You can also provide yyyymmddd-hh:mm:ss time is in UTC. Note that there is a dash between the date and time in UTC notation.';

/** TWS API: the text of code 2174. */
export const NO_ZONE =
  'Warning: You submitted request with date-time attributes without explicit time zone. Please switch to use yyyymmdd-hh:mm:ss in UTC or use instrument time zone, like US/Eastern. ' +
  'Implied time zone functionality will be removed in the next API release';

function invalid(cause: string): Objection {
  return [321, `Error validating request.-'reqHistoricalData' : cause - ${cause}`];
}

/** TWS API: how errors of the historical data service begin. */
export function serviceError(text: string): Objection {
  return [162, `Historical Market Data Service error message:${text}`];
}

const SHOWN_NAMES: Readonly<Record<string, string>> = {
  TRADES: 'Trades',
  AGGTRADES: 'AggTrades',
  ADJUSTED_LAST: 'Adjusted Last',
  MIDPOINT: 'Midpoint',
  BID: 'Bid',
  ASK: 'Ask',
  BID_ASK: 'Bid/Ask',
  HISTORICAL_VOLATILITY: 'Historical Volatility',
  OPTION_IMPLIED_VOLATILITY: 'Implied Volatility',
  FEE_RATE: 'Fee Rate',
};

/** TWS API: 162 when there is nothing in the range. */
export function noData(instrument: Instrument, whatToShow: string): Objection {
  return serviceError(`HMDS query returned no data: ${instrument.localSymbol}@${instrument.exchange} ${SHOWN_NAMES[whatToShow] ?? whatToShow}`);
}

function lengthProblem(request: Request, size: BarSize, duration: Duration): Objection | undefined {
  const problem = durationProblem(duration);
  if (problem !== undefined) return invalid(problem);
  const tooFine = size.seconds < SHORTEST_BARS[duration.unit];
  const tooLong = size.seconds === 1 && duration.unit === 'S' && duration.count > MOST_SECONDS_OF_SECOND_BARS;
  if (tooFine || tooLong) return serviceError(`invalid step: bar size ${request.barSizeSetting} does not go with a duration of ${request.durationStr}`);
  return undefined;
}

function liveProblem(request: Request, size: BarSize): Objection | undefined {
  const hasEnd = (request.endDateTime ?? '') !== '';
  if (request.whatToShow === 'ADJUSTED_LAST' && hasEnd) return invalid('End date not supported with adjusted last');
  if (request.keepUpToDate !== true) return undefined;
  if (hasEnd) return invalid('End date not supported with keep up to date: historical data that is kept up to date ends now');
  if (!LIVE_KINDS.has(request.whatToShow)) return invalid(`What to show ${request.whatToShow} cannot be kept up to date, only TRADES, MIDPOINT, BID and ASK`);
  if (size.seconds < SHORTEST_LIVE_BAR) return invalid(`Bar size ${request.barSizeSetting} cannot be kept up to date, the shortest is 5 secs`);
  return undefined;
}

/** Reads a request for bars; what is wrong with it otherwise. The contract is not looked at. */
export function readHistoryQuery(request: Request, nowMs: number): HistoryQuery | Objection {
  const size = parseBarSize(request.barSizeSetting);
  if (size === undefined) return invalid(`Historical data bar size setting is invalid. Legal ones are: ${LEGAL_SIZES}.`);
  const duration = parseDuration(request.durationStr);
  if (duration === undefined) return invalid(`Historical data query duration string [${request.durationStr}] is invalid. Format is 'integer{SPACE}unit (S|D|W|M|Y)'.`);
  const shown = KINDS.get(request.whatToShow);
  if (shown === undefined && !WITHOUT_DATA.has(request.whatToShow)) return invalid('What to show field is missing or incorrect.');
  const { formatDate } = request;
  if (formatDate !== 1 && formatDate !== 2 && formatDate !== 3) return invalid(`Historical data date format ${formatDate} is invalid, must be 1, 2 or 3.`);
  const endText = (request.endDateTime ?? '').trim();
  const end = endText === '' ? undefined : parseInstant(endText, nowMs);
  if (endText !== '' && end === undefined) return [10314, BAD_END];
  if (shown === 'SCHEDULE') {
    if (size.unit !== 'day') return [10295, "Bar size for historical schedule must be '1 day'"];
    if (request.keepUpToDate === true) return invalid('What to show SCHEDULE cannot be kept up to date');
  }
  const wrong = liveProblem(request, size) ?? lengthProblem(request, size, duration);
  if (wrong !== undefined) return wrong;
  return {
    size,
    duration,
    endMs: end?.atMs,
    unzoned: end !== undefined && !end.zoned,
    shown: shown ?? 'TRADES',
    regularOnly: request.useRTH,
    formatDate,
    keepUpToDate: request.keepUpToDate ?? false,
  };
}

/** Whether a kind of data is one that only other instruments have. */
export function hasNoSuchData(whatToShow: string): boolean {
  return WITHOUT_DATA.has(whatToShow);
}

/** TWS API: 10299 when a kind is meant for another sort of instrument: coins have AGGTRADES, all others TRADES. */
export function wrongKindOfTrades(instrument: Instrument, whatToShow: string): Objection | undefined {
  const isCrypto = instrument.secType === 'CRYPTO';
  if (isCrypto && whatToShow === 'TRADES') return [10299, 'Expected what to show is AGGTRADES, please use that instead of TRADES.'];
  if (!isCrypto && whatToShow === 'AGGTRADES') return [10299, 'Expected what to show is TRADES, please use that instead of AGGTRADES.'];
  return undefined;
}

/** TWS API: how long bars of 30 seconds and less are kept, milliseconds. */
export const SMALL_BARS_KEPT_MS = 183 * 86_400_000;

/** The earliest instant of which there are bars of a size. */
export function keptSince(size: BarSize, nowMs: number): number {
  return isSmall(size) ? nowMs - SMALL_BARS_KEPT_MS : Number.NEGATIVE_INFINITY;
}

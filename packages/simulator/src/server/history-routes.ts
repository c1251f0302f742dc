import type { ClientMessageOf } from '@ibkit/wire';
import { barsExpected, barsOf, rangeOf } from '../history/bars.js';
import type { HistoryBar } from '../history/bars.js';
import { isSmall } from '../history/bar-size.js';
import type { BarSize } from '../history/bar-size.js';
import { histogramOf, periodRange } from '../history/histogram.js';
import { NO_ZONE, hasNoSuchData, keptSince, noData, readHistoryQuery, serviceError, wrongKindOfTrades } from '../history/history-query.js';
import type { HistoryQuery, Objection } from '../history/history-query.js';
import { scheduleOf } from '../history/schedule.js';
import { historicalVolatility, impliedVolatilityBars } from '../history/volatility.js';
import { InstrumentDays } from '../market/instrument-days.js';
import { NewYorkDays } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import { isOption } from '../market/instrument.js';
import type { Instrument } from '../market/instrument.js';
import type { ClientSession } from './client-session.js';
import { findForHistory, releaseFor } from './find-instrument.js';
import { isContinuous } from './continuous-future.js';
import { BarPrinter, headText } from './history-messages.js';
import { keepBars } from './kept-bars.js';
import type { SimulatorLimits } from './limits.js';
import { pastTickRoutes } from './past-tick-routes.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

/** Keeps an answer below the largest frame. */
const MOST_BARS = 200_000;
/** How many minutes of small bars are made at most: they are made tick by tick. */
const MOST_FINE_MINUTES = 20_000;
/** How many minutes of BID_ASK are averaged at most, tick by tick, too; each of an option costs more. */
const MOST_AVERAGED_MINUTES = { stock: 200_000, option: 20_000 } as const;
const SCHEDULE_VERSION = 165;
const MINUTE_BARS: BarSize = { unit: 'time', seconds: 60, name: '1 min' };

/** What the historical routes share. */
export interface HistoryDesk {
  readonly context: RouteContext;
  readonly days: NewYorkDays;
  /** When an instrument has data. */
  readonly daysOf: (instrument: Instrument) => InstrumentDays;
  /** The instant up to which there is data, exclusive; take it before the past of an instrument. */
  readonly nowEnd: () => number;
  /** Tells the client when the query comes too soon. */
  readonly paced: (session: ClientSession, reqId: number, query: { readonly identity: string; readonly instrument: Instrument; readonly whatToShow: string }) => boolean;
}

type BarRequest = ClientMessageOf<'reqHistoricalData'>;

function isObjection(query: HistoryQuery | Objection): query is Objection {
  return Array.isArray(query);
}

function identityOf(request: object): string {
  return JSON.stringify({ ...request, reqId: 0 });
}

/** TWS API: what is open counts against the client's limit: bars that are kept up to date, and head timestamps until they are cancelled. */
function slotProblem({ openHistory }: SimulatorLimits, session: ClientSession, reqId: number, type: string): Objection | undefined {
  if (session.holds('historicalData', reqId) || session.holds('headTimestamp', reqId)) return [386, 'Duplicate ticker ID for API historical data query'];
  if (session.held('historicalData').length + session.held('headTimestamp').length >= openHistory) {
    return [322, `Error processing request.-'${type}' : cause - Only ${openHistory} simultaneous API historical data requests allowed.`];
  }
  return undefined;
}

function answerSchedule(desk: HistoryDesk, session: ClientSession, reqId: number, instrument: Instrument, query: HistoryQuery, range: TimeSpan): void {
  if (session.serverVersion < SCHEDULE_VERSION) {
    session.sendError(reqId, 321, "Error validating request.-'reqHistoricalData' : cause - What to show field is missing or incorrect.");
    return;
  }
  const { sessions, startDateTime, endDateTime } = scheduleOf(new InstrumentDays(instrument, desk.days, 'calendar'), range, instrument.timeZoneId, query.regularOnly);
  if (sessions.length === 0) session.sendError(reqId, ...noData(instrument, 'SCHEDULE'));
  else session.send({ type: 'historicalSchedule', reqId, startDateTime, endDateTime, timeZone: instrument.timeZoneId, sessions });
}

function barsFor(desk: HistoryDesk, instrument: Instrument, query: HistoryQuery, range: TimeSpan): readonly HistoryBar[] {
  const { market, optionStatistics } = desk.context;
  const { shown, size, regularOnly } = query;
  const history = market.history(instrument.conId);
  switch (shown) {
    case 'HISTORICAL_VOLATILITY':
      return size.unit === 'day' ? historicalVolatility(history, desk.daysOf(instrument), range) : [];
    case 'OPTION_IMPLIED_VOLATILITY': {
      const volatility = size.unit === 'day' ? optionStatistics.impliedVolatility(instrument) : undefined;
      return volatility === undefined ? [] : impliedVolatilityBars(history, desk.daysOf(instrument), range, volatility);
    }
    case 'SCHEDULE':
      return [];
    case 'TRADES':
    case 'MIDPOINT':
    case 'BID':
    case 'ASK':
    case 'BID_ASK':
      return barsOf(history, desk.daysOf(instrument), { kind: shown, size, range, regularOnly });
  }
}

function tooMany(desk: HistoryDesk, instrument: Instrument, query: HistoryQuery, range: TimeSpan): Objection | undefined {
  const { shown, size, regularOnly } = query;
  if (shown === 'SCHEDULE' || shown === 'HISTORICAL_VOLATILITY' || shown === 'OPTION_IMPLIED_VOLATILITY') return undefined;
  const most = isSmall(size) ? Math.min(MOST_BARS, (MOST_FINE_MINUTES * 60) / size.seconds) : MOST_BARS;
  if (barsExpected(desk.daysOf(instrument), { kind: shown, size, range, regularOnly }) > most) {
    return serviceError(`invalid step: bar size ${size.name} gives more than ${most} bars in this duration`);
  }
  const averaged = MOST_AVERAGED_MINUTES[isOption(instrument) ? 'option' : 'stock'];
  if (shown !== 'BID_ASK' || barsExpected(desk.daysOf(instrument), { kind: shown, size: MINUTE_BARS, range, regularOnly }) <= averaged) return undefined;
  return serviceError(`invalid step: BID_ASK bars are averages of at most ${averaged} minutes, use a shorter duration`);
}

function answerBars(desk: HistoryDesk, session: ClientSession, request: BarRequest, instrument: Instrument, query: HistoryQuery): void {
  const { reqId, whatToShow } = request;
  const { market } = desk.context;
  const nowEndMs = desk.nowEnd();
  const days = query.shown === 'SCHEDULE' ? new InstrumentDays(instrument, desk.days, 'calendar') : desk.daysOf(instrument);
  const asked = rangeOf(days, query.duration, Math.min(query.endMs ?? nowEndMs, nowEndMs), query.size, query.regularOnly);
  const range = { startMs: Math.max(asked.startMs, keptSince(query.size, nowEndMs)), endMs: asked.endMs };
  if (query.shown === 'SCHEDULE') {
    answerSchedule(desk, session, reqId, instrument, query, range);
    return;
  }
  const large = tooMany(desk, instrument, query, range);
  if (large !== undefined) {
    session.sendError(reqId, ...large);
    return;
  }
  const bars = range.endMs > range.startMs ? barsFor(desk, instrument, query, range) : [];
  if (bars.length === 0 && !query.keepUpToDate) {
    session.sendError(reqId, ...noData(instrument, whatToShow));
    return;
  }
  const printer = new BarPrinter(instrument.timeZoneId, query, session.serverVersion);
  const [start, end] = [printer.edge(asked.startMs), printer.edge(asked.endMs - (query.endMs === undefined ? 1 : 0))];
  session.send({ type: 'historicalData', reqId, start, end, bars: bars.map((bar) => printer.bar(bar)) });
  if (!query.keepUpToDate) return;
  const stop = keepBars({
    market,
    last: bars.at(-1),
    startMs: range.endMs,
    barsFrom: (startMs) => {
      const from = desk.days.midnightOf(desk.days.dayOf(startMs));
      const span = { startMs: query.size.unit === 'time' ? startMs : Math.min(from, startMs), endMs: desk.nowEnd() };
      return barsFor(desk, instrument, query, span);
    },
    onBar: (bar) => {
      session.send({ type: 'historicalDataUpdate', reqId, bar: printer.bar(bar) });
    },
  });
  session.hold('historicalData', reqId, stop);
  releaseFor(market, instrument);
}

function requestBars(desk: HistoryDesk, session: ClientSession, request: BarRequest): void {
  const { reqId, whatToShow } = request;
  const { market } = desk.context;
  const taken = slotProblem(desk.context.limits, session, reqId, request.type);
  if (taken !== undefined) {
    session.sendError(reqId, ...taken);
    return;
  }
  const query = readHistoryQuery(request, market.clock.now());
  if (isObjection(query)) {
    session.sendError(reqId, ...query);
    return;
  }
  if (isContinuous(request.contract) && query.endMs !== undefined) {
    session.sendError(reqId, 10339, 'Setting end date/time for continuous future security type is not allowed.');
    return;
  }
  const instrument = findForHistory(market, session, reqId, request.contract);
  if (instrument === undefined) return;
  const wrong = wrongKindOfTrades(instrument, whatToShow) ?? (hasNoSuchData(whatToShow) ? noData(instrument, whatToShow) : undefined);
  if (wrong !== undefined) {
    session.sendError(reqId, ...wrong);
    return;
  }
  if (isSmall(query.size) && !desk.paced(session, reqId, { identity: identityOf(request), instrument, whatToShow })) return;
  if (query.unzoned) session.sendError(reqId, 2174, NO_ZONE);
  answerBars(desk, session, request, instrument, query);
}

function requestHead(desk: HistoryDesk, session: ClientSession, request: ClientMessageOf<'reqHeadTimestamp'>): void {
  const { reqId, whatToShow, formatDate } = request;
  const { market } = desk.context;
  const taken = slotProblem(desk.context.limits, session, reqId, request.type);
  if (taken !== undefined) {
    session.sendError(reqId, ...taken);
    return;
  }
  const instrument = findForHistory(market, session, reqId, request.contract);
  if (instrument === undefined || !desk.paced(session, reqId, { identity: identityOf(request), instrument, whatToShow })) return;
  const kind = whatToShow === 'BID' || whatToShow === 'ASK' || whatToShow === 'MIDPOINT' || whatToShow === 'BID_ASK' ? whatToShow : whatToShow === 'TRADES' ? 'TRADES' : undefined;
  const history = market.history(instrument.conId);
  const head = kind !== undefined && history.has(kind) ? history.headMs : undefined;
  if (head === undefined) {
    session.sendError(reqId, ...(kind === undefined ? headInvalid() : serviceError('No head time stamp')));
    return;
  }
  session.hold('headTimestamp', reqId, () => undefined);
  session.send({ type: 'headTimestamp', reqId, headTimestamp: headText(head, formatDate) });
}

function headInvalid(): Objection {
  return [321, "Error validating request.-'reqHeadTimestamp' : cause - What to show field is missing or incorrect."];
}

function requestHistogram(desk: HistoryDesk, session: ClientSession, request: ClientMessageOf<'reqHistogramData'>): void {
  const { reqId, timePeriod, useRTH } = request;
  const { market } = desk.context;
  const isSound = periodRange(desk.days, timePeriod, desk.nowEnd(), false) !== undefined;
  if (!isSound) {
    session.sendError(reqId, 321, `Error validating request.-'reqHistogramData' : cause - Invalid time period ${timePeriod}, such as 3 days, up to 3 months of historical data`);
    return;
  }
  const instrument = findForHistory(market, session, reqId, request.contract);
  if (instrument === undefined) return;
  const days = desk.daysOf(instrument);
  const range = periodRange(days, timePeriod, desk.nowEnd(), useRTH);
  const items = range === undefined ? [] : histogramOf(market.history(instrument.conId), days, range, useRTH);
  if (items.length === 0) session.sendError(reqId, ...noData(instrument, 'TRADES'));
  else session.send({ type: 'histogramData', reqId, items });
}

function createDesk(context: RouteContext): HistoryDesk {
  const days = new NewYorkDays();
  return {
    context,
    days,
    daysOf: (instrument) => new InstrumentDays(instrument, days, context.market.sessions),
    // What happens at this very instant belongs to it. Scaled clocks may be a hair early.
    nowEnd: () => {
      const nowMs = context.market.clock.now();
      // A timer that is late must not leave a hole in what is over.
      context.market.settle(nowMs);
      return Math.floor(nowMs + 0.001) + 1;
    },
    paced: (session, reqId, { identity, instrument, whatToShow }) => {
      if (context.paces === undefined) return true;
      const passed = context.paces.history.pass({ identity, contract: `${instrument.conId}@${instrument.exchange} ${whatToShow}`, weight: whatToShow === 'BID_ASK' ? 2 : 1 });
      if (!passed) session.sendError(reqId, ...serviceError('Historical data request pacing violation'));
      return passed;
    },
  };
}

/** The past: bars, the beginning of data, volume by price, sessions and ticks. */
export function historyRoutes(context: RouteContext): readonly Route[] {
  const desk = createDesk(context);
  return [
    route('reqHistoricalData', (session, request) => {
      requestBars(desk, session, request);
    }),
    route('cancelHistoricalData', (session, { reqId }) => {
      if (session.release('historicalData', reqId)) session.sendError(reqId, ...serviceError(`API historical data query cancelled: ${reqId}`));
      else session.sendError(reqId, 366, `No historical data query found for ticker id:${reqId}`);
    }),
    route('reqHeadTimestamp', (session, request) => {
      requestHead(desk, session, request);
    }),
    route('cancelHeadTimestamp', (session, { reqId }) => {
      if (!session.release('headTimestamp', reqId)) session.sendError(reqId, 366, `No historical data query found for ticker id:${reqId}`);
    }),
    route('reqHistogramData', (session, request) => {
      requestHistogram(desk, session, request);
    }),
    route('cancelHistogramData', (session, { reqId }) => {
      // A histogram is answered at once: there is never one left to cancel.
      session.sendError(reqId, 366, `No historical data query found for ticker id:${reqId}`);
    }),
    ...pastTickRoutes(desk),
  ];
}


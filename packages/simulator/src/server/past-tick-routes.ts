import type { ClientMessageOf } from '@ibkit/wire';
import { BAD_END, NO_ZONE, noData } from '../history/history-query.js';
import type { Objection } from '../history/history-query.js';
import { pastTicks } from '../history/past-ticks.js';
import { parseInstant } from '../history/zoned-text.js';
import type { NamedInstant } from '../history/zoned-text.js';
import type { ClientSession } from './client-session.js';
import { findForHistory } from './find-instrument.js';
import type { HistoryDesk } from './history-routes.js';
import { tickJudge, ticksMessage } from './history-messages.js';
import type { TickKind } from './history-messages.js';
import { route } from './route.js';
import type { Route } from './route.js';

type TickRequest = ClientMessageOf<'reqHistoricalTicks'>;

function invalid(cause: string): Objection {
  return [321, `Error validating request.-'reqHistoricalTicks' : cause - ${cause}`];
}

function isKind(text: string): text is TickKind {
  return text === 'TRADES' || text === 'BID_ASK' || text === 'MIDPOINT';
}

interface TickSpan {
  readonly start: NamedInstant | undefined;
  readonly end: NamedInstant | undefined;
}

function readSpan({ startDateTime, endDateTime }: TickRequest, nowMs: number): TickSpan | Objection {
  const [from, to] = [startDateTime?.trim() ?? '', endDateTime?.trim() ?? ''];
  if ((from === '') === (to === '')) return invalid('Historical ticks need either a start or an end date, not both and not none');
  const [start, end] = [from === '' ? undefined : parseInstant(from, nowMs), to === '' ? undefined : parseInstant(to, nowMs)];
  if (start === undefined && end === undefined) return [10314, BAD_END];
  return { start, end };
}

function isObjection(span: TickSpan | Objection): span is Objection {
  return Array.isArray(span);
}

function objection({ numberOfTicks, whatToShow }: TickRequest, most: number): Objection | undefined {
  if (!isKind(whatToShow)) return invalid('What to show field is missing or incorrect.');
  if (numberOfTicks < 1 || numberOfTicks > most) return invalid(`Number of historical ticks ${numberOfTicks} is invalid, must be 1 to ${most}`);
  return undefined;
}

function answer(desk: HistoryDesk, session: ClientSession, request: TickRequest): void {
  const { reqId, whatToShow, numberOfTicks, useRTH, ignoreSize = false } = request;
  const { market } = desk.context;
  const span = readSpan(request, market.clock.now());
  const wrong = objection(request, desk.context.limits.historicalTicks) ?? (isObjection(span) ? span : undefined);
  if (wrong !== undefined || isObjection(span) || !isKind(whatToShow)) {
    if (wrong !== undefined) session.sendError(reqId, ...wrong);
    return;
  }
  const instrument = findForHistory(market, session, reqId, request.contract);
  if (instrument === undefined) return;
  const nowEndMs = desk.nowEnd();
  const history = market.history(instrument.conId);
  if (!history.has(whatToShow)) {
    session.sendError(reqId, ...noData(instrument, whatToShow));
    return;
  }
  if (!desk.paced(session, reqId, { identity: JSON.stringify({ ...request, reqId: 0 }), instrument, whatToShow })) return;
  const { start, end } = span;
  if (start?.zoned === false || end?.zoned === false) session.sendError(reqId, 2174, NO_ZONE);
  const events = pastTicks(history, desk.daysOf(instrument), {
    startMs: start?.atMs,
    endMs: Math.min(end?.atMs ?? nowEndMs, nowEndMs),
    count: numberOfTicks,
    regularOnly: useRTH,
    wanted: () => tickJudge(whatToShow, ignoreSize),
  });
  session.send(ticksMessage(reqId, whatToShow, events));
}

/** Ticks of the past, at most 1,000 per request and the rest of the second. */
export function pastTickRoutes(desk: HistoryDesk): readonly Route[] {
  return [
    route('reqHistoricalTicks', (session, request) => {
      answer(desk, session, request);
    }),
  ];
}

import type { ClientMessageOf } from '@ibkit/wire';
import type { Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import { isOpen } from '../market/trading-hours.js';
import { decimal } from './amounts.js';
import type { Bar } from './bar-builder.js';
import type { ClientSession } from './client-session.js';
import { findInstrument, releaseFor } from './find-instrument.js';
import { BAR_SECONDS, followBars, isBarKind } from './real-time-bar-line.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

type RealTimeBarRequest = ClientMessageOf<'reqRealTimeBars'>;

function sendBar(session: ClientSession, reqId: number, bar: Bar, hasVolume: boolean): void {
  session.send({
    type: 'realTimeBar',
    reqId,
    time: bar.startMs / 1_000,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    // TWS API: bars of quotes have no volume, and say so with -1.
    volume: hasVolume ? bar.volume : -1,
    wap: hasVolume ? decimal(bar.wap) : -1,
    count: hasVolume ? bar.count : -1,
  });
}

/** Follows an instrument until the returned function is called. */
function follow(market: Market, session: ClientSession, instrument: Instrument, { reqId, whatToShow, useRTH }: RealTimeBarRequest): () => void {
  return followBars({
    market,
    conId: instrument.conId,
    whatToShow,
    onBar: (bar) => {
      if (market.sessions === 'always' || isOpen(instrument, bar.startMs, useRTH ? 'liquid' : 'trading')) sendBar(session, reqId, bar, whatToShow === 'TRADES');
    },
  });
}

/** What is wrong with a request, before its contract is looked at. */
function objection(session: ClientSession, { reqId, barSize, whatToShow }: RealTimeBarRequest): readonly [code: number, text: string] | undefined {
  if (session.holds('realTimeBars', reqId)) return [322, "Error processing request.-'reqRealTimeBars' : cause - Duplicate ticker ID"];
  // TWS has bars of five seconds only. Its references disagree about other sizes; a client in wide use sends 0 and gets its bars.
  if (barSize !== BAR_SECONDS && barSize !== 0) return [321, `Error validating request.-'reqRealTimeBars' : cause - Invalid bar size ${barSize}, must be 5`];
  if (!isBarKind(whatToShow)) {
    return [321, `Error validating request.-'reqRealTimeBars' : cause - Invalid what to show ${whatToShow}, must be TRADES, MIDPOINT, BID or ASK`];
  }
  return undefined;
}

/** Bars of five seconds. In a market that trades round the clock useRTH makes no difference. */
export function realTimeBarRoutes({ market, paces }: RouteContext): readonly Route[] {
  return [
    route('reqRealTimeBars', (session, request) => {
      const { reqId, contract, whatToShow } = request;
      const wrong = objection(session, request);
      if (wrong !== undefined) {
        session.sendError(reqId, ...wrong);
        return;
      }
      const instrument = findInstrument(market, session, reqId, contract);
      if (instrument === undefined) return;
      const query = { identity: JSON.stringify({ ...request, reqId: 0 }), contract: `${instrument.conId}@${instrument.exchange} ${whatToShow}`, weight: 1 };
      if (paces?.history.pass(query) === false) {
        // TWS API: the pacing of historical data holds for real-time bars, under a code of their own.
        session.sendError(reqId, 420, 'Invalid Real-time Query:Historical data request pacing violation');
        return;
      }
      session.hold('realTimeBars', reqId, follow(market, session, instrument, request));
      releaseFor(market, instrument);
    }),
    route('cancelRealTimeBars', (session, { reqId }) => {
      if (!session.release('realTimeBars', reqId)) session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
    }),
  ];
}

import type { Timer } from '@ibkit/clock';
import type { ClientMessageOf } from '@ibkit/wire';
import type { Instrument } from '../market/instrument.js';
import { isOpen } from '../market/trading-hours.js';
import type { Market, MarketEvent, Quote } from '../market/market.js';
import { decimal } from './amounts.js';
import { BarBuilder } from './bar-builder.js';
import type { Bar } from './bar-builder.js';
import type { ClientSession } from './client-session.js';
import { findInstrument, releaseFor } from './find-instrument.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

type RealTimeBarRequest = ClientMessageOf<'reqRealTimeBars'>;

/** TWS API: real-time bars are five seconds long. */
const BAR_SECONDS = 5;
const BAR_MS = BAR_SECONDS * 1_000;

type Sides = Pick<Quote, 'bid' | 'ask'>;

function midPoint({ bid, ask }: Sides): number | undefined {
  return bid === undefined || ask === undefined ? undefined : decimal((bid + ask) / 2);
}

/** What each kind of bar is made of. */
const QUOTE_PRICES: ReadonlyMap<string, (sides: Sides) => number | undefined> = new Map([
  ['BID', ({ bid }: Sides) => bid],
  ['ASK', ({ ask }: Sides) => ask],
  ['MIDPOINT', midPoint],
]);

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

/** Adds what an event says to the bars. */
function collector(builder: BarBuilder, priceOf: ((sides: Sides) => number | undefined) | undefined): (event: MarketEvent) => void {
  return (event) => {
    if (event.kind === 'trade' && priceOf === undefined && !event.unreported) builder.add(event.atMs, event.price, event.size);
    if (event.kind === 'quote' && priceOf !== undefined) {
      const price = priceOf(event);
      if (price !== undefined) builder.add(event.atMs, price, 0);
    }
  };
}

/** Follows an instrument until the returned function is called. */
function follow(market: Market, session: ClientSession, instrument: Instrument, { reqId, whatToShow, useRTH }: RealTimeBarRequest): () => void {
  const priceOf = QUOTE_PRICES.get(whatToShow);
  const { clock } = market;
  const quote = market.quote(instrument.conId);
  const builder = new BarBuilder({
    lengthMs: BAR_MS,
    nowMs: clock.now(),
    price: priceOf === undefined ? quote.last : priceOf(quote),
    onBar: (bar) => {
      if (market.sessions === 'always' || isOpen(instrument, bar.startMs, useRTH ? 'liquid' : 'trading')) sendBar(session, reqId, bar, priceOf === undefined);
    },
  });
  const unwatch = market.watch(instrument.conId, collector(builder, priceOf));
  let timer: Timer;
  const arm = (): void => {
    const dueMs = builder.endMs;
    timer = clock.setTimer(dueMs - clock.now(), () => {
      // A scaled clock may be a rounding error early.
      builder.advance(Math.max(dueMs, clock.now()));
      arm();
    });
  };
  arm();
  return () => {
    unwatch();
    timer.cancel();
  };
}

/** What is wrong with a request, before its contract is looked at. */
function objection(session: ClientSession, { reqId, barSize, whatToShow }: RealTimeBarRequest): readonly [code: number, text: string] | undefined {
  if (session.holds('realTimeBars', reqId)) return [322, "Error processing request.-'reqRealTimeBars' : cause - Duplicate ticker ID"];
  // TWS has bars of five seconds only. Its references disagree about other sizes; a client in wide use sends 0 and gets its bars.
  if (barSize !== BAR_SECONDS && barSize !== 0) return [321, `Error validating request.-'reqRealTimeBars' : cause - Invalid bar size ${barSize}, must be 5`];
  if (whatToShow !== 'TRADES' && !QUOTE_PRICES.has(whatToShow)) {
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

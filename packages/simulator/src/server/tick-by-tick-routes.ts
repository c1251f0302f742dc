import type { ClientMessageOf } from '@ibkit/wire';
import { isOption } from '../market/instrument.js';
import type { Instrument } from '../market/instrument.js';
import { pastTicks } from '../history/past-ticks.js';
import type { Market, MarketEvent, QuoteEvent, TradeEvent } from '../market/market.js';
import { NewYorkDays } from '../market/new-york-days.js';
import { decimal } from './amounts.js';
import type { ClientSession } from './client-session.js';
import { findInstrument, releaseFor } from './find-instrument.js';
import { tickJudge, ticksMessage } from './history-messages.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

type TickByTickRequest = ClientMessageOf<'reqTickByTickData'>;

/** TWS API: bits of the mask of a trade. */
const PAST_LIMIT = 1;
const UNREPORTED = 2;

/** TWS API: a side without quote. */
const NO_PRICE = -1;

type Sides = Pick<QuoteEvent, 'bid' | 'ask' | 'bidSize' | 'askSize'>;

function toSeconds(atMs: number): number {
  return Math.floor(atMs / 1000);
}

function sendTrade(session: ClientSession, reqId: number, kind: 'Last' | 'AllLast', trade: TradeEvent): void {
  const { atMs, price, size, exchange, conditions, pastLimit, unreported } = trade;
  const mask = (pastLimit ? PAST_LIMIT : 0) + (unreported ? UNREPORTED : 0);
  session.send({ type: 'tickByTick', reqId, kind, time: toSeconds(atMs), price, size, mask, exchange, specialConditions: conditions });
}

/** Every trade becomes exactly one message; `Last` leaves out those that do not count for the last price. */
function tradeSender(session: ClientSession, reqId: number, kind: 'Last' | 'AllLast'): (event: MarketEvent) => void {
  return (event) => {
    if (event.kind === 'trade' && (kind === 'AllLast' || !event.unreported)) sendTrade(session, reqId, kind, event);
  };
}

function bidAskSender(session: ClientSession, reqId: number, ignoreSize: boolean): (sides: Sides, atMs: number) => void {
  let before: Sides | undefined;
  return (sides, atMs) => {
    const { bid, ask, bidSize, askSize } = sides;
    const samePrices = before !== undefined && before.bid === bid && before.ask === ask;
    if (samePrices && (ignoreSize || (before?.bidSize === bidSize && before?.askSize === askSize))) return;
    before = sides;
    session.send({
      type: 'tickByTick',
      reqId,
      kind: 'BidAsk',
      time: toSeconds(atMs),
      bidPrice: bid ?? NO_PRICE,
      askPrice: ask ?? NO_PRICE,
      bidSize: bidSize ?? 0,
      askSize: askSize ?? 0,
      mask: 0,
    });
  };
}

function midPointSender(session: ClientSession, reqId: number): (sides: Sides, atMs: number) => void {
  let before: number | undefined;
  return ({ bid, ask }, atMs) => {
    if (bid === undefined || ask === undefined) return;
    const midPoint = decimal((bid + ask) / 2);
    if (midPoint === before) return;
    before = midPoint;
    session.send({ type: 'tickByTick', reqId, kind: 'MidPoint', time: toSeconds(atMs), midPoint });
  };
}

/** What is wrong with a request, before its contract is looked at. */
function objection(context: RouteContext, session: ClientSession, request: TickByTickRequest): readonly [code: number, text: string] | undefined {
  if (session.holds('tickByTick', request.reqId)) return [322, "Error processing request.-'reqTickByTickData' : cause - Duplicate ticker ID"];
  const { numberOfTicks = 0 } = request;
  const { historicalTicks: most } = context.limits;
  if (numberOfTicks < 0 || numberOfTicks > most) {
    return [321, `Error validating request.-'reqTickByTickData' : cause - Number of historical ticks ${numberOfTicks} is invalid, must be 0 to ${most}`];
  }
  const { tickByTick } = context.quotas;
  return tickByTick.hasRoom ? undefined : [10190, `Max number of tick-by-tick requests has been reached.${tickByTick.limit} are allowed at a time`];
}

/** TWS API: 10189 where there is no such stream. */
function unavailable({ secType }: Instrument, kind: TickByTickRequest['tickType']): string | undefined {
  const wantsTrades = kind === 'Last' || kind === 'AllLast';
  if (isOption({ secType })) return 'options';
  if (secType === 'CASH' && wantsTrades) return 'currencies';
  return secType === 'IND' && !wantsTrades ? 'indexes' : undefined;
}

/** TWS API: the ticks before a stream come first, in one message as for reqHistoricalTicks. */
function sendPast(market: Market, session: ClientSession, request: TickByTickRequest, conId: number): void {
  const { reqId, tickType, numberOfTicks = 0, ignoreSize = false } = request;
  if (numberOfTicks <= 0) return;
  const kind = tickType === 'BidAsk' ? 'BID_ASK' : tickType === 'MidPoint' ? 'MIDPOINT' : 'TRADES';
  const events = pastTicks(market.history(conId), new NewYorkDays(), {
    startMs: undefined,
    endMs: Math.floor(market.clock.now()) + 1,
    count: numberOfTicks,
    regularOnly: false,
    wanted: () => {
      const isTick = tickJudge(kind, ignoreSize);
      return (event) => isTick(event) && (tickType !== 'Last' || event.kind !== 'trade' || !event.unreported);
    },
  });
  session.send(ticksMessage(reqId, kind, events));
}

function subscribe(context: RouteContext, session: ClientSession, request: TickByTickRequest): void {
  const { reqId, tickType } = request;
  const { market } = context;
  const wrong = objection(context, session, request);
  if (wrong !== undefined) {
    session.sendError(reqId, ...wrong);
    return;
  }
  const instrument = findInstrument(market, session, reqId, request.contract);
  if (instrument === undefined) return;
  const without = unavailable(instrument, tickType);
  if (without !== undefined) {
    session.sendError(reqId, 10189, `Failed to request tick-by-tick data.${tickType} tick-by-tick data is not available for ${without}`);
    return;
  }
  const pace = context.paces?.tickByTick;
  if (pace?.pass(String(instrument.conId)) === false) {
    session.sendError(reqId, 10190, `Max number of tick-by-tick requests has been reached.One request per instrument is allowed in ${pace.intervalMs / 1_000} seconds`);
    return;
  }
  const giveBack = context.quotas.tickByTick.take();
  const hold = (unwatch: () => void): void => {
    session.hold('tickByTick', reqId, () => {
      unwatch();
      giveBack();
    });
  };
  const { conId } = instrument;
  if (tickType === 'Last' || tickType === 'AllLast') {
    hold(market.watch(conId, tradeSender(session, reqId, tickType)));
    sendPast(market, session, request, conId);
  } else {
    const sendSides = tickType === 'BidAsk' ? bidAskSender(session, reqId, request.ignoreSize ?? false) : midPointSender(session, reqId);
    const unwatch = market.watch(conId, (event) => {
      if (event.kind === 'quote') sendSides(event, event.atMs);
    });
    hold(unwatch);
    sendPast(market, session, request, conId);
    const quote = market.quote(conId);
    if (quote.bid !== undefined || quote.ask !== undefined) {
      const { bid, ask, bidSize, askSize } = quote;
      sendSides({ bid, ask, bidSize, askSize }, market.clock.now());
    }
  }
  releaseFor(market, instrument);
}

/** Tick-by-tick streams: nothing is conflated. */
export function tickByTickRoutes(context: RouteContext): readonly Route[] {
  return [
    route('reqTickByTickData', (session, request) => {
      subscribe(context, session, request);
    }),
    route('cancelTickByTickData', (session, { reqId }) => {
      if (!session.release('tickByTick', reqId)) session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
    }),
  ];
}

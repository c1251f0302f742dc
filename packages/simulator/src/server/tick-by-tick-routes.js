import { decimal } from './amounts.js';
import { findInstrument, releaseFor } from './find-instrument.js';
import { route } from './route.js';
/** TWS API: bits of the mask of a trade. */
const PAST_LIMIT = 1;
const UNREPORTED = 2;
/** TWS API: a side without quote. */
const NO_PRICE = -1;
function toSeconds(atMs) {
    return Math.floor(atMs / 1000);
}
function sendTrade(session, reqId, kind, trade) {
    const { atMs, price, size, exchange, conditions, pastLimit, unreported } = trade;
    const mask = (pastLimit ? PAST_LIMIT : 0) + (unreported ? UNREPORTED : 0);
    session.send({ type: 'tickByTick', reqId, kind, time: toSeconds(atMs), price, size, mask, exchange, specialConditions: conditions });
}
/** Every trade becomes exactly one message; `Last` leaves out those that do not count for the last price. */
function tradeSender(session, reqId, kind) {
    return (event) => {
        if (event.kind === 'trade' && (kind === 'AllLast' || !event.unreported))
            sendTrade(session, reqId, kind, event);
    };
}
function bidAskSender(session, reqId, ignoreSize) {
    let before;
    return (sides, atMs) => {
        const { bid, ask, bidSize, askSize } = sides;
        const samePrices = before !== undefined && before.bid === bid && before.ask === ask;
        if (samePrices && (ignoreSize || (before?.bidSize === bidSize && before?.askSize === askSize)))
            return;
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
function midPointSender(session, reqId) {
    let before;
    return ({ bid, ask }, atMs) => {
        if (bid === undefined || ask === undefined)
            return;
        const midPoint = decimal((bid + ask) / 2);
        if (midPoint === before)
            return;
        before = midPoint;
        session.send({ type: 'tickByTick', reqId, kind: 'MidPoint', time: toSeconds(atMs), midPoint });
    };
}
/** What is wrong with a request, before its contract is looked at. */
function objection(session, request) {
    if (session.holds('tickByTick', request.reqId))
        return [322, "Error processing request.-'reqTickByTickData' : cause - Duplicate ticker ID"];
    if ((request.numberOfTicks ?? 0) > 0) {
        return [321, "Error validating request.-'reqTickByTickData' : cause - historical ticks are not supported by this simulator version, ask with numberOfTicks 0"];
    }
    return undefined;
}
function subscribe(context, session, request) {
    const { reqId, tickType } = request;
    const { market } = context;
    const wrong = objection(session, request);
    if (wrong !== undefined) {
        session.sendError(reqId, ...wrong);
        return;
    }
    const instrument = findInstrument(market, session, reqId, request.contract);
    if (instrument === undefined)
        return;
    if (instrument.secType === 'OPT') {
        session.sendError(reqId, 10189, `Failed to request tick-by-tick data.${tickType} tick-by-tick data is not available for options`);
        return;
    }
    const { conId } = instrument;
    if (tickType === 'Last' || tickType === 'AllLast') {
        session.hold('tickByTick', reqId, market.watch(conId, tradeSender(session, reqId, tickType)));
    }
    else {
        const sendSides = tickType === 'BidAsk' ? bidAskSender(session, reqId, request.ignoreSize ?? false) : midPointSender(session, reqId);
        const unwatch = market.watch(conId, (event) => {
            if (event.kind === 'quote')
                sendSides(event, event.atMs);
        });
        session.hold('tickByTick', reqId, unwatch);
        const quote = market.quote(conId);
        if (quote.bid !== undefined || quote.ask !== undefined) {
            const { bid, ask, bidSize, askSize } = quote;
            sendSides({ bid, ask, bidSize, askSize }, market.clock.now());
        }
    }
    releaseFor(market, instrument);
}
/** Tick-by-tick streams: nothing is conflated. */
export function tickByTickRoutes(context) {
    return [
        route('reqTickByTickData', (session, request) => {
            subscribe(context, session, request);
        }),
        route('cancelTickByTickData', (session, { reqId }) => {
            if (!session.release('tickByTick', reqId))
                session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
        }),
    ];
}

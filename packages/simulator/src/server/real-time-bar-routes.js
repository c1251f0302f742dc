import { decimal } from './amounts.js';
import { BarBuilder } from './bar-builder.js';
import { findInstrument, releaseFor } from './find-instrument.js';
import { route } from './route.js';
/** TWS API: real-time bars are five seconds long. */
const BAR_SECONDS = 5;
const BAR_MS = BAR_SECONDS * 1_000;
function midPoint({ bid, ask }) {
    return bid === undefined || ask === undefined ? undefined : decimal((bid + ask) / 2);
}
/** What each kind of bar is made of. */
const QUOTE_PRICES = new Map([
    ['BID', ({ bid }) => bid],
    ['ASK', ({ ask }) => ask],
    ['MIDPOINT', midPoint],
]);
function sendBar(session, reqId, bar, hasVolume) {
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
function collector(builder, priceOf) {
    return (event) => {
        if (event.kind === 'trade' && priceOf === undefined && !event.unreported)
            builder.add(event.atMs, event.price, event.size);
        if (event.kind === 'quote' && priceOf !== undefined) {
            const price = priceOf(event);
            if (price !== undefined)
                builder.add(event.atMs, price, 0);
        }
    };
}
/** Follows an instrument until the returned function is called. */
function follow(market, session, reqId, instrument, whatToShow) {
    const priceOf = QUOTE_PRICES.get(whatToShow);
    const { clock } = market;
    const quote = market.quote(instrument.conId);
    const builder = new BarBuilder({
        lengthMs: BAR_MS,
        nowMs: clock.now(),
        price: priceOf === undefined ? quote.last : priceOf(quote),
        onBar: (bar) => {
            sendBar(session, reqId, bar, priceOf === undefined);
        },
    });
    const unwatch = market.watch(instrument.conId, collector(builder, priceOf));
    let timer;
    const arm = () => {
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
function objection(session, { reqId, barSize, whatToShow }) {
    if (session.holds('realTimeBars', reqId))
        return [322, "Error processing request.-'reqRealTimeBars' : cause - Duplicate ticker ID"];
    if (barSize !== BAR_SECONDS)
        return [321, `Error validating request.-'reqRealTimeBars' : cause - Invalid bar size ${barSize}, must be 5`];
    if (whatToShow !== 'TRADES' && !QUOTE_PRICES.has(whatToShow)) {
        return [321, `Error validating request.-'reqRealTimeBars' : cause - Invalid what to show ${whatToShow}, must be TRADES, MIDPOINT, BID or ASK`];
    }
    return undefined;
}
/** Bars of five seconds. The market trades round the clock, so that useRTH makes no difference. */
export function realTimeBarRoutes({ market }) {
    return [
        route('reqRealTimeBars', (session, request) => {
            const { reqId, contract, whatToShow } = request;
            const wrong = objection(session, request);
            if (wrong !== undefined) {
                session.sendError(reqId, ...wrong);
                return;
            }
            const instrument = findInstrument(market, session, reqId, contract);
            if (instrument === undefined)
                return;
            session.hold('realTimeBars', reqId, follow(market, session, reqId, instrument, whatToShow));
            releaseFor(market, instrument);
        }),
        route('cancelRealTimeBars', (session, { reqId }) => {
            if (!session.release('realTimeBars', reqId))
                session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
        }),
    ];
}

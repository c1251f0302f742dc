import { findInstrument, releaseFor } from './find-instrument.js';
import { QuoteLine } from './quote-line.js';
import { route } from './route.js';
import { DELAYED_TICKS, LIVE_TICKS, parseGenericTicks } from './tick-ids.js';
/** TWS API: when a snapshot ends although something is still missing. */
const SNAPSHOT_LIMIT_MS = 11_000;
/** TWS API: names the map of exchange letters; only stocks have one here. */
const BBO_EXCHANGE = '9c0001';
const SNAPSHOT_PERMISSIONS = 3;
const LIVE = 1;
const DELAYED = 3;
/** Whether a snapshot has what it is taken for. */
function isComplete(quote) {
    return quote.bid !== undefined && quote.ask !== undefined && (quote.last !== undefined || quote.close !== undefined);
}
/** What is wrong with a request, before its contract is looked at. */
function objection(session, request) {
    const { reqId, genericTickList, snapshot, regulatorySnapshot } = request;
    if (session.holds('marketData', reqId))
        return [102, 'Duplicate ticker ID'];
    const generic = parseGenericTicks(genericTickList ?? '');
    if ((snapshot === true || regulatorySnapshot === true) && !generic.empty) {
        return [321, "Error validating request.-'reqMktData' : cause - Snapshot market data subscription is not applicable to generic ticks"];
    }
    if (generic.unknown.length > 0) {
        return [321, `Error validating request.-'reqMktData' : cause - Incorrect generic tick list of ${genericTickList ?? ''}.`];
    }
    return undefined;
}
/** Whether the client may see this line, and whether delayed. The client is told what it needs to know. */
function permit(context, session, reqId, instrument) {
    if (context.dataPermission === 'live')
        return 'live';
    if (session.marketDataType < DELAYED) {
        session.sendError(reqId, 10089, "Requested market data requires additional subscription for API. See link in 'Market Data Connections' dialog for more details." +
            `Delayed market data is available.${instrument.symbol} ${instrument.primaryExch}/TOP/ALL`);
        return 'refused';
    }
    session.sendError(reqId, 10167, 'Requested market data is not subscribed. Displaying delayed market data.');
    return 'delayed';
}
function subscribe(context, session, request) {
    const { reqId } = request;
    const { market } = context;
    const wrong = objection(session, request);
    if (wrong !== undefined) {
        session.sendError(reqId, ...wrong);
        return;
    }
    const instrument = findInstrument(market, session, reqId, request.contract);
    if (instrument === undefined)
        return;
    const mode = permit(context, session, reqId, instrument);
    if (mode === 'refused')
        return;
    session.send({ type: 'marketDataType', reqId, marketDataType: mode === 'live' ? LIVE : DELAYED });
    session.send({
        type: 'tickReqParams',
        reqId,
        minTick: instrument.minTick,
        bboExchange: instrument.secType === 'STK' ? BBO_EXCHANGE : '',
        snapshotPermissions: SNAPSHOT_PERMISSIONS,
    });
    openLine(context, session, request, instrument, mode);
    releaseFor(market, instrument);
}
function openLine(context, session, request, instrument, mode) {
    const { reqId, snapshot, regulatorySnapshot } = request;
    const { market } = context;
    const oneShot = snapshot === true || regulatorySnapshot === true;
    if (!oneShot && parseGenericTicks(request.genericTickList ?? '').withoutDefaults) {
        session.hold('marketData', reqId, () => undefined);
        return;
    }
    const finish = () => {
        if (session.release('marketData', reqId))
            session.send({ type: 'tickSnapshotEnd', reqId });
    };
    const line = new QuoteLine({
        session,
        reqId,
        instrument,
        market,
        ticks: mode === 'live' ? LIVE_TICKS : DELAYED_TICKS,
        onBurst: (quote) => {
            if (oneShot && isComplete(quote))
                finish();
        },
    });
    const limit = oneShot ? market.clock.setTimer(SNAPSHOT_LIMIT_MS, finish) : undefined;
    session.hold('marketData', reqId, () => {
        limit?.cancel();
        line.stop();
    });
    line.start();
}
/** Market data lines: quotes that stream or are taken once, and the kind of data wanted. */
export function marketDataRoutes(context) {
    return [
        route('reqMktData', (session, request) => {
            subscribe(context, session, request);
        }),
        route('cancelMktData', (session, { reqId }) => {
            if (!session.release('marketData', reqId))
                session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
        }),
        route('reqMarketDataType', (session, { marketDataType }) => {
            if (marketDataType < 1 || marketDataType > 4) {
                session.sendError(-1, 321, `Error validating request.-'reqMarketDataType' : cause - Invalid market data type ${marketDataType}, must be 1 to 4`);
                return;
            }
            // TWS API: no answer by itself; each line that is opened from now on says which kind it carries.
            session.marketDataType = marketDataType;
        }),
    ];
}

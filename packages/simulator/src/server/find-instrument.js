/** TWS API: 200, when nothing fits a contract. */
export const NO_SECURITY = 'No security definition has been found for the request';
/** The one instrument that a request means. Otherwise the client is told (200, unknown or ambiguous) and the result is undefined. */
export function findInstrument(market, session, reqId, query) {
    const found = market.universe.find(query);
    const [instrument] = found;
    if (instrument === undefined) {
        session.sendError(reqId, 200, NO_SECURITY);
        return undefined;
    }
    if (found.length > 1) {
        session.sendError(reqId, 200, `The contract description specified for ${instrument.symbol} is ambiguous.`);
        return undefined;
    }
    return instrument;
}
/** Lets a replay that waits for its first subscriber run, once somebody listens to an instrument that depends on it. */
export function releaseFor(market, instrument) {
    if (!market.held)
        return;
    const { conId, underConId } = instrument;
    if (market.isReplayed(conId) || (underConId !== undefined && market.isReplayed(underConId)))
        market.release();
}

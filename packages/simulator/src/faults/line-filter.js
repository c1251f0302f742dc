/** Messages that carry market data of a line. */
const LINE_MESSAGES = new Set([
    'tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickOptionComputation', 'tickByTick', 'realTimeBar', 'historicalDataUpdate', 'marketDepth', 'marketDepthL2',
]); // prettier-ignore
/** Tells whether a message is market data of a chosen line. */
export function createLineFilter(host, choice) {
    const { clientId, reqId, secType } = choice;
    const symbol = choice.symbol?.toUpperCase();
    const instruments = new WeakMap();
    const instrumentOf = (contract) => {
        const known = instruments.get(contract) ?? host.market.universe.find(contract)[0];
        if (known !== undefined)
            instruments.set(contract, known);
        return known;
    };
    return (session, message) => {
        if (!LINE_MESSAGES.has(message.type) || !('reqId' in message))
            return false;
        if (clientId !== undefined && clientId !== session.clientId)
            return false;
        if (reqId !== undefined && reqId !== message.reqId)
            return false;
        if (symbol === undefined && secType === undefined)
            return true;
        const contract = session.contractOf(message.reqId);
        const instrument = contract === undefined ? undefined : instrumentOf(contract);
        if (instrument === undefined)
            return false;
        return (symbol === undefined || symbol === instrument.symbol) && (secType === undefined || secType === instrument.secType);
    };
}

/** The contract that stands for an instrument in a message, every field that TWS fills in filled in. */
export function contractOf(instrument, exchange = instrument.exchange) {
    const { conId, symbol, secType, currency, localSymbol, tradingClass, primaryExch, multiplier, expiry, strike, right } = instrument;
    return {
        conId,
        symbol,
        secType,
        exchange,
        primaryExch,
        currency,
        localSymbol,
        tradingClass,
        lastTradeDateOrContractMonth: expiry,
        strike,
        right,
        multiplier: multiplier === undefined ? undefined : String(multiplier),
    };
}

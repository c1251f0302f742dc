/** TWS API: profit and loss is updated about once per second. */
const PNL_PERIOD_MS = 1_000;
/** Calls `send` now and once per second of market time while the reading changes; gives the function that ends it. */
export function streamPnl(market, read, send) {
    let timer;
    let before = '';
    const tick = () => {
        const reading = read();
        const text = JSON.stringify(reading);
        if (text !== before)
            send(reading);
        before = text;
        timer = market.clock.setTimer(PNL_PERIOD_MS, tick);
    };
    tick();
    return () => {
        timer?.cancel();
    };
}

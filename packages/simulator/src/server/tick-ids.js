export const LIVE_TICKS = {
    bidSize: 0,
    bid: 1,
    ask: 2,
    askSize: 3,
    last: 4,
    lastSize: 5,
    high: 6,
    low: 7,
    volume: 8,
    close: 9,
    open: 14,
    lastTimestamp: 45,
    halted: 49,
    bidComputation: 10,
    askComputation: 11,
    lastComputation: 12,
    modelComputation: 13,
};
export const DELAYED_TICKS = {
    bidSize: 69,
    bid: 66,
    ask: 67,
    askSize: 70,
    last: 68,
    lastSize: 71,
    high: 72,
    low: 73,
    volume: 74,
    close: 75,
    open: 76,
    lastTimestamp: 88,
    halted: 90,
    bidComputation: 80,
    askComputation: 81,
    lastComputation: 82,
    modelComputation: 83,
};
/** Generic tick ids that TWS knows; a request may name them, and gets those that the simulator has (none of them yet). Source: TWS API generic tick types. */
const GENERIC_TICKS = new Set([
    100, 101, 104, 105, 106, 162, 165, 221, 225, 232, 233, 236, 258, 292, 293, 294, 295, 318, 375, 411, 456, 460, 577, 586, 588, 595, 614, 619, 623,
]);
/** Reads a list such as `233,mdoff,292:BRFG`. */
export function parseGenericTicks(list) {
    const items = list
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    return {
        unknown: items.filter((item) => item !== 'mdoff' && !GENERIC_TICKS.has(Number(item.split(':')[0]))),
        withoutDefaults: items.includes('mdoff'),
        empty: items.length === 0,
    };
}

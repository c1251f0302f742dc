/** What a market event shows; undefined when it shows no price. */
export function sightingOf(event) {
    if (event.kind === 'quote')
        return { bid: event.bid, ask: event.ask };
    return event.kind === 'trade' && !event.unreported ? { last: event.price } : undefined;
}
/** What the market shows to an order that just arrives. */
export function sightingOfQuote({ last, bid, ask }) {
    return { last, bid, ask };
}
/** TWS API: method 0 is double bid/ask for options and last for everything else. Undefined for a method that does not exist. */
export function triggerMethodOf(value, secType) {
    switch (value) {
        case undefined:
        case 0:
            return secType === 'OPT' ? 1 : 2;
        case 1:
        case 2:
        case 3:
        case 4:
        case 7:
        case 8:
            return value;
        default:
            return undefined;
    }
}
/** The prices that count for a method. A rising level is reached by the bid, a falling one by the ask, so that a wide quote triggers nothing. */
export function watchedPrices(method, crossing, { last, bid, ask }) {
    const side = crossing === 'up' ? bid : ask;
    const known = (...prices) => prices.filter((price) => price !== undefined);
    switch (method) {
        case 2:
        case 3:
            return known(last);
        case 1:
        case 4:
            return known(side);
        case 7:
            return known(last, side);
        case 8:
            return bid === undefined || ask === undefined ? [] : [(bid + ask) / 2];
    }
}
/** How many sightings in a row a method wants. */
export function hitsNeeded(method) {
    return method === 1 || method === 3 ? 2 : 1;
}
export function isBeyond(price, level, crossing) {
    return crossing === 'up' ? price >= level : price <= level;
}
function onTick(price, minTick) {
    return Number((Math.round(price / minTick) * minTick).toFixed(8));
}
function trailed(rule, distance, price, stopPrice) {
    const gap = 'amount' in distance ? distance.amount : (price * distance.percent) / 100;
    const candidate = onTick(rule.crossing === 'up' ? price + gap : price - gap, rule.minTick);
    if (stopPrice === undefined)
        return candidate;
    return rule.crossing === 'up' ? Math.min(stopPrice, candidate) : Math.max(stopPrice, candidate);
}
/** The trigger after one more look at the market. A fired trigger stays fired. */
export function advanceTrigger(rule, state, sighting) {
    let { stopPrice, hits } = state;
    if (state.fired)
        return state;
    for (const price of watchedPrices(rule.method, rule.crossing, sighting)) {
        if (stopPrice !== undefined && isBeyond(price, stopPrice, rule.crossing)) {
            hits += 1;
            if (hits >= hitsNeeded(rule.method))
                return { stopPrice, hits, fired: true };
            continue;
        }
        hits = 0;
        if (rule.trail !== undefined)
            stopPrice = trailed(rule, rule.trail, price, stopPrice);
    }
    return { stopPrice, hits, fired: false };
}

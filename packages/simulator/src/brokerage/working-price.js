function capped(price, { action, prices: { lmtPrice } }) {
    if (price === undefined || lmtPrice === undefined)
        return price;
    return action === 'BUY' ? Math.min(price, lmtPrice) : Math.max(price, lmtPrice);
}
/** The price less aggressive by an amount (below 0: more aggressive). */
function back(terms, price, amount) {
    if (price === undefined)
        return undefined;
    return Number((terms.action === 'BUY' ? price - amount : price + amount).toFixed(8));
}
/** Where an order that works stands, given the market of what it is for. */
export function workingPrice(terms, quote, memory) {
    const { policy, action, prices } = terms;
    const isBuy = action === 'BUY';
    const { bid, ask } = quote;
    switch (policy.pricing) {
        case 'market':
            return 'market';
        case 'limit':
            return prices.lmtPrice;
        case 'trailedLimit':
            return memory.trailedLimit;
        case 'firstFill':
            return memory.firstFillPrice ?? 'market';
        case 'ownSide': {
            const own = isBuy ? bid : ask;
            return capped(back(terms, own, -(prices.offset + (own ?? 0) * prices.percentOffset)), terms);
        }
        case 'middle':
            return capped(back(terms, bid === undefined || ask === undefined ? undefined : (bid + ask) / 2, prices.offset), terms);
        case 'otherSide':
            return capped(back(terms, isBuy ? ask : bid, prices.offset), terms);
    }
}
/** Whether the price moves with the quote. */
export function isPegged({ policy }) {
    return policy.pricing === 'ownSide' || policy.pricing === 'middle' || policy.pricing === 'otherSide';
}

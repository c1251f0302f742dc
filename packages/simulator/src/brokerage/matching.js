function isWithin(action, limit, price) {
    if (limit === undefined)
        return false;
    if (limit === 'market')
        return true;
    return action === 'BUY' ? price <= limit : price >= limit;
}
function otherSide(action, quote) {
    return action === 'BUY' ? { price: quote.ask, size: quote.askSize } : { price: quote.bid, size: quote.bidSize };
}
/** What an order takes from the market when it arrives there (or arrives again, changed or with another price): the other side's price, if its own allows that. */
export function matchArriving(action, limit, quote) {
    const { price, size } = otherSide(action, quote);
    if (price === undefined || !isWithin(action, limit, price))
        return undefined;
    return { price, size, liquidity: 'removed' };
}
/** What an order that waits at a limit gets when the quote moves: its own price, as the first in the queue, once the other side reaches it. */
export function matchResting(action, limit, quote) {
    const match = matchArriving(action, limit, quote);
    return match === undefined || typeof limit !== 'number' ? match : { price: limit, size: match.size, liquidity: 'added' };
}
/** What an order that waits at a limit gets from a trade of others: its own price when the trade went through it, and for a pegged order also when it was at it. */
export function matchTrade(action, limit, trade, atTouch) {
    if (typeof limit !== 'number' || trade.unreported)
        return undefined;
    const isThrough = action === 'BUY' ? trade.price < limit : trade.price > limit;
    return isThrough || (atTouch && trade.price === limit) ? { price: limit, size: trade.size, liquidity: 'added' } : undefined;
}
/** How much of a match an order takes: nothing when all-or-none or a minimum size wants more. */
export function sharesOf(wanted, offered, { allOrNone, minQty, tif }, filled) {
    const shares = Math.min(wanted, offered ?? wanted);
    if ((allOrNone || tif === 'FOK') && shares < wanted)
        return 0;
    return filled === 0 && shares < Math.min(minQty, wanted) ? 0 : Math.max(0, shares);
}

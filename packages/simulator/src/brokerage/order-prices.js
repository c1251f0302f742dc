const OFF_GRID = { code: 110, message: 'The price does not conform to the minimum price variation for this contract.' };
function isOnGrid(price, minTick) {
    const ticks = price / minTick;
    return Math.abs(ticks - Math.round(ticks)) < 1e-6;
}
/** TWS API: clients write an unset price as nothing or as 0, which no trigger and no cap can be. */
function given(price) {
    return price === 0 ? undefined : price;
}
function limitProblem(price, policy, minTick, mayBeNegative) {
    if (policy.limit === 'unused')
        return undefined;
    if (price === undefined) {
        return policy.limit === 'cap' ? undefined : { code: 107, message: 'Cannot transmit incomplete order. A limit order needs a limit price.' };
    }
    return isOnGrid(price, minTick) && (price > 0 || mayBeNegative) ? undefined : OFF_GRID;
}
function stopProblem(price, minTick) {
    if (price === undefined)
        return { code: 403, message: 'Invalid stop price: auxPrice must be set.' };
    if (price <= 0)
        return { code: 403, message: 'Invalid stop price: auxPrice must be above 0.' };
    return isOnGrid(price, minTick) ? undefined : OFF_GRID;
}
function trailOf(ticket) {
    const amount = given(ticket.auxPrice);
    const percent = given(ticket.trailingPercent);
    if (amount !== undefined && percent !== undefined)
        return { code: 321, message: "Error validating request.-'bF' : cause - Set auxPrice or trailingPercent, not both." };
    if (percent !== undefined) {
        if (percent > 0 && percent < 100)
            return { percent };
        return { code: 159, message: 'Trailing percent must be between 0 and 100.' };
    }
    if (amount !== undefined && amount > 0)
        return { amount };
    return { code: 158, message: 'A trailing order needs an amount: set auxPrice or trailingPercent above 0.' };
}
function limitOffsetOf({ lmtPriceOffset, lmtPrice, trailStopPrice }) {
    if (lmtPriceOffset !== undefined)
        return lmtPriceOffset;
    return given(lmtPrice) === undefined || given(trailStopPrice) === undefined ? undefined : Math.abs((lmtPrice ?? 0) - (trailStopPrice ?? 0));
}
/** Reads the prices that the type of an order needs. The net price of a combination may be 0 or below. */
export function readPrices(ticket, policy, { minTick, isCombo }) {
    const refuse = (refusal) => ({ ok: false, refusal });
    const limit = policy.limit === 'cap' ? given(ticket.lmtPrice) : ticket.lmtPrice;
    const badLimit = limitProblem(limit, policy, minTick, isCombo);
    if (badLimit !== undefined)
        return refuse(badLimit);
    const badStop = policy.aux === 'stop' ? stopProblem(given(ticket.auxPrice), minTick) : undefined;
    if (badStop !== undefined)
        return refuse(badStop);
    const trail = policy.trails ? trailOf(ticket) : undefined;
    if (trail !== undefined && 'message' in trail)
        return refuse(trail);
    const firstStop = policy.trails ? given(ticket.trailStopPrice) : undefined;
    if (firstStop !== undefined && (firstStop < 0 || !isOnGrid(firstStop, minTick)))
        return refuse(OFF_GRID);
    const limitOffset = policy.pricing === 'trailedLimit' ? limitOffsetOf(ticket) : undefined;
    if (policy.pricing === 'trailedLimit' && limitOffset === undefined) {
        return refuse({ code: 107, message: 'Cannot transmit incomplete order. Set lmtPriceOffset, or lmtPrice together with trailStopPrice.' });
    }
    const percentOffset = policy.fields.includes('percentOffset') ? (ticket.percentOffset ?? 0) : 0;
    if (percentOffset < 0 || percentOffset >= 1)
        return refuse({ code: 159, message: 'percentOffset must be a share from 0 to 1: 0.01 is one percent.' });
    const offset = policy.aux === 'offset' ? (ticket.auxPrice ?? 0) : 0;
    if (offset < 0)
        return refuse({ code: 321, message: "Error validating request.-'bF' : cause - The offset in auxPrice must not be below 0." });
    return {
        ok: true,
        prices: {
            lmtPrice: policy.limit === 'unused' ? undefined : limit,
            stopPrice: policy.aux === 'stop' ? ticket.auxPrice : firstStop,
            trail,
            limitOffset,
            offset,
            percentOffset,
        },
    };
}

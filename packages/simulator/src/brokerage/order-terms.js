import { comboQuote } from './combo.js';
/** Whether the terms are of a combination. */
export function isCombo({ instrument }) {
    return instrument.secType === 'BAG';
}
/** The market of what the order is for. */
export function quoteOf(terms, market) {
    return isCombo(terms) ? comboQuote(terms, market) : market(terms.instrument.conId);
}
/** What the leg of an order on a single instrument is. */
export function soleLeg(instrument, exchange) {
    return { instrument, ratio: 1, action: 'BUY', exchange };
}
/** What releases the order; undefined when it works at once. */
export function triggerRuleOf({ policy, action, triggerMethod, prices, instrument }) {
    if (policy.trigger === undefined)
        return undefined;
    const isUp = (action === 'BUY') === (policy.trigger === 'against');
    return { method: triggerMethod, crossing: isUp ? 'up' : 'down', trail: prices.trail, minTick: instrument.minTick };
}

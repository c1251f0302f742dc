import { orderTypePolicy } from './order-types.js';
/** The universe's own object for an instrument that was kept; the kept one when the universe does not list it any more, as an option that has expired. */
export function knownInstrument(universe, kept) {
    const listed = universe.byConId(kept.conId);
    return listed?.localSymbol === kept.localSymbol ? listed : kept;
}
/** The terms of an order that was kept, on the universe's own instruments. */
export function knownTerms(universe, kept) {
    const { instrument } = kept;
    const legs = kept.legs.map((leg) => ({ ...leg, instrument: knownInstrument(universe, leg.instrument) }));
    const policy = orderTypePolicy(kept.policy.name);
    return {
        ...kept,
        legs,
        instrument: instrument.secType === 'BAG' ? instrument : knownInstrument(universe, { ...instrument, secType: instrument.secType }),
        policy: policy === undefined || policy === 'missing' ? kept.policy : policy,
    };
}
/** Whether everything that an order is for is still listed. */
export function isListed(universe, { instrument, legs }) {
    const parts = instrument.secType === 'BAG' ? legs.map((leg) => leg.instrument) : [instrument];
    return parts.every((part) => universe.byConId(part.conId) === part);
}

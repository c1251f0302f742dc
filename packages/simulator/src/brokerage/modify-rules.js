const MISMATCH = { code: 105, message: 'Order being modified does not match original order.' };
function isSameSubject(a, b) {
    const legsOf = ({ legs }) => legs.map(({ instrument, ratio, action }) => `${instrument.conId} ${ratio} ${action}`).join();
    return a.instrument.conId === b.instrument.conId && legsOf(a) === legsOf(b);
}
/** The group that a child forms with its siblings by itself counts as none. */
function groupOf({ ocaGroup }, order) {
    return ocaGroup === order.parent?.permId ? '' : ocaGroup;
}
/**
 * Why an order may not take other terms; undefined when it may. Prices, quantity (above what is filled), time in force, times, conditions and flags may change; the
 * contract, the side, the account, the type, the parent and the group may not.
 */
export function modifyRefusal(order, terms) {
    const { terms: old } = order;
    if (order.status === 'PendingCancel')
        return { code: 2102, message: 'Unable to modify this order as it is still being processed.' };
    if (!isSameSubject(old, terms) || old.action !== terms.action || old.account !== terms.account)
        return MISMATCH;
    if (old.policy !== terms.policy || old.auction !== terms.auction)
        return { code: 329, message: 'Order modify failed. Cannot change to the new order type.' };
    if (old.parentId !== terms.parentId)
        return { code: 10341, message: 'Parent Id cannot be changed.' };
    if (groupOf(old, order) !== groupOf(terms, order))
        return { code: 10326, message: 'OCA group revision is not allowed.' };
    if (terms.ocaGroup !== '' && old.ocaGroup !== '' && old.ocaType !== terms.ocaType)
        return { code: 10327, message: 'OCA handling type revision is not allowed.' };
    return terms.totalQuantity <= order.filled ? MISMATCH : undefined;
}

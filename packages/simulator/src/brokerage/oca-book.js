/** The group that an order names, or the one that the children of its parent form by themselves; undefined for none. */
export function ocaKeyOf(order) {
    const { account, ocaGroup } = order.terms;
    if (ocaGroup !== '' && ocaGroup !== order.parent?.permId)
        return `${account}/${ocaGroup}`;
    return order.parent === undefined ? undefined : `children of ${order.parent.permId}`;
}
/** One-cancels-all groups across orders and clients of an account. TWS: type 1 cancels the others, 2 and 3 reduce them in proportion, 1 and 2 block overfills. */
export class OcaBook {
    #groups = new Map();
    /** Whether the order's group is used up, so that it must not join. */
    isSpent(order) {
        return this.#groupOf(order)?.spent ?? false;
    }
    /** The type of the group that the order names, when there is one already. */
    typeOf(order) {
        return this.#groupOf(order)?.type;
    }
    join(order) {
        const key = ocaKeyOf(order);
        if (key === undefined)
            return;
        const isImplicit = order.parent !== undefined && key === `children of ${order.parent.permId}`;
        const { ocaType } = order.terms;
        // The children of a parent never overfill, whatever their type says.
        const group = this.#groups.get(key) ?? { type: isImplicit ? 2 : ocaType, blocks: isImplicit || ocaType !== 3, members: new Set(), spent: false };
        this.#groups.set(key, group);
        group.members.add(order);
    }
    /** Takes in an order that was kept: its group goes on, or is used up. */
    recall(order) {
        this.join(order);
        const group = this.#groupOf(order);
        if (group === undefined || !(order.status === 'Filled' || (group.type === 1 && order.filled > 0)))
            return;
        group.spent = true;
    }
    /** The order ended: it is out of its group. */
    leave(order) {
        this.#groupOf(order)?.members.delete(order);
    }
    /** What a fill of `shares`, of an order that had `before` left, does to the other members. */
    effectsOf(order, shares, before) {
        const group = this.#groupOf(order);
        if (group === undefined)
            return [];
        const isAll = shares >= before;
        if (group.type === 1 || isAll)
            group.spent = true;
        const { blocks } = group;
        return [...group.members]
            .filter((member) => member !== order && !member.isTerminal)
            .map((member) => ({ order: member, blocks, by: group.type === 1 || isAll ? member.remaining : reduction(member.remaining, shares / before) }));
    }
    #groupOf(order) {
        const key = ocaKeyOf(order);
        return key === undefined ? undefined : this.#groups.get(key);
    }
}
/** Rounded up, so that the shares that are filled of all members together never exceed one whole. */
function reduction(remaining, share) {
    return Math.min(remaining, Math.ceil(remaining * share - 1e-9));
}

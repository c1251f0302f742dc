/** Funds that working orders may need, by account, so that several orders cannot spend the same money. */
export class FundsReserve {
    #totals = new Map();
    /** What the working orders of an account may need. */
    of(account) {
        return this.#totals.get(account) ?? 0;
    }
    /** The order may need this much from now on; 0 releases what it held. */
    hold(order, amount) {
        const { account } = order.terms;
        this.#totals.set(account, Math.max(0, this.of(account) - order.reserved + amount));
        order.reserved = amount;
    }
}

const STOCK_PER_SHARE = 0.005;
const STOCK_MINIMUM = 1;
const STOCK_MAXIMUM_SHARE = 0.01;
const OPTION_PER_CONTRACT = 0.65;
const OPTION_MINIMUM = 1;
function rounded(amount) {
    return Math.round(amount * 10_000) / 10_000;
}
/**
 * Commission of a whole order in USD, by the fixed schedule for US stocks (0.005 a share, at least 1.00, at most 1 % of the value) and options (0.65 a
 * contract, at least 1.00).
 */
export function commissionOf(instrument, quantity, price) {
    if (instrument.secType === 'OPT')
        return rounded(Math.max(OPTION_MINIMUM, OPTION_PER_CONTRACT * quantity));
    const asked = Math.max(STOCK_MINIMUM, STOCK_PER_SHARE * quantity);
    return rounded(Math.min(asked, STOCK_MAXIMUM_SHARE * quantity * price));
}
/** Charges the fills of one order: the minimum counts once for each instrument of the order, not once for each fill. */
export class CommissionMeter {
    #traded = new Map();
    /** What one more fill costs. */
    charge(instrument, quantity, price) {
        const { conId } = instrument;
        const before = this.#traded.get(conId) ?? { conId, quantity: 0, value: 0, charged: 0 };
        const traded = { quantity: before.quantity + quantity, value: before.value + quantity * price };
        const due = Math.max(0, rounded(commissionOf(instrument, traded.quantity, traded.value / traded.quantity) - before.charged));
        this.#traded.set(conId, { conId, ...traded, charged: rounded(before.charged + due) });
        return due;
    }
    records() {
        return [...this.#traded.values()];
    }
    restore(records) {
        for (const record of records)
            this.#traded.set(record.conId, record);
    }
}

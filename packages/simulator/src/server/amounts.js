/** Decimals beyond what prices and amounts have. */
const DECIMALS = 6;
/** The amount without the noise that sums of binary fractions end in: TWS prints decimal numbers. */
export function decimal(amount) {
    return Number(amount.toFixed(DECIMALS));
}
/** {@link decimal} for an amount that may be missing. */
export function decimalOrNone(amount) {
    return amount === undefined ? undefined : decimal(amount);
}

/** TWS: 201 carries the reason in its text. */
export function rejected(reason) {
    return { code: 201, message: `Order rejected - reason:${reason}` };
}
/** TWS: 321 says what is wrong with a request. */
export function invalid(cause) {
    return { code: 321, message: `Error validating request.-'bF' : cause - ${cause}` };
}
/** Whether a check gave a refusal instead of its result. */
export function isRefusal(value) {
    return typeof value === 'object' && 'message' in value;
}

/**
 * The numbers under which users of `connection.api` hear of what happens here, in `error` events. Those below 20,000 mean what they mean in
 * `@stoqey/ib` and in the TWS API; the error that comes with them says the rest.
 */
export const API_CODES = Object.freeze({
  /** TWS API: the order id is taken. */
  duplicateId: 103,
  /** TWS API: a filled order cannot be changed. */
  filled: 104,
  /** TWS API: the change is not one that a working order can have. */
  notChangeable: 105,
  /** TWS API: the order is cancelled; here: taken back before a byte of it left. */
  takenBack: 202,
  /** `@stoqey/ib`: FAIL_SEND_ORDER. */
  orderNotSent: 512,
  /** `@stoqey/ib`: FAIL_SEND_CORDER. */
  cancelNotSent: 515,
  /** `@stoqey/ib`: FAIL_SEND_REQGLOBALCANCEL. */
  globalCancelNotSent: 538,
  /** TWS API: there is no such order to cancel. */
  cancelNotFound: 10_147,
  /** TWS API: the order is over and cannot be cancelled. */
  cancelTooLate: 10_148,
  /** Ours alone, so that nobody takes it for "not sent": nobody knows what became of the order, or of its change. */
  outcomeUnknown: 20_001,
});

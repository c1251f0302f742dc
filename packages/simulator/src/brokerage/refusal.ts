/** Why something is not done, as an error message of TWS. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** TWS: 201 carries the reason in its text. */
export function rejected(reason: string): Refusal {
  return { code: 201, message: `Order rejected - reason:${reason}` };
}

/** TWS: 321 says what is wrong with a request. */
export function invalid(cause: string): Refusal {
  return { code: 321, message: `Error validating request.-'bF' : cause - ${cause}` };
}

/** Whether a check gave a refusal instead of its result. */
export function isRefusal(value: object | string): value is Refusal {
  return typeof value === 'object' && 'message' in value;
}

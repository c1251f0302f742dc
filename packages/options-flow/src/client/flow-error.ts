import { IbkrError } from '@ibkit/error-codes';

/** What went wrong with a call. */
export type FlowErrorCode =
  | 'IBKR_FLOW_UNAUTHORISED'
  | 'IBKR_FLOW_RATE_LIMITED'
  | 'IBKR_FLOW_UNAVAILABLE'
  | 'IBKR_FLOW_NETWORK'
  | 'IBKR_FLOW_REFUSED'
  | 'IBKR_FLOW_ANSWER_INVALID'
  | 'IBKR_FLOW_TIMEOUT'
  | 'IBKR_FLOW_CLOSED';

/** What an error of a call is made from. */
export interface FlowErrorOptions {
  readonly code: FlowErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** The HTTP status, when there was an answer. */
  readonly httpStatus?: number | undefined;
  /** How long the service asked to be left alone, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly tips?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** A call of the Options Flow service that gave nothing. `code` says why, `retryable` whether the same call may work later. */
export class OptionsFlowError extends IbkrError {
  static {
    // On the prototype and written out: the stack shows it, and minifiers may rename the class.
    Object.defineProperty(this.prototype, 'name', { value: 'OptionsFlowError', configurable: true, writable: true });
  }

  declare readonly code: FlowErrorCode;
  /** The HTTP status; `undefined` when no answer came. */
  readonly httpStatus: number | undefined;
  /** How long the service asked to be left alone, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor({ httpStatus, retryAfterMs, ...options }: FlowErrorOptions) {
    super({ ...options, details: { httpStatus, retryAfterMs } });
    this.httpStatus = httpStatus;
    this.retryAfterMs = retryAfterMs;
  }
}

import { IbkrError } from '@ibkit/error-codes';
import type { CodedErrorOptions } from '@ibkit/error-codes';

/** What goes wrong with the process of a gateway. */
export type GatewayErrorCode =
  /** The program does not exist or may not be executed. */
  | 'IBKR_GATEWAY_NOT_EXECUTABLE'
  /** It ended before it was ready. */
  | 'IBKR_GATEWAY_EXITED'
  /** It never opened its port, or opened it and never answered. */
  | 'IBKR_GATEWAY_START_TIMEOUT'
  /** The broker refused the login. */
  | 'IBKR_GATEWAY_LOGIN_FAILED'
  /** Nobody confirmed the second factor in time. */
  | 'IBKR_GATEWAY_SECOND_FACTOR'
  /** No start before a person has acted, or before the next time that a person is there. */
  | 'IBKR_GATEWAY_LOCKED_OUT'
  /** Another process looks after this state directory. */
  | 'IBKR_GATEWAY_OWNED'
  /** A gateway that is not ours answers at the port. */
  | 'IBKR_GATEWAY_PORT_TAKEN'
  /** This driver cannot do that. */
  | 'IBKR_GATEWAY_NOT_SUPPORTED'
  /** Restarts are too many, too early, or forbidden at the moment. */
  | 'IBKR_GATEWAY_RESTART_REFUSED'
  /** The restart began and the gateway did not come back in time. */
  | 'IBKR_GATEWAY_RESTART_FAILED'
  /** The process does not end. */
  | 'IBKR_GATEWAY_STOP_FAILED'
  /** It was stopped while somebody waited for it to be ready. */
  | 'IBKR_GATEWAY_STOPPED'
  /** IBC refused a command, or its command port does not answer. */
  | 'IBKR_GATEWAY_COMMAND_FAILED'
  | 'IBKR_GATEWAY_CLOSED';

/** What a {@link GatewayError} is made from. */
export type GatewayErrorOptions = Omit<CodedErrorOptions, 'code'> & { readonly code: GatewayErrorCode };

/** The process of a gateway cannot be started, stopped or restarted as asked. */
export class GatewayError extends IbkrError {
  static {
    // On the prototype and written out: the stack shows it, and minifiers may rename the class.
    Object.defineProperty(this.prototype, 'name', { value: 'GatewayError', configurable: true, writable: true });
  }

  declare readonly code: GatewayErrorCode;

  // eslint-disable-next-line @typescript-eslint/no-useless-constructor -- narrows the codes
  constructor(options: GatewayErrorOptions) {
    super(options);
  }
}

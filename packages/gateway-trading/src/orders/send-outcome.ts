import { isIbkrError } from '@ibkit/error-codes';

/** Codes that promise that the message was never written: refused by the encoder, by the limiter, because the peer had stopped reading, or by the gate. */
const NEVER_WRITTEN = /^IBKR_(?:WIRE_VALUE|USAGE_.+|RATE_.+|SESSION_CONGESTED|NOT_CONNECTED|ORDER_GATE_REFUSED)$/u;

/**
 * Whether a failed send proves that no byte left. Anything that does not say so counts as "maybe": an order must never be taken for
 * unsent on a guess.
 * @param signal the signal that the send was given: its reason means that the message was taken back while it waited
 */
export function isProvablyUnsent(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted && isItsReason(error, signal)) return true;
  if (!isIbkrError(error)) return false;
  return NEVER_WRITTEN.test(error.code) || (error.code === 'IBKR_SESSION_CLOSED' && error.details['bytesSent'] === 'none');
}

/** A reason that is no Error, such as a text, arrives as the cause of one. */
function isItsReason(error: unknown, { reason }: AbortSignal): boolean {
  if (error === reason) return true;
  return !(reason instanceof Error) && error instanceof Error && error.cause === reason;
}

/** Asks in the tick of the bytes, once a message has waited for its turn, whether it may still leave; what it was refused for proves that it did not. */
export class LastLook {
  readonly #refusal: () => unknown;
  #refused: Error | undefined;

  /** @param refusal why it may not leave now; `undefined` when it may */
  constructor(refusal: () => unknown) {
    this.#refusal = refusal;
  }

  /** @throws why it may not leave */
  readonly check = (): void => {
    const refusal = this.#refusal();
    if (refusal === undefined) return;
    this.#refused = refusal instanceof Error ? refusal : new Error('It was taken back', { cause: refusal });
    throw this.#refused;
  };

  /** Whether a send failed because of it. */
  refused(error: unknown): boolean {
    return this.#refused !== undefined && error === this.#refused;
  }
}

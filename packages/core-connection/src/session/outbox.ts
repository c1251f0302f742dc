import { ConnectionError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { Lane, RateLimiter } from '@ibkit/rate-limiter';
import type { SendOptions } from '../connection-port.js';
import { sessionClosedError } from './end-error.js';
import type { BytesSent } from './end-error.js';
import type { SessionEnd } from './session-end.js';
import type { Transport } from './transport.js';

/**
 * What leaves one session: every frame passes the limiter, then the socket. Nothing outlives the session: at its end, frames that
 * wait are rejected as not sent, and frames that the socket has are rejected as "maybe".
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #limiter: RateLimiter;
  readonly #inFlight = new Set<(end: SessionEnd) => void>();
  #end: SessionEnd | undefined;

  constructor(options: { readonly transport: Transport; readonly limiter: RateLimiter }) {
    this.#transport = options.transport;
    this.#limiter = options.limiter;
  }

  /** How the session ended, once it has. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Waits for a slot, writes (`onWritten` is called in the same tick), and resolves once the operating system has every byte. */
  async send(frame: Uint8Array, what: string, options: SendOptions, onWritten?: () => void): Promise<void> {
    const { lane, signal, deadlineMs, check } = options;
    await this.#limiter.acquire({ priority: lane ?? 'data', signal, deadlineMs });
    // The session may have ended between the grant and this line.
    if (this.#end !== undefined) throw this.closedError(what, 'none');
    check?.();
    await this.#write(frame, what, onWritten);
  }

  /** Writes in this tick, or not at all. */
  trySend(frame: Uint8Array, lane: Lane): boolean {
    return this.#end === undefined && this.#transport.open && this.#limiter.tryAcquire(lane) && this.#transport.write(frame) === 'accepted';
  }

  /** Ends it: everything under way is rejected. */
  close(end: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#limiter.clear(this.closedError('A waiting message', 'none'));
    for (const fail of [...this.#inFlight]) fail(end);
  }

  /** The error for a message that the end of the session caught. Only after the end. */
  closedError(what: string, bytesSent: BytesSent): IbkrError {
    const end = this.#end;
    if (end === undefined) throw new TypeError('closedError needs the end of the session');
    return sessionClosedError(what, end, bytesSent);
  }

  #write(frame: Uint8Array, what: string, onWritten: (() => void) | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        this.#inFlight.delete(fail);
        reject(this.closedError(what, 'maybe'));
      };
      const result = this.#transport.write(frame, (complete) => {
        // An incomplete write is followed by the end of the session, which knows the reason.
        if (!complete || !this.#inFlight.delete(fail)) return;
        resolve();
      });
      if (result === 'accepted') {
        this.#inFlight.add(fail);
        onWritten?.();
      } else reject(result === 'congested' ? congestedError(what) : this.#goneError(what));
    });
  }

  #goneError(what: string): IbkrError {
    return this.#end === undefined
      ? new ConnectionError({
          code: 'IBKR_SESSION_CLOSED',
          message: `${what}: the socket is closing (it was not sent).`,
          retryable: true,
          details: { bytesSent: 'none' },
        })
      : this.closedError(what, 'none');
  }
}

function congestedError(what: string): IbkrError {
  return new ConnectionError({
    code: 'IBKR_SESSION_CONGESTED',
    message: `${what}: the gateway has stopped reading and the send buffer is full; the message was not sent. Wait for the connection to recover.`,
    retryable: true,
    details: { bytesSent: 'none' },
  });
}

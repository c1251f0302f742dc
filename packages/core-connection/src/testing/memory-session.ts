import { ConnectionError } from '@ibkit/error-codes';
import type { ClientMessage } from '@ibkit/wire';
import type { SendOptions, SessionPort } from '../connection-port.js';
import { sessionClosedError } from '../session/end-error.js';
import type { SessionEnd } from '../session/session-end.js';

interface Held {
  readonly message: ClientMessage;
  release(): void;
  fail(error: Error): void;
}

/** A session without a socket, for tests of what stands on sessions. While `holding`, messages wait as in a busy limiter. */
export class MemorySession implements SessionPort {
  readonly epoch: number;
  readonly serverVersion = 193;
  readonly clientId = 1;
  readonly bytesIn = 0;
  readonly bytesOut = 0;
  readonly closed: Promise<SessionEnd>;
  readonly sent: ClientMessage[] = [];
  holding = false;
  readonly #held: Held[] = [];
  #end: SessionEnd | undefined;

  constructor(epoch = 1) {
    this.epoch = epoch;
    this.closed = new Promise(() => undefined);
  }

  send(message: ClientMessage, options: SendOptions = {}): Promise<void> {
    const { signal, check } = options;
    if (this.#end !== undefined) return Promise.reject(sessionClosedError(message.type, this.#end, 'none'));
    const leave = (): Promise<void> =>
      new Promise((resolve) => {
        // As a real session: in the tick of the bytes.
        check?.();
        this.sent.push(message);
        resolve();
      });
    if (!this.holding) return leave();
    return new Promise((resolve, reject) => {
      const held: Held = {
        message,
        release: () => {
          resolve(leave());
        },
        fail: reject,
      };
      this.#held.push(held);
      signal?.addEventListener('abort', () => {
        this.#held.splice(this.#held.indexOf(held), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      });
    });
  }

  trySend(message: ClientMessage): boolean {
    this.sent.push(message);
    return true;
  }

  onMessage(): () => void {
    return () => undefined;
  }

  /** Lets everything out that waits. */
  release(): void {
    this.holding = false;
    for (const held of this.#held.splice(0)) held.release();
  }

  /** Ends the session as a broken link does. */
  break(): SessionEnd {
    const error = new ConnectionError({ code: 'IBKR_SESSION_RESET', message: 'The link broke.', retryable: true });
    const end: SessionEnd = { epoch: this.epoch, kind: 'reset', error, atMs: 5_000, lastInboundAtMs: 4_000, wasReady: true, nearby: true };
    this.#end = end;
    for (const held of this.#held.splice(0)) held.fail(sessionClosedError(held.message.type, end, 'none'));
    return end;
  }
}

import type { IbkrError } from '@ibkit/error-codes';
import type { Lane } from '@ibkit/rate-limiter';
import type { SendOptions } from '../connection-port.js';

/** The session as the face needs it. */
export interface ApiSession {
  readonly serverVersion: number;
  readonly connectionTime: string;
  trySendFrame(frame: Uint8Array, lane: Lane): boolean;
  sendFrame(frame: Uint8Array, what: string, options?: SendOptions): Promise<void>;
}

/** The connection as the face needs it. */
export interface ApiOwner {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** Defined exactly while the connection is ready. */
  readonly session: () => ApiSession | undefined;
  /** An order of the face has left, with this id. */
  readonly orderSent: (orderId: number) => void;
  readonly connect: () => void;
  readonly disconnect: () => void;
  readonly notConnected: (what: string) => IbkrError;
  /** What a listener on the face threw. */
  readonly onListenerError: (error: unknown) => void;
}

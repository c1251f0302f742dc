import type { ClientMessage, HotMessage, ServerMessage } from '@ibkit/wire';
import type { SessionEnd } from './session-end.js';
import type { Session } from './session.js';

/** A frame that the codec could not read. */
export interface UndecodableFrame {
  readonly messageId: number | undefined;
  readonly messageType: string | undefined;
  readonly field: string | undefined;
  readonly reason: string;
  /** A copy of the payload. May hold account ids: not for logs. */
  readonly bytes: Uint8Array;
}

/** What a session tells its owner, synchronously and in the order of the wire. Nothing is called after `onEnd`. */
export interface SessionHandlers {
  /** The link is open (`tcp`), the gateway has answered our hello (`handshake`). */
  readonly onProgress: (step: 'tcp' | 'handshake') => void;
  /** nextValidId and managedAccounts have arrived; called between the message that completed them and the next. */
  readonly onReady: () => void;
  readonly onMessage: (message: ServerMessage, session: Session) => void;
  /** Every frame behind the handshake that was not hot, after `onMessage`; the bytes are valid only during the call. */
  readonly onFrame: (payload: Uint8Array, message: ServerMessage | undefined) => void;
  /** Every hot frame, after `onMessage`: its payload lies in `bytes` from `start` to `end`, valid only during the call. */
  readonly onHotFrame: (message: HotMessage, bytes: Uint8Array, start: number, end: number) => void;
  /** Every typed message, right after its bytes were handed to the socket. */
  readonly onSent: (message: ClientMessage) => void;
  readonly onUndecodable: (frame: UndecodableFrame) => void;
  readonly onListenerError: (error: unknown) => void;
  /** Our own loop did not run for so long, and runs again. */
  readonly onStall: (stalledMs: number) => void;
  /** The heartbeat's thread is lost; the loop watches now. */
  readonly onThreadLost: (error: Error) => void;
  readonly onEnd: (end: SessionEnd) => void;
}

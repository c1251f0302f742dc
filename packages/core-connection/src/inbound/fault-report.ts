import type { Clock } from '@ibkit/clock';
import { SystemError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { ConnectionEvents } from '../connection-events.js';
import type { ConnectionLogger } from '../options.js';
import type { UndecodableFrame } from '../session/session-handlers.js';

/** Where faults are told. */
export interface FaultReportOptions {
  readonly clock: Clock;
  readonly events: EventBus<ConnectionEvents>;
  readonly logger: ConnectionLogger;
}

/** Tells about what went wrong without stopping the connection: faults in somebody's callback, frames that cannot be read, a heartbeat thread that is lost. */
export class FaultReport {
  readonly #options: FaultReportOptions;
  #undecodableFrames = 0;

  constructor(options: FaultReportOptions) {
    this.#options = options;
  }

  /** How many frames could not be read. */
  get undecodableFrames(): number {
    return this.#undecodableFrames;
  }

  /** A fault in somebody's callback. @param asEvent `false` for a listener of the very event that tells it */
  callback(where: string, cause: unknown, asEvent = true): void {
    const text = cause instanceof Error ? cause.message : String(cause);
    const error = new SystemError({ code: 'IBKR_LISTENER_FAILED', message: `${where} threw: ${text}`, cause });
    this.#options.logger.error({ code: error.code, cause: isIbkrError(cause) ? cause.code : undefined }, error.message);
    if (asEvent) this.#tell(error);
  }

  /** A frame that the codec could not read. */
  undecodable(frame: UndecodableFrame, epoch: number): void {
    this.#undecodableFrames += 1;
    const { messageId, messageType, field, reason, bytes } = frame;
    const { events, logger, clock } = this.#options;
    const error = new SystemError({
      code: 'IBKR_SESSION_UNDECODABLE_FRAME',
      message: `A frame of ${bytes.length} bytes (message ${messageId ?? 'without an id'}${messageType === undefined ? '' : `, ${messageType}`}) could not be read: ${reason}. The session goes on.`,
      details: { messageId, messageType, field, reason, length: bytes.length },
      tips: ['Report it with the bytes of the event connection.frameUndecodable, after removing account ids.'],
    });
    logger.warn({ code: error.code, messageId, messageType, field, reason }, error.message);
    events.emit('connection.frameUndecodable', { epoch, ...frame, atMs: clock.now() });
    this.#tell(error);
  }

  /** The heartbeat's thread is lost. */
  threadLost(cause: Error): void {
    const error = isIbkrError(cause) ? cause : new SystemError({ code: 'IBKR_HEARTBEAT_THREAD_LOST', message: cause.message, cause });
    this.#options.logger.warn({ code: error.code }, error.message);
    this.#tell(error);
  }

  #tell(error: IbkrError): void {
    const { events, clock } = this.#options;
    events.emit('error.occurred', { error, atMs: clock.now() });
  }
}

import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { LocalOperations } from '@ibkit/operations';
import type { DaemonLogger } from '../log.js';

/** How long after a recording could not be begun anew it is tried again, milliseconds. */
const AGAIN_MS = 60_000;

/** What {@link resumeRecordings} is given. */
export interface ResumeRecordingsOptions {
  readonly clock: Clock;
  readonly connection: Pick<ConnectionManager, 'isConnected' | 'events'>;
  readonly operations: Pick<LocalOperations, 'resumeRecordings'>;
  readonly log: DaemonLogger;
  /** Aborts when the daemon closes. */
  readonly signal: AbortSignal;
}

/** Begins anew, as soon as there is a session, what an earlier daemon was recording when it was killed. Never rejects. */
export async function resumeRecordings({ clock, connection, operations, log, signal }: ResumeRecordingsOptions): Promise<void> {
  try {
    for (;;) {
      try {
        while (!connection.isConnected()) await connection.events.once('connection.stateChanged', { signal });
        const begun = await operations.resumeRecordings(signal);
        if (begun > 0) log.warn({ begun }, `${begun} recordings of a daemon that was killed were begun anew; see GET /v1/recordings`);
        return;
      } catch (error) {
        signal.throwIfAborted();
        log.error({ code: isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED' }, `a recording of a daemon that was killed cannot be begun anew, next attempt in ${AGAIN_MS / 1000} s: ${error instanceof Error ? error.message : String(error)}`);
      }
      await sleep(clock, AGAIN_MS, { signal });
    }
  } catch {
    // The daemon closes.
  }
}

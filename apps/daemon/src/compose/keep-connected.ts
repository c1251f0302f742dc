import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { DaemonLogger } from '../log.js';

/** How long after the connection gave up it is asked again, in milliseconds: what is behind it (a version, a wrong port) is for a person to mend. */
export const ASK_AGAIN_MS = 60_000;

/** What {@link keepConnected} is given. */
export interface KeepConnectedOptions {
  readonly clock: Clock;
  readonly connection: Pick<ConnectionManager, 'connect' | 'events'>;
  readonly log: DaemonLogger;
  /** Aborts when the daemon closes. */
  readonly signal: AbortSignal;
}

/**
 * Connects and stays connected until the signal aborts. A daemon starts before its gateway does: it waits for it instead of failing.
 * Never rejects.
 */
export async function keepConnected({ clock, connection, log, signal }: KeepConnectedOptions): Promise<void> {
  try {
    for (;;) {
      try {
        await connection.connect({ retryCount: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY, signal });
        await connection.events.once('connection.gaveUp', { signal });
      } catch (error) {
        signal.throwIfAborted();
        const code = isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED';
        log.error({ code }, `cannot connect, next attempt in ${ASK_AGAIN_MS / 1000} s: ${error instanceof Error ? error.message : String(error)}`);
      }
      await sleep(clock, ASK_AGAIN_MS, { signal });
    }
  } catch {
    // The daemon closes.
  }
}

/** Logs what the connection itself does not: what is broken behind a session that lives, and its repair. */
export function logDegradation(connection: Pick<ConnectionManager, 'events'>, log: DaemonLogger): void {
  connection.events.on('connection.degraded', ({ code, message }) => {
    log.warn({ code }, `connection degraded: ${message}`);
  });
  connection.events.on('connection.recovered', (recovered) => {
    const { scope, downMs } = recovered;
    log.info({ scope, downMs: Math.round(downMs) }, `connection recovered: ${scope === 'farm' ? `farm ${recovered.farm}` : scope}`);
  });
}

import { systemClock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { startDaemon } from './daemon.js';
import type { DaemonIo } from './io.js';
import { openLog } from './log.js';
import { parseInvocation } from './options.js';
import { VERSION } from './version.js';

function exitCodeOf(error: unknown): number {
  return isIbkrError(error) && (error.name === 'UsageError' || error.name === 'ConfigurationError') ? 2 : 1;
}

function untilStopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}

/** Runs the daemon until it is asked to stop, and resolves with the exit code: 0 after a clean stop, 1 when it could not run, 2 for a command line that makes no sense. */
export async function main(argv: readonly string[], io: DaemonIo): Promise<number> {
  try {
    const invocation = parseInvocation(argv, io.env, VERSION);
    if (invocation.kind === 'print') {
      io.out(invocation.text);
      return 0;
    }
    const { settings } = invocation;
    await using log = openLog(settings.logLevel, io.err);
    await using daemon = await startDaemon(settings, { clock: systemClock(), log });
    const { url, tokenFile, gateway } = daemon;
    if (settings.json) {
      io.out(`${JSON.stringify({ event: 'listening', url, tokenFile, gateway })}\n`);
    } else {
      io.out(`ibkitd ${VERSION}: API on ${url}, ${gateway.simulated ? 'embedded simulator' : 'gateway'} on ${gateway.host}:${gateway.port}\n`);
      io.out(`Admin token: ${tokenFile}\n`);
    }
    await untilStopped(io.stop);
    return 0;
  } catch (error) {
    io.err(`ibkitd: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  }
}

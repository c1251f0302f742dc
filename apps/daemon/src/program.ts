import { systemClock, withDeadline } from '@ibkit/clock';
import { TimeoutError, isIbkrError } from '@ibkit/error-codes';
import { messageLog } from '@ibkit/logger';
import { startDaemon } from './daemon.js';
import type { Daemon } from './daemon.js';
import type { DaemonIo } from './process/io.js';
import { openLog } from './log.js';
import { parseInvocation } from './settings/load-settings.js';
import type { DaemonSettings } from './settings/settings.js';
import { VERSION } from './version.js';

/** The longest tidy end beyond the wait for what runs; what hangs longer is left to the operating system. */
const CLOSE_TIMEOUT_MS = 10_000;

function exitCodeOf(error: unknown): number {
  return isIbkrError(error) && (error.name === 'UsageError' || error.name === 'ConfigurationError') ? 2 : 1;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}

function announce({ url, tokenFile, gateway }: Daemon, json: boolean, out: (text: string) => void): void {
  if (json) {
    out(`${JSON.stringify({ event: 'listening', url, tokenFile, gateway })}\n`);
    return;
  }
  out(`ibkitd ${VERSION}: API on ${url}, ${gateway.simulated ? 'embedded simulator' : 'gateway'} on ${gateway.host}:${gateway.port}\n`);
  out(`Admin token: ${tokenFile}\n`);
}

async function run(settings: DaemonSettings, io: DaemonIo): Promise<void> {
  const clock = systemClock();
  await using log = openLog(settings, io.err, clock);
  const messages = settings.logAllMessages === true ? messageLog(log, { logAllMessages: true }) : undefined;
  const daemon = await startDaemon(settings, { clock, log, messages, env: io.env, openFiles: io.openFiles });
  try {
    io.onReload?.(() => {
      void daemon.reload();
    });
    announce(daemon, settings.json, io.out);
    await (settings.stopWithInput ? io.inputEnd(io.stop) : aborted(io.stop));
  } finally {
    const timeoutMs = settings.drainMs + CLOSE_TIMEOUT_MS;
    await withDeadline(clock, timeoutMs, daemon.close(), {
      timeoutError: () => new TimeoutError({ code: 'IBKR_DAEMON_STOP_TIMEOUT', message: `Not everything closed within ${timeoutMs / 1000} s; ending anyway.` }),
    });
  }
}

/** Runs the daemon until it is asked to stop, and resolves with the exit code: 0 after a clean stop, 1 when it could not run, 2 for a command line that makes no sense. */
export async function main(argv: readonly string[], io: DaemonIo): Promise<number> {
  try {
    const invocation = await parseInvocation(argv, io.env, VERSION);
    if (invocation.kind === 'print') io.out(invocation.text);
    else await run(invocation.settings, io);
    return 0;
  } catch (error) {
    const code = isIbkrError(error) ? ` (${error.code})` : '';
    io.err(`ibkitd: ${error instanceof Error ? error.message : String(error)}${code}\n`);
    return exitCodeOf(error);
  }
}

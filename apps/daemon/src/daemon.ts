import { assemble } from './compose/assemble.js';
import type { DaemonDeps } from './compose/assemble.js';
import type { DaemonSettings } from './settings/settings.js';
import { DaemonFile } from './state/daemon-file.js';

/** A running daemon. */
export interface Daemon extends AsyncDisposable {
  /** Where the API is. */
  readonly url: string;
  /** Where the local user finds the admin token. */
  readonly tokenFile: string;
  /** Where the gateway or the embedded simulator is. */
  readonly gateway: { readonly host: string; readonly port: number; readonly simulated: boolean };
  /** Reads the certificates again, as on SIGHUP. @returns whether what the files hold is in use now; why not is in the log and an alarm */
  reload(): Promise<boolean>;
  /** Closes everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the daemon: the embedded simulator if asked for, the connection, market data, trading, and the API.
 * It does not wait for the gateway: `/readyz` tells when there is one.
 * @throws SystemError `IBKR_STATE_DIR_IN_USE` when another daemon has the state directory; ConnectionError `IBKR_HTTP_LISTEN` when
 *   the API's port is taken; ConfigurationError for a token store that cannot be understood.
 */
export async function startDaemon(settings: DaemonSettings, deps: DaemonDeps): Promise<Daemon> {
  const { url, tokenFile, gateway, reload, close: closeParts } = await assemble(settings, deps);
  const file = await DaemonFile.write({ stateDir: settings.stateDir, url, startedAtMs: deps.clock.now() }).catch(async (error: unknown) => {
    await closeParts();
    throw error;
  });
  const close = async (): Promise<void> => {
    // First, so that nobody finds a daemon that takes nothing new; the parts are closed whatever becomes of it.
    try {
      await file.close();
    } finally {
      await closeParts();
    }
  };
  return { url, tokenFile, gateway, reload, close, [Symbol.asyncDispose]: close };
}

import type { ApiStatus } from '@ibkit/api-contract';
import { withDeadline } from '@ibkit/clock';
import { AccountError, ConnectionError, TimeoutError, isIbkrError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';
import { remark, warn } from '../output/print.js';
import { plain } from '../render/text.js';
import { daemonAddress } from './daemon-address.js';
import type { DaemonAddress } from './daemon-address.js';
import type { DaemonBackend } from './daemon-backend.js';

/** How long a daemon that may be there is given to say so, milliseconds. */
const KNOCK_MS = 1_000;

async function opened(context: CommandContext, address: DaemonAddress): Promise<DaemonBackend> {
  const { daemonBackend } = await import('./daemon-backend.js');
  return daemonBackend(context, address);
}

function notRunning(message: string): ConnectionError {
  return new ConnectionError({
    code: 'IBKR_DAEMON_NOT_RUNNING',
    message,
    retryable: true,
    tips: ['ibkit daemon start starts it.', 'If it listens elsewhere: --daemon-url or IBKIT_DAEMON_URL, and --token-file or IBKIT_TOKEN for its token.'],
  });
}

/** Nobody left an address and a token. */
export function noDaemon(): ConnectionError {
  return notRunning('There is no daemon: its state directory has no token, or only what a daemon that died left behind.');
}

/** Whether somebody who speaks like a daemon answers, before a token is sent. */
async function answers(context: CommandContext, backend: DaemonBackend): Promise<boolean> {
  const { clock, io } = context;
  const late = (): TimeoutError => new TimeoutError({ code: 'IBKR_DAEMON_TIMEOUT', message: `The daemon at ${backend.url} did not answer within ${KNOCK_MS} ms.` });
  try {
    await withDeadline(clock, KNOCK_MS, backend.operations.healthz({}, { signal: io.stop }), { timeoutError: late });
  } catch (error) {
    if (io.stop.aborted || !isIbkrError(error)) throw error;
    return false;
  }
  return true;
}

/** What a daemon says about its gateway; `undefined` when nobody answers. @throws what the daemon refuses with, such as a token that it does not know */
async function knock(context: CommandContext, backend: DaemonBackend): Promise<ApiStatus | undefined> {
  return (await answers(context, backend)) ? await backend.operations.status({}, { signal: context.io.stop }) : undefined;
}

/**
 * The daemon, whatever else there is.
 * @throws ConnectionError `IBKR_DAEMON_NOT_RUNNING` (no daemon), AccountError when it serves the other kind of account
 */
export async function daemonBackendFor(context: CommandContext): Promise<DaemonBackend> {
  const found = await daemonAddress(context);
  if (found.kind === 'doubted') throw notRunning(`There is no daemon that may be sent a token: ${found.why}.`);
  if (found.kind === 'none') throw noDaemon();
  const { address } = found;
  const backend = await opened(context, address);
  try {
    const status = await knock(context, backend);
    if (status === undefined) throw notRunning(`No daemon answers at ${address.url}.`);
    const { mode } = context.globals;
    if (status.connection.mode !== mode) {
      throw new AccountError({ code: 'IBKR_ACCOUNT_MODE_MISMATCH', message: `The daemon runs in ${status.connection.mode} mode, but the ${mode} mode was asked for.`, tips: [`Say --${status.connection.mode} if that is what you mean.`] });
    }
    return backend;
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}

/** The daemon of this user, whichever gateway and mode it serves, for what has nothing to do with them; `undefined` when none answers. */
export async function anyDaemon(context: CommandContext): Promise<DaemonBackend | undefined> {
  const found = await daemonAddress(context);
  if (found.kind !== 'found') return undefined;
  const backend = await opened(context, found.address);
  let use = false;
  try {
    use = await answers(context, backend);
    return use ? backend : undefined;
  } finally {
    if (!use) await backend[Symbol.asyncDispose]();
  }
}

function isSameGateway({ connection }: ApiStatus, { globals }: CommandContext): boolean {
  if (connection.mode !== globals.mode) return false;
  return !globals.endpointGiven || (connection.host === globals.host && connection.port === globals.port);
}

async function whenItServes(context: CommandContext): Promise<DaemonBackend | undefined> {
  const found = await daemonAddress(context);
  // Without the daemon its caps do not hold: somebody who means it must not find out later.
  if (found.kind === 'doubted') warn(context, `not through a daemon: ${plain(found.why)}`);
  if (found.kind !== 'found') return undefined;
  const backend = await opened(context, found.address);
  let use = false;
  try {
    const status = await knock(context, backend);
    use = status !== undefined && isSameGateway(status, context);
    // Prices of a simulator must not pass for those of a market.
    if (use && status?.simulated === true) remark(context, 'Through the daemon, which runs on its embedded simulator');
    return use ? backend : undefined;
  } finally {
    if (!use) await backend[Symbol.asyncDispose]();
  }
}

/** The daemon when the command goes through it: asked for, or there by itself and serving the gateway and the mode that are meant. */
export async function chosenDaemon(context: CommandContext): Promise<DaemonBackend | undefined> {
  const { via, simulate } = context.globals;
  if (via === 'daemon') return await daemonBackendFor(context);
  return via === 'direct' || simulate ? undefined : await whenItServes(context);
}

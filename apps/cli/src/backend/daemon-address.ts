import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';
import { isRunning } from '../terminal/is-running.js';

/** Where the daemon is and what opens it. */
export interface DaemonAddress {
  readonly url: string;
  readonly token: string;
}

/** Written by every daemon while it runs: where its API listens, and its process. */
export const DAEMON_FILE = 'daemon.json';
/** Written by the daemon at its first start, mode 0600. */
const ADMIN_TOKEN_FILE = 'admin.token';
const DEFAULT_URL = 'http://127.0.0.1:8787';

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES')) return undefined;
    throw error;
  }
}

/** Where the daemon of a state directory listens; what a dead one left behind is no address. */
async function daemonUrlIn(stateDirectory: string): Promise<string | undefined> {
  const text = await textOf(path.join(stateDirectory, DAEMON_FILE));
  if (text === undefined) return undefined;
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null || !('url' in state) || typeof state.url !== 'string') return undefined;
    const isStale = 'pid' in state && typeof state.pid === 'number' && !(Number.isSafeInteger(state.pid) && state.pid > 0 && isRunning(state.pid));
    return isStale ? undefined : state.url;
  } catch {
    // Half a file is no address.
    return undefined;
  }
}

/** A token that was given, and belongs to whatever daemon is meant. */
async function givenToken({ globals, io }: CommandContext): Promise<string | undefined> {
  if (globals.tokenFile !== undefined) {
    const text = await textOf(path.resolve(io.cwd, globals.tokenFile));
    if (text === undefined || text.trim() === '') throw new ConfigurationError({ problems: [{ path: '--token-file', rule: 'must name a file with a token that can be read', value: globals.tokenFile }] });
    return text.trim();
  }
  const variable = io.env['IBKIT_TOKEN'];
  return variable === '' ? undefined : variable;
}

/** Where the daemon of this user is, when there ever was one: without a token nobody can talk to it. */
export async function daemonAddress(context: CommandContext): Promise<DaemonAddress | undefined> {
  const { daemonUrl, stateDirectory } = context.globals;
  const given = await givenToken(context);
  const token = given ?? (await textOf(path.join(stateDirectory, ADMIN_TOKEN_FILE)))?.trim();
  if (token === undefined || token === '') return undefined;
  const isOwnFile = given === undefined && daemonUrl === undefined && (await textOf(path.join(stateDirectory, DAEMON_FILE))) !== undefined;
  const url = daemonUrl ?? (await daemonUrlIn(stateDirectory));
  // Whoever listens on the usual port when this daemon has died must not be sent its token.
  return url === undefined && isOwnFile ? undefined : { url: url ?? DEFAULT_URL, token };
}

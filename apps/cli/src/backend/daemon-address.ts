import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';

/** Where the daemon is and what opens it. */
export interface DaemonAddress {
  readonly url: string;
  readonly token: string;
}

/** Written by `ibkit daemon start`, and by a daemon of its own accord: where its API listens. */
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

/** The URL that the daemon of a state directory was started with. */
export async function daemonUrlIn(stateDirectory: string): Promise<string | undefined> {
  const text = await textOf(path.join(stateDirectory, DAEMON_FILE));
  if (text === undefined) return undefined;
  try {
    const state: unknown = JSON.parse(text);
    return typeof state === 'object' && state !== null && 'url' in state && typeof state.url === 'string' ? state.url : undefined;
  } catch {
    // Half a file is no address; the default one is asked.
    return undefined;
  }
}

async function tokenFor({ globals, io }: CommandContext): Promise<string | undefined> {
  if (globals.tokenFile !== undefined) {
    const text = await textOf(path.resolve(io.cwd, globals.tokenFile));
    if (text === undefined || text.trim() === '') throw new ConfigurationError({ problems: [{ path: '--token-file', rule: 'must name a file with a token that can be read', value: globals.tokenFile }] });
    return text.trim();
  }
  const variable = io.env['IBKIT_TOKEN'];
  if (variable !== undefined && variable !== '') return variable;
  return (await textOf(path.join(globals.stateDirectory, ADMIN_TOKEN_FILE)))?.trim();
}

/** Where the daemon of this user is, when there ever was one: without a token nobody can talk to it. */
export async function daemonAddress(context: CommandContext): Promise<DaemonAddress | undefined> {
  const token = await tokenFor(context);
  if (token === undefined || token === '') return undefined;
  const { daemonUrl, stateDirectory } = context.globals;
  return { url: daemonUrl ?? (await daemonUrlIn(stateDirectory)) ?? DEFAULT_URL, token };
}

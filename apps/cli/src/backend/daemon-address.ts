import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';
import { runningDaemon } from './running-daemon.js';
import { readTrusted } from './trusted-file.js';

/** Where the daemon is and what opens it. */
export interface DaemonAddress {
  readonly url: string;
  readonly token: string;
}

/** Where it is, or why nobody can be asked. */
export type FoundAddress =
  | { readonly kind: 'found'; readonly address: DaemonAddress }
  | { readonly kind: 'none' }
  /** Something speaks for a daemon, and not enough to send it a token. */
  | { readonly kind: 'doubted'; readonly why: string };

/** Written by the daemon at its first start, mode 0600. */
const ADMIN_TOKEN_FILE = 'admin.token';

/** A token that was given, and belongs to whatever daemon is meant. */
async function givenToken({ globals, io }: CommandContext): Promise<{ readonly token: string; readonly name: string } | undefined> {
  if (globals.tokenFile !== undefined) {
    // Whatever the user names, also a pipe.
    const token = (await readFile(path.resolve(io.cwd, globals.tokenFile), 'utf8').catch(() => '')).trim();
    if (token === '') throw new ConfigurationError({ problems: [{ path: '--token-file', rule: 'must name a file with a token that can be read', value: globals.tokenFile }] });
    return { token, name: '--token-file' };
  }
  const token = io.env['IBKIT_TOKEN'] ?? '';
  return token === '' ? undefined : { token, name: 'IBKIT_TOKEN' };
}

/** The token of the state directory: that of whoever runs the daemon there. */
async function ownToken(stateDirectory: string): Promise<{ readonly token: string } | { readonly why: string } | undefined> {
  const file = path.join(stateDirectory, ADMIN_TOKEN_FILE);
  const read = await readTrusted(file);
  if (read.kind === 'doubted') return { why: `${file} ${read.why}` };
  const token = read.kind === 'text' ? read.text.trim() : '';
  return token === '' ? undefined : { token };
}

/**
 * Where the daemon is, and a token for it. A token is only sent to an address that the user named, or to the process that is proven to hold the
 * state directory: never to whoever listens on the usual port.
 */
export async function daemonAddress(context: CommandContext): Promise<FoundAddress> {
  const { daemonUrl, stateDirectory } = context.globals;
  const given = await givenToken(context);
  const own = given ?? (await ownToken(stateDirectory));
  if (own === undefined) return { kind: 'none' };
  if ('why' in own) return { kind: 'doubted', why: own.why };
  const { token } = own;
  if (daemonUrl !== undefined) return { kind: 'found', address: { url: daemonUrl, token } };
  const running = await runningDaemon(stateDirectory);
  if (running.kind === 'running') return { kind: 'found', address: { url: running.url, token } };
  if (running.kind === 'doubted') return running;
  return given === undefined ? { kind: 'none' } : { kind: 'doubted', why: `${given.name} is given, and no daemon runs in the state directory ${stateDirectory}: --daemon-url or IBKIT_DAEMON_URL names the one that it is for` };
}

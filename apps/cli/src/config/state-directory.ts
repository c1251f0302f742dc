import { homedir } from 'node:os';
import path from 'node:path';
import type { Io } from '../terminal/io.js';

/** Names the directory for the journal of orders, leases and the daemon's state. */
export const STATE_DIRECTORY = 'IBKIT_STATE_DIR';

/** The state directory of the XDG base directory specification, unless `IBKIT_STATE_DIR` names another. */
export function stateDirectoryOf(env: Io['env']): string {
  const given = env[STATE_DIRECTORY];
  if (given !== undefined && given !== '') return path.resolve(given);
  const base = env['XDG_STATE_HOME'];
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'ibkit');
  return path.join(env['HOME'] ?? homedir(), '.local', 'state', 'ibkit');
}

/** The configuration directory of the XDG base directory specification. */
export function configDirectoryOf(env: Io['env']): string {
  const base = env['XDG_CONFIG_HOME'];
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'ibkit');
  return path.join(env['HOME'] ?? homedir(), '.config', 'ibkit');
}

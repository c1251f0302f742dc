import path from 'node:path';
import type { Environment } from './environment-layer.js';

/** Where {@link stateDirectoryOf} looks. */
export interface StateDirectorySources {
  /** Variables, such as `process.env`. */
  readonly env: Environment;
  /** The home directory of the user, absolute. */
  readonly home: string;
  /** `state_dir` of the section `[daemon]` of the configuration, when it is there. */
  readonly configured?: string | undefined;
  /** What a relative path begins at. */
  readonly cwd: string;
}

/**
 * Where the journal of orders, leases, tokens and the lock lie, for every program of one user: `IBKIT_STATE_DIR`, else what the configuration says,
 * else `ibkit` in the directory for state of the XDG base directory specification, which takes no relative `XDG_STATE_HOME`. Reads nothing.
 */
export function stateDirectoryOf({ env, home, configured, cwd }: StateDirectorySources): string {
  const given = [env['IBKIT_STATE_DIR'], configured].find((text) => text !== undefined && text.trim() !== '');
  if (given !== undefined) return path.resolve(cwd, given.trim());
  const base = env['XDG_STATE_HOME'];
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(home, '.local', 'state'), 'ibkit');
}

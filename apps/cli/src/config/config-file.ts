import path from 'node:path';
import type { Io } from '../terminal/io.js';
import { homeOf } from './home.js';

/** The configuration directory of the XDG base directory specification. */
function configDirectoryOf(env: Io['env']): string {
  const base = env['XDG_CONFIG_HOME'];
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(homeOf(env), '.config'), 'ibkit');
}

/** The file that is read when `--config` names none: it may be missing. */
export function defaultConfigFile(env: Io['env']): string {
  return path.join(configDirectoryOf(env), 'ibkit.ini');
}

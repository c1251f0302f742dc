import path from 'node:path';
import type { Io } from '../terminal/io.js';
import { configDirectoryOf } from './state-directory.js';

/** The file that is read when `--config` names none: it may be missing. */
export function defaultConfigFile(env: Io['env']): string {
  return path.join(configDirectoryOf(env), 'ibkit.ini');
}

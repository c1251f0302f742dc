import { homedir } from 'node:os';
import type { Io } from '../terminal/io.js';

/** The home directory of the user. */
export function homeOf(env: Io['env']): string {
  return env['HOME'] ?? homedir();
}

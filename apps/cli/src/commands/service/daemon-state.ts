import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DAEMON_FILE } from '../../backend/running-daemon.js';

/** The log of a daemon that was started from the command line. */
export function daemonLogFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'daemon.log');
}

/** The daemon has ended: what one that crashed left behind goes too. */
export async function forgetDaemon(stateDirectory: string): Promise<void> {
  await rm(path.join(stateDirectory, DAEMON_FILE), { force: true });
}

import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { DAEMON_FILE } from '../../backend/daemon-address.js';

/** The log of a daemon that was started from the command line. */
export function daemonLogFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'daemon.log');
}

/** Written by the daemon while it runs: who holds the state directory. */
const LOCK_FILE = 'owner.lock';

async function json(file: string): Promise<object | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // None, or half a file: nothing is known.
    return undefined;
  }
}

function pidIn(value: object | undefined): number | undefined {
  const pid: unknown = value === undefined ? undefined : Reflect.get(value, 'pid');
  return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** The process that holds a state directory, as its lock says; it may have ended. */
export async function daemonPid(stateDirectory: string): Promise<number | undefined> {
  return pidIn(await json(path.join(stateDirectory, LOCK_FILE))) ?? pidIn(await json(path.join(stateDirectory, DAEMON_FILE)));
}

/** The daemon has ended: what one that crashed left behind goes too. */
export async function forgetDaemon(stateDirectory: string): Promise<void> {
  await rm(path.join(stateDirectory, DAEMON_FILE), { force: true });
}

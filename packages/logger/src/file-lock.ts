import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import process from 'node:process';

const WAIT_MS = 2;
/** How often a lock is tried: a rotation takes well under a millisecond, and logging must not hold the program up. */
const TRIES = 100;
/** From when on a lock is taken for left behind, in milliseconds, although its process lives: a thread of it may have died. */
const STALE_MS = 10_000;

/**
 * Does `work` while no other thread or process does it under the same lock file. Synchronous, since logging is.
 * @param now wall time in epoch milliseconds
 * @throws Error when somebody holds the lock for longer than a rotation takes
 */
export function withFileLock(path: string, now: () => number, work: () => void): void {
  lock(path, now);
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
}

function lock(path: string, now: () => number): void {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (take(path)) return;
    if (isLeftBehind(path, now())) rmSync(path, { force: true });
    else Atomics.wait(never, 0, 0, WAIT_MS);
  }
  throw new Error(`The log file could not be rotated: ${path} is held by another thread or process. The file grows until it can; remove the lock if nobody holds it.`);
}

function take(path: string): boolean {
  try {
    const descriptor = openSync(path, 'wx', 0o600);
    try {
      writeSync(descriptor, String(process.pid));
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function isLeftBehind(path: string, nowMs: number): boolean {
  try {
    const { mtimeMs } = statSync(path);
    const pid = Number(readFileSync(path, 'utf8'));
    return nowMs - mtimeMs > STALE_MS || (Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid));
  } catch (error) {
    // It was given back in this moment.
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

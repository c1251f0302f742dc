import { closeSync, openSync, rmSync } from 'node:fs';

const WAIT_MS = 2;
/** A rotation takes well under a millisecond: a lock that lasts longer belongs to somebody who died. */
const TRIES = 100;

/** Does `work` while no other thread or process does it under the same lock file. Synchronous, since logging is. */
export function withFileLock(path: string, work: () => void): void {
  lock(path);
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
}

function lock(path: string): void {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let tries = 1; ; tries += 1) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (tries % TRIES === 0) rmSync(path, { force: true });
    else Atomics.wait(never, 0, 0, WAIT_MS);
  }
}

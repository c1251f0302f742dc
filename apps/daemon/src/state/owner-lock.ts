import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import { ProcessLock, SilenceWatch, livenessOf, parseIdentity, removeLockLitter, thisProcess } from '@ibkit/process-lock';
import type { LockHolder } from '@ibkit/process-lock';

const LOCK_FILE = 'owner.lock';
/** An owner shows every 10 s that it lives. */
const SILENT_AFTER_MS = 35_000;
const LOOK_EVERY_MS = 1000;
const MOST_LOOKS = SILENT_AFTER_MS / LOOK_EVERY_MS + 2;

/** What {@link takeOwnerLock} is given. */
export interface OwnerLockOptions {
  readonly stateDir: string;
  readonly clock: Clock;
  /** Told once when somebody else took the directory over, or removed the lock. */
  readonly onLost: () => void;
}

function inUse(stateDir: string, lockFile: string, { pid, host }: LockHolder): SystemError {
  const who = pid === undefined ? 'something unknown (the lock file cannot be understood)' : host === hostname() ? `the daemon with process id ${pid}` : `process ${pid} on host ${host ?? 'unknown'}`;
  return new SystemError({
    code: 'IBKR_STATE_DIR_IN_USE',
    message: `The state directory ${stateDir} is in use by ${who}. Use that daemon, or give this one a directory of its own with --state-dir. If it is surely gone, remove ${lockFile}.`,
    tips: ['Two daemons that share a state directory would both believe that they own the same orders.'],
  });
}

/** Whether the owner is a process of this host name that cannot be looked at: of a container that has ended or was started anew. */
async function isOfContainer(file: string): Promise<boolean> {
  const owner = parseIdentity(await readFile(file, 'utf8').catch(() => ''));
  return owner?.host === hostname() && (await livenessOf(owner, await thisProcess())) === 'foreign';
}

/**
 * Takes the right to be the only daemon on a state directory, which is made when it is not there: the file `owner.lock` in it.
 *
 * A daemon that was killed loses it, one that is only stopped keeps it. A lock of another host name is never taken over. One of another container
 * of this host name, such as the same container before its restart, is taken over when it gave no sign of life for 35 s; that is waited for.
 * @throws SystemError `IBKR_STATE_DIR_IN_USE` when another daemon has it, `IBKR_STATE_DIR_UNUSABLE` when it cannot be written.
 */
export async function takeOwnerLock({ stateDir, clock, onLost }: OwnerLockOptions): Promise<ProcessLock> {
  const file = path.join(stateDir, LOCK_FILE);
  const silence = new SilenceWatch({ clock, silentAfterMs: SILENT_AFTER_MS });
  // Counted in looks, not in time: a machine that slept in between has not looked.
  for (let looksLeft = MOST_LOOKS; ; looksLeft -= 1) {
    // Without the watch, a lock that cannot be looked at stays where it is.
    const waits = await isOfContainer(file);
    const attempt = await ProcessLock.tryTake({ file, clock, onLost, silence: waits ? silence : undefined });
    if (attempt.taken) {
      await removeLockLitter(stateDir);
      return attempt.lock;
    }
    if (!waits || looksLeft === 0) throw inUse(stateDir, file, attempt.holder);
    await sleep(clock, LOOK_EVERY_MS);
  }
}

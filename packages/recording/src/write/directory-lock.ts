import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import { ProcessLock, livenessOf, parseIdentity, thisProcess } from '@ibkit/process-lock';
import type { LockHolder } from '@ibkit/process-lock';

function lockFile(directory: string): string {
  return path.join(directory, 'writer.lock');
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function heldError(file: string, { pid, host }: LockHolder): SystemError {
  return new SystemError({
    code: 'IBKR_RECORDING_LOCKED',
    message: `${path.dirname(file)} is being written by ${pid === undefined ? 'something unknown' : `process ${pid} on host ${host ?? 'unknown'}`}; a directory has one writer.`,
    retryable: true,
    tips: ['Stop that process or record into another directory.', `If it is surely gone, remove ${file}.`],
    details: { file, pid, host },
  });
}

/** Whether a living process writes into the directory, or one that cannot be looked at from here. */
export async function isBeingWritten(directory: string): Promise<boolean> {
  const text = await ifThere(readFile(lockFile(directory), 'utf8'));
  if (text === undefined) return false;
  const holder = parseIdentity(text);
  return holder === undefined || (await livenessOf(holder, await thisProcess())) !== 'dead';
}

/**
 * Keeps a directory for one writer, over processes of this machine and over machines that share it: a process lock that shows no signs of life, so that
 * the lock of a process in another container or on another machine stays until a person removes it.
 */
export class DirectoryLock {
  readonly #lock: ProcessLock;
  /** Since when the process ran that held the lock and is gone, epoch milliseconds; absent when the last holder gave it back. */
  readonly crashedSinceMs: number | undefined;

  private constructor(lock: ProcessLock, crashedSinceMs: number | undefined) {
    this.#lock = lock;
    this.crashedSinceMs = crashedSinceMs;
  }

  /** @throws SystemError `IBKR_RECORDING_LOCKED` when there is another writer, `IBKR_RECORDING_DISK` when the directory takes no lock. */
  static async take(directory: string, clock: Clock): Promise<DirectoryLock> {
    const file = lockFile(directory);
    // A lock without signs of life is as old as its holder.
    const found = await ifThere(stat(file));
    const attempt = await ProcessLock.tryTake({ file, clock, beatMs: false }).catch((cause: unknown) => {
      throw new SystemError({ code: 'IBKR_RECORDING_DISK', message: `The directory ${directory} cannot be locked for writing: ${cause instanceof Error ? cause.message : String(cause)}`, cause });
    });
    if (!attempt.taken) throw heldError(file, attempt.holder);
    return new DirectoryLock(attempt.lock, found?.mtimeMs);
  }

  /** Gives the lock back; one that is not ours any more is left alone. */
  release(): Promise<void> {
    return this.#lock.close();
  }
}

import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { SystemError } from '@ibkit/error-codes';
import { isGone, parseHolder, thisHolder } from './lock-holder.js';
import type { LockHolder } from './lock-holder.js';

const NAME = 'writer.lock';

/** Each turn means that another process was a moment faster. */
const MAX_TURNS = 10;

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function madeAtMs(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Takes `file` for `draft` unless it is there. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function remove(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function heldError(file: string, holder: LockHolder | undefined): SystemError {
  return new SystemError({
    code: 'IBKR_RECORDING_LOCKED',
    message: `${path.dirname(file)} is being written by ${holder === undefined ? 'something unknown' : `process ${holder.pid} on host ${holder.host}`}; a directory has one writer.`,
    retryable: true,
    tips: ['Stop that process or record into another directory.', `If it is surely gone, remove ${file}.`],
    details: { file, pid: holder?.pid, host: holder?.host },
  });
}

/**
 * Replaces the lock of a process that is gone. The right to do so is a lock of the same kind, named after that very lock, so that two who
 * meet at it cannot remove each other's; if its own holder died, it is taken over in the same way.
 */
async function takeOver(file: string, found: string, draft: string, self: LockHolder): Promise<boolean> {
  const right = `${file}.${parseHolder(found)?.nonce ?? 'unreadable'}.over`;
  if (!(await seize(right, draft, self)).taken) return false;
  try {
    // Somebody may have been here before we had the right.
    if ((await read(file)) !== found) return false;
    const copy = `${draft}.copy`;
    await link(draft, copy);
    await rename(copy, file);
    return true;
  } finally {
    await remove(right);
  }
}

async function seize(file: string, draft: string, self: LockHolder): Promise<{ readonly taken: boolean; readonly holder?: LockHolder | undefined }> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (await linked(draft, file)) return { taken: true };
    const found = await read(file);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder === undefined || !(await isGone(holder, self))) return { taken: false, holder };
    if (await takeOver(file, found, draft, self)) return { taken: true };
  }
  return { taken: false };
}

/** Whether a living process writes into the directory, or one that cannot be looked at from here. */
export async function isBeingWritten(directory: string): Promise<boolean> {
  const text = await read(path.join(directory, NAME));
  if (text === undefined) return false;
  const holder = parseHolder(text);
  return holder === undefined || !(await isGone(holder, await thisHolder()));
}

/**
 * Keeps a directory for one writer, over processes of this machine and over machines that share it.
 *
 * The lock is a file that appears whole (a hard link of one that was written aside). It belongs to its process until that gives it back or
 * is gone, by what the system says and never by a clock. The lock of a process in another container or on another machine stays until a person removes it.
 */
export class DirectoryLock {
  readonly #file: string;
  readonly #nonce: string;
  /** Since when the process ran that held the lock and is gone, epoch milliseconds; absent when the last holder gave it back. */
  readonly crashedSinceMs: number | undefined;

  private constructor(file: string, nonce: string, crashedSinceMs: number | undefined) {
    this.#file = file;
    this.#nonce = nonce;
    this.crashedSinceMs = crashedSinceMs;
  }

  /** @throws SystemError `IBKR_RECORDING_LOCKED` when there is another writer. */
  static async take(directory: string): Promise<DirectoryLock> {
    const file = path.join(directory, NAME);
    const self = await thisHolder();
    const draft = `${file}.${self.nonce}.draft`;
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(self));
      await handle.sync();
    } finally {
      await handle.close();
    }
    const crashedSinceMs = await madeAtMs(file);
    try {
      const { taken, holder } = await seize(file, draft, self);
      if (!taken) throw heldError(file, holder);
    } finally {
      await remove(draft);
    }
    return new DirectoryLock(file, self.nonce, crashedSinceMs);
  }

  /** Gives the lock back; one that is not ours any more is left alone. */
  async release(): Promise<void> {
    const text = await read(this.#file);
    if (text !== undefined && parseHolder(text)?.nonce === this.#nonce) await remove(this.#file);
  }
}

import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

/** The file of a segment that is being written. */
export interface SegmentFile {
  /** Writes all of `bytes` at `position`; after a failure the same call may be repeated. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a recorder needs of a disk; another one than the machine's serves tests, and disks behind other ways in. */
export interface RecordingDisk {
  /** Makes a file that must not exist yet. */
  create(file: string): Promise<SegmentFile>;
  /** Puts a text in the place of a file, whole or not at all. */
  replace(file: string, text: string): Promise<void>;
}

// Raw frames have accounts in them: for the owner only.
const MODE = 0o600;

async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directories; its file system keeps a journal of names.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeQuietly(file: string): Promise<void> {
  await unlink(file).catch(() => {
    // It was never made, or the disk is in trouble: the error that led here says which.
  });
}

class OpenSegment implements SegmentFile {
  readonly #handle: FileHandle;
  #closed: Promise<void> | undefined;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, position + written);
      written += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }
}

/** The file system of the machine. */
export function machineDisk(): RecordingDisk {
  return {
    async create(file: string): Promise<SegmentFile> {
      const handle = await open(file, 'wx', MODE);
      try {
        await syncDirectory(path.dirname(file));
      } catch (error) {
        await handle.close();
        await removeQuietly(file);
        throw error;
      }
      return new OpenSegment(handle);
    },
    async replace(file: string, text: string): Promise<void> {
      const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
      try {
        const handle = await open(draft, 'wx', MODE);
        try {
          await handle.writeFile(text);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, file);
      } catch (error) {
        await removeQuietly(draft);
        throw error;
      }
      await syncDirectory(path.dirname(file));
    },
  };
}

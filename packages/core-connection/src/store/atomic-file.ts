import { randomBytes } from 'node:crypto';
import { open, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

const DRAFT_END = '.draft';

async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directories; its rename is journalled.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces a file so that at every moment, also after a crash or a loss of power, it holds either all of the old text or all of the new:
 * written aside, brought to the disk, renamed, and the renaming brought to the disk. Only its owner can read it.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}${DRAFT_END}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => {
      // It was never made, or the disk is in trouble: the error itself says which.
    });
    throw error;
  }
  await syncDirectory(path.dirname(file));
}

/** Removes what writers of this file left that were killed. Only for the one that holds the lock of the file. */
export async function removeDrafts(file: string): Promise<void> {
  const [directory, start] = [path.dirname(file), `${path.basename(file)}.`];
  for (const name of await readdir(directory)) {
    if (name.startsWith(start) && /^[0-9a-f]{12}\.draft$/u.test(name.slice(start.length))) await unlink(path.join(directory, name));
  }
}

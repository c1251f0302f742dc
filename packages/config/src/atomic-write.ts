import { mkdtemp, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Only the owner may read a file that can hold account ids. */
const OWNER_ONLY = 0o600;

async function throughLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // The file does not exist yet, so there is no link to follow.
    return path;
  }
}

/** Replaces a file at once: a reader, or a crash, sees the old text or the new one. The file is readable by its owner only. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const target = await throughLinks(path);
  const folder = await mkdtemp(join(dirname(target), '.ibkit-'));
  try {
    const fresh = join(folder, 'config');
    const file = await open(fresh, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import process from 'node:process';

/** More is none of the files that a daemon leaves for its user. */
const LARGEST = 65_536;
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO']);

/** Text of a file, why it is not believed, or that there is none. */
export type TrustedText = { readonly kind: 'text'; readonly text: string; readonly readableByOthers: boolean } | { readonly kind: 'doubted'; readonly why: string } | { readonly kind: 'absent' };

/** Root may look at the files of a user; nobody else believes what another user wrote. */
function isOwn(owner: number, me: number | undefined): boolean {
  return me === undefined || me === 0 || owner === me || owner === 0;
}

/**
 * Reads a small file whose text decides whom a secret is sent to. Never waits, as a pipe in its place would make a plain read do.
 * @param me the id of the user who must own it; absent where the system has none
 */
export async function readTrusted(file: string, me: number | undefined = process.getuid?.()): Promise<TrustedText> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT.has(error.code)) return { kind: 'absent' };
    throw error;
  }
  try {
    const found = await handle.stat();
    const { mode, uid, size } = found;
    if (!found.isFile() || size > LARGEST) return { kind: 'doubted', why: 'is no small file' };
    if (!isOwn(uid, me)) return { kind: 'doubted', why: 'belongs to another user' };
    if (me !== undefined && (mode & 0o022) !== 0) return { kind: 'doubted', why: 'can be changed by other users (chmod 600 it)' };
    return { kind: 'text', text: await handle.readFile('utf8'), readableByOthers: me !== undefined && (mode & 0o044) !== 0 };
  } finally {
    await handle.close();
  }
}

import { readFile, readdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { livenessOf, parseIdentity, thisProcess } from './process-identity.js';

async function identityIn(file: string): Promise<ReturnType<typeof parseIdentity>> {
  try {
    return parseIdentity(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The lock that a right to take over is about, and the tag of its holder at that time. */
function target(name: string): { readonly lock: string; readonly tag: string } | undefined {
  const parts = /^(?<lock>.+)\.(?<tag>[^.]+)\.over$/u.exec(name)?.groups;
  return parts?.['lock'] === undefined || parts['tag'] === undefined ? undefined : { lock: parts['lock'], tag: parts['tag'] };
}

/**
 * Removes what processes that were killed in the middle of taking a lock left in its directory: drafts, and rights to take over a lock
 * that has had another holder since. Nothing that anybody could still need; whatever fails is left for the next time.
 */
export async function removeLockLitter(directory: string): Promise<void> {
  let names: readonly string[];
  try {
    names = (await readdir(directory)).filter((name) => name.endsWith('.draft') || name.endsWith('.over'));
  } catch {
    return;
  }
  if (names.length === 0) return;
  const self = await thisProcess();
  for (const name of names) {
    const owner = await identityIn(path.join(directory, name));
    if (owner === undefined || (await livenessOf(owner, self)) !== 'dead') continue;
    const right = target(name);
    if (right !== undefined && (await identityIn(path.join(directory, right.lock)))?.nonce === right.tag) continue;
    try {
      await unlink(path.join(directory, name));
    } catch {
      // Somebody else was faster.
    }
  }
}

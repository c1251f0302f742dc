import path from 'node:path';
import { livenessOf, parseIdentity, thisProcess } from '@ibkit/process-lock';
import { readTrusted } from './trusted-file.js';

/** Written by every daemon while it runs: where its API listens, and its process. */
export const DAEMON_FILE = 'daemon.json';
/** Held by a daemon as long as it lives: which process it is, so that a later one with the same id is not taken for it. */
const LOCK_FILE = 'owner.lock';

/** What a state directory says about its daemon. */
export type FoundDaemon =
  | { readonly kind: 'running'; readonly url: string; readonly pid: number }
  /** None, or only what one that died left behind. */
  | { readonly kind: 'none' }
  /** There may be one, and it cannot be proven that this is it. */
  | { readonly kind: 'doubted'; readonly why: string };

function stateIn(text: string): { readonly url: string; readonly pid: number } | undefined {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null || !('url' in state) || typeof state.url !== 'string' || !('pid' in state) || typeof state.pid !== 'number') return undefined;
    return { url: state.url, pid: state.pid };
  } catch {
    // Half a file says nothing.
    return undefined;
  }
}

/**
 * The daemon that holds a state directory at this moment, by its own files: `daemon.json` says where it is, `owner.lock` which process it is, and the
 * system whether that one lives. Whoever listens at the place of one that has died must not be sent its token.
 */
export async function runningDaemon(stateDirectory: string): Promise<FoundDaemon> {
  const file = path.join(stateDirectory, DAEMON_FILE);
  const read = await readTrusted(file);
  if (read.kind === 'absent') return { kind: 'none' };
  if (read.kind === 'doubted') return { kind: 'doubted', why: `${file} ${read.why}` };
  const state = stateIn(read.text);
  const lock = await readTrusted(path.join(stateDirectory, LOCK_FILE));
  if (lock.kind === 'doubted') return { kind: 'doubted', why: `${path.join(stateDirectory, LOCK_FILE)} ${lock.why}` };
  const owner = lock.kind === 'absent' ? undefined : parseIdentity(lock.text);
  if (state === undefined || owner?.pid !== state.pid) return { kind: 'none' };
  switch (await livenessOf(owner, await thisProcess())) {
    case 'alive': return { kind: 'running', ...state };
    case 'dead': return { kind: 'none' };
    case 'foreign': return { kind: 'doubted', why: `${file} is of a daemon on another machine or in another container` };
  }
}

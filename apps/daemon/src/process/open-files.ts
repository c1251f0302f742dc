import { readFileSync } from 'node:fs';

/** What the daemon itself needs besides sockets of callers: the journal, the gateway, logs, recordings, timers and threads. */
const OWN_FILES = 128;
/** Fewer places than this are none. */
const LEAST = 8;

/** How many files this process may have open at once; `undefined` where the system does not say. */
export function openFileLimit(): number | undefined {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+|unlimited)/mu.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return /^\d+$/u.test(soft) ? Number(soft) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How many sockets of callers fit into the open files of this process. With more places than the system gives, the oldest stranger would make room for nobody: whoever comes
 * last would be hung up on instead.
 */
export function fittingConnections(wanted: number, openFiles: number | undefined): number {
  return openFiles === undefined ? wanted : Math.min(wanted, Math.max(LEAST, openFiles - OWN_FILES, Math.floor(openFiles / 4)));
}

import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import process from 'node:process';

/** Who writes into a directory. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Run of the operating system and start of the process in it, where the system says them: they tell a process from a later one with its number. */
  readonly boot?: string | undefined;
  readonly startedAt?: string | undefined;
  /** The process id namespace: numbers of another container mean nothing here. */
  readonly namespace?: string | undefined;
  readonly nonce: string;
}

async function textOf(read: Promise<string>): Promise<string | undefined> {
  try {
    return (await read).trim();
  } catch {
    // Not Linux, or the process is gone.
    return undefined;
  }
}

/** proc(5): behind the name in brackets come the state and 18 other fields, then the start time in ticks. */
const START_TIME = 19;

async function startOf(pid: number): Promise<string | undefined> {
  const stat = await textOf(readFile(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Z and X: it ended, and its parent has not noticed yet.
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? 'ended' : fields?.[START_TIME];
}

/** This process, with a nonce of its own for each call. */
export async function thisHolder(): Promise<LockHolder> {
  const [boot, startedAt, namespace] = await Promise.all([
    textOf(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    startOf(process.pid),
    textOf(readlink('/proc/self/ns/pid')),
  ]);
  return { pid: process.pid, host: hostname(), boot, startedAt, namespace, nonce: randomBytes(8).toString('hex') };
}

/** Whether the process behind a lock is surely gone, as seen by `self`. Processes of other machines and containers are not. */
export async function isGone(holder: LockHolder, self: LockHolder): Promise<boolean> {
  if (holder.host !== self.host || holder.namespace !== self.namespace) return false;
  if (holder.boot !== undefined && self.boot !== undefined && holder.boot !== self.boot) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM says that it is there and belongs to somebody else.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true;
  }
  const start = await startOf(holder.pid);
  return start === 'ended' || (start !== undefined && holder.startedAt !== undefined && start !== holder.startedAt);
}

/** Reads a holder as it was written; undefined for anything else. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (name: string): string | undefined => {
    const found: unknown = Reflect.get(value, name);
    return typeof found === 'string' ? found : undefined;
  };
  const pid: unknown = Reflect.get(value, 'pid');
  const [host, nonce] = [field('host'), field('nonce')];
  // The nonce becomes part of a file name.
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || host === undefined || nonce === undefined || !/^[0-9a-f]{1,64}$/.test(nonce)) return undefined;
  return { pid, host, nonce, boot: field('boot'), startedAt: field('startedAt'), namespace: field('namespace') };
}

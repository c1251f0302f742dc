import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import process from 'node:process';
import { hasSystemCode } from './system-code.js';

/** Which process holds a lock. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** The run of the operating system, and when in it the process started; absent where the system does not say. Tells a process from a later one with the same id. */
  readonly boot?: string | undefined;
  readonly startedAt?: string | undefined;
  /** The process id namespace: ids of another container mean nothing here. */
  readonly namespace?: string | undefined;
  /** Tells one lock from every other one that ever was. */
  readonly nonce: string;
}

/** What can be said about the holder of a lock from here; `foreign` is a process of another machine or container, which cannot be looked at. */
export type Liveness = 'alive' | 'dead' | 'foreign';

/** proc(5): the start time in clock ticks is the 22nd field, the 20th behind the name; the state is the first behind it. */
const START_TIME_FIELD = 19;

async function quietly(read: Promise<string>): Promise<string | undefined> {
  try {
    return (await read).trim();
  } catch {
    // No /proc here, or the process is gone: the signal decides alone.
    return undefined;
  }
}

/** When a process started, as text to compare; `ended` for one that only waits for its parent to notice. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await quietly(readFile(`/proc/${pid}/stat`, 'utf8'));
  // The name may hold blanks and brackets: count from behind its last bracket.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? 'ended' : fields?.[START_TIME_FIELD];
}

/** This process, with a nonce of its own for each call. */
export function thisProcess(): Promise<ProcessIdentity> {
  return identityOf(process.pid);
}

/** A process of this machine that runs at the moment, such as a child; with a nonce of its own for each call. */
export async function identityOf(pid: number): Promise<ProcessIdentity> {
  const linux = process.platform === 'linux';
  const [boot, startedAt, namespace] = await Promise.all([
    linux ? quietly(readFile('/proc/sys/kernel/random/boot_id', 'utf8')) : undefined,
    startOf(pid),
    linux ? quietly(readlink(`/proc/${pid}/ns/pid`)) : undefined,
  ]);
  return { pid, host: hostname(), boot, startedAt, namespace, nonce: randomBytes(8).toString('hex') };
}

/** Whether the process behind an identity still runs, asked by `self`. Looks at no clock. */
export async function livenessOf(owner: ProcessIdentity, self: ProcessIdentity): Promise<Liveness> {
  if (owner.host !== self.host || owner.namespace !== self.namespace) return 'foreign';
  if (owner.boot !== undefined && self.boot !== undefined && owner.boot !== self.boot) return 'dead';
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (hasSystemCode(error, 'ESRCH')) return 'dead';
  }
  const start = await startOf(owner.pid);
  if (start === 'ended') return 'dead';
  return start === undefined || owner.startedAt === undefined || start === owner.startedAt ? 'alive' : 'dead';
}

function optionalText(value: object, name: string): string | undefined {
  const text: unknown = Reflect.get(value, name);
  return typeof text === 'string' ? text : undefined;
}

/** Reads an identity as it was written; `undefined` for anything else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value) || !('nonce' in value)) return undefined;
  const { pid, host, nonce } = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
  // The nonce becomes part of a file name.
  if (typeof nonce !== 'string' || !/^[0-9a-f]{1,64}$/u.test(nonce)) return undefined;
  return { pid, host, nonce, boot: optionalText(value, 'boot'), startedAt: optionalText(value, 'startedAt'), namespace: optionalText(value, 'namespace') };
}

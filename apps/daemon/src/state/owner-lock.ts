import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { SystemError } from '@ibkit/error-codes';

/** Who holds a state directory. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells one process from a later one with the same id; absent where the system does not say. */
  readonly startedAt?: string | undefined;
  /** Tells one lock from another of the same process. */
  readonly nonce: string;
}

const LOCK_FILE = 'owner.lock';
/** Each turn means that another daemon was a moment faster; more than a few mean that something is wrong. */
const MAX_TURNS = 10;
/** proc(5): the process state is the first field behind the name, the start time in clock ticks the twentieth. */
const START_TIME_FIELD = 19;

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** When a process started, in a form to compare; `dead` for one that only waits for its parent to notice; `undefined` where nothing can be learned. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')]);
    // The name may hold blanks and brackets: count from behind its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'dead';
    return `${boot.trim()}:${fields[START_TIME_FIELD] ?? ''}`;
  } catch {
    // No /proc, or the process ended meanwhile: the signal below decides alone.
    return undefined;
  }
}

function parseOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value) || !('nonce' in value)) return undefined;
  const { pid, host, nonce } = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string' || typeof nonce !== 'string') return undefined;
  return { pid, host, nonce, startedAt: 'startedAt' in value && typeof value.startedAt === 'string' ? value.startedAt : undefined };
}

async function isAlive({ pid, startedAt }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (hasCode(error, 'ESRCH')) return false;
  }
  const start = await startOf(pid);
  return start === undefined || startedAt === undefined || start === startedAt;
}

function inUse(stateDir: string, lockFile: string, who: string): SystemError {
  return new SystemError({
    code: 'IBKR_STATE_DIR_IN_USE',
    message: `The state directory ${stateDir} is in use by ${who}. Use that daemon, or give this one a directory of its own with --state-dir. If it is surely gone, remove ${lockFile}.`,
    tips: ['Two daemons that share a state directory would both believe that they own the same orders.'],
  });
}

/**
 * The right to be the only daemon on a state directory: the file `owner.lock` in it, with the process id of its owner.
 *
 * A lock whose owner has died is taken over. A process counts as alive while its id is taken and, on Linux, its start time fits;
 * elsewhere an id that another program got meanwhile keeps the lock until somebody removes the file. A lock of another host name
 * is never taken over. What is left open: three daemons that meet at a dead owner's lock within the same instant.
 */
export class OwnerLock {
  readonly #file: string;
  readonly #content: string;
  #released: Promise<void> | undefined;

  private constructor(file: string, content: string) {
    this.#file = file;
    this.#content = content;
  }

  /**
   * Takes a state directory, which is made when it is not there.
   * @throws SystemError `IBKR_STATE_DIR_IN_USE` when another daemon has it, `IBKR_STATE_DIR_UNUSABLE` when it cannot be written.
   */
  static async take(stateDir: string): Promise<OwnerLock> {
    try {
      await mkdir(stateDir, { recursive: true, mode: 0o700 });
      return await OwnerLock.#take(stateDir);
    } catch (error) {
      if (error instanceof SystemError) throw error;
      throw new SystemError({
        code: 'IBKR_STATE_DIR_UNUSABLE',
        message: `The state directory ${stateDir} cannot be used: ${error instanceof Error ? error.message : String(error)}. Choose another with --state-dir.`,
        cause: error,
      });
    }
  }

  static async #take(stateDir: string): Promise<OwnerLock> {
    const file = path.join(stateDir, LOCK_FILE);
    const nonce = randomBytes(8).toString('hex');
    const owner: Owner = { pid: process.pid, host: hostname(), startedAt: await startOf(process.pid), nonce };
    const content = `${JSON.stringify(owner)}\n`;
    const draft = `${file}.${nonce}`;
    // Written aside and linked into place, so that nobody ever reads half a lock.
    await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
    try {
      for (let turn = 0; turn < MAX_TURNS; turn += 1) {
        try {
          await link(draft, file);
          return new OwnerLock(file, content);
        } catch (error) {
          if (!hasCode(error, 'EEXIST')) throw error;
        }
        const found = await readIfThere(file);
        if (found !== undefined) await OwnerLock.#takeOver(stateDir, file, found);
      }
      throw inUse(stateDir, file, 'other daemons that are starting right now');
    } finally {
      await unlink(draft);
    }
  }

  /** Moves a dead owner's lock out of the way. */
  static async #takeOver(stateDir: string, file: string, found: string): Promise<void> {
    const owner = parseOwner(found);
    if (owner === undefined) throw inUse(stateDir, file, 'something unknown (the lock file cannot be understood)');
    if (owner.host !== hostname()) throw inUse(stateDir, file, `process ${owner.pid} on host ${owner.host}`);
    if (await isAlive(owner)) throw inUse(stateDir, file, `the daemon with process id ${owner.pid}`);
    const aside = `${file}.${randomBytes(8).toString('hex')}`;
    try {
      await rename(file, aside);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    // Another daemon may have taken it over since it was read: then its lock goes back.
    if ((await readFile(aside, 'utf8')) !== found) {
      await link(aside, file).catch((error: unknown) => {
        if (!hasCode(error, 'EEXIST')) throw error;
      });
    }
    await unlink(aside);
  }

  /** Gives the directory free. Idempotent; a lock that is not ours any more is left alone. */
  close(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    if ((await readIfThere(this.#file)) === this.#content) await unlink(this.#file);
  }
}

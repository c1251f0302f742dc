import { mkdir, open, link, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Clock, Timer } from '@ibkit/clock';
import { SystemError, UsageError } from '@ibkit/error-codes';
import { hasSystemCode } from './system-code.js';
import { livenessOf, parseIdentity, thisProcess } from './process-identity.js';
import type { ProcessIdentity } from './process-identity.js';

/** Who holds a lock that could not be taken. */
export interface LockHolder {
  /** Absent when the lock file cannot be understood. */
  readonly pid?: number | undefined;
  readonly host?: string | undefined;
}

/** What came of an attempt to take a lock. */
export type LockAttempt = { readonly taken: true; readonly lock: ProcessLock } | { readonly taken: false; readonly holder: LockHolder };

/** Options of {@link ProcessLock.take} and {@link ProcessLock.tryTake}. */
export interface ProcessLockOptions {
  /** The lock file; its directory is made when it is not there. */
  readonly file: string;
  readonly clock: Clock;
  /**
   * How often the lock shows that its holder lives, milliseconds; `false` never: then its file is as old as the lock, and nobody finds out that it was taken over.
   * Only processes of other machines or containers look at it. @defaultValue 10_000
   */
  readonly beatMs?: number | false | undefined;
  /** Judges holders on other machines and in other containers; without one their locks are never taken over. */
  readonly silence?: SilenceWatch | undefined;
  /** Called once when somebody else took the lock over, or removed it. */
  readonly onLost?: (() => void) | undefined;
}

function duration(field: string, value: number): number {
  if (!Number.isFinite(value) || value < 1) throw new UsageError({ field, value, rule: 'must be a number of milliseconds of at least 1' });
  return value;
}

/** Each turn means that another process was a moment faster. */
const MAX_TURNS = 20;
const BEAT_MS = 10_000;

/**
 * Remembers since when locks of processes that cannot be looked at have not been touched, on our own monotonic clock: no wall clock of
 * anybody takes part, so a clock that is set back or forward makes no lock look dead.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #silentAfterMs: number;
  readonly #seen = new Map<string, { readonly mark: string; readonly sinceMs: number }>();

  /**
   * @param options `silentAfterMs`: without a sign of life for this long the holder counts as dead, at least 1; a multiple of its `beatMs`
   * @throws UsageError for a time that is none
   */
  constructor(options: { readonly clock: Clock; readonly silentAfterMs: number }) {
    this.#clock = options.clock;
    this.#silentAfterMs = duration('silentAfterMs', options.silentAfterMs);
  }

  /** Whether the file has looked the same for long enough. */
  isSilent(file: string, mark: string): boolean {
    const nowMs = this.#clock.monotonic();
    const seen = this.#seen.get(file);
    if (seen?.mark === mark) return nowMs - seen.sinceMs >= this.#silentAfterMs;
    this.#seen.set(file, { mark, sinceMs: nowMs });
    return false;
  }
}

interface Found {
  readonly text: string;
  readonly owner: ProcessIdentity | undefined;
  /** Changes with every sign of life. */
  readonly mark: string;
  /** Names this very lock in the name of the right to take it over. */
  readonly tag: string;
}

async function look(file: string): Promise<Found | undefined> {
  try {
    const [text, { ino, mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const owner = parseIdentity(text);
    return { text, owner, mark: `${ino}:${mtimeMs}:${text}`, tag: owner?.nonce ?? `unreadable-${ino}` };
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}

/** Written aside, with everything on the disk, so that nobody ever sees half a lock. */
async function writeDraft(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function mayTakeOver(file: string, found: Found, self: ProcessIdentity, silence: SilenceWatch | undefined): Promise<boolean> {
  const liveness = found.owner === undefined ? 'foreign' : await livenessOf(found.owner, self);
  if (liveness === 'alive') return false;
  return liveness === 'dead' || silence?.isSilent(file, found.mark) === true;
}

/** Takes `file`, or says why not; whoever takes a dead lock over first takes the right to do so, which is a lock of the same kind. */
async function seize(file: string, self: ProcessIdentity, silence: SilenceWatch | undefined): Promise<LockHolder | 'taken'> {
  const draft = `${file}.${self.nonce}.draft`;
  try {
    await writeDraft(draft, `${JSON.stringify(self)}\n`);
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      try {
        await link(draft, file);
        return 'taken';
      } catch (error) {
        if (!hasSystemCode(error, 'EEXIST')) throw error;
      }
      const found = await look(file);
      if (found === undefined) continue;
      const holder = { pid: found.owner?.pid, host: found.owner?.host };
      if (!(await mayTakeOver(file, found, self, silence))) return holder;
      const right = `${file}.${found.tag}.over`;
      if ((await seize(right, { ...self }, silence)) !== 'taken') return holder;
      try {
        // Nobody else may replace this very lock now; somebody may have done so before we had the right.
        if ((await look(file))?.text === found.text) {
          await rename(draft, file);
          return 'taken';
        }
      } finally {
        await removeIfThere(right);
      }
    }
    return {};
  } finally {
    await removeIfThere(draft);
  }
}

/**
 * A file that one process at a time can hold, on this machine and over machines and containers that share the directory.
 *
 * It appears whole or not at all (a hard link of a file that was written aside). A process that was killed loses it: its process id is
 * gone, or belongs to a process with another start time. A process that lives keeps it, however long it is stopped or asleep and
 * whatever the wall clock does. A holder that cannot be looked at, on another machine or in another container, is judged by its signs of
 * life, and only when a {@link SilenceWatch} is given. Works on file systems with hard links; where the system tells no start times
 * (not Linux), an id that another program got meanwhile keeps the lock until the file is removed.
 */
export class ProcessLock implements AsyncDisposable {
  readonly file: string;
  readonly #nonce: string;
  readonly #options: ProcessLockOptions;
  #timer: Timer | undefined;
  #lost = false;
  #released: Promise<void> | undefined;

  private constructor(options: ProcessLockOptions, nonce: string) {
    this.file = options.file;
    this.#nonce = nonce;
    this.#options = options;
    this.#schedule();
  }

  /**
   * Tries once, without waiting.
   * @throws SystemError `IBKR_STATE_DIR_UNUSABLE` when the directory cannot be written or knows no hard links; UsageError for a `beatMs` that is no time.
   */
  static async tryTake(options: ProcessLockOptions): Promise<LockAttempt> {
    const { file, silence, beatMs = BEAT_MS } = options;
    if (beatMs !== false) duration('beatMs', beatMs);
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const self = await thisProcess();
      const outcome = await seize(file, self, silence);
      return outcome === 'taken' ? { taken: true, lock: new ProcessLock(options, self.nonce) } : { taken: false, holder: outcome };
    } catch (cause) {
      throw new SystemError({
        code: 'IBKR_STATE_DIR_UNUSABLE',
        message: `The lock file ${file} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}.`,
        tips: ['Choose a state directory that this user may write, on a file system with hard links.'],
        cause,
      });
    }
  }

  /**
   * Takes the lock, or fails at once.
   * @throws SystemError `IBKR_LOCK_HELD` with `details.pid` and `details.host`, `IBKR_STATE_DIR_UNUSABLE`.
   */
  static async take(options: ProcessLockOptions): Promise<ProcessLock> {
    const attempt = await ProcessLock.tryTake(options);
    if (attempt.taken) return attempt.lock;
    const { pid, host } = attempt.holder;
    throw new SystemError({
      code: 'IBKR_LOCK_HELD',
      message: `${options.file} is held by ${pid === undefined ? 'something unknown' : `process ${pid} on host ${host ?? 'unknown'}`}.`,
      retryable: true,
      tips: [`Stop that process. If it is surely gone, remove ${options.file}.`],
      details: { file: options.file, pid, host },
    });
  }

  /** Whether the lock was found gone, or in other hands. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Gives the lock back. Idempotent; a lock that is not ours any more is left alone. */
  close(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #release(): Promise<void> {
    this.#timer?.cancel();
    if (await this.#isOurs()) await removeIfThere(this.file);
  }

  async #isOurs(): Promise<boolean> {
    return (await look(this.file))?.owner?.nonce === this.#nonce;
  }

  #schedule(): void {
    const { clock, beatMs = BEAT_MS } = this.#options;
    if (beatMs === false) return;
    this.#timer = clock.setTimer(
      beatMs,
      () => {
        void this.#beat();
      },
      { keepAlive: false },
    );
  }

  async #beat(): Promise<void> {
    const ours = await this.#touch();
    if (this.#released !== undefined) return;
    if (ours) {
      this.#schedule();
      return;
    }
    this.#lost = true;
    try {
      this.#options.onLost?.();
    } catch {
      // Told is told: what the listener makes of it is not ours to mend.
    }
  }

  /** A sign of life; false when the lock is not ours any more. */
  async #touch(): Promise<boolean> {
    try {
      const ours = await this.#isOurs();
      const seconds = this.#options.clock.now() / 1_000;
      if (ours && this.#released === undefined) await utimes(this.file, seconds, seconds);
      return ours;
    } catch {
      // A disk that fails for a moment: the next beat tries again.
      return true;
    }
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { SystemError, UsageError } from '@ibkit/error-codes';
import { ProcessLock } from '@ibkit/process-lock';
import { removeDrafts, replaceFile } from './atomic-file.js';
import { decodeSession, encodeSession, isSubscription } from './session-state.js';
import type { SessionState, StoredSubscription, Watermark } from './session-state.js';
import { hasSystemCode } from './system-code.js';

/** Options of {@link SessionManager}. */
export interface SessionManagerOptions {
  /** The file; its directory is made when it is not there. One process at a time can have it. */
  readonly file: string;
  /** How long a change of the subscriptions may wait to be written together with others, milliseconds. @defaultValue 100 */
  readonly writeDelayMs?: number | undefined;
  /** The same for watermarks, which move with every tick. @defaultValue 2_000 */
  readonly watermarkDelayMs?: number | undefined;
  /** The pause after a write that failed, milliseconds. @defaultValue 5_000 */
  readonly retryMs?: number | undefined;
  /** Told about each write that failed; what was not written is tried again. @defaultValue only `flush` and `close` tell */
  readonly onWriteError?: ((error: SystemError) => void) | undefined;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
}

/** What was found when a session file was opened. */
export type SessionRecovery =
  /** There was none. */
  | { readonly outcome: 'new' }
  | { readonly outcome: 'restored' }
  /** It could not be used and was put aside under `keptAs`; the state begins empty. */
  | { readonly outcome: 'corrupt'; readonly error: SystemError; readonly keptAs: string };

/** What became of one subscription in `restore`. */
export type Restored<T> =
  | { readonly subscription: StoredSubscription; readonly ok: true; readonly value: T }
  | { readonly subscription: StoredSubscription; readonly ok: false; readonly error: unknown };

function checkDuration(field: string, value: number): number {
  if (!(Number.isFinite(value) && value > 0)) throw new UsageError({ field, value, rule: 'must be a number of milliseconds above 0' });
  return value;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What a session wants and how far it has seen, kept over restarts of the program: subscriptions as data, and a watermark per stream.
 *
 * The file is always all of an older state or all of a newer one, whenever the program is killed. A change is on the disk after a short
 * delay, or when `flush` resolves.
 */
export class SessionManager implements AsyncDisposable {
  /** What was found at the start. */
  readonly recovery: SessionRecovery;
  readonly #file: string;
  readonly #lock: ProcessLock;
  readonly #clock: Clock;
  readonly #delays: { readonly writeMs: number; readonly watermarkMs: number; readonly retryMs: number };
  readonly #onWriteError: ((error: SystemError) => void) | undefined;
  readonly #subscriptions: Map<string, StoredSubscription>;
  readonly #watermarks: Map<string, Watermark>;
  #timer: { readonly dueAtMs: number; readonly timer: Timer } | undefined;
  /** Counts the changes; the file holds everything up to `written`. */
  #changes = 0;
  #written = 0;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: { readonly options: SessionManagerOptions; readonly clock: Clock; readonly lock: ProcessLock; readonly state: SessionState; readonly recovery: SessionRecovery }) {
    const { options, clock, lock, state, recovery } = parts;
    this.recovery = recovery;
    this.#file = options.file;
    this.#lock = lock;
    this.#clock = clock;
    this.#delays = delaysOf(options);
    this.#onWriteError = options.onWriteError;
    this.#subscriptions = new Map(state.subscriptions.map((each) => [each.name, each]));
    this.#watermarks = new Map(Object.entries(state.watermarks));
  }

  /**
   * Opens a session file, or begins one.
   * @throws SystemError `IBKR_LOCK_HELD` when another process (or another part of this one) has it, `IBKR_SESSION_STORE_VERSION` when a
   *   newer program wrote it, `IBKR_STATE_DIR_UNUSABLE`; {@link UsageError}.
   */
  static async open(options: SessionManagerOptions): Promise<SessionManager> {
    const { file, clock = systemClock() } = options;
    if (file.trim() === '') throw new UsageError({ field: 'file', value: file, rule: 'must name a file' });
    delaysOf(options);
    await makeDirectory(path.dirname(file));
    const lock = await ProcessLock.take({ file: `${file}.lock`, clock });
    try {
      await removeDrafts(file);
      return new SessionManager({ options, clock, lock, ...(await read(file)) });
    } catch (error) {
      await lock.close();
      throw error;
    }
  }

  /** The streams that should exist, in the order in which they were declared. */
  get subscriptions(): readonly StoredSubscription[] {
    return [...this.#subscriptions.values()];
  }

  /** How far a stream was seen. */
  watermark(stream: string): Watermark | undefined {
    return this.#watermarks.get(stream);
  }

  /**
   * Declares that a stream should exist. The same name again replaces it.
   * @throws {@link UsageError} when it has no name, or holds something that JSON cannot keep as it is.
   */
  declare(subscription: StoredSubscription): void {
    this.#assertOpen();
    if (!isSubscription(subscription)) {
      throw new UsageError({ field: 'subscription', rule: 'must have a name, and a contract and options of plain data: texts, finite numbers, booleans, null, lists, objects' });
    }
    const { name, contract, options } = subscription;
    // A copy: what the caller changes later was not declared.
    this.#subscriptions.set(name, structuredClone({ name, contract, ...(options === undefined ? {} : { options }) }));
    this.#changed(this.#delays.writeMs);
  }

  /** Withdraws a subscription. Its watermark stays until `forgetWatermark`. @returns whether there was one */
  withdraw(name: string): boolean {
    this.#assertOpen();
    if (!this.#subscriptions.delete(name)) return false;
    this.#changed(this.#delays.writeMs);
    return true;
  }

  /**
   * Moves the watermark of a stream forward; one that would go back is ignored.
   * @returns whether it moved
   * @throws {@link UsageError} when `atMs` is not a number.
   */
  advance(stream: string, to: Watermark): boolean {
    this.#assertOpen();
    if (!Number.isFinite(to.atMs)) throw new UsageError({ field: 'atMs', value: to.atMs, rule: 'must be epoch milliseconds' });
    const known = this.#watermarks.get(stream);
    if (known !== undefined && (to.atMs < known.atMs || (to.atMs === known.atMs && to.id === known.id))) return false;
    this.#watermarks.set(stream, { atMs: to.atMs, ...(to.id === undefined ? {} : { id: to.id }) });
    this.#changed(this.#delays.watermarkMs);
    return true;
  }

  /** Forgets how far a stream was seen. */
  forgetWatermark(stream: string): void {
    this.#assertOpen();
    if (this.#watermarks.delete(stream)) this.#changed(this.#delays.writeMs);
  }

  /**
   * Asks for every declared stream again, one after the other in the order in which they were declared. One that fails does not keep the
   * others from being restored; it stays declared.
   * @param make makes the stream, given how far it had been seen: a gap reaches from there to now
   */
  async restore<T>(make: (subscription: StoredSubscription, watermark: Watermark | undefined) => T | Promise<T>): Promise<readonly Restored<T>[]> {
    const results: Restored<T>[] = [];
    for (const subscription of this.subscriptions) {
      try {
        results.push({ subscription, ok: true, value: await make(subscription, this.watermark(subscription.name)) });
      } catch (error) {
        results.push({ subscription, ok: false, error });
      }
    }
    return results;
  }

  /**
   * Resolves once everything up to now is on the disk.
   * @throws SystemError `IBKR_SESSION_STORE_WRITE`; the older state is still there, and the write is tried again.
   */
  async flush(): Promise<void> {
    this.#stopWaiting();
    const target = this.#changes;
    while (this.#written < target) {
      if (this.#writing === undefined) await this.#write();
      else await this.#writing.catch(() => undefined);
    }
  }

  /**
   * Writes what is not written, and lets go of the file. Idempotent.
   * @throws SystemError `IBKR_SESSION_STORE_WRITE`; the file is let go all the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#stopWaiting();
      await this.#lock.close();
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new UsageError({ field: 'SessionManager', rule: 'is closed: open another one' });
  }

  #changed(delayMs: number): void {
    this.#changes += 1;
    this.#writeWithin(delayMs);
  }

  #writeWithin(delayMs: number): void {
    const dueAtMs = this.#clock.monotonic() + delayMs;
    if (this.#timer !== undefined && this.#timer.dueAtMs <= dueAtMs) return;
    this.#stopWaiting();
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.flush().catch(() => {
        // Told to onWriteError, and tried again.
      });
    });
    this.#timer = { dueAtMs, timer };
  }

  #stopWaiting(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
  }

  #write(): Promise<void> {
    const upTo = this.#changes;
    const text = encodeSession({ subscriptions: this.subscriptions, watermarks: Object.fromEntries(this.#watermarks) });
    this.#writing = this.#replace(text, upTo).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #replace(text: string, upTo: number): Promise<void> {
    try {
      await replaceFile(this.#file, text);
      this.#written = upTo;
    } catch (cause) {
      const error = new SystemError({
        code: 'IBKR_SESSION_STORE_WRITE',
        message: `The session file ${this.#file} could not be written: ${reasonOf(cause)}. The older one is still there.`,
        retryable: true,
        tips: ['Check that its disk has room and that this user may write there.'],
        cause,
      });
      if (this.#closing === undefined) this.#writeWithin(this.#delays.retryMs);
      this.#onWriteError?.(error);
      throw error;
    }
  }
}

function delaysOf({ writeDelayMs = 100, watermarkDelayMs = 2_000, retryMs = 5_000 }: SessionManagerOptions): { readonly writeMs: number; readonly watermarkMs: number; readonly retryMs: number } {
  return {
    writeMs: checkDuration('writeDelayMs', writeDelayMs),
    watermarkMs: checkDuration('watermarkDelayMs', watermarkDelayMs),
    retryMs: checkDuration('retryMs', retryMs),
  };
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new SystemError({ code: 'IBKR_STATE_DIR_UNUSABLE', message: `The directory ${directory} cannot be made: ${reasonOf(cause)}.`, cause });
  }
}

async function read(file: string): Promise<{ readonly state: SessionState; readonly recovery: SessionRecovery }> {
  const empty: SessionState = { subscriptions: [], watermarks: {} };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return { state: empty, recovery: { outcome: 'new' } };
    throw error;
  }
  const found = decodeSession(text);
  if (found.ok) return { state: found.state, recovery: { outcome: 'restored' } };
  const keptAs = `${file}.corrupt-${randomBytes(4).toString('hex')}`;
  await rename(file, keptAs);
  return { state: empty, recovery: { outcome: 'corrupt', keptAs, error: corruptError(file, found.reason, keptAs) } };
}

function corruptError(file: string, reason: string, keptAs: string): SystemError {
  return new SystemError({
    code: 'IBKR_SESSION_STORE_CORRUPT',
    message: `The session file ${file} cannot be used: ${reason}. It was put aside as ${keptAs}, and the session begins without subscriptions.`,
    tips: ['Declare the subscriptions again. If nobody changed the file, check the disk.'],
    details: { file, keptAs, reason },
  });
}

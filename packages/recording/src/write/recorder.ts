import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Timer } from '@ibkit/clock';
import { SystemError, UsageError } from '@ibkit/error-codes';
import type { UnnumberedRow } from '../format/write-row.js';
import { MANIFEST_NAME, manifestText } from '../manifest.js';
import { findEnd } from '../read/survey.js';
import type { RecordingEnd } from '../read/survey.js';
import type { BarInput, DepthInput, FrameInput, GapInput, QuoteInput, SessionInput, TradeInput } from '../row.js';
import { checkBar, checkDepth, checkFrame, checkGap, checkQuote, checkSession, checkTrade } from './check-row.js';
import { DirectoryLock } from './directory-lock.js';
import { DiskQueue } from './disk-queue.js';
import { LossCount } from './loss-count.js';
import { resolveRecorderOptions } from './recorder-options.js';
import type { RecorderOptions, ResolvedRecorderOptions } from './recorder-options.js';
import type { RecorderStats } from './recorder-problem.js';
import type { SegmentSummary } from './segment-builder.js';
import { SegmentRoll } from './segment-roll.js';

/** So many bytes go to the disk at once without waiting for `flushMs`. */
const BATCH_BYTES = 64 * 1024;
/** A disk that does not answer for so long is told of. */
const STALLED_MS = 10_000;

/**
 * Appends rows to the segments of a directory.
 *
 * `trade`, `quote`, `bar`, `depth`, `gap`, `session` and `frame` only put bytes into memory; they never wait and never touch the disk. They return whether the row was
 * taken: false when the memory for waiting rows is full because the disk is slow or refuses, and after `close`. Such rows are counted in `stats().lost`,
 * `onProblem` hears of it, and as soon as there is room a gap row with their number and times is recorded in their place.
 */
export class Recorder implements AsyncDisposable {
  readonly #options: ResolvedRecorderOptions;
  readonly #lock: DirectoryLock;
  readonly #queue: DiskQueue;
  readonly #loss = new LossCount();
  readonly #roll: SegmentRoll;
  readonly #recording: string;
  #sealed: readonly SegmentSummary[];
  #rows = 0;
  #lost = 0;
  #writtenRows = 0;
  #writtenBytes = 0;
  #sealedSegments = 0;
  #savedAtMs: number;
  #stallTold = false;
  #flushTimer: Timer | undefined;
  #syncTimer: Timer | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  private constructor(options: ResolvedRecorderOptions, lock: DirectoryLock, end: RecordingEnd) {
    this.#options = options;
    this.#lock = lock;
    this.#recording = end.recording ?? randomUUID();
    this.#sealed = end.sealed;
    this.#savedAtMs = options.clock.now();
    this.#queue = new DiskQueue({
      directory: options.directory,
      disk: options.disk,
      clock: options.clock,
      owner: {
        onWritten: ({ bytes, rows }) => {
          this.#stallTold = false;
          this.#writtenRows += rows;
          this.#writtenBytes += bytes.length;
          this.#scheduleSync();
          this.#endLoss();
        },
        onSealed: (summary) => this.#writeManifest(summary),
        onWriteFailed: (error, retryInMs) => {
          this.#options.onProblem({ type: 'writeFailed', atMs: this.#options.clock.now(), error, retryInMs });
        },
        onSyncFailed: (error) => {
          this.#syncFailed(error);
        },
        onRecovered: () => {
          this.#endLoss();
        },
      },
    });
    this.#roll = new SegmentRoll(options, this.#queue, { ...end, recording: this.#recording });
  }

  /**
   * Opens a directory for writing. Where it has rows already, the new ones go on behind them, and a gap row says since when nobody recorded.
   * @throws UsageError when an option breaks its rule.
   * @throws SystemError `IBKR_RECORDING_LOCKED` when another recorder writes there, `IBKR_RECORDING_VERSION` when a newer version did, `IBKR_RECORDING_DISK` when the directory cannot be written.
   */
  static async open(options: RecorderOptions): Promise<Recorder> {
    const resolved = resolveRecorderOptions(options);
    const { directory } = resolved;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new SystemError({ code: 'IBKR_RECORDING_DISK', message: `The directory ${directory} cannot be made: ${String(cause)}.`, cause });
    }
    const lock = await DirectoryLock.take(directory, resolved.clock);
    try {
      const end = await findEnd(directory);
      const recorder = new Recorder(resolved, lock, end);
      recorder.#goOn(end);
      return recorder;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** @throws UsageError when a field breaks its rule. */
  trade(row: TradeInput): boolean {
    return this.#append(checkTrade(row, this.#atMs(row)));
  }

  /** @throws UsageError when a field breaks its rule. */
  quote(row: QuoteInput): boolean {
    return this.#append(checkQuote(row, this.#atMs(row)));
  }

  /** @throws UsageError when a field breaks its rule. */
  bar(row: BarInput): boolean {
    return this.#append(checkBar(row, this.#atMs(row)));
  }

  /** @throws UsageError when a field breaks its rule. */
  depth(row: DepthInput): boolean {
    return this.#append(checkDepth(row, this.#atMs(row)));
  }

  /** A hole in what the source delivered. @throws UsageError when a field breaks its rule. */
  gap(row: GapInput): boolean {
    return this.#append(checkGap(row, this.#atMs(row)));
  }

  /** @throws UsageError when a field breaks its rule. */
  session(row: SessionInput): boolean {
    return this.#append(checkSession(row, this.#atMs(row)));
  }

  /** @throws UsageError when a field breaks its rule, and when the option `frames` is off. */
  frame(row: FrameInput): boolean {
    if (!this.#options.frames) throw new UsageError({ field: 'frames', value: false, rule: 'must be true to record raw frames, which have accounts in them' });
    return this.#append(checkFrame(row, this.#atMs(row)));
  }

  /**
   * Brings everything so far to the disk.
   * @throws SystemError `IBKR_RECORDING_DISK` when the disk refuses; the rows stay in memory and it is asked again.
   */
  async flush(): Promise<void> {
    this.#flush();
    this.#queue.sync();
    await this.#queue.settled();
  }

  stats(): RecorderStats {
    return {
      state: this.#stateNow(),
      rows: this.#rows,
      lost: this.#lost,
      writtenRows: this.#writtenRows,
      writtenBytes: this.#writtenBytes,
      pendingBytes: this.#pending(),
      sealedSegments: this.#sealedSegments,
      nextSeq: this.#roll.nextSeq,
    };
  }

  /**
   * Writes and seals what is left and gives the directory back. Idempotent. A disk that refuses is asked once more; one that does not answer is waited for.
   * @throws SystemError `IBKR_RECORDING_INCOMPLETE`, with `details.lost`, when rows could not be written; the directory is given back all the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const timer of [this.#flushTimer, this.#syncTimer]) timer?.cancel();
    this.#recordLoss();
    this.#roll.seal();
    try {
      const failure = await this.#queue.end();
      if (failure === undefined) return;
      this.#lost += failure.rows;
      throw new SystemError({
        code: 'IBKR_RECORDING_INCOMPLETE',
        message: `The recording in ${this.#options.directory} was closed with up to ${failure.rows} rows unwritten: ${failure.error.message}`,
        details: { lost: failure.rows },
        cause: failure.error,
      });
    } finally {
      this.#syncTimer?.cancel();
      this.#closed = true;
      await this.#lock.release();
    }
  }

  /** Says since when nobody recorded, and whether rows of that time may be missing. */
  #goOn({ lastMs, clean }: RecordingEnd): void {
    const nowMs = this.#options.clock.now();
    const { crashedSinceMs } = this.#lock;
    // A recorder may have ended before its first row reached the disk: its lock tells of it.
    const fromMs = lastMs ?? (crashedSinceMs === undefined ? undefined : Math.min(crashedSinceMs, nowMs));
    if (fromMs === undefined) return;
    const reason = clean && crashedSinceMs === undefined ? 'nobody recorded' : 'the recorder ended without closing: its last rows may be missing, and nobody recorded since';
    this.#append({ type: 'gap', origin: 'recorder', receivedAtMs: nowMs, fromMs, toMs: nowMs, reason });
  }

  #atMs(row: { readonly receivedAtMs?: number | undefined }): number {
    return row.receivedAtMs ?? this.#options.clock.now();
  }

  #pending(): number {
    return this.#queue.pendingBytes + this.#roll.waiting;
  }

  #append(row: UnnumberedRow): boolean {
    if (this.#closing !== undefined) {
      this.#lost += 1;
      return false;
    }
    const frameBytes = row.type === 'frame' ? row.bytes.length : 0;
    if (this.#loss.active || this.#pending() + frameBytes > this.#options.maxPendingBytes) {
      this.#lose(row.receivedAtMs);
      return false;
    }
    this.#put(row);
    return true;
  }

  #put(row: UnnumberedRow): void {
    this.#roll.add(row);
    this.#rows += 1;
    if (this.#roll.waiting >= BATCH_BYTES) this.#flush();
    else this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    this.#flushTimer ??= this.#timer(this.#options.flushMs, true, () => {
      this.#flushTimer = undefined;
      // Behind a disk that stands still many small batches would need more memory than the rows in them.
      if (this.#queue.pendingBytes > 0) {
        this.#tellStall();
        this.#scheduleFlush();
      } else this.#flush();
    });
  }

  /** A disk that hangs, such as one over a network, neither takes rows nor refuses them. */
  #tellStall(): void {
    const { silentMs, pendingBytes } = this.#queue;
    if (this.#stallTold || silentMs < STALLED_MS) return;
    this.#stallTold = true;
    this.#options.onProblem({ type: 'stalled', atMs: this.#options.clock.now(), silentMs, pendingBytes });
  }

  #stateNow(): RecorderStats['state'] {
    if (this.#closed) return 'closed';
    if (this.#closing !== undefined) return 'closing';
    if (this.#queue.failing) return 'failing';
    return this.#queue.silentMs >= STALLED_MS ? 'stalled' : 'recording';
  }

  #flush(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    this.#roll.flush();
  }

  async #writeManifest(summary: SegmentSummary): Promise<void> {
    const segments = [...this.#sealed.filter(({ index }) => index !== summary.index), summary];
    await this.#options.disk.replace(path.join(this.#options.directory, MANIFEST_NAME), manifestText({ recording: this.#recording, segments }));
    this.#sealed = segments;
    this.#sealedSegments += 1;
  }

  #scheduleSync(): void {
    const { syncMs, clock } = this.#options;
    if (syncMs === 0) this.#queue.sync();
    else if (syncMs !== Number.POSITIVE_INFINITY && this.#closing === undefined) {
      this.#syncTimer ??= this.#timer(syncMs, false, () => {
        this.#syncTimer = undefined;
        this.#savedAtMs = clock.now();
        this.#queue.sync();
      });
    }
  }

  /** The rows since the last time that all went well may be lost, and the disk will not say which. */
  #syncFailed(error: SystemError): void {
    const atMs = this.#options.clock.now();
    this.#options.onProblem({ type: 'syncFailed', atMs, error });
    const reason = 'the disk could not confirm rows that it had taken: they may be missing';
    if (this.#closing === undefined) this.#put({ type: 'gap', origin: 'recorder', receivedAtMs: atMs, fromMs: Math.min(this.#savedAtMs, atMs), toMs: atMs, reason });
  }

  #lose(atMs: number): void {
    this.#lost += 1;
    const began = this.#loss.add(atMs);
    if (began) this.#options.onProblem({ type: 'lossBegan', atMs, pendingBytes: this.#pending() });
  }

  /** Rows are taken again when half of the memory is free, so that losses do not come one by one. */
  #endLoss(): void {
    if (this.#loss.active && this.#pending() <= this.#options.maxPendingBytes / 2) this.#recordLoss();
  }

  #recordLoss(): void {
    const loss = this.#loss.take();
    if (loss === undefined) return;
    const atMs = this.#options.clock.now();
    const reason = 'the disk was slower than the rows, or refused them, and the memory for waiting rows was full';
    this.#put({ type: 'gap', origin: 'recorder', receivedAtMs: atMs, fromMs: loss.fromMs, toMs: loss.toMs, reason, lost: loss.rows });
    this.#options.onProblem({ type: 'lossEnded', atMs, fromMs: loss.fromMs, toMs: loss.toMs, lost: loss.rows });
  }

  #timer(delayMs: number, keepAlive: boolean, fire: () => void): Timer {
    return this.#options.clock.setTimer(delayMs, fire, { keepAlive });
  }
}

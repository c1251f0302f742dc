import path from 'node:path';
import type { Clock, Timer } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import type { RecordingDisk, SegmentFile } from './recording-disk.js';
import type { SegmentChunk, SegmentSummary } from './segment-builder.js';

type Job =
  | { readonly type: 'write'; readonly file: string; readonly chunk: SegmentChunk }
  | { readonly type: 'sync' }
  | { readonly type: 'seal'; readonly summary: SegmentSummary };

/** Who the queue works for. */
export interface DiskQueueOwner {
  onWritten(chunk: SegmentChunk): void;
  /** Brings the manifest up to date; repeated when it rejects. */
  onSealed(summary: SegmentSummary): Promise<void>;
  onWriteFailed(error: SystemError, retryInMs: number): void;
  /** Told once per failure: what was written before may be lost although the disk took it. */
  onSyncFailed(error: SystemError): void;
  onRecovered(): void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

function diskError(doing: string, cause: unknown): SystemError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SystemError({
    code: 'IBKR_RECORDING_DISK',
    message: `${doing} failed: ${reason}.`,
    retryable: true,
    tips: ['Rows wait in memory while the disk is asked again; make room on it before that is full.'],
    cause,
  });
}

/** Brings chunks to the disk one after the other. What fails is repeated at its place until it works, or until closing gives up. */
export class DiskQueue {
  readonly #directory: string;
  readonly #disk: RecordingDisk;
  readonly #clock: Clock;
  readonly #owner: DiskQueueOwner;
  readonly #jobs: Job[] = [];
  #open: { readonly name: string; readonly file: SegmentFile } | undefined;
  #unsynced = false;
  #running: Promise<void> | undefined;
  #retry: Timer | undefined;
  #retryMs = 0;
  #pendingBytes = 0;
  #busySinceMs: number | undefined;
  #ending = false;
  #gaveUp: SystemError | undefined;

  constructor(options: { readonly directory: string; readonly disk: RecordingDisk; readonly clock: Clock; readonly owner: DiskQueueOwner }) {
    this.#directory = options.directory;
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#owner = options.owner;
  }

  /** Bytes that wait. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether the disk refused the last time it was asked. */
  get failing(): boolean {
    return this.#retryMs > 0;
  }

  /** How long the disk has not answered what it was asked last, milliseconds; 0 when nothing is under way. */
  get silentMs(): number {
    return this.#busySinceMs === undefined ? 0 : this.#clock.monotonic() - this.#busySinceMs;
  }

  /** Whether something was written since the last sync. */
  get unsynced(): boolean {
    return this.#unsynced;
  }

  write(file: string, chunk: SegmentChunk): void {
    this.#pendingBytes += chunk.bytes.length;
    this.#add({ type: 'write', file, chunk });
  }

  sync(): void {
    if (!this.#jobs.some(({ type }) => type === 'sync')) this.#add({ type: 'sync' });
  }

  seal(summary: SegmentSummary): void {
    this.#add({ type: 'seal', summary });
  }

  /** Resolves when everything so far was done. Rejects with the disk's error if it refuses; it is asked again all the same. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#jobs.length > 0) throw this.#gaveUp ?? diskError('Writing the recording', new Error('the disk refuses at the moment'));
  }

  /** Does what is left, asking the disk once more where it refuses, and closes the file. @returns why and how many rows were given up, when some were */
  async end(): Promise<{ readonly error: SystemError; readonly rows: number } | undefined> {
    this.#ending = true;
    // What was under way may fail for a reason that is over by now: everything is tried once after this call.
    for (const attempt of ['first', 'last']) {
      if (attempt === 'last' && this.#gaveUp === undefined) break;
      this.#gaveUp = undefined;
      this.#retry?.cancel();
      this.#start();
      while (this.#running !== undefined) await this.#running;
    }
    try {
      await this.#open?.file.close();
    } catch (cause) {
      this.#gaveUp ??= diskError('Closing the segment', cause);
    }
    if (this.#gaveUp === undefined) return undefined;
    return { error: this.#gaveUp, rows: this.#jobs.reduce((sum, job) => sum + (job.type === 'write' ? job.chunk.rows : 0), 0) };
  }

  #add(job: Job): void {
    this.#jobs.push(job);
    if (this.#retry === undefined) this.#start();
  }

  #start(): void {
    this.#retry = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs[0]; job !== undefined && this.#gaveUp === undefined; job = this.#jobs[0]) {
      this.#busySinceMs = this.#clock.monotonic();
      try {
        await this.#do(job);
      } catch (cause) {
        this.#busySinceMs = undefined;
        this.#failed(diskError(job.type === 'write' ? 'Writing the segment' : 'Sealing the segment', cause));
        return;
      }
      this.#busySinceMs = undefined;
      this.#jobs.shift();
      if (this.#retryMs > 0) {
        this.#retryMs = 0;
        this.#owner.onRecovered();
      }
      if (job.type === 'write') {
        this.#pendingBytes -= job.chunk.bytes.length;
        this.#owner.onWritten(job.chunk);
      }
    }
  }

  async #do(job: Job): Promise<void> {
    if (job.type === 'write') {
      const file = await this.#fileOf(job.file);
      await file.write(job.chunk.bytes, job.chunk.position);
      this.#unsynced = true;
      return;
    }
    await this.#syncOpen();
    if (job.type === 'sync') return;
    await this.#open?.file.close();
    this.#open = undefined;
    await this.#owner.onSealed(job.summary);
  }

  async #fileOf(name: string): Promise<SegmentFile> {
    if (this.#open?.name !== name) this.#open = { name, file: await this.#disk.create(path.join(this.#directory, name)) };
    return this.#open.file;
  }

  /** A sync that failed is not repeated: the system may have dropped the bytes and would then say that all is well. */
  async #syncOpen(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    try {
      await this.#open?.file.sync();
    } catch (cause) {
      this.#owner.onSyncFailed(diskError('Bringing the segment to the disk', cause));
    }
  }

  #failed(error: SystemError): void {
    if (this.#ending) {
      this.#gaveUp = error;
      return;
    }
    this.#retryMs = Math.min(LONGEST_RETRY_MS, Math.max(FIRST_RETRY_MS, this.#retryMs * 2));
    this.#owner.onWriteFailed(error, this.#retryMs);
    this.#retry = this.#clock.setTimer(
      this.#retryMs,
      () => {
        this.#start();
      },
      { keepAlive: false },
    );
  }
}

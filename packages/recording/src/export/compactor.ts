import { systemClock } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { compactRecording, hasUncompacted } from './compact-recording.js';
import type { CompactOptions, CompactReport } from './compact-recording.js';
import { ThreadLostError, compactInThread } from './compact-thread.js';

/** What a compactor needs to know. */
export interface CompactorOptions extends Omit<CompactOptions, 'signal'> {
  /** Directory of the recording. */
  readonly directory: string;
  /** `thread`: the work is done in a thread that lives for as long as there is some; `loop`: here, in steps of some 10 ms. @defaultValue 'thread' */
  readonly mode?: 'thread' | 'loop' | undefined;
  /** Where `@ibkit/recording/worker` lies, for programs that are bundled into one file. @defaultValue beside this package */
  readonly worker?: URL | undefined;
  /** How long it rests between two looks, milliseconds, at least 100. @defaultValue 60000 */
  readonly everyMs?: number | undefined;
  /** Told of every Parquet file set that was made. */
  readonly onCompacted?: ((report: CompactReport) => void) | undefined;
  /** Told of every look that failed; the next one tries again. A thread that cannot start is told, too, and its work is done in the loop. */
  readonly onProblem?: ((error: unknown) => void) | undefined;
  /** @defaultValue the machine's */
  readonly clock?: Clock | undefined;
}

const DEFAULT_EVERY_MS = 60_000;
const LEAST_EVERY_MS = 100;

/** Makes Parquet files of segments in the background, soon after they are sealed. It keeps no process alive while it rests. */
export class Compactor implements AsyncDisposable {
  readonly #options: CompactorOptions;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #stop = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;

  /** @throws UsageError for options that break their rule. */
  constructor(options: CompactorOptions) {
    this.#everyMs = options.everyMs ?? DEFAULT_EVERY_MS;
    if (!(this.#everyMs >= LEAST_EVERY_MS)) throw new UsageError({ field: 'everyMs', value: this.#everyMs, rule: `must be at least ${LEAST_EVERY_MS}` });
    if (options.into === '') throw new UsageError({ field: 'into', value: options.into, rule: 'must be the path of a directory' });
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
  }

  /** Begins, with a look at once. Starting twice does nothing. */
  start(): void {
    if (this.#running !== undefined || this.#timer !== undefined || this.#stop.signal.aborted) return;
    this.#run();
  }

  /** Stops within a row group. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the compactor was closed'));
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(): void {
    this.#timer = undefined;
    this.#running = this.#look().finally(() => {
      this.#running = undefined;
      if (this.#stop.signal.aborted) return;
      this.#timer = this.#clock.setTimer(
        this.#everyMs,
        () => {
          this.#run();
        },
        { keepAlive: false },
      );
    });
  }

  async #look(): Promise<void> {
    const { onCompacted } = this.#options;
    try {
      const report = await this.#compact();
      if (report !== undefined && report.made.length > 0) onCompacted?.(report);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** @returns undefined when there is nothing to do */
  async #compact(): Promise<CompactReport | undefined> {
    const { directory, into, kinds, mode = 'thread', worker } = this.#options;
    const options = { into, kinds, signal: this.#stop.signal };
    if (mode === 'thread') {
      // A thread costs some 50 ms: not for nothing.
      if (!(await hasUncompacted(directory, options))) return undefined;
      try {
        return await compactInThread(directory, options, worker);
      } catch (error) {
        if (!(error instanceof ThreadLostError)) throw error;
        this.#tell(error);
      }
    }
    return compactRecording(directory, options);
  }

  /** Whatever the owner makes of the news, the compactor goes on. */
  #tell(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    try {
      this.#options.onProblem?.(error);
    } catch {
      // There is nobody left to tell.
    }
  }
}

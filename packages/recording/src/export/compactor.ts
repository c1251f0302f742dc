import { systemClock } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { compactRecording } from './compact-recording.js';
import type { CompactOptions, CompactReport } from './compact-recording.js';

/** What a compactor needs to know. */
export interface CompactorOptions extends Omit<CompactOptions, 'signal'> {
  /** Directory of the recording. */
  readonly directory: string;
  /** How long it rests between two looks, milliseconds, at least 100. @defaultValue 60000 */
  readonly everyMs?: number | undefined;
  /** Told of every Parquet file set that was made. */
  readonly onCompacted?: ((report: CompactReport) => void) | undefined;
  /** Told of every look that failed; the next one tries again. */
  readonly onProblem?: ((error: unknown) => void) | undefined;
  /** @defaultValue the machine's */
  readonly clock?: Clock | undefined;
}

const DEFAULT_EVERY_MS = 60_000;
const LEAST_EVERY_MS = 100;

/**
 * Makes Parquet files of segments in the background, soon after they are sealed. It works in the loop of its process, in steps of some 10 ms; start it in a worker thread or in another
 * process where that is too long. It keeps no process alive.
 */
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
    const { directory, into, kinds, onCompacted, onProblem } = this.#options;
    const { signal } = this.#stop;
    try {
      const report = await compactRecording(directory, { into, kinds, signal });
      if (report.made.length > 0) onCompacted?.(report);
    } catch (error) {
      if (!signal.aborted) onProblem?.(error);
    }
  }
}

import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { checkSource } from '../format/source.js';
import type { RecordingSource } from '../format/source.js';
import { machineDisk } from './recording-disk.js';
import type { RecordingDisk } from './recording-disk.js';
import type { RecorderProblem } from './recorder-problem.js';

/** What a recorder needs to know. */
export interface RecorderOptions {
  /** Where the segments go; made when it is not there. A directory has one writer. */
  readonly directory: string;
  /** Where the rows come from; no accounts. */
  readonly source: RecordingSource;
  /**
   * Whether raw frames are recorded. They have accounts in them; exports leave them out unless asked, and mask them.
   * @defaultValue false
   */
  readonly frames?: boolean | undefined;
  /** A segment is sealed when it has so many bytes, from 64 KiB to 1 GiB. @defaultValue 67108864 (64 MiB) */
  readonly maxSegmentBytes?: number | undefined;
  /** A segment is sealed when it is so old, milliseconds, at least 1000; at the end of a UTC day anyway. @defaultValue 3600000 (an hour) */
  readonly maxSegmentMs?: number | undefined;
  /** Rows are handed to the system after so long at most, milliseconds: what a crash of the process can cost. @defaultValue 200 */
  readonly flushMs?: number | undefined;
  /**
   * Rows are on the disk (`fdatasync`) after so long at most, milliseconds: what a loss of power can cost. `Infinity`: only when a segment is sealed.
   * @defaultValue 5000
   */
  readonly syncMs?: number | undefined;
  /** Memory for rows that the disk has not taken yet, bytes, at least 64 KiB. When it is full new rows are lost, counted, and a gap says so. @defaultValue 16777216 (16 MiB) */
  readonly maxPendingBytes?: number | undefined;
  /** Told of everything that goes wrong, and when it is over. What it throws is dropped. */
  readonly onProblem?: ((problem: RecorderProblem) => void) | undefined;
  /** @defaultValue the machine's */
  readonly clock?: Clock | undefined;
  /** @defaultValue the file system of the machine */
  readonly disk?: RecordingDisk | undefined;
}

/** The defaults of {@link RecorderOptions}. */
export const DEFAULT_RECORDER_OPTIONS = Object.freeze({
  frames: false,
  maxSegmentBytes: 64 * 1024 * 1024,
  maxSegmentMs: 3_600_000,
  flushMs: 200,
  syncMs: 5_000,
  maxPendingBytes: 16 * 1024 * 1024,
});

/** Options with every default in its place. */
export interface ResolvedRecorderOptions {
  readonly directory: string;
  readonly source: RecordingSource;
  readonly frames: boolean;
  readonly maxSegmentBytes: number;
  readonly maxSegmentMs: number;
  readonly flushMs: number;
  readonly syncMs: number;
  readonly maxPendingBytes: number;
  readonly onProblem: (problem: RecorderProblem) => void;
  readonly clock: Clock;
  readonly disk: RecordingDisk;
}

const KIB = 1024;
const GIB = 1024 * 1024 * 1024;

function within(field: string, value: number, least: number, most: number): number {
  if (Number.isNaN(value) || value < least || value > most) throw new UsageError({ field, value, rule: `must be a number from ${least} to ${most}` });
  return value;
}

/** @throws UsageError naming option, value and rule. */
export function resolveRecorderOptions(options: RecorderOptions): ResolvedRecorderOptions {
  const defaults = DEFAULT_RECORDER_OPTIONS;
  if (options.directory === '') throw new UsageError({ field: 'directory', value: '', rule: 'must be the path of a directory' });
  const { onProblem } = options;
  return {
    directory: options.directory,
    source: checkSource(options.source),
    frames: options.frames ?? defaults.frames,
    maxSegmentBytes: within('maxSegmentBytes', options.maxSegmentBytes ?? defaults.maxSegmentBytes, 64 * KIB, GIB),
    maxSegmentMs: within('maxSegmentMs', options.maxSegmentMs ?? defaults.maxSegmentMs, 1_000, Number.POSITIVE_INFINITY),
    flushMs: within('flushMs', options.flushMs ?? defaults.flushMs, 0, 60_000),
    syncMs: within('syncMs', options.syncMs ?? defaults.syncMs, 0, Number.POSITIVE_INFINITY),
    maxPendingBytes: within('maxPendingBytes', options.maxPendingBytes ?? defaults.maxPendingBytes, 64 * KIB, GIB),
    onProblem: (problem) => {
      try {
        onProblem?.(problem);
      } catch {
        // The recorder goes on whatever its owner makes of the news.
      }
    },
    clock: options.clock ?? systemClock(),
    disk: options.disk ?? machineDisk(),
  };
}

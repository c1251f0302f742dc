import { abortReason, sleep } from '@ibkit/clock';
import type { RecordedRow } from '../row.js';
import { isBeingWritten } from '../write/directory-lock.js';
import { damageError, damageRow } from './damage.js';
import type { Damage } from './damage.js';
import { resolveReadOptions } from './read-options.js';
import type { ReadOptions, ResolvedReadOptions } from './read-options.js';
import { NO_TAIL, readSegment } from './segment-reading.js';
import type { ReadingPlace, TailWatch } from './segment-reading.js';
import { hasSegmentAfter, surveyRecording } from './survey.js';
import type { SurveyedSegment } from './survey.js';

/**
 * The rows of a recording in the order in which they were recorded, across its segments, also while it is being written.
 *
 * Whatever is damaged never hides the rest: reading gives everything up to a tear, then a gap row of origin `damage`, and goes on behind it. Gap rows come
 * whatever `kinds` says. Segments and parts of segments outside `from` and `to` are not read.
 * @param directory where a {@link Recorder} writes or wrote
 * @throws UsageError `IBKR_RECORDING_NOT_FOUND` when the directory cannot be read, and for options that break their rule.
 * @throws SystemError `IBKR_RECORDING_DAMAGED` at damage with `damage: 'throw'`.
 * @throws the signal's reason when it aborts.
 */
export async function* readRecording(directory: string, options: ReadOptions = {}): AsyncGenerator<RecordedRow, void, undefined> {
  for await (const rows of readBatches(directory, options)) yield* rows;
}

/** The same as {@link readRecording} in batches as they come from the disk: several times quicker for whoever reads everything. */
export async function* readBatches(directory: string, options: ReadOptions = {}): AsyncGenerator<readonly RecordedRow[], void, undefined> {
  const resolved = resolveReadOptions(options);
  const place: ReadingPlace = { seq: 1, lastMs: undefined };
  const tail = tailWatch(directory, resolved);
  let nextIndex = 1;
  let begun = false;
  for (;;) {
    const live = await isBeingWritten(directory);
    const { segments } = await surveyRecording(directory, nextIndex);
    for (const [at, segment] of segments.entries()) {
      nextIndex = segment.index + 1;
      yield* readOne(directory, segment, { resolved, place, tail: at === segments.length - 1 ? tail : NO_TAIL, begun });
      begun ||= segment.state !== 'missing';
    }
    if (!resolved.follow || (segments.length === 0 && !live)) return;
    if (segments.length === 0) await tail.wait();
  }
}

function tailWatch(directory: string, { follow, clock, pollMs, signal }: ResolvedReadOptions): TailWatch {
  return {
    async isLive(index) {
      // A writer that went on after a crash left the old segment as it was.
      return (await isBeingWritten(directory)) && !(await hasSegmentAfter(directory, index));
    },
    async wait() {
      if (follow) await sleep(clock, pollMs, { signal });
      return follow;
    },
  };
}

interface OneOptions {
  readonly resolved: ResolvedReadOptions;
  readonly place: ReadingPlace;
  readonly tail: TailWatch;
  /** Whether there was a segment before. */
  readonly begun: boolean;
}

async function* readOne(directory: string, segment: SurveyedSegment, { resolved, place, tail, begun }: OneOptions): AsyncGenerator<readonly RecordedRow[], void> {
  const { wish, signal } = resolved;
  stopIfAborted(signal);
  if (segment.state === 'missing') {
    const { summary } = segment;
    // Old segments are deleted from the front, which is nobody's accident.
    if (summary === undefined && !begun) return;
    const damage = missingSegment(segment, place);
    if (isWanted(damage, resolved)) yield report(damage, resolved);
    if (summary !== undefined) {
      place.seq = summary.firstSeq + summary.rows;
      place.lastMs = summary.toMs ?? place.lastMs;
    }
    return;
  }
  if (segment.summary !== undefined) {
    const { firstSeq, rows, fromMs, toMs } = segment.summary;
    if (rows === 0 || fromMs === undefined || toMs === undefined || toMs < wish.fromMs || fromMs >= wish.toMs || firstSeq + rows <= wish.fromSeq) {
      place.seq = firstSeq + rows;
      place.lastMs = toMs ?? place.lastMs;
      return;
    }
  }
  const file = segment.state === 'sealed' ? segment.summary.file : segment.file;
  for await (const reading of readSegment(directory, file, { wish, place, tail, known: segment.summary })) {
    stopIfAborted(signal);
    if (reading.type === 'rows') yield reading.rows;
    else if (isWanted(reading.damage, resolved)) yield report(reading.damage, resolved);
  }
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

function missingSegment(segment: Extract<SurveyedSegment, { readonly state: 'missing' }>, place: ReadingPlace): Damage {
  const { summary } = segment;
  return {
    file: summary?.file,
    reason: summary === undefined ? `segment ${segment.index} is missing` : 'the file is missing',
    seq: place.seq - 1,
    fromMs: summary?.fromMs ?? place.lastMs ?? 0,
    toMs: summary?.toMs,
    lost: summary?.rows,
  };
}

/** Damage that surely lies outside of what was asked for is nobody's concern. */
function isWanted({ fromMs, toMs }: Damage, { wish }: ResolvedReadOptions): boolean {
  return fromMs < wish.toMs && (toMs === undefined || toMs >= wish.fromMs);
}

function report(damage: Damage, { damage: policy }: ResolvedReadOptions): readonly RecordedRow[] {
  if (policy === 'throw') throw damageError(damage);
  return [damageRow(damage)];
}

import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { abortReason } from '@ibkit/clock';
import { UsageError, isIbkrError } from '@ibkit/error-codes';
import { damageError } from '../read/damage.js';
import { kindMask } from '../read/read-options.js';
import { NO_TAIL, readSegment } from '../read/segment-reading.js';
import { surveyRecording } from '../read/survey.js';
import { ROW_KINDS } from '../row.js';
import type { RecordedRow, RowKind } from '../row.js';
import type { SegmentSummary } from '../write/segment-builder.js';
import { checkParquet } from './check-parquet.js';
import { maskAccounts } from './mask-accounts.js';
import { withOutput } from './output-file.js';
import { ParquetTable } from './parquet-table.js';

/** What is compacted, and where to. */
export interface CompactOptions {
  /** Directory of the Parquet files; made when it is not there. */
  readonly into: string;
  /** @defaultValue all kinds but `frame`, whose accounts are masked when they are asked for */
  readonly kinds?: readonly RowKind[] | undefined;
  /** Stops between two row groups; files that are whole stay, and the next call goes on behind them. */
  readonly signal?: AbortSignal | undefined;
}

/** One Parquet file that was made. */
export interface CompactedFile {
  readonly file: string;
  readonly kind: RowKind;
  readonly rows: number;
  readonly bytes: number;
}

/** What a compaction did. */
export interface CompactReport {
  readonly made: readonly CompactedFile[];
  /** How many files were there already. */
  readonly kept: number;
}

/** `into/trade/date=2024-01-02/20240102T143000250Z-00000001.parquet`: by kind and UTC day, as engines expect partitions. */
function parquetPath(into: string, kind: RowKind, { file, fromMs = 0 }: SegmentSummary): string {
  const date = new Date(fromMs).toISOString().slice(0, 10);
  return path.join(into, kind, `date=${date}`, file.replace(/\.ibkrec$/, '.parquet'));
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Rows of one kind in one segment. */
interface Part {
  readonly summary: SegmentSummary;
  readonly kind: RowKind;
  readonly file: string;
}

/** The rows of one kind in one segment; whatever is damaged around it does not matter. */
async function* rowsOf(directory: string, { summary, kind }: Part): AsyncGenerator<readonly RecordedRow[], void> {
  const wish = { kinds: kindMask([kind]), fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, fromSeq: 1, symbols: undefined };
  const place = { seq: summary.firstSeq, lastMs: summary.fromMs };
  for await (const reading of readSegment(directory, summary.file, { wish, place, tail: NO_TAIL, known: summary })) {
    if (reading.type === 'damage') throw damageError(reading.damage);
    yield reading.rows;
  }
}

async function compactPart(directory: string, { summary, kind, file }: Part, signal: AbortSignal | undefined): Promise<CompactedFile> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const { firstSeq, rows: count } = summary;
  const facts = { 'ibkit.kind': kind, 'ibkit.segment': summary.file, 'ibkit.firstSeq': String(firstSeq), 'ibkit.rows': String(count) };
  const made = await withOutput(
    { file },
    async (output) => {
      const table = await ParquetTable.create(kind, output, facts);
      let rows = 0;
      for await (const batch of rowsOf(directory, { summary, kind, file })) {
        if (signal?.aborted === true) throw abortReason(signal);
        rows += batch.length;
        await table.add(batch.map(maskAccounts));
      }
      await table.finish();
      return { rows, digest: table.digest };
    },
    (draft, expected) => checkParquet(draft, kind, expected),
  );
  return { file, kind, rows: made.rows, bytes: made.bytes };
}

/**
 * Makes a Parquet file of each kind of row in each sealed segment that has none yet. A file appears whole and checked, cell by cell, or not at all, so that
 * this may be stopped and repeated at any time, also while the recording is being written. Segments are never changed or removed, and a segment that is
 * damaged is left to {@link readRecording}.
 * @throws UsageError for options that break their rule, SystemError `IBKR_RECORDING_DAMAGED`, `IBKR_RECORDING_EXPORT_FAULTY`, and the signal's reason when it aborts.
 */
export async function compactRecording(directory: string, options: CompactOptions): Promise<CompactReport> {
  const { signal } = options;
  const made: CompactedFile[] = [];
  let kept = 0;
  for (const part of await partsOf(directory, options)) {
    if (signal?.aborted === true) throw abortReason(signal);
    const file = (await exists(part.file)) ? undefined : await compactUnlessMade(directory, part, signal);
    if (file === undefined) kept += 1;
    else made.push(file);
  }
  return { made, kept };
}

/** Whether there is work for {@link compactRecording}. */
export async function hasUncompacted(directory: string, options: CompactOptions): Promise<boolean> {
  for (const { file } of await partsOf(directory, options)) if (!(await exists(file))) return true;
  return false;
}

/** What has a Parquet file of its own. */
async function partsOf(directory: string, { into, kinds = ROW_KINDS.filter((kind) => kind !== 'frame') }: CompactOptions): Promise<readonly Part[]> {
  if (into === '') throw new UsageError({ field: 'into', value: into, rule: 'must be the path of a directory' });
  const { segments } = await surveyRecording(directory);
  return segments.flatMap((segment) => {
    if (segment.state !== 'sealed') return [];
    const { summary } = segment;
    return kinds.filter((kind) => (summary.kinds[kind] ?? 0) > 0).map((kind) => ({ summary, kind, file: parquetPath(into, kind, summary) }));
  });
}

/** @returns undefined when somebody else made the file meanwhile */
async function compactUnlessMade(directory: string, part: Part, signal: AbortSignal | undefined): Promise<CompactedFile | undefined> {
  try {
    return await compactPart(directory, part, signal);
  } catch (error) {
    if (isIbkrError(error) && error.code === 'IBKR_RECORDING_EXISTS') return undefined;
    throw error;
  }
}

import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { SystemError, UsageError } from '@ibkit/error-codes';
import { createNameTable } from '../format/name-table.js';
import type { SegmentHeader } from '../format/segment-header.js';
import { segmentIndex, sortSegments } from '../format/segment-name.js';
import { MANIFEST_NAME, parseManifest } from '../manifest.js';
import type { Manifest } from '../manifest.js';
import type { SegmentSummary } from '../write/segment-builder.js';
import { isNotFound, openSegment } from './segment-file.js';
import { SegmentScan } from './segment-scan.js';

/** A segment of a directory, in the order of the recording. */
export type SurveyedSegment =
  /** Whole and closed. */
  | { readonly state: 'sealed'; readonly index: number; readonly summary: SegmentSummary }
  /** Being written, left by a crash, or damaged at its end: what is in it has to be read. The summary is what it once was, if it was sealed. */
  | { readonly state: 'open'; readonly index: number; readonly file: string; readonly summary: SegmentSummary | undefined }
  /** Known to the manifest, or by its number, and not there. */
  | { readonly state: 'missing'; readonly index: number; readonly summary: SegmentSummary | undefined };

/** What a directory contains. */
export interface Survey {
  readonly manifest: Manifest | undefined;
  readonly segments: readonly SurveyedSegment[];
}

function notFound(directory: string, cause: unknown): UsageError {
  return new UsageError({ code: 'IBKR_RECORDING_NOT_FOUND', field: 'directory', value: directory, rule: 'must be a directory that can be read', cause });
}

async function readManifest(directory: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readFile(path.join(directory, MANIFEST_NAME), 'utf8'));
  } catch {
    // Nothing was sealed yet, or it was removed: the segments say everything themselves.
    return undefined;
  }
}

/** @returns undefined for a file that was deleted since it was seen */
async function surveyFile(directory: string, file: string, known: SegmentSummary | undefined): Promise<SurveyedSegment | undefined> {
  try {
    return await lookAt(directory, file, known);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function lookAt(directory: string, file: string, known: SegmentSummary | undefined): Promise<SurveyedSegment> {
  const index = segmentIndex(file) ?? 0;
  const { size } = await stat(path.join(directory, file));
  if (known?.bytes === size && known.file === file) return { state: 'sealed', index, summary: known };
  const { handle, reading, footer, bytes } = await openSegment(path.join(directory, file));
  await handle.close();
  if (reading.header === undefined || footer === undefined) return { state: 'open', index, file, summary: known };
  const { rows, fromMs, toMs, kinds } = footer;
  return { state: 'sealed', index, summary: { file, index, firstSeq: reading.header.firstSeq, rows, bytes, fromMs, toMs, kinds } };
}

/**
 * Looks at the segments of a directory from number `fromIndex` on.
 * @throws UsageError `IBKR_RECORDING_NOT_FOUND` when the directory cannot be read.
 */
export async function surveyRecording(directory: string, fromIndex = 1): Promise<Survey> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    throw notFound(directory, cause);
  }
  const manifest = await readManifest(directory);
  const known = new Map(manifest?.segments.map((summary) => [summary.index, summary]));
  const files = new Map(sortSegments(names).map((name) => [segmentIndex(name) ?? 0, name]));
  const last = Math.max(0, ...known.keys(), ...files.keys());
  const segments: SurveyedSegment[] = [];
  for (let index = fromIndex; index <= last; index += 1) {
    const file = files.get(index);
    const summary = known.get(index);
    segments.push((file === undefined ? undefined : await surveyFile(directory, file, summary)) ?? { state: 'missing', index, summary });
  }
  return { manifest, segments };
}

/** Whether there is a segment with a higher number. */
export async function hasSegmentAfter(directory: string, index: number): Promise<boolean> {
  return (await readdir(directory)).some((name) => (segmentIndex(name) ?? 0) > index);
}

/** What a writer that goes on needs to know of the segments that are there. */
export interface RecordingEnd {
  readonly recording: string | undefined;
  readonly nextIndex: number;
  readonly nextSeq: number;
  readonly sealed: readonly SegmentSummary[];
  /** When the last row was received; absent without rows. */
  readonly lastMs: number | undefined;
  /** Whether the last segment was sealed. */
  readonly clean: boolean;
}

async function endOfOpen(file: string): Promise<{ readonly header: SegmentHeader; readonly seq: number; readonly lastMs: number } | undefined> {
  const { handle, reading } = await openSegment(file);
  try {
    if (reading.header === undefined) {
      if (reading.foreign === true) {
        throw new SystemError({
          code: 'IBKR_RECORDING_VERSION',
          message: `${file} cannot be gone on from: ${reading.reason}.`,
          tips: ['Record into another directory, or use the version that wrote this one.'],
        });
      }
      return undefined;
    }
    const { header, length, salt } = reading;
    const wish = { kinds: [], fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, fromSeq: 0, symbols: undefined };
    const scan = new SegmentScan({ handle, salt, names: createNameTable(), wish, offset: length, seq: header.firstSeq, lastMs: header.startedAtMs });
    while ((await scan.next()) !== undefined);
    return { header, seq: scan.seq, lastMs: scan.lastMs };
  } finally {
    await handle.close();
  }
}

/** Finds where the rows of a directory end, which after a crash means reading the last segment. */
export async function findEnd(directory: string): Promise<RecordingEnd> {
  const { manifest, segments } = await surveyRecording(directory);
  const sealed = segments.flatMap((segment) => (segment.state === 'sealed' ? [segment.summary] : []));
  let end: RecordingEnd = { recording: manifest?.recording, nextIndex: 1, nextSeq: 1, sealed, lastMs: undefined, clean: true };
  for (const segment of segments) {
    const nextIndex = segment.index + 1;
    if (segment.state === 'open') {
      const found = await endOfOpen(path.join(directory, segment.file));
      const { summary } = segment;
      // Numbers of rows that were lost later are not given again.
      const nextSeq = summary === undefined ? (found?.seq ?? end.nextSeq) : summary.firstSeq + summary.rows;
      end = { ...end, nextIndex, nextSeq, lastMs: summary?.toMs ?? found?.lastMs ?? end.lastMs, clean: false };
      if (found !== undefined) end = { ...end, recording: end.recording ?? found.header.recording };
    } else if (segment.summary !== undefined) {
      const { firstSeq, rows, toMs } = segment.summary;
      end = { ...end, nextIndex, nextSeq: firstSeq + rows, lastMs: toMs ?? end.lastMs, clean: true };
    } else end = { ...end, nextIndex };
  }
  return end;
}

import path from 'node:path';
import type { KindCounts } from '../format/segment-footer.js';
import type { RecordingSource } from '../format/source.js';
import { isBeingWritten } from '../write/directory-lock.js';
import { openSegment } from './segment-file.js';
import { surveyRecording } from './survey.js';
import type { SurveyedSegment } from './survey.js';

/** What is known of a recording without reading its rows. */
export interface RecordingDescription {
  /** The segments in order; those that are not sealed have no counts. */
  readonly segments: readonly SegmentDescription[];
  /** Rows in sealed segments. */
  readonly rows: number;
  readonly kinds: KindCounts;
  /** Size of the sealed segments. */
  readonly bytes: number;
  /** Earliest and latest time at which a row in a sealed segment was received, epoch milliseconds; absent without any. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Where the rows of the newest readable segment come from; absent when there is none. */
  readonly source?: RecordingSource | undefined;
  /** Whether somebody writes it at this moment. */
  readonly live: boolean;
}

/** What is known of a segment: `open` ones are being written, left by a crash or damaged, `missing` ones were there once. */
export interface SegmentDescription {
  readonly index: number;
  readonly state: 'sealed' | 'open' | 'missing';
  readonly file?: string | undefined;
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

function describe(segment: SurveyedSegment): SegmentDescription {
  const { index, state, summary } = segment;
  if (state === 'open') return { index, state, file: segment.file };
  const { file, rows, bytes, fromMs, toMs } = summary ?? {};
  return { index, state, file, rows, bytes, fromMs, toMs };
}

async function sourceOf(directory: string, segments: readonly SegmentDescription[]): Promise<RecordingSource | undefined> {
  for (const { file, state } of segments.toReversed()) {
    if (file === undefined || state === 'missing') continue;
    const { handle, reading } = await openSegment(path.join(directory, file));
    await handle.close();
    if (reading.header !== undefined) return reading.header.source;
  }
  return undefined;
}

/**
 * Says what a recording contains: segments, counts, times, source.
 * @throws UsageError `IBKR_RECORDING_NOT_FOUND` when the directory cannot be read.
 */
export async function describeRecording(directory: string): Promise<RecordingDescription> {
  const live = await isBeingWritten(directory);
  const survey = await surveyRecording(directory);
  const segments = survey.segments.map(describe);
  const sealed = survey.segments.flatMap((segment) => (segment.state === 'sealed' ? [segment.summary] : []));
  const kinds: Record<string, number> = {};
  for (const summary of sealed) for (const [kind, count] of Object.entries(summary.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
  const starts = sealed.flatMap(({ fromMs }) => fromMs ?? []);
  const ends = sealed.flatMap(({ toMs }) => toMs ?? []);
  return {
    segments,
    rows: sealed.reduce((sum, { rows }) => sum + rows, 0),
    kinds,
    bytes: sealed.reduce((sum, { bytes }) => sum + bytes, 0),
    fromMs: starts.length === 0 ? undefined : Math.min(...starts),
    toMs: ends.length === 0 ? undefined : Math.max(...ends),
    source: await sourceOf(directory, segments),
    live,
  };
}

import path from 'node:path';
import { createNameTable } from '../format/name-table.js';
import type { IndexBlock, SegmentFooter } from '../format/segment-footer.js';
import { segmentIndex } from '../format/segment-name.js';
import type { RecordedRow } from '../row.js';
import type { Damage } from './damage.js';
import type { SegmentSummary } from '../write/segment-builder.js';
import { isNotFound, openSegment } from './segment-file.js';
import type { OpenedSegment } from './segment-file.js';
import { SegmentScan } from './segment-scan.js';
import type { RowWish } from './segment-scan.js';

/** What reading a segment gives: rows, or a place where some are missing. */
export type Reading = { readonly type: 'rows'; readonly rows: readonly RecordedRow[] } | { readonly type: 'damage'; readonly damage: Damage };

/** Where a reading of several segments stands. */
export interface ReadingPlace {
  /** Number of the next row. */
  seq: number;
  /** When the last row was received that was passed; absent before the first. */
  lastMs: number | undefined;
}

/** What decides how the end of a segment without a footer is taken. */
export interface TailWatch {
  /** Whether somebody may still write into this segment. */
  isLive(index: number): Promise<boolean>;
  /** Waits a while for more, if that is wanted. @returns whether to look again */
  wait(): Promise<boolean>;
}

interface SegmentOptions {
  readonly wish: RowWish;
  readonly place: ReadingPlace;
  readonly tail: TailWatch;
  /** What the manifest says of it. */
  readonly known: SegmentSummary | undefined;
}

/** Parts of a segment to read, one behind the other: from a block on, up to an offset. */
interface Run {
  readonly first: IndexBlock;
  readonly limit: number;
}

function runsOf(footer: SegmentFooter, { fromMs, toMs, fromSeq }: RowWish): readonly Run[] {
  const runs: Run[] = [];
  let last = -1;
  footer.blocks.forEach((block, index) => {
    const next = footer.blocks[index + 1];
    const wanted = block.toMs >= fromMs && block.fromMs < toMs && (next === undefined || next.seq > fromSeq);
    if (!wanted) return;
    const limit = next?.offset ?? footer.offset;
    const run = runs.at(-1);
    if (run !== undefined && last === index - 1) runs[runs.length - 1] = { first: run.first, limit };
    else runs.push({ first: block, limit });
    last = index;
  });
  return runs;
}

/** Segments that do not grow. */
export const NO_TAIL: TailWatch = { isLive: () => Promise.resolve(false), wait: () => Promise.resolve(false) };

/** Reads the segment of a file. Moves `place` along. */
export async function* readSegment(
  directory: string,
  file: string,
  options: SegmentOptions,
): AsyncGenerator<Reading, void> {
  const { wish, place, tail, known } = options;
  const opened = await openWhole(path.join(directory, file), segmentIndex(file) ?? 0, tail);
  if (opened === undefined) {
    yield damageAt(place, file, 'the file was deleted while the recording was read', { fromMs: known?.fromMs, toMs: known?.toMs, lost: known?.rows });
    place.seq = known === undefined ? place.seq : known.firstSeq + known.rows;
    return;
  }
  const { segment, live } = opened;
  try {
    const { header } = segment.reading;
    if (header === undefined) {
      if (!live) yield damageAt(place, file, segment.reading.reason, { fromMs: known?.fromMs, toMs: known?.toMs, lost: known?.rows });
      place.seq = known === undefined ? place.seq : known.firstSeq + known.rows;
      return;
    }
    place.seq = Math.max(place.seq, header.firstSeq);
    if (segment.footer === undefined) yield* readOpen(file, segment, options);
    else yield* readSealed(file, segment, segment.footer, { wish, place });
  } finally {
    await segment.handle.close();
  }
}

/** A writer makes the file and writes its header a moment later. @returns undefined when the file is not there any more */
async function openWhole(file: string, index: number, tail: TailWatch): Promise<{ readonly segment: OpenedSegment; readonly live: boolean } | undefined> {
  for (;;) {
    const segment = await openIfThere(file);
    if (segment === undefined) return undefined;
    if (segment.reading.header !== undefined) return { segment, live: true };
    const live = await tail.isLive(index);
    if (!live || !(await waits(tail, segment))) return { segment, live };
    await segment.handle.close();
  }
}

async function openIfThere(file: string): Promise<OpenedSegment | undefined> {
  try {
    return await openSegment(file);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function waits(tail: TailWatch, segment: OpenedSegment): Promise<boolean> {
  try {
    return await tail.wait();
  } catch (error) {
    await segment.handle.close();
    throw error;
  }
}

interface DamageFacts {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly lost?: number | undefined;
}

function damageAt(place: ReadingPlace, file: string, reason: string, { fromMs, toMs, lost }: DamageFacts = {}): Reading {
  return { type: 'damage', damage: { file, reason, seq: place.seq - 1, fromMs: fromMs ?? place.lastMs ?? toMs ?? 0, toMs, lost } };
}

async function* readSealed(
  file: string,
  segment: OpenedSegment,
  footer: SegmentFooter,
  { wish, place }: { readonly wish: RowWish; readonly place: ReadingPlace },
): AsyncGenerator<Reading, void> {
  const { handle, reading } = segment;
  if (reading.header === undefined) return;
  const endSeq = reading.header.firstSeq + footer.rows;
  for (const run of runsOf(footer, wish)) {
    let first: IndexBlock | undefined = run.first;
    while (first !== undefined) {
      const { offset, seq, fromMs }: IndexBlock = first;
      const scan: SegmentScan = new SegmentScan({ handle, salt: reading.salt, names: footer.names, wish, offset, seq, lastMs: fromMs, limit: run.limit });
      for (let rows = await scan.next(); rows !== undefined; rows = await scan.next()) yield { type: 'rows', rows };
      place.seq = scan.seq;
      place.lastMs = scan.lastMs;
      const { ended } = scan;
      if (ended?.type !== 'torn' && scan.offset >= run.limit) break;
      // Blocks are readable on their own: what is lost is the rest of this one.
      const next: IndexBlock | undefined = footer.blocks.find((block) => block.offset > scan.offset);
      const reason = ended?.type === 'torn' ? ended.reason : 'rows are missing before the footer';
      yield damageAt(place, file, reason, { toMs: next?.fromMs ?? footer.toMs, lost: (next?.seq ?? endSeq) - scan.seq });
      first = next !== undefined && next.offset < run.limit ? next : undefined;
    }
  }
  place.seq = endSeq;
  place.lastMs = footer.toMs ?? place.lastMs;
}

async function* readOpen(
  file: string,
  segment: OpenedSegment,
  { wish, place, tail, known }: SegmentOptions,
): AsyncGenerator<Reading, void> {
  const { handle, reading } = segment;
  if (reading.header === undefined) return;
  const { header, length, salt } = reading;
  const scan = new SegmentScan({ handle, salt, names: createNameTable(), wish, offset: length, seq: header.firstSeq, lastMs: place.lastMs ?? header.startedAtMs });
  for (let last = false; ; ) {
    for (let rows = await scan.next(); rows !== undefined; rows = await scan.next()) yield { type: 'rows', rows };
    place.seq = scan.seq;
    place.lastMs = scan.lastMs;
    if (scan.ended?.type === 'footer') return;
    if (last) break;
    // A writer that is gone may have written something since we looked: look once more.
    if (!(await tail.isLive(header.index))) last = true;
    else if (!(await tail.wait())) return;
  }
  const torn = scan.ended?.type === 'torn' ? scan.ended.reason : 'the segment was not closed';
  const lost = known === undefined ? undefined : Math.max(0, known.firstSeq + known.rows - scan.seq);
  if (lost !== 0) yield damageAt(place, file, `${torn}: rows may be missing from here on`, { toMs: known?.toMs, lost });
}

import { ByteWriter } from '../format/byte-writer.js';
import { NameWriter } from '../format/name-writer.js';
import { RECORD } from '../format/record.js';
import { encodeTrailer, footerJson } from '../format/segment-footer.js';
import type { IndexBlock } from '../format/segment-footer.js';
import { encodeHeader } from '../format/segment-header.js';
import type { SegmentHeader } from '../format/segment-header.js';
import { segmentName } from '../format/segment-name.js';
import { writeRow } from '../format/write-row.js';
import type { UnnumberedRow } from '../format/write-row.js';
import type { RowKind } from '../row.js';

/** How many bytes of rows one entry of the index stands for. */
const BLOCK_BYTES = 64 * 1024;
const CHUNK_BYTES = 16 * 1024;

/** Bytes of a segment and their place in its file. */
export interface SegmentChunk {
  readonly bytes: Buffer;
  readonly position: number;
  readonly rows: number;
}

/** What is known of a segment. */
export interface SegmentSummary {
  /** Name of the file in the directory of the recording. */
  readonly file: string;
  /** Number of the segment, from 1. */
  readonly index: number;
  readonly firstSeq: number;
  readonly rows: number;
  readonly bytes: number;
  /** Earliest and latest time at which a row was received, epoch milliseconds; absent without rows. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly kinds: Readonly<Partial<Record<RowKind, number>>>;
}

/** One segment in the making: knows every byte of it before the disk does, so that a write that failed is repeated at its place. */
export class SegmentBuilder {
  readonly file: string;
  readonly header: SegmentHeader;
  readonly #salt: number;
  readonly #names = new NameWriter();
  readonly #kinds: Partial<Record<RowKind, number>> = {};
  readonly #blocks: IndexBlock[] = [];
  #writer: ByteWriter;
  #position = 0;
  #rows = 0;
  #rowsInChunk = 0;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #blockOffset = -1;
  #blockSeq = 0;
  #blockFromMs = 0;
  #blockToMs = 0;

  constructor(header: SegmentHeader) {
    this.header = header;
    this.file = segmentName(header.index, header.startedAtMs);
    const { bytes, salt } = encodeHeader(header);
    this.#salt = salt;
    this.#writer = new ByteWriter(CHUNK_BYTES, salt);
    this.#writer.raw(bytes);
  }

  /** Bytes so far, header included. */
  get bytes(): number {
    return this.#position + this.#writer.length;
  }

  /** Bytes that were not taken yet. */
  get waiting(): number {
    return this.#writer.length;
  }

  get rows(): number {
    return this.#rows;
  }

  get nextSeq(): number {
    return this.header.firstSeq + this.#rows;
  }

  /** Whether there is no room for more names: a new segment is needed. */
  get full(): boolean {
    return this.#names.full;
  }

  add(row: UnnumberedRow): void {
    const { receivedAtMs } = row;
    if (this.#blockOffset < 0 || this.bytes - this.#blockOffset >= BLOCK_BYTES) {
      this.#endBlock();
      this.#blockOffset = this.bytes;
      this.#blockSeq = this.nextSeq;
      this.#blockFromMs = receivedAtMs;
      this.#blockToMs = receivedAtMs;
    } else {
      // The wall clock may be set back between two rows.
      if (receivedAtMs < this.#blockFromMs) this.#blockFromMs = receivedAtMs;
      if (receivedAtMs > this.#blockToMs) this.#blockToMs = receivedAtMs;
    }
    if (receivedAtMs < this.#fromMs) this.#fromMs = receivedAtMs;
    if (receivedAtMs > this.#toMs) this.#toMs = receivedAtMs;
    writeRow(this.#writer, this.#names, row);
    this.#kinds[row.type] = (this.#kinds[row.type] ?? 0) + 1;
    this.#rows += 1;
    this.#rowsInChunk += 1;
  }

  /** Hands out what was added since the last time. */
  take(): SegmentChunk | undefined {
    if (this.#writer.length === 0) return undefined;
    const chunk = { bytes: this.#writer.finish(), position: this.#position, rows: this.#rowsInChunk };
    this.#position += chunk.bytes.length;
    this.#rowsInChunk = 0;
    this.#writer = new ByteWriter(Math.max(CHUNK_BYTES, Math.min(chunk.bytes.length * 2, 2 * BLOCK_BYTES)), this.#salt);
    return chunk;
  }

  /** Appends the footer; nothing may be added any more. */
  seal(): SegmentSummary {
    this.#endBlock();
    const { fromMs, toMs } = this.#span();
    const offset = this.bytes;
    this.#writer.begin(RECORD.footer, 0);
    this.#writer.raw(Buffer.from(footerJson({ rows: this.#rows, fromMs, toMs, kinds: this.#kinds, blocks: this.#blocks, names: this.#names.table })));
    this.#writer.end();
    this.#writer.raw(encodeTrailer(offset));
    const { index, firstSeq } = this.header;
    return { file: this.file, index, firstSeq, rows: this.#rows, bytes: this.bytes, fromMs, toMs, kinds: { ...this.#kinds } };
  }

  #span(): { readonly fromMs: number | undefined; readonly toMs: number | undefined } {
    return this.#rows === 0 ? { fromMs: undefined, toMs: undefined } : { fromMs: this.#fromMs, toMs: this.#toMs };
  }

  #endBlock(): void {
    if (this.#blockOffset < 0) return;
    this.#blocks.push({ offset: this.#blockOffset, seq: this.#blockSeq, fromMs: this.#blockFromMs, toMs: this.#blockToMs });
    this.#blockOffset = -1;
  }
}

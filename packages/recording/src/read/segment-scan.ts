import type { FileHandle } from 'node:fs/promises';
import { ByteReader } from '../format/byte-reader.js';
import { crc32 } from '../format/crc32.js';
import type { NameTable } from '../format/name-table.js';
import { readName, readRow } from '../format/read-row.js';
import { LONGEST_RECORD, RECORD, RECORD_HEAD } from '../format/record.js';
import type { RecordedRow } from '../row.js';
import { readAt } from './segment-file.js';

const READ_BYTES = 256 * 1024;
/** Kinds of record below this are rows. */
const FIRST_NO_ROW = RECORD.instrument;

/** Which rows a scan decodes; gaps always come to its owner. */
export interface RowWish {
  /** By number of the kind of record. */
  readonly kinds: readonly boolean[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly fromSeq: number;
  readonly symbols: ReadonlySet<string> | undefined;
}

/** Why a scan does not go on: `end` of what was asked for or of the file at a row's end, `footer` after the last row of a sealed segment, `torn` where bytes are missing or damaged. */
export type ScanEnd = { readonly type: 'end' } | { readonly type: 'footer' } | { readonly type: 'torn'; readonly reason: string };

/** Reads rows one after the other from a place in a segment. */
export class SegmentScan {
  readonly #handle: FileHandle;
  readonly #salt: number;
  readonly #names: NameTable;
  readonly #wish: RowWish;
  readonly #reader = new ByteReader();
  /** Where to stop, when it is known. */
  readonly #limit: number;
  #offset: number;
  #seq: number;
  #lastMs: number;
  #end: ScanEnd | undefined;
  #readBytes = READ_BYTES;

  constructor(options: {
    readonly handle: FileHandle;
    readonly salt: number;
    readonly names: NameTable;
    readonly wish: RowWish;
    readonly offset: number;
    readonly seq: number;
    readonly lastMs: number;
    readonly limit?: number | undefined;
  }) {
    this.#handle = options.handle;
    this.#salt = options.salt;
    this.#names = options.names;
    this.#wish = options.wish;
    this.#offset = options.offset;
    this.#seq = options.seq;
    this.#lastMs = options.lastMs;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  /** Where the next record begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Number of the next row. */
  get seq(): number {
    return this.#seq;
  }

  /** When the last row was received that was passed. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Why `next` gave nothing. */
  get ended(): ScanEnd | undefined {
    return this.#end;
  }

  /** Some more rows, or undefined at the end; after an `end` or `torn` of a file that grows it may be called again. */
  async next(): Promise<readonly RecordedRow[] | undefined> {
    this.#end = undefined;
    for (;;) {
      const wanted = Math.min(this.#readBytes, this.#limit - this.#offset);
      if (wanted <= 0) {
        this.#end = { type: 'end' };
        return undefined;
      }
      const bytes = await readAt(this.#handle, this.#offset, wanted);
      const rows = this.#parse(bytes, bytes.length === wanted);
      if (rows.length > 0) return rows;
      if (this.ended !== undefined) return undefined;
    }
  }

  /** Takes whole records from the beginning of `bytes`. */
  #parse(bytes: Buffer, full: boolean): readonly RecordedRow[] {
    const rows: RecordedRow[] = [];
    this.#reader.load(bytes);
    let at = 0;
    this.#readBytes = READ_BYTES;
    while (at < bytes.length) {
      const left = bytes.length - at;
      const length = left < RECORD_HEAD ? 0 : this.#reader.peekU32(at);
      if (length > LONGEST_RECORD) return this.#torn(rows, at, 'a length does not make sense');
      if (left < RECORD_HEAD + length || left < RECORD_HEAD) {
        // The rest is behind what was read, or nowhere.
        if (!full || at + this.#offset + left >= this.#limit) return this.#torn(rows, at, `the last ${left} bytes are not a whole row`);
        if (at === 0) this.#readBytes = Math.max(READ_BYTES, RECORD_HEAD + length + READ_BYTES);
        this.#offset += at;
        return rows;
      }
      const end = at + RECORD_HEAD + length;
      if (crc32(bytes, at + 8, end, this.#salt) !== this.#reader.peekU32(at + 4)) return this.#torn(rows, at, 'a row does not pass its check');
      const kind = bytes[at + 8] ?? 0;
      if (kind === RECORD.footer) {
        this.#offset += at;
        this.#end = { type: 'footer' };
        return rows;
      }
      this.#reader.seek(at + RECORD_HEAD, end);
      if (!this.#take(kind, rows)) return this.#torn(rows, at, 'a row is not laid out as its kind says');
      at = end;
    }
    this.#offset += at;
    if (!full) this.#end = { type: 'end' };
    return rows;
  }

  #torn(rows: readonly RecordedRow[], at: number, reason: string): readonly RecordedRow[] {
    this.#offset += at;
    this.#end = { type: 'torn', reason };
    return rows;
  }

  /** Decodes a record if it is wanted. @returns false when it cannot be */
  #take(kind: number, rows: RecordedRow[]): boolean {
    try {
      if (kind >= FIRST_NO_ROW) return readName(this.#reader, this.#names, kind) && this.#reader.done;
      const seq = this.#seq;
      const atMs = this.#reader.peekF64();
      const { kinds, fromMs, toMs, fromSeq, symbols } = this.#wish;
      if (kinds[kind] === true && atMs >= fromMs && atMs < toMs && seq >= fromSeq) {
        const row = readRow(this.#reader, this.#names, kind, seq);
        if (row === undefined || !this.#reader.done) return false;
        if (symbols === undefined || !('symbol' in row) || row.symbol === undefined || symbols.has(row.symbol)) rows.push(row);
      }
      this.#lastMs = atMs;
      this.#seq = seq + 1;
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

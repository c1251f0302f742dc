import { ROW_KINDS } from '../row.js';
import type { RowKind } from '../row.js';
import { crc32 } from './crc32.js';
import type { NamedInstrument, NameTable } from './name-table.js';
import { RECORD, RECORD_HEAD } from './record.js';

/** A part of a segment that can be read on its own: where it begins, the number of its first row, and the times in it. */
export interface IndexBlock {
  readonly offset: number;
  readonly seq: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How many rows of each kind there are; kinds without rows are absent. */
export type KindCounts = Readonly<Partial<Record<RowKind, number>>>;

/** What a sealed segment says about itself behind its last row. */
export interface SegmentFooter {
  readonly rows: number;
  /** Earliest and latest time at which a row was received; absent without rows. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly kinds: KindCounts;
  readonly blocks: readonly IndexBlock[];
  readonly names: NameTable;
  /** Where the footer's own record begins: the end of the rows. */
  readonly offset: number;
}

/** Offset of the footer (f64), its CRC-32 (u32), `END` and a line end. */
export const TRAILER = 16;
const END = Buffer.from('END\n', 'latin1');

/** The footer as a JSON text. */
export function footerJson(footer: Omit<SegmentFooter, 'offset'>): string {
  const { rows, fromMs, toMs, kinds, blocks, names } = footer;
  return JSON.stringify({
    rows,
    fromMs,
    toMs,
    kinds,
    blocks: blocks.map(({ offset, seq, fromMs: from, toMs: to }) => [offset, seq, from, to]),
    instruments: names.instruments.slice(1).map((instrument) => [instrument?.symbol, instrument?.conId ?? null]),
    texts: names.texts.slice(1),
  });
}

/** What stands at the very end of a sealed segment, so that its footer is found without reading the rows. */
export function encodeTrailer(offset: number): Buffer {
  const bytes = Buffer.alloc(TRAILER);
  bytes.writeDoubleLE(offset, 0);
  bytes.writeUInt32LE(crc32(bytes, 0, 8, 0), 8);
  END.copy(bytes, 12);
  return bytes;
}

/** Where the footer begins, by the last bytes of the file; undefined for a segment that was not sealed. */
export function decodeTrailer(bytes: Buffer): number | undefined {
  if (bytes.length !== TRAILER || !bytes.subarray(12).equals(END) || bytes.readUInt32LE(8) !== crc32(bytes, 0, 8, 0)) return undefined;
  const offset = bytes.readDoubleLE(0);
  return Number.isSafeInteger(offset) && offset > 0 ? offset : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function blockOf(value: unknown): IndexBlock | undefined {
  const [offset, seq, fromMs, toMs] = listOf(value);
  return isNumber(offset) && isNumber(seq) && isNumber(fromMs) && isNumber(toMs) ? { offset, seq, fromMs, toMs } : undefined;
}

function instrumentOf(value: unknown): NamedInstrument | undefined {
  const [symbol, conId] = listOf(value);
  return typeof symbol === 'string' ? { symbol, conId: isNumber(conId) ? conId : undefined } : undefined;
}

/** Reads counts by kind as they were written. */
export function parseKinds(value: unknown): KindCounts {
  const counts: Partial<Record<RowKind, number>> = {};
  if (typeof value !== 'object' || value === null) return counts;
  for (const kind of ROW_KINDS) {
    const count: unknown = Reflect.get(value, kind);
    if (isNumber(count)) counts[kind] = count;
  }
  return counts;
}

/** Reads the record of a footer; undefined when it does not pass its check or is none. */
export function decodeFooter(record: Buffer, offset: number, salt: number): SegmentFooter | undefined {
  if (record.length < RECORD_HEAD || record[8] !== RECORD.footer) return undefined;
  const end = RECORD_HEAD + record.readUInt32LE(0);
  if (end > record.length || crc32(record, 8, end, salt) !== record.readUInt32LE(4)) return undefined;
  const value: unknown = JSON.parse(record.toString('utf8', RECORD_HEAD, end));
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (name: string): unknown => Reflect.get(value, name);
  const [rows, fromMs, toMs] = [field('rows'), field('fromMs'), field('toMs')];
  return {
    rows: isNumber(rows) ? rows : 0,
    fromMs: isNumber(fromMs) ? fromMs : undefined,
    toMs: isNumber(toMs) ? toMs : undefined,
    kinds: parseKinds(field('kinds')),
    blocks: listOf(field('blocks')).flatMap((block) => blockOf(block) ?? []),
    names: {
      instruments: [undefined, ...listOf(field('instruments')).map(instrumentOf)],
      texts: [undefined, ...listOf(field('texts')).map((text) => (typeof text === 'string' ? text : undefined))],
    },
    offset,
  };
}

import { crc32 } from './crc32.js';
import { SCHEMA, SCHEMA_VERSION } from './record.js';
import { parseSource } from './source.js';
import type { RecordingSource } from './source.js';

/** `IBKREC`, and a line end that text conversions would destroy. */
const MAGIC = Buffer.from('IBKREC\r\n', 'latin1');

/** Magic, length of the JSON text (u32), its CRC-32 (u32). */
const HEADER_HEAD = 16;
const LONGEST_HEADER = 1024 * 1024;

/** How many bytes a reader takes first: nearly all headers are shorter. */
export const HEADER_READ = 8192;

/** What a segment says about itself before its first record. */
export interface SegmentHeader {
  /** The same in all segments of a directory. */
  readonly recording: string;
  /** Number of the segment, from 1. */
  readonly index: number;
  readonly firstSeq: number;
  readonly startedAtMs: number;
  readonly source: RecordingSource;
}

/** What came of reading a header: it, where the first record is and the salt of the checks; or why not. */
export type HeaderReading =
  | { readonly header: SegmentHeader; readonly length: number; readonly salt: number }
  /** `needed`: how many bytes would be enough to say more. */
  | { readonly header: undefined; readonly reason: string; readonly needed?: number | undefined; readonly foreign?: boolean | undefined };

/** The header as bytes, and the salt of the segment's checks: bytes that belong to another file never pass them. */
export function encodeHeader(header: SegmentHeader): { readonly bytes: Buffer; readonly salt: number } {
  const json = Buffer.from(JSON.stringify({ ...header, schema: SCHEMA_VERSION, layout: SCHEMA }));
  const salt = crc32(json, 0, json.length, 0);
  const head = Buffer.alloc(HEADER_HEAD);
  MAGIC.copy(head);
  head.writeUInt32LE(json.length, 8);
  head.writeUInt32LE(salt, 12);
  return { bytes: Buffer.concat([head, json]), salt };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function fieldsOf(value: unknown): SegmentHeader | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('recording' in value) || !('index' in value) || !('firstSeq' in value) || !('startedAtMs' in value) || !('source' in value)) return undefined;
  const { recording, index, firstSeq, startedAtMs } = value;
  const source = parseSource(value.source);
  if (typeof recording !== 'string' || !isCount(index) || !isCount(firstSeq) || typeof startedAtMs !== 'number' || source === undefined) return undefined;
  return { recording, index, firstSeq, startedAtMs, source };
}

/** Reads the first bytes of a segment. */
export function decodeHeader(bytes: Buffer): HeaderReading {
  if (bytes.length < HEADER_HEAD) return { header: undefined, reason: 'the file ends within its header', needed: HEADER_HEAD };
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { header: undefined, reason: 'the file does not begin as a segment does' };
  const length = bytes.readUInt32LE(8);
  if (length > LONGEST_HEADER) return { header: undefined, reason: 'the header is damaged' };
  if (bytes.length < HEADER_HEAD + length) return { header: undefined, reason: 'the file ends within its header', needed: HEADER_HEAD + length };
  const salt = bytes.readUInt32LE(12);
  if (crc32(bytes, HEADER_HEAD, HEADER_HEAD + length, 0) !== salt) return { header: undefined, reason: 'the header does not pass its check' };
  const value: unknown = JSON.parse(bytes.toString('utf8', HEADER_HEAD, HEADER_HEAD + length));
  const schema: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'schema') : undefined;
  if (schema !== SCHEMA_VERSION) return { header: undefined, reason: `it has version ${String(schema)} of the layout, this program reads version ${SCHEMA_VERSION}`, foreign: true };
  const header = fieldsOf(value);
  return header === undefined ? { header: undefined, reason: 'the header lacks fields' } : { header, length: HEADER_HEAD + length, salt };
}

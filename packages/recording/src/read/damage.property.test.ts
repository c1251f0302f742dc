import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../format/segment-header.js';
import { TRAILER } from '../format/segment-footer.js';
import type { UnnumberedRow } from '../format/write-row.js';
import type { RecordedRow } from '../row.js';
import { collect, scratch } from '../testing/scratch.js';
import { SegmentBuilder } from '../write/segment-builder.js';
import { readRecording } from './read-recording.js';

const newDirectory = scratch();

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const word = fc.string({ minLength: 1, maxLength: 8 });
const instrument = { symbol: fc.constantFrom('SPY', 'QQQ', 'BRK B'), conId: maybe(fc.integer({ min: 1, max: 3 })), time: maybe(fc.integer({ min: 0, max: 2e12 })) };
const receivedAtMs = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 });

const anyRow: fc.Arbitrary<UnnumberedRow> = fc.oneof(
  fc.record({ type: fc.constant('trade' as const), receivedAtMs, ...instrument, price: finite, size: finite, exchange: maybe(word), conditions: maybe(word), pastLimit: fc.boolean(), unreported: fc.boolean() }),
  fc.record({ type: fc.constant('quote' as const), receivedAtMs, ...instrument, bid: maybe(finite), ask: maybe(finite), bidSize: maybe(finite), askSize: maybe(finite), mode: maybe(word) }),
  fc.record({
    type: fc.constant('bar' as const), receivedAtMs, ...instrument, date: maybe(word), barSize: word, kind: maybe(word),
    open: finite, high: finite, low: finite, close: finite, volume: maybe(finite), wap: maybe(finite), count: maybe(finite),
  }),
  fc.record({
    type: fc.constant('depth' as const), receivedAtMs, ...instrument, side: fc.constantFrom('bid' as const, 'ask' as const), operation: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const),
    position: fc.nat(), price: finite, size: finite, marketMaker: maybe(word), smart: fc.boolean(),
  }),
  fc.record({ type: fc.constant('gap' as const), receivedAtMs, origin: fc.constantFrom('source' as const, 'recorder' as const), fromMs: finite, toMs: maybe(finite), reason: fc.string(), symbol: maybe(word), conId: fc.constant(undefined), lost: maybe(fc.nat()) }),
  fc.record({ type: fc.constant('session' as const), receivedAtMs, event: word, reason: maybe(fc.string()), epoch: maybe(fc.nat()) }),
  fc.record({ type: fc.constant('frame' as const), receivedAtMs, direction: fc.constantFrom('in' as const, 'out' as const), epoch: maybe(fc.nat()), bytes: fc.uint8Array({ maxLength: 400 }) }),
);

interface Built {
  readonly bytes: Buffer;
  readonly rows: readonly RecordedRow[];
  /** Where the record of each row ends. */
  readonly ends: readonly number[];
  readonly headerEnd: number;
  readonly footerStart: number;
}

function build(given: readonly UnnumberedRow[], sealed: boolean): Built {
  const header = { recording: 'r', index: 1, firstSeq: 1, startedAtMs: 1_700_000_000_000, source: { name: 'a test' } };
  const builder = new SegmentBuilder(header);
  const ends = given.map((row) => {
    builder.add(row);
    return builder.bytes;
  });
  const footerStart = builder.bytes;
  if (sealed) builder.seal();
  const rows = given.map((row, index) => ({ ...row, seq: index + 1 }));
  return { bytes: builder.take()?.bytes ?? Buffer.alloc(0), rows, ends, headerEnd: encodeHeader(header).bytes.length, footerStart };
}

const KINDS = ['trade', 'quote', 'bar', 'depth', 'session', 'frame'] as const;

async function readBytes(directory: string, bytes: Buffer): Promise<{ readonly rows: readonly RecordedRow[]; readonly damages: readonly RecordedRow[] }> {
  await writeFile(path.join(directory, '20231114T221320000Z-00000001.ibkrec'), bytes);
  const read = await collect(readRecording(directory, { kinds: KINDS }));
  const isDamage = (row: RecordedRow): boolean => row.type === 'gap' && row.origin === 'damage';
  // Damage in a file on its own is at its place in the order.
  return { rows: read.filter((row) => !isDamage(row)), damages: read.filter(isDamage) };
}

const someRows = fc.array(anyRow, { minLength: 1, maxLength: 30 });
/** Enough rows for several blocks of the index. */
const manyRows = fc.array(anyRow, { minLength: 5, maxLength: 20 }).map((rows) => Array.from({ length: 150 }, () => rows).flat());

describe('a segment', () => {
  it('gives back every row exactly', async () => {
    const directory = await newDirectory();
    await fc.assert(
      fc.asyncProperty(someRows, async (given) => {
        const { bytes, rows } = build(given, true);
        expect(await readBytes(directory, bytes)).toEqual({ rows, damages: [] });
      }),
    );
  });

  it('that was torn anywhere gives every row before the tear, and then says that it is torn', async () => {
    const directory = await newDirectory();
    await fc.assert(
      fc.asyncProperty(someRows, fc.boolean(), fc.nat(), async (given, sealed, at) => {
        const { bytes, rows, ends, footerStart } = build(given, sealed);
        const cut = at % Math.max(footerStart, bytes.length - 1);
        const read = await readBytes(directory, bytes.subarray(0, cut));
        expect(read.rows).toEqual(rows.filter((_, index) => (ends[index] ?? 0) <= cut));
        // A footer that lacks no more than the trailer behind it still says that all rows are there.
        const whole = sealed && cut >= bytes.length - TRAILER;
        expect(read.damages).toHaveLength(whole ? 0 : 1);
      }),
    );
  });

  it('that was torn and then filled with other bytes gives no row that was not recorded', async () => {
    const directory = await newDirectory();
    await fc.assert(
      fc.asyncProperty(someRows, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3_000 }), async (given, at, rest) => {
        const { bytes, rows, ends, headerEnd } = build(given, false);
        const cut = headerEnd + (at % (bytes.length - headerEnd));
        fc.pre(bytes[cut] !== rest[0]);
        const read = await readBytes(directory, Buffer.concat([bytes.subarray(0, cut), rest]));
        expect(read.rows).toEqual(rows.filter((_, index) => (ends[index] ?? 0) <= cut));
        expect(read.damages).toHaveLength(1);
      }),
    );
  });

  it('with a damaged byte gives everything but the rest of that block, and counts what is missing', async () => {
    const directory = await newDirectory();
    await fc.assert(
      fc.asyncProperty(manyRows, fc.nat(), fc.integer({ min: 1, max: 255 }), async (given, at, change) => {
        const { bytes, rows, ends, headerEnd, footerStart } = build(given, true);
        const place = headerEnd + (at % (footerStart - headerEnd));
        bytes[place] = (bytes[place] ?? 0) ^ change;
        const read = await readBytes(directory, bytes);
        expect(read.damages).toHaveLength(1);
        const [damage] = read.damages;
        const lost = damage?.type === 'gap' ? (damage.lost ?? 0) : 0;
        const before = ends.filter((end) => end <= place).length;
        expect(read.rows).toEqual([...rows.slice(0, before), ...rows.slice(before + lost)]);
        // A block has 64 KiB, and rows of these tests are short.
        expect(lost).toBeLessThanOrEqual(6_000);
        expect(damage?.seq).toBe(before);
      }),
      { numRuns: 40 },
    );
  });
});

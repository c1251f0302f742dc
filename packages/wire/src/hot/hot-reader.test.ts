import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCodec } from '../codec.js';
import type { TextCodec } from '../codec.js';
import { encodeFields, splitFields } from '../framing.js';
import { SERVER_LAYOUTS } from '../messages.js';
import type { ServerMessage } from '../messages.js';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from '../server-version.js';
import { Draw, sampleMessage } from '../testing/sample-message.js';
import type { HistoricalData } from '../historical-messages.js';
import { forEachBar } from './bar-table.js';
import { ByteCursor } from './byte-cursor.js';
import { HotReader } from './hot-reader.js';
import { longDecimal } from './long-decimal.js';
import { readHistoricalData } from './row-readers.js';

const HOT_TYPES = [
  'tickPrice',
  'tickSize',
  'tickOptionComputation',
  'tickGeneric',
  'tickString',
  'tickByTick',
  'marketDepth',
  'marketDepthL2',
  'realTimeBar',
  'historicalData',
  'historicalDataUpdate',
  'orderStatus',
  'errMsg',
] as const;

/** Spellings on which readers of bytes and readers of texts like to differ. */
const SPELLINGS = [
  '',
  '0',
  '-0',
  '-0.0',
  '+1',
  '-1',
  '-2',
  '007',
  '5.',
  '.5',
  '.',
  '-',
  '1e3',
  '1.5E-7',
  '1e400',
  '-1e400',
  '1,234',
  '1,234.5',
  '2147483647',
  '-2147483647',
  '2147483647.0',
  '2147483648',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '123456789012345678901234567890',
  '0.12345678901234567',
  '0.1234567890123456789012345',
  '0.00000000000000000000001',
  '9223372036854775807',
  '9223372036854775808',
  '170141183460469231731687303715884105728',
  '1.7976931348623157E308',
  '-1.7976931348623157E308',
  'Infinity',
  '-Infinity',
  'Infinite',
  'NaN',
  '0x10',
  ' 1',
  '1 ',
  'true',
  'Ä漢😀',
  '\\u00e4',
  '{"a":1}',
  'Submitted',
  '1700000000',
  '20240102',
  '20240102-09:30:00',
  'x'.repeat(40),
];

function isServerMessage(value: { type?: unknown }): value is ServerMessage {
  return typeof value.type === 'string' && value.type in SERVER_LAYOUTS;
}

/** The generic decoders of all versions, made once. */
const GENERIC = new Map<number, TextCodec>();
const HOT = new Map<number, HotReader>();

function genericAt(serverVersion: number): TextCodec {
  const codec = GENERIC.get(serverVersion) ?? createTextCodec({ serverVersion, fastPath: false });
  GENERIC.set(serverVersion, codec);
  return codec;
}

function hotAt(serverVersion: number): HotReader {
  const reader = HOT.get(serverVersion) ?? new HotReader(serverVersion);
  HOT.set(serverVersion, reader);
  return reader;
}

/** The payload in the middle of other bytes, as in a chunk, next to digits that belong to somebody else. */
function inChunk(payload: Uint8Array): { readonly bytes: Uint8Array; readonly start: number; readonly end: number } {
  const bytes = Buffer.concat([Buffer.from('12345'), payload, Buffer.from('67890\0\0')]);
  return { bytes, start: 5, end: 5 + payload.length };
}

/** Reads a payload both ways; answers whether the hot reader took it. */
function agrees(serverVersion: number, payload: Uint8Array): boolean {
  const { bytes, start, end } = inChunk(payload);
  const hot = hotAt(serverVersion).read(bytes, start, end);
  if (hot === undefined) return false;
  expect(genericAt(serverVersion).decodeServer(payload)).toEqual({ ok: true, message: hot });
  return true;
}

function payloadOf(type: (typeof HOT_TYPES)[number], serverVersion: number, draw: Draw): Uint8Array {
  const message = sampleMessage(SERVER_LAYOUTS[type], serverVersion, draw);
  if (!isServerMessage(message)) throw new TypeError('not a server message');
  return genericAt(serverVersion).encodeServer(message).subarray(4);
}

/** The same payload with one thing wrong with it, or another spelling of one field. */
function mutated(payload: Uint8Array, draw: Draw): Uint8Array {
  const fields = splitFields(payload);
  const at = draw.integer(0, Math.max(0, fields.length - 1));
  switch (draw.integer(0, 6)) {
    case 0:
      fields.splice(at, 1);
      return encodeFields(fields);
    case 1:
      fields.splice(at, 0, draw.oneOf(...SPELLINGS));
      return encodeFields(fields);
    case 2:
      return payload.subarray(0, draw.integer(0, payload.length));
    case 3: {
      const bytes = new Uint8Array(payload);
      bytes[draw.integer(0, bytes.length - 1)] = draw.integer(0, 255);
      return bytes;
    }
    default:
      for (let left = draw.integer(1, 3); left > 0; left -= 1) fields[draw.integer(Math.min(1, fields.length - 1), fields.length - 1)] = draw.oneOf(...SPELLINGS);
      return encodeFields(fields);
  }
}

const version = fc.integer({ min: MIN_SERVER_VERSION, max: MAX_SERVER_VERSION });
const seed = fc.noShrink(fc.nat());

describe.each(HOT_TYPES)('the hot reader of %s', (type) => {
  it('reads what the layout reads, and takes most of it', () => {
    let taken = 0;
    let seen = 0;
    fc.assert(
      fc.property(version, seed, (serverVersion, from) => {
        seen += 1;
        if (agrees(serverVersion, payloadOf(type, serverVersion, new Draw(from)))) taken += 1;
      }),
      { numRuns: 300 },
    );
    // Samples hold values beyond 2^53 and tiny fractions on purpose, which the reader leaves alone.
    expect(taken / seen).toBeGreaterThan(0.05);
  });

  it('reads mutated payloads like the layout, or leaves them alone', () => {
    fc.assert(
      fc.property(version, seed, (serverVersion, from) => {
        const draw = new Draw(from);
        agrees(serverVersion, mutated(payloadOf(type, serverVersion, draw), draw));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('long lists of bars', () => {
  function readPacked(payload: Uint8Array): HistoricalData | undefined {
    const cursor = new ByteCursor();
    cursor.open(payload, 3, payload.length);
    return readHistoricalData(cursor, 0);
  }

  it('say the same, packed or not, and bar by bar', () => {
    fc.assert(
      fc.property(seed, fc.boolean(), (from, mutate) => {
        const draw = new Draw(from);
        const valid = payloadOf('historicalData', 193, draw);
        const payload = mutate ? mutated(valid, draw) : valid;
        if (payload[0] !== 49 || payload[1] !== 55 || payload[2] !== 0 || payload[payload.length - 1] !== 0) return;
        const packed = readPacked(payload);
        const plain = hotAt(193).read(payload, 0, payload.length);
        const walked: unknown[] = [];
        if (packed !== undefined) forEachBar(packed, (bar) => walked.push(bar));
        expect(packed).toEqual(plain);
        expect(walked).toEqual(packed?.bars ?? []);
      }),
      { numRuns: 1500 },
    );
  });

  it('are packed from 5,000 bars on, and still plain data', () => {
    const fields = ['17', '1', 'a', 'b', '6000'];
    for (let bar = 0; bar < 6_000; bar += 1) fields.push(`2024010${bar % 10}`, '1', '2', '0.5', '1.5', bar % 2 === 0 ? '' : '7', '1.25', '3');
    const payload = encodeFields(fields);
    const generic = genericAt(193).decodeServer(payload);
    const message = hotAt(193).read(payload, 0, payload.length);
    // The chunk belongs to the socket again.
    payload.fill(0);
    expect(generic).toEqual({ ok: true, message });
    expect(structuredClone(message)).toEqual(message);
    expect({ ...message }).toEqual(message);
  });
});

describe('HotReader', () => {
  const reader = new HotReader(193);
  const read = (...fields: string[]): unknown => {
    const payload = encodeFields(fields);
    return reader.read(payload, 0, payload.length);
  };

  it('takes the plain spellings of a real stream', () => {
    expect(read('1', '6', '5', '1', '100.25', '300', '1')).toEqual({ type: 'tickPrice', reqId: 5, tickType: 1, price: 100.25, size: 300, attrMask: 1 });
    expect(read('1', '6', '5', '1', '-1', '0', '0')).toMatchObject({ price: -1, size: 0 });
    expect(read('2', '6', '5', '8', '')).toEqual({ type: 'tickSize', reqId: 5, tickType: 8, size: undefined });
    expect(read('21', '5', '13', '1', '0.25', '-2', '-1', '1.7976931348623157E308', '2.5E-4', '0.012345678901234567', '-0.5', '101.5')).toEqual({
      type: 'tickOptionComputation',
      reqId: 5,
      tickType: 13,
      tickAttrib: 1,
      impliedVol: 0.25,
      gamma: 0.00025,
      vega: 0.012345678901234567,
      theta: -0.5,
      undPrice: 101.5,
    });
    expect(read('46', '6', '5', '45', '1700000000')).toMatchObject({ value: '1700000000' });
    expect(read('4', '2', '-1', '2104', 'Market data farm connection is OK:usfarm', '')).toMatchObject({ id: -1, code: 2104 });
  });

  it.each([
    ['an old version of tickPrice', ['1', '2', '5', '1', '100.25', '300', '1']],
    ['a negative zero', ['1', '6', '5', '1', '-0', '300', '1']],
    ['a field too many', ['2', '6', '5', '8', '1', '1']],
    ['a field too few', ['2', '6', '5', '8']],
    ['grouped digits', ['2', '6', '5', '8', '1,000']],
    ['an id of three digits', ['102', '6', '5', '8', '1']],
    ['the JSON of a rejection', ['4', '2', '17', '201', 'Order rejected', '{}']],
    ['an escape', ['4', '2', '17', '201', '\\u00e4', '']],
    ['a count that the bytes cannot hold', ['17', '1', 'a', 'b', '99999999']],
    ['a negative count', ['17', '1', 'a', 'b', '-1']],
    ['a time with a leading zero', ['99', '1', '4', '01700000000', '1.5']],
  ])('leaves %s to the generic decoder', (_, fields) => {
    expect(read(...fields)).toBeUndefined();
  });

  it('reads nothing behind a payload without its last NUL', () => {
    const bytes = Buffer.concat([encodeFields(['2', '6', '5', '8']), Buffer.from('12'), Buffer.from('\0')]);
    expect(reader.read(bytes, 0, bytes.length - 1)).toBeUndefined();
    expect(reader.read(bytes, 0, bytes.length)).toMatchObject({ size: 12 });
  });

  it('shares repeated texts and mixes none up', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30, unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')), { minLength: 1 }), (texts) => {
        for (const text of texts) {
          const message = read('46', '6', '5', '45', text);
          expect(message).toMatchObject({ value: Buffer.from(text).toString('utf8') });
        }
      }),
    );
  });
});

describe('numbers read from bytes', () => {
  const reader = new HotReader(193);

  function readPrice(text: string): unknown {
    const payload = encodeFields(['50', '3', '1', '2', text, '1', '1', '1', '', '', '3']);
    const message = reader.read(payload, 0, payload.length);
    return message?.type === 'realTimeBar' ? message.open : undefined;
  }

  it('are the nearest doubles', () => {
    const digit = fc.integer({ min: 0, max: 9 }).map(String);
    const decimal = fc
      .tuple(fc.constantFrom('', '-'), fc.array(digit, { minLength: 1, maxLength: 13 }), fc.array(digit, { maxLength: 24 }))
      .map(([sign, whole, fraction]) => `${sign}${whole.join('')}${fraction.length > 0 ? '.' : ''}${fraction.join('')}`);
    const fromDouble = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map(String);
    fc.assert(
      fc.property(fc.oneof(decimal, fromDouble), (text) => {
        const value = readPrice(text);
        expect(value === undefined || Object.is(value, Number(text))).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it('are the nearest doubles also with more digits than a mantissa', () => {
    let certain = 0;
    const draw = new Draw(20_240_102);
    const digits = (count: number): string => Array.from({ length: count }, (_, index) => String(draw.integer(index === 0 ? 1 : 0, 9))).join('');
    for (let run = 0; run < 50_000; run += 1) {
      const lowerDigits = draw.integer(6, 9);
      const upper = digits(10);
      const lower = digits(lowerDigits);
      const decimals = draw.integer(0, 22);
      const value = longDecimal(Number(upper), Number(lower), lowerDigits, decimals);
      if (value === undefined) continue;
      certain += 1;
      expect(value).toBe(Number(`${upper}${lower}e-${decimals}`));
    }
    expect(certain).toBeGreaterThan(49_000);
  });

  it('leaves halves between two doubles to the text', () => {
    // 2^53 + 1 lies exactly between two doubles.
    expect(longDecimal(9_007_199_254, 740_993, 6, 0)).toBeUndefined();
    expect(readPrice('900719925.4740993')).toBe(900719925.4740993);
  });
});

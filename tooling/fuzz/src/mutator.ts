import type { Random } from '@ibkit/clock';

const LENGTH_BYTES = 4;
const NUL = 0;

/** Texts that have broken one program or another; `@0` to `@3` become ids that are in use. */
const HOSTILE: readonly string[] = [
  '', '0', '-1', '1', '-0', '2', '3', '@0', '@1', '@2', '@3', '127', '255', '65536', '2147483647', '2147483648', '-2147483648', '4294967295', '9007199254740993', '9223372036854775807',
  '18446744073709551616', '1e9', '1e308', '1e400', '-1e400', '1.7976931348623157E308', '5e-324', '0.1', '.5', '5.', '1,000', ' 1', '+1', '0x10', 'NaN', 'Infinity', '-Infinity', 'Infinite',
  'null', 'undefined', 'true', 'false', '__proto__', 'constructor', 'toString', '{"a":', '{}', '[]', '\\u00zz', '\\u0022', '\\ud800', '"', "'", '<a>&amp;', '%s%n', '../../etc', '\n', '\r\n', '\u0001', '\u007f',
  'é', '漢字', '😀', '\u202e', '\ufeff', 'USD', 'SPY', 'AAPL', 'STK', 'SMART', 'LMT', 'MKT', 'BAG', '20260302', '20260302 09:30:00 US/Eastern', '20260302-14:30:00', '1 D', '1 secs', '200000 Y', '5 mins',
];

/** Counts of lists that do not follow, and that nobody must make room for. */
const HUGE: readonly string[] = ['1000', '100000', '1000000', '1000000000', '2147483647', '9007199254740991'];

function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[below(random, values.length)];
  if (value === undefined) throw new RangeError('nothing to pick from');
  return value;
}

/** The payload cut at its NULs. */
function fieldsOf(payload: Uint8Array): Buffer[] {
  const fields: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < payload.length; at += 1) {
    if (payload[at] !== NUL) continue;
    fields.push(Buffer.from(payload.subarray(start, at)));
    start = at + 1;
  }
  if (start < payload.length) fields.push(Buffer.from(payload.subarray(start)));
  return fields;
}

function joined(fields: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const field of fields) parts.push(field, Uint8Array.of(NUL));
  return Buffer.concat(parts);
}

/** The frame of a payload. */
export function framed(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + payload.length);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, LENGTH_BYTES);
  return frame;
}

function mutateField(random: Random, field: Buffer): Buffer {
  switch (below(random, 6)) {
    case 0:
      return Buffer.from(pick(random, HUGE));
    case 1:
      return Buffer.alloc(0);
    case 2:
      return Buffer.concat([field, field]);
    case 3:
      // Not UTF-8.
      return Buffer.from([0xc3, 0x28, 0xff, 0x80, 0xed, 0xa0, 0x80].slice(below(random, 7)));
    case 4:
      return Buffer.from(`${field.toString('latin1')}${pick(random, HOSTILE)}`, 'utf8');
    default:
      return below(random, 40) === 0 ? Buffer.alloc(below(random, 60_000), 0x41) : Buffer.from(pick(random, HOSTILE), 'utf8');
  }
}

function mutateFields(random: Random, payload: Uint8Array): Buffer {
  const fields = fieldsOf(payload);
  const at = below(random, fields.length);
  const field = fields[at] ?? Buffer.alloc(0);
  switch (below(random, 8)) {
    case 0:
      fields.splice(at, 1 + below(random, 3));
      break;
    case 1:
      fields.splice(at, 0, ...Array.from({ length: 1 + below(random, 3) }, () => Buffer.from(pick(random, HOSTILE), 'utf8')));
      break;
    case 2: {
      // Another field's value: the right kind of text in the wrong place.
      fields[at] = pick(random, fields.length > 0 ? fields : [field]);
      break;
    }
    case 3:
      fields.length = at;
      break;
    case 4:
      // The id of another message, known or not.
      fields[0] = Buffer.from(String(below(random, 220)));
      break;
    default:
      fields[at] = mutateField(random, field);
  }
  return joined(fields);
}

function flipBits(random: Random, payload: Uint8Array): Buffer {
  const flipped = Buffer.from(payload);
  for (let left = 1 + below(random, 4); left > 0 && flipped.length > 0; left -= 1) {
    const at = below(random, flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << below(random, 8));
  }
  return flipped;
}

/** Damages the payload of a frame; the frame stays one. One in ten is left as it is. */
export function mutated(random: Random, frame: Uint8Array): Buffer {
  let payload: Buffer = Buffer.from(frame.subarray(LENGTH_BYTES));
  switch (below(random, 10)) {
    case 0:
      break;
    case 1:
      payload = flipBits(random, payload);
      break;
    case 2:
      payload = payload.subarray(0, below(random, payload.length + 1));
      break;
    case 3:
      payload = mutateFields(random, mutateFields(random, payload));
      break;
    default:
      payload = mutateFields(random, payload);
  }
  return framed(payload);
}

/** Bytes that break the framing: nothing behind them can be read any more. */
export function broken(random: Random, frame: Uint8Array): Buffer {
  const lie = Buffer.from(frame);
  switch (below(random, 5)) {
    case 0:
      lie.writeUInt32BE(below(random, 2) === 0 ? 0xff_ff_ff_fc : 0x80_00_00_00);
      return lie;
    case 1:
      lie.writeUInt32BE(0x01_00_00_00 + below(random, 1_000));
      return lie;
    case 2:
      lie.writeUInt32BE(below(random, lie.length));
      return lie;
    case 3:
      return lie.subarray(0, below(random, lie.length));
    default:
      return Buffer.from(Array.from({ length: 1 + below(random, 400) }, () => below(random, 256)));
  }
}

/** Puts ids in the places of `@0` to `@3`. */
export function withIds(frame: Uint8Array, ids: readonly number[]): Buffer {
  if (!frame.includes(0x40)) return Buffer.from(frame);
  const payload = Buffer.from(frame.subarray(LENGTH_BYTES));
  const fields = fieldsOf(payload).map((field) => {
    const isPlaceholder = field.length === 2 && field[0] === 0x40;
    return isPlaceholder ? Buffer.from(String(ids[((field[1] ?? 0x30) - 0x30) % Math.max(1, ids.length)] ?? 1)) : field;
  });
  // A last field without NUL stays without one.
  const text = joined(fields);
  return framed(payload.at(-1) === NUL ? text : text.subarray(0, Math.max(0, text.length - 1)));
}

import { EventName } from '@stoqey/ib';
import type { IBApi } from '@stoqey/ib';
import { encodeFields, splitFields } from '@ibkit/wire';
import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ours, Untouched } from '../testing/api-twins.js';

type Heard = readonly [name: string, args: readonly unknown[]];

/** An error as far as both sides must agree: its text too, unless the frame was broken, where ours names the message more briefly. */
function told(name: string, args: readonly unknown[]): Heard {
  if (name === 'result' || name === 'all') {
    const [inner, values] = args;
    return [name, [inner, Array.isArray(values) ? told(String(inner), values)[1] : values]];
  }
  return [name, args.map((arg) => (arg instanceof Error ? (/^(?:Underrun|Decoding) error|^No parser/u.exec(arg.message)?.[0] ?? arg.message) : arg))];
}

type Listening = 'plain' | 'once and context' | 'two each' | 'taps' | 'emit replaced';

/** Writes down what an api tells, listening in one of several ways. */
function record(api: IBApi, way: Listening): Heard[] {
  const log: Heard[] = [];
  const add = (method: 'on' | 'once', name: EventName, context?: object): void => {
    const listener = (...args: unknown[]): void => void log.push(told(name, args));
    Reflect.apply(Reflect.get(api, method), api, [name, listener, context]);
  };
  const taps: readonly EventName[] = [EventName.all, EventName.result, EventName.received];
  for (const name of Object.values(EventName)) {
    if (taps.includes(name)) continue;
    if (way !== 'taps' || name === EventName.error) add('on', name, way === 'once and context' ? {} : undefined);
    if (way === 'two each') add('on', name);
    if (way === 'once and context') add('once', name);
  }
  if (way === 'taps') for (const name of taps) add('on', name);
  if (way === 'emit replaced') {
    const emit: unknown = Reflect.get(api, 'emit');
    const replaced = (...args: unknown[]): unknown => {
      log.push(told(`emit ${String(args[0])}`, args.slice(1)));
      return typeof emit === 'function' ? Reflect.apply(emit, api, args) : false;
    };
    Reflect.set(api, 'emit', replaced);
  }
  return log;
}

/** Mostly what servers send, sometimes what they should not: a frame is hot only when all of its fields are plain. */
function mostly(plain: fc.Arbitrary<string>, ...odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 15, arbitrary: plain }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
}

const ODD_NUMBERS = ['', '0', '-0', '5.', '.5', '007', '1e-7', '1e400', '2147483647', '2147483648', '9007199254740993', 'Infinity', 'NaN', '1,234.5', 'x', ' 1'];
const price = mostly(
  fc.oneof(
    fc.integer({ min: -1000, max: 100_000_000 }).map((cents) => String(cents / 100)),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => String(value + 0)),
    fc.constantFrom('-1', '-2', '0', '2.5E-4', '0.12345678901234567', '1.7976931348623157E308'),
  ),
  ...ODD_NUMBERS,
);
const size = mostly(fc.nat({ max: 1_000_000 }).map(String), ...ODD_NUMBERS, '12,345,678', '1.7976931348623157E308');
const id = mostly(fc.integer({ min: 1, max: 200 }).map(String), '', '-1', '0', '99999999', '007', '5.0', '+5', 'x');
const type = mostly(fc.oneof(fc.constantFrom('1', '2', '4', '0', '8', '9', '66', '67', '68', '13'), fc.integer({ min: -2, max: 110 }).map(String)), '', 'x');
const small = mostly(fc.nat({ max: 8 }).map(String), '', '-3', '2147483647', 'true', 'x');
const text = fc.oneof(fc.constantFrom('', 'ARCA', 'Submitted', ' T I', 'Ä漢😀', '1700000000', '20240102  09:30:00', 'a\\u00e4b'), fc.string({ maxLength: 30 }).map((each) => each.replaceAll('\0', '')));
const time = mostly(fc.integer({ min: 1_700_000_000, max: 1_700_000_009 }).map(String), '0', '01700000000', '', '-5', '1.5', 'x');
const reject = fc.constantFrom('', '', '', '{"a":1}');
const version = mostly(fc.constantFrom('6', '3'), '2', '1', '', '10', 'x');
const one = (word: string): fc.Arbitrary<string> => fc.constant(word);

const bars = fc.array(fc.tuple(text, price, price, price, price, size, size, small), { maxLength: 4 }).map((rows) => [String(rows.length), ...rows.flat()]);
const FRAMES: readonly fc.Arbitrary<readonly string[]>[] = [
  fc.tuple(one('1'), version, id, type, price, size, small),
  fc.tuple(one('2'), version, id, type, size),
  fc.tuple(one('46'), version, id, type, text),
  fc.tuple(one('45'), version, id, type, price),
  fc.tuple(one('21'), id, type, small, price, price, price, price, price, price, price, price),
  fc.tuple(one('99'), id, fc.constantFrom('1', '2'), time, price, size, small, text, text),
  fc.tuple(one('99'), id, one('3'), time, price, price, size, size, small),
  fc.tuple(one('99'), id, fc.constantFrom('4', '4', '0', '5', ''), time, price),
  fc.tuple(one('12'), version, id, small, small, small, price, size),
  fc.tuple(one('13'), version, id, small, text, small, small, price, size, fc.constantFrom('0', '1', '', '2')),
  fc.tuple(one('50'), version, id, time, price, price, price, price, size, size, small),
  fc.tuple(one('17'), id, text, text, bars).map(([word, reqId, from, to, rows]) => [word, reqId, from, to, ...rows]),
  fc.tuple(one('90'), id, small, text, price, price, price, price, size, size),
  fc.tuple(one('3'), id, text, size, size, price, fc.constantFrom('123456789', '0', '', '007', '9223372036854775806'), small, price, small, text, price),
  // The library reads a number from an id; ours reads the same, or the frame is reported.
  fc.tuple(one('4'), fc.constantFrom('2', '2', '3'), id, fc.constantFrom('200', '2104', '', 'x'), text, reject),
  fc.tuple(one('58'), one('1'), id, small),
  fc.tuple(one('57'), one('1'), id),
  fc.tuple(one('49'), one('1'), time),
  fc.tuple(one('62'), one('1')),
];

/** A frame and, sometimes, one that lacks a field or has one too many. */
const frame = fc
  .tuple(fc.oneof(...FRAMES), fc.nat({ max: 9 }), fc.nat())
  .map(([fields, luck, at]) => {
    if (luck === 0 && fields[0] !== '4') return fields.toSpliced(1 + (at % fields.length), 1);
    // The library tells of surplus fields before the events that came first; both sides do, but not of a list in a list.
    return luck === 1 && fields[0] !== '17' ? [...fields, 'surplus'] : fields;
  })
  .filter((fields) => fields.length > 1);

/** What the untouched library tells of a frame, with its known faults put right: see library-corrections.ts. */
function corrected(heard: readonly Heard[], message: ServerMessage | undefined): Heard[] {
  if (message?.type !== 'tickPrice') return [...heard];
  const bidSize: Heard = ['tickSize', [message.reqId, 0, message.size]];
  return heard.flatMap(([name, args]): Heard[] => {
    if (name !== 'tickPrice') return [[name, args]];
    const event: Heard = [name, args.with(3, (message.attrMask & 1) !== 0)];
    return message.tickType === 1 ? [event, bidSize] : [event];
  });
}

const serverVersion = fc.integer({ min: 157, max: 193 });

describe('the events of api', () => {
  it.each(['plain', 'two each', 'once and context', 'emit replaced'] as const)('are those of the untouched library, listening %s', (way) => {
    let hot = 0;
    let events = 0;
    fc.assert(
      fc.property(serverVersion, fc.array(frame, { minLength: 1, maxLength: 40 }), (negotiated, frames) => {
        const untouched = new Untouched(negotiated);
        const ours = new Ours(negotiated);
        const theirLog = record(untouched.api, way);
        const ourLog = record(ours.face.api, way);
        for (const fields of frames) {
          // The size of a bid, which only ours tells, is compared where one listener hears of each event once.
          if (fields[0] === '1' && way !== 'plain') continue;
          const payload = encodeFields(fields);
          theirLog.length = 0;
          ourLog.length = 0;
          untouched.feed(payload);
          ours.feed(payload);
          const message = ours.read(payload);
          const internal = ['result', 'all', 'received'];
          const theirs = theirLog.filter(([name]) => !internal.includes(name.replace('emit ', '')));
          expect(ourLog.filter(([name]) => !internal.includes(name.replace('emit ', '')))).toEqual(corrected(theirs, message));
          events += theirs.length;
        }
        hot += ours.hot;
      }),
      { numRuns: way === 'plain' ? 1000 : 300 },
    );
    expect(hot).toBeGreaterThan(500);
    expect(events).toBeGreaterThan(1000);
  });

  it('reach the taps as the untouched library tells them', () => {
    fc.assert(
      fc.property(serverVersion, fc.array(frame, { minLength: 1, maxLength: 20 }), (negotiated, frames) => {
        const untouched = new Untouched(negotiated);
        const ours = new Ours(negotiated);
        const theirLog = record(untouched.api, 'taps');
        const ourLog = record(ours.face.api, 'taps');
        for (const fields of frames) {
          if (fields[0] === '1') continue;
          const payload = encodeFields(fields);
          untouched.feed(payload);
          ours.feed(payload);
          // Fields that hold line ends or the like arrive as they are.
          expect(splitFields(payload)).toEqual(fields);
        }
        expect(ourLog).toEqual(theirLog);
      }),
      { numRuns: 300 },
    );
  });
});

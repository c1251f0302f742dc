import { createTextCodec } from '@ibkit/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TICK_FRAME_BYTES, putTickFrame } from './tick-frames.js';
import type { TickMessage } from './tick-frames.js';

const codecs = [157, 176, 193].map((serverVersion) => createTextCodec({ serverVersion }));

const number = fc.oneof(
  fc.integer({ min: -2_147_483_648, max: 2_147_483_648 }),
  fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((ticks) => ticks / 100),
  fc.integer({ min: 0, max: 2_000_000_000_000 }).map((ticks) => ticks / 10_000),
  fc.integer({ min: 0, max: 1_000_000 }).map((ticks) => ticks / 100_000_000),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 0.1, 0.0001, 0.00005, 1e-7, 1e21, 2 ** 53, 99_999_999_999.9999, Number.MAX_VALUE, 5e-324, 4.35, 1.005, 0.29),
);
const integer = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, -1, 2_147_483_647, 2_147_483_648));
const text = fc.oneof(fc.constantFrom('', 'ARCA', 'NASDAQ', '1772461800', 'é', 'T F', '@ T'), fc.string({ maxLength: 50 }), fc.string({ unit: 'grapheme', maxLength: 5 }));

const tick: fc.Arbitrary<TickMessage> = fc.oneof(
  fc.record({ type: fc.constant('tickPrice' as const), reqId: integer, tickType: integer, price: number, size: fc.option(number, { nil: undefined }), attrMask: integer }),
  fc.record({ type: fc.constant('tickSize' as const), reqId: integer, tickType: integer, size: fc.option(number, { nil: undefined }) }),
  fc.record({ type: fc.constant('tickGeneric' as const), reqId: integer, tickType: integer, value: fc.option(number, { nil: undefined }) }),
  fc.record({ type: fc.constant('tickString' as const), reqId: integer, tickType: integer, value: text }),
  fc.record({
    type: fc.constant('tickByTick' as const),
    reqId: integer,
    kind: fc.constantFrom('Last' as const, 'AllLast' as const),
    time: integer,
    price: number,
    size: number,
    mask: integer,
    exchange: text,
    specialConditions: text,
  }),
  fc.record({
    type: fc.constant('tickByTick' as const),
    reqId: integer,
    kind: fc.constant('BidAsk' as const),
    time: integer,
    bidPrice: number,
    askPrice: number,
    bidSize: number,
    askSize: number,
    mask: integer,
  }),
  fc.record({ type: fc.constant('tickByTick' as const), reqId: integer, kind: fc.constant('MidPoint' as const), time: integer, midPoint: number }),
);

it('writes the bytes that the codec writes, or nothing', () => {
  let written = 0;
  fc.assert(
    fc.property(tick, fc.integer({ min: 0, max: 50 }), (message, start) => {
      const bytes = new Uint8Array(start + TICK_FRAME_BYTES);
      const end = putTickFrame(bytes, start, message);
      if (end < 0) return;
      written += 1;
      for (const codec of codecs) expect(Buffer.from(bytes.subarray(start, end)).toString('latin1')).toBe(Buffer.from(codec.encodeServer(message)).toString('latin1'));
    }),
    { numRuns: 3_000 },
  );
  expect(written).toBeGreaterThan(500);
});

it('leaves to the codec what would not fit, and what the codec refuses', () => {
  const bytes = new Uint8Array(TICK_FRAME_BYTES);
  const line = { type: 'tickString', reqId: 1, tickType: 45 } as const;
  expect(putTickFrame(bytes, 0, { ...line, value: 'x'.repeat(41) })).toBe(-1);
  expect(putTickFrame(bytes, 0, { ...line, value: 'a\nb' })).toBe(-1);
  expect(putTickFrame(bytes, 0, { ...line, reqId: 0.5, value: '' })).toBe(-1);
  expect(putTickFrame(bytes, 0, { type: 'tickPrice', reqId: 1, tickType: 1, price: Number.NaN, size: 0, attrMask: 0 })).toBe(-1);
  expect(putTickFrame(bytes, 0, { type: 'tickSize', reqId: 1, tickType: 0, size: 1e-7 })).toBe(-1);
});

it('has room for the longest of everything', () => {
  const bytes = new Uint8Array(TICK_FRAME_BYTES);
  const longest = -1.234_567_890_123_456e-5;
  const whole = -Number.MAX_SAFE_INTEGER;
  const end = putTickFrame(bytes, 0, {
    type: 'tickByTick',
    reqId: whole,
    kind: 'AllLast',
    time: whole,
    price: longest,
    size: longest,
    mask: whole,
    exchange: 'x'.repeat(40),
    specialConditions: 'y'.repeat(40),
  });
  expect(end).toBeGreaterThan(0);
  expect(end).toBeLessThanOrEqual(TICK_FRAME_BYTES);
});

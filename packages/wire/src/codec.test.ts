import { isIbkrError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCodec } from './codec.js';
import type { TextCodec } from './codec.js';
import { encodeFields, splitFields } from './framing.js';
import type { Layout } from './layout.js';
import { CLIENT_LAYOUTS, SERVER_LAYOUTS } from './messages.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from './server-version.js';
import { messages } from './testing/message-arbitrary.js';

const RUNS = 40;
const codecs = new Map<number, TextCodec>();

function codecAt(serverVersion: number): TextCodec {
  let codec = codecs.get(serverVersion);
  if (codec === undefined) codecs.set(serverVersion, (codec = createTextCodec({ serverVersion })));
  return codec;
}

function isClientMessage(value: { type?: unknown }): value is ClientMessage {
  return typeof value.type === 'string' && value.type in CLIENT_LAYOUTS;
}

function isServerMessage(value: { type?: unknown }): value is ServerMessage {
  return typeof value.type === 'string' && value.type in SERVER_LAYOUTS;
}

function versionsOf(layout: Layout): fc.Arbitrary<number> {
  return fc.integer({ min: Math.max(layout.since, MIN_SERVER_VERSION), max: MAX_SERVER_VERSION });
}

function payloadOf(frame: Uint8Array): Uint8Array {
  expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(frame.length - 4);
  return frame.subarray(4);
}

describe('round trip', () => {
  it.each(Object.values(CLIENT_LAYOUTS))('decodes the $type request that it encoded', (layout) => {
    fc.assert(
      fc.property(
        versionsOf(layout).chain((serverVersion) => fc.tuple(fc.constant(serverVersion), messages(layout, serverVersion))),
        ([serverVersion, message]) => {
          const codec = codecAt(serverVersion);
          if (!isClientMessage(message)) throw new Error('not a client message');
          expect(codec.decodeClient(payloadOf(codec.encodeClient(message)))).toEqual({ ok: true, message });
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each(Object.values(SERVER_LAYOUTS))('decodes the $type answer that it encoded', (layout) => {
    fc.assert(
      fc.property(
        versionsOf(layout).chain((serverVersion) => fc.tuple(fc.constant(serverVersion), messages(layout, serverVersion))),
        ([serverVersion, message]) => {
          const codec = codecAt(serverVersion);
          if (!isServerMessage(message)) throw new Error('not a server message');
          expect(codec.decodeServer(payloadOf(codec.encodeServer(message)))).toEqual({ ok: true, message });
        },
      ),
      { numRuns: RUNS },
    );
  });
});

const everyLayout = [...Object.values(CLIENT_LAYOUTS), ...Object.values(SERVER_LAYOUTS)];

/** The fields of a valid message, in either direction. */
const validFields = fc
  .tuple(fc.constantFrom(...everyLayout), fc.integer({ min: 176, max: MAX_SERVER_VERSION }))
  .chain(([layout, serverVersion]) => fc.tuple(fc.constant(serverVersion), messages(layout, serverVersion)))
  .map(([serverVersion, message]) => {
    const codec = codecAt(serverVersion);
    const frame = isClientMessage(message) ? codec.encodeClient(message) : isServerMessage(message) ? codec.encodeServer(message) : undefined;
    if (frame === undefined) throw new Error('not a message');
    return { serverVersion, frame };
  });

const hostileField = fc.constantFrom('', '-1', '999999999', '2147483647', '1e400', 'NaN', '-', '0x10', '1.5', 'true', '\u{1F600}', '1'.repeat(400));

describe('hostile bytes', () => {
  it('answers every mutated payload with a message or a failure', () => {
    fc.assert(
      fc.property(
        validFields,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        ({ serverVersion, frame }, changes, cut) => {
          const payload = Uint8Array.from(frame.subarray(4));
          for (const [at, byte] of changes) payload[at % Math.max(1, payload.length)] = byte;
          const shortened = payload.subarray(0, payload.length - (cut % 4 === 0 ? cut % (payload.length + 1) : 0));
          const codec = codecAt(serverVersion);
          expect(typeof codec.decodeClient(shortened).ok).toBe('boolean');
          expect(typeof codec.decodeServer(shortened).ok).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('answers replaced, dropped and repeated fields with a message or a failure', () => {
    fc.assert(
      fc.property(validFields, fc.nat(), hostileField, fc.constantFrom('replace', 'drop', 'insert'), ({ serverVersion, frame }, at, text, how) => {
        const fields = splitFields(frame.subarray(4));
        fields.splice(at % fields.length, how === 'insert' ? 0 : 1, ...(how === 'drop' ? [] : [text]));
        const payload = encodeFields(fields);
        const codec = codecAt(serverVersion);
        const reasons = [codec.decodeClient(payload), codec.decodeServer(payload)].map((decoded) => (decoded.ok ? 'none' : decoded.failure.reason));
        expect(reasons).not.toContain('');
      }),
      { numRuns: 2000 },
    );
  });

  it('does not allocate for a count that the message cannot hold', () => {
    const decoded = codecAt(193).decodeServer(encodeFields(['17', '1', '', '', '99999999', '20250101']));
    expect(decoded).toMatchObject({ ok: false, failure: { messageId: 17, type: 'historicalData', field: 'bars' } });
  });
});

describe('decoding', () => {
  const codec = codecAt(193);

  it('names message, field and reason', () => {
    const decoded = codec.decodeServer(encodeFields(['17', '1', 'a', 'b', '1', '20250101', '1', 'x', '3', '4', '5', '6', '7']));
    expect(decoded).toEqual({
      ok: false,
      failure: {
        messageId: 17,
        type: 'historicalData',
        field: 'bars[0].high',
        reason: 'must be a finite number',
        fields: ['17', '1', 'a', 'b', '1', '20250101', '1', 'x', '3', '4', '5', '6', '7'],
      },
    });
  });

  it.each([
    ['an unknown id', ['999', '1'], 999, 'unknown'],
    ['no id', ['x'], undefined, 'message id'],
    ['nothing', [], undefined, 'message id'],
    ['an empty required field', ['9', '1', ''], 9, 'must not be empty'],
    ['too few fields', ['9', '1'], 9, 'too short'],
    ['too many fields', ['9', '1', '5', '6'], 9, 'unexpected'],
  ])('fails on %s', (_, fields, messageId, reason) => {
    const decoded = codec.decodeServer(encodeFields(fields));
    expect(decoded).toMatchObject({ ok: false, failure: { messageId } });
    expect(decoded.ok ? '' : decoded.failure.reason).toContain(reason);
  });

  it('ignores what a newer server may add to an order, but not to a tick', () => {
    const status = { type: 'orderStatus', orderId: 1, status: 'Filled', filled: 1, remaining: 0, permId: '5', clientId: 0 } as const;
    const more = (frame: Uint8Array): Uint8Array => encodeFields([...splitFields(frame.subarray(4)), 'new']);
    expect(codec.decodeServer(more(codec.encodeServer(status)))).toMatchObject({ ok: true, message: status });
    expect(codec.decodeServer(more(codec.encodeServer({ type: 'tickSize', reqId: 1, tickType: 0, size: 5 }))).ok).toBe(false);
  });

  it('fails when the last NUL is missing', () => {
    expect(codec.decodeServer(encodeFields(['9', '1', '55']).subarray(0, -1))).toMatchObject({ ok: false, failure: { type: 'nextValidId' } });
  });

  it.each(['', '2147483647', '1.7976931348623157E308', '1.7976931348623157e+308', 'Infinity', 'Infinite', '9223372036854775807'])(
    'takes %j for an unset price',
    (spelling) => {
      const frame = codec.encodeClient({ type: 'placeOrder', orderId: 1, contract: {}, order: { lmtPrice: 123.5 } });
      const fields = splitFields(frame.subarray(4)).map((field) => (field === '123.5' ? spelling : field));
      const decoded = codec.decodeClient(encodeFields(fields));
      expect(decoded).toEqual({ ok: true, message: { type: 'placeOrder', orderId: 1, contract: {}, order: {} } });
    },
  );

  it.each(['Infinity', 'Infinite'])('takes %s as up to the midpoint in PEG BEST orders', (spelling) => {
    const order = { orderType: 'PEG BEST', competeAgainstBestOffset: Infinity, midOffsetAtWhole: 0.01, midOffsetAtHalf: 0.02 };
    const message = { type: 'placeOrder', orderId: 1, contract: { symbol: 'A' }, order } as const;
    const fields = splitFields(codec.encodeClient(message).subarray(4)).map((field) => (field === 'Infinity' ? spelling : field));
    expect(codec.decodeClient(encodeFields(fields))).toEqual({ ok: true, message });
  });

  it('ignores the version that a client writes and a missing options field', () => {
    const frame = codec.encodeClient({ type: 'reqMktData', reqId: 3, contract: { conId: 265598, exchange: 'SMART' }, genericTickList: '233' });
    const fields = splitFields(frame.subarray(4));
    fields[1] = '9';
    fields.pop();
    expect(codec.decodeClient(encodeFields(fields))).toEqual({
      ok: true,
      message: { type: 'reqMktData', reqId: 3, contract: { conId: 265598, exchange: 'SMART' }, genericTickList: '233' },
    });
  });

  it.each([
    ['calcImpliedVolatility', ['54', '3', '9', '11', 'SPY', 'OPT', '20261218', '500', 'C', '100', 'SMART', '', 'USD', '', 'SPY', '0.25', '500']],
    ['calcOptionPrice', ['55', '3', '9', '11', 'SPY', 'OPT', '20261218', '500', 'C', '100', 'SMART', '', 'USD', '', 'SPY', '0.25', '500']],
    ['reqFundamentalData', ['52', '2', '9', '11', 'SPY', 'STK', 'SMART', '', 'USD', '', 'ReportSnapshot']],
  ])('reads a %s whose options are counted before they are listed', (type, fields) => {
    const read = (...options: string[]) => codec.decodeClient(encodeFields([...fields, ...options]));
    const plain = read('');
    expect(plain).toMatchObject({ ok: true, message: { type, reqId: 9 } });
    expect(read('0', '')).toEqual(plain);
    expect(read('1', 'a=b;')).toMatchObject({ ok: true, message: { reqId: 9, options: [{ tag: 'a', value: 'b' }] } });
    expect(read('0', '', '')).toMatchObject({ ok: false });
  });

  it.each([
    ['80', 'reqFamilyCodes'],
    ['82', 'reqMktDepthExchanges'],
    ['85', 'reqNewsProviders'],
  ])('takes a version with request %s, which has no fields', (id, type) => {
    expect(codec.decodeClient(encodeFields([id, '1']))).toEqual({ ok: true, message: { type } });
  });

  it('reads the scale block of clients that send it for an increment of 0', () => {
    const order = { scalePriceIncrement: 5, scaleAutoReset: true, scaleInitPosition: 7, scaleRandomPercent: false, transmit: true };
    const frame = codec.encodeClient({ type: 'placeOrder', orderId: 1, contract: {}, order });
    const fields = splitFields(frame.subarray(4)).map((field) => (field === '5' ? '0' : field));
    expect(codec.decodeClient(encodeFields(fields))).toEqual({
      ok: true,
      message: { type: 'placeOrder', orderId: 1, contract: {}, order: { ...order, scalePriceIncrement: 0 } },
    });
  });

  it('reads none out of strike 0, right ? and contract id 0', () => {
    const decoded = codec.decodeServer(
      encodeFields(['61', '3', 'DU1', '0', 'EUR', 'CASH', '', '0.0', '?', '', 'IDEALPRO', 'USD', 'EUR.USD', 'EUR.USD', '-20000', '1.08']),
    );
    expect(decoded).toEqual({
      ok: true,
      message: {
        type: 'position',
        account: 'DU1',
        contract: { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD', localSymbol: 'EUR.USD', tradingClass: 'EUR.USD' },
        position: -20000,
        avgCost: 1.08,
      },
    });
  });

  it.each([
    ['0', false],
    ['1', true],
    ['2', true],
    ['true', true],
    ['False', false],
    ['', undefined],
    ['2147483647', undefined],
  ])('reads the flag %j as %s', (text, snapshot) => {
    const fields = ['1', '11', '3', ...Array.from({ length: 12 }, () => ''), '0', '', text, '0', ''];
    const message = { type: 'reqMktData', reqId: 3, contract: {}, snapshot, regulatorySnapshot: false };
    expect(codec.decodeClient(encodeFields(fields))).toEqual({ ok: true, message });
  });

  it('keeps 64-bit ids exact', () => {
    const order = { permId: '9007199254740993' };
    const frame = codec.encodeServer({ type: 'openOrder', orderId: 1, contract: {}, order, orderState: { status: 'Submitted' } });
    expect(codec.decodeServer(frame.subarray(4))).toMatchObject({ ok: true, message: { order } });
  });

  it('undoes well-formed escapes in error texts', () => {
    expect(codec.decodeServer(encodeFields(['4', '2', '-1', '2104', 'Z\\u00fcrich \\u00 \\uD83D\\uDE00', '']))).toEqual({
      ok: true,
      message: { type: 'errMsg', id: -1, code: 2104, msg: 'Zürich \\u00 😀' },
    });
  });

  it('knows a message only from its first server version on', () => {
    const payload = encodeFields(['106', '1', 'a', 'b', 'UTC', '0']);
    expect(codecAt(164).decodeServer(payload).ok).toBe(false);
    expect(codecAt(165).decodeServer(payload).ok).toBe(true);
  });
});

describe('encoding', () => {
  const codec = codecAt(193);

  function problemOf(encode: () => unknown): string {
    try {
      encode();
    } catch (error) {
      if (isIbkrError(error)) return error.message;
      throw error;
    }
    return 'no error';
  }

  it.each([
    ['NaN', { lmtPrice: Number.NaN }, 'order.lmtPrice must be a finite number, got NaN'],
    ['an infinite price', { auxPrice: Infinity }, 'order.auxPrice must be a finite number, got Infinity'],
    ['a NUL', { orderRef: 'a\0b' }, 'order.orderRef must be a string of printable ASCII characters, got a text with U+0000 at position 1'],
    ['a line break', { tif: 'DAY\n' }, 'order.tif must be a string of printable ASCII characters'],
    ['a letter outside ASCII', { account: 'DÜ1' }, 'order.account must be a string of printable ASCII characters'],
    ['a fraction for an integer', { parentId: 1.5 }, 'order.parentId must be an integer, got 1.5'],
  ])('refuses %s', (_, order, problem) => {
    expect(problemOf(() => codec.encodeClient({ type: 'placeOrder', orderId: 1, contract: {}, order }))).toContain(problem);
  });

  it('does not repeat texts in its refusals', () => {
    const problem = problemOf(() => codec.encodeClient({ type: 'placeOrder', orderId: 1, contract: {}, order: { account: 'DU1234567\r' } }));
    expect(problem).not.toContain('DU1234567');
  });

  it('refuses what the server version cannot carry, in requests', () => {
    const old = codecAt(168);
    expect(problemOf(() => old.encodeClient({ type: 'cancelOrder', orderId: 1, manualCancelOrderTime: '20250101-00:00:00' }))).toContain(
      'manualCancelOrderTime needs server version 169, this one is 168',
    );
    expect(problemOf(() => codecAt(160).encodeClient({ type: 'reqUserInfo', reqId: 1 }))).toContain('needs server version 167');
  });

  it('leaves out what the server version cannot carry, in answers', () => {
    const details = { contract: { symbol: 'A', lastTradeDate: '20250620' }, ineligibilityReasonList: [{ id: 'x', description: 'y' }] };
    const old = codecAt(175);
    expect(old.decodeServer(old.encodeServer({ type: 'contractDetails', reqId: 1, details }).subarray(4))).toEqual({
      ok: true,
      message: { type: 'contractDetails', reqId: 1, details: { contract: { symbol: 'A' } } },
    });
  });

  it('writes numbers without exponents', () => {
    const frame = codec.encodeServer({ type: 'tickPrice', reqId: 1, tickType: 1, price: 1e-7, size: 1.5e21, attrMask: 0 });
    expect(splitFields(frame.subarray(4))).toEqual(['1', '6', '1', '1', '0.0000001', '1500000000000000000000', '0']);
  });

  it('takes the numbers that mean unset for what they mean', () => {
    const frame = codec.encodeClient({ type: 'placeOrder', orderId: 1, contract: { conId: 0, strike: 0 }, order: { lmtPrice: Number.MAX_VALUE, minQty: 2147483647 } });
    expect(codec.decodeClient(frame.subarray(4))).toEqual({ ok: true, message: { type: 'placeOrder', orderId: 1, contract: {}, order: {} } });
  });

  it('escapes what is not ASCII in error texts', () => {
    const frame = codec.encodeServer({ type: 'errMsg', id: 1, code: 201, msg: 'Zürich' });
    expect(splitFields(frame.subarray(4))).toEqual(['4', '2', '1', '201', 'Z\\u00fcrich', '']);
  });
});

describe('createTextCodec', () => {
  it.each([156, 194, 176.5, Number.NaN])('refuses server version %s', (serverVersion) => {
    expect(() => createTextCodec({ serverVersion })).toThrow('serverVersion must be an integer from 157 to 193');
  });
});

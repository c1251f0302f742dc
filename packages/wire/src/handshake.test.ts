import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFields, encodeFrame } from './framing.js';
import { ClientHelloReader, decodeServerHello, encodeClientHello, encodeServerHello } from './handshake.js';

describe('client hello', () => {
  it('is the prefix and one frame without NUL', () => {
    expect(Buffer.from(encodeClientHello({ minVersion: 157, maxVersion: 193 })).toString('latin1')).toBe('API\0\0\0\0\tv157..193');
    expect(Buffer.from(encodeClientHello({ minVersion: 200, maxVersion: 200, connectOptions: '+PACEAPI' })).toString('latin1')).toBe(
      'API\0\0\0\0\rv200 +PACEAPI',
    );
  });

  it('is read however it is cut, with what follows', () => {
    const hello = encodeClientHello({ minVersion: 100, maxVersion: 193, connectOptions: '+PACEAPI' });
    const startApi = encodeFrame(encodeFields(['71', '2', '0', '']));
    const bytes = Buffer.concat([hello, startApi]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: hello.length - 1 }), fc.integer({ min: hello.length, max: bytes.length }), (first, second) => {
        const reader = new ClientHelloReader();
        expect(reader.push(bytes.subarray(0, first))).toEqual({ status: 'incomplete' });
        const result = reader.push(bytes.subarray(first, second));
        expect(result).toMatchObject({ status: 'complete', minVersion: 100, maxVersion: 193, connectOptions: '+PACEAPI' });
        expect(result.status === 'complete' && Buffer.from(result.rest).equals(bytes.subarray(hello.length, second))).toBe(true);
      }),
    );
  });

  it.each([
    ['another protocol', 'GET / HTTP/1.1'],
    ['a framed message without prefix', '\0\0\0\x03abc'],
    ['a long range', 'API\0\x7f\xff\xff\xff'],
    ['a negative length', 'API\0\xff\xff\xff\xff'],
    ['no range', 'API\0\0\0\0\x03abc'],
    ['a range backwards', 'API\0\0\0\0\tv193..157'],
  ])('is invalid for %s', (_, text) => {
    expect(new ClientHelloReader().push(Buffer.from(text, 'latin1'))).toMatchObject({ status: 'invalid' });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, prefixed) => {
        const reader = new ClientHelloReader();
        if (prefixed) reader.push(Buffer.from('API\0'));
        expect(['incomplete', 'invalid', 'complete']).toContain(reader.push(bytes).status);
      }),
    );
  });

  it.each([
    { minVersion: 193, maxVersion: 157 },
    { minVersion: 1.5, maxVersion: 157 },
    { minVersion: 157, maxVersion: 193, connectOptions: 'a\nb' },
  ])('refuses %j', (hello) => {
    expect(() => encodeClientHello(hello)).toThrow(/must be/);
  });
});

describe('server hello', () => {
  it('comes back as it was written', () => {
    const hello = { serverVersion: 193, connectionTime: '20260405 12:00:00 CET' };
    const frame = encodeServerHello(hello);
    expect(Buffer.from(frame.subarray(4)).toString('latin1')).toBe('193\x0020260405 12:00:00 CET\0');
    expect(decodeServerHello(frame.subarray(4))).toEqual({ ok: true, ...hello });
  });

  it.each([
    ['no fields', []],
    ['no number', ['x', 'y']],
    ['no time', ['193']],
    ['too much', ['193', 'time', 'more']],
  ])('fails on %s', (_, fields) => {
    expect(decodeServerHello(encodeFields(fields))).toMatchObject({ ok: false });
  });

  it('refuses control characters', () => {
    expect(() => encodeServerHello({ serverVersion: 193, connectionTime: 'a\0b' })).toThrow('connectionTime must be printable ASCII');
    expect(() => encodeServerHello({ serverVersion: 1.5, connectionTime: '' })).toThrow('serverVersion must be an integer');
  });
});

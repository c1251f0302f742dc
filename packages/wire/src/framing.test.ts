import { isIbkrError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter, FramingError, encodeFields, encodeFrame, splitFields } from './framing.js';

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

function collect(maxLength?: number): { readonly frames: string[]; readonly splitter: FrameSplitter } {
  const frames: string[] = [];
  const splitter = new FrameSplitter({ maxLength, onFrame: (payload) => frames.push(Buffer.from(payload).toString('hex')) });
  return { frames, splitter };
}

/** Cuts bytes at the given places. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

describe('FrameSplitter', () => {
  it('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), fc.array(fc.nat(), { maxLength: 20 }), (payloads, cuts) => {
        const { frames, splitter } = collect();
        const bytes = Buffer.concat(payloads.map((payload) => encodeFrame(payload)));
        for (const chunk of chunksOf(bytes, cuts)) splitter.push(chunk);
        expect(frames).toEqual(payloads.map((payload) => Buffer.from(payload).toString('hex')));
        expect(splitter.buffered).toBe(0);
      }),
    );
  });

  it('finds frames one byte at a time and counts what waits', () => {
    const { frames, splitter } = collect();
    const bytes = encodeFrame(Uint8Array.of(1, 2, 3));
    for (let at = 0; at < bytes.length; at += 1) {
      expect(splitter.buffered).toBe(at);
      splitter.push(bytes.subarray(at, at + 1));
    }
    expect(frames).toEqual(['010203']);
    expect(splitter.buffered).toBe(0);
  });

  it('delivers an empty frame as an empty payload', () => {
    const { frames, splitter } = collect();
    splitter.push(header(0));
    splitter.push(Buffer.concat([header(0), encodeFrame(Uint8Array.of(9))]));
    expect(frames).toEqual(['', '', '09']);
  });

  it.each([-4, -1, -2_147_483_648, 0x01_00_00_00, 2_147_483_647])('refuses a length of %i and stays unusable', (length) => {
    const { frames, splitter } = collect();
    const push = (): void => {
      splitter.push(Buffer.concat([encodeFrame(Uint8Array.of(1)), header(length), encodeFrame(Uint8Array.of(2))]));
    };
    expect(push).toThrow(FramingError);
    expect(push).toThrow(/announced a frame of/);
    expect(frames).toEqual(['01']);
  });

  it('throws an error that says what it is', () => {
    const { splitter } = collect(10);
    let thrown: unknown;
    try {
      splitter.push(header(11));
    } catch (error) {
      thrown = error;
    }
    expect(isIbkrError(thrown) && thrown.code).toBe('IBKR_WIRE_FRAMING');
    expect(thrown).toMatchObject({ name: 'FramingError', retryable: true, details: { announced: 11, maxLength: 10 } });
  });

  it('takes the longest payload', () => {
    const { frames, splitter } = collect(3);
    splitter.push(encodeFrame(Uint8Array.of(1, 2, 3)));
    expect(frames).toEqual(['010203']);
  });

  it.each([-1, 1.5, 0x01_00_00_00, Number.NaN])('refuses a maxLength of %s', (maxLength) => {
    expect(() => new FrameSplitter({ maxLength, onFrame: () => undefined })).toThrow('maxLength must be an integer from 0 to 16777215');
  });

  it('goes on behind a frame whose listener threw', () => {
    const seen: number[] = [];
    const splitter = new FrameSplitter({
      onFrame(payload) {
        seen.push(payload[0] ?? -1);
        if (payload[0] === 2) throw new Error('listener');
      },
    });
    const bytes = Buffer.concat([1, 2, 3, 4].map((value) => encodeFrame(Uint8Array.of(value))));
    expect(() => {
      splitter.push(bytes);
    }).toThrow('listener');
    expect(seen).toEqual([1, 2]);
    splitter.push(new Uint8Array(0));
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('takes up bytes that its listener pushes behind those it has', () => {
    const seen: number[] = [];
    const splitter: FrameSplitter = new FrameSplitter({
      onFrame(payload) {
        seen.push(payload[0] ?? -1);
        if (payload[0] === 1) splitter.push(encodeFrame(Uint8Array.of(9)));
      },
    });
    splitter.push(Buffer.concat([encodeFrame(Uint8Array.of(1)), encodeFrame(Uint8Array.of(2))]));
    expect(seen).toEqual([1, 2, 9]);
  });

  it('copies each byte of a large frame once', () => {
    const payload = new Uint8Array(4_000_000).fill(7);
    const { frames, splitter } = collect();
    const bytes = encodeFrame(payload);
    // Quadratic copying of 4 MB in chunks of 64 bytes would move 125 GB.
    for (let at = 0; at < bytes.length; at += 64) splitter.push(bytes.subarray(at, at + 64));
    expect(frames).toHaveLength(1);
  });
});

describe('fields', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))), (fields) => {
        expect(splitFields(encodeFields(fields))).toEqual(fields);
      }),
    );
  });

  it('end with NUL, the last one too', () => {
    expect(Buffer.from(encodeFields(['8', '', 'é'])).toString('hex')).toBe('380000c3a900');
    expect(encodeFields([])).toHaveLength(0);
  });

  it('keep a last field that lacks its NUL', () => {
    expect(splitFields(Buffer.from('1\0ab'))).toEqual(['1', 'ab']);
  });
});

describe('encodeFrame', () => {
  it('refuses a payload beyond the limit', () => {
    expect(() => encodeFrame(new Uint8Array(0x01_00_00_00))).toThrow('payload length must be at most 16777215 bytes, got 16777216');
  });
});

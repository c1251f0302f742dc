import { decode, encode } from '@msgpack/msgpack';

/** How the messages of a connection are written. */
export type StreamEncoding = 'json' | 'msgpack';

/** The part of a message that all subscribers share. */
export interface TailFields {
  readonly t: string;
  readonly [field: string]: unknown;
}

const MSGPACK_OPTIONS = { ignoreUndefined: true } as const;
/** A client names few things, none of them long. */
const DECODE_LIMITS = { maxArrayLength: 64, maxMapLength: 64, maxStrLength: 4096, maxBinLength: 0, maxExtLength: 0 } as const;
const TEXT = 0x81;
const BINARY = 0x82;

/** The tail of a message, written once for each encoding, however many are sent: everything but the number of the subscription and of the message. */
export class SharedTail {
  readonly #fields: TailFields;
  #json: Buffer | undefined;
  #msgpack: Buffer | undefined;
  #count = 0;

  constructor(fields: TailFields) {
    this.#fields = fields;
  }

  /** Its bytes. */
  bytes(encoding: StreamEncoding): Buffer {
    if (encoding === 'json') return (this.#json ??= Buffer.from(JSON.stringify(this.#fields).slice(1)));
    return (this.#msgpack ??= this.#packed());
  }

  /** What stands before it for one subscriber. */
  head(encoding: StreamEncoding, id: number, seq: number): Buffer | string {
    if (encoding === 'json') return `{"id":${id},"seq":${seq},`;
    this.#msgpack ??= this.#packed();
    const head = Buffer.allocUnsafe(18);
    head[0] = 0x80 | (this.#count + 2);
    head.write('\u00a2id', 1, 'latin1');
    const seqAt = writeUint(head, id, 4);
    head.write('\u00a3seq', seqAt, 'latin1');
    return head.subarray(0, writeUint(head, seq, seqAt + 4));
  }

  #packed(): Buffer {
    const fields = Object.entries(this.#fields).filter(([, value]) => value !== undefined);
    this.#count = fields.length;
    return Buffer.concat(fields.flatMap((pair) => pair.map((part) => encode(part, MSGPACK_OPTIONS))));
  }
}

/** MessagePack: a positive fixint, or 32 bits. */
function writeUint(into: Buffer, value: number, offset: number): number {
  if (value < 0x80) return into.writeUInt8(value, offset);
  return into.writeUInt32BE(value, into.writeUInt8(0xce, offset));
}

/** A message for one client alone. */
export function encodeMessage(encoding: StreamEncoding, message: object): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify(message));
  const { buffer, byteOffset, byteLength } = encode(message, MSGPACK_OPTIONS);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** What a client wrote; `undefined` for what cannot be read. */
export function decodeMessage(encoding: StreamEncoding, data: Buffer): unknown {
  try {
    return encoding === 'json' ? JSON.parse(data.toString('utf8')) : decode(data, DECODE_LIMITS);
  } catch {
    return undefined;
  }
}

/** How many bytes stand before the payload of a frame (RFC 6455, 5.2: from a server, without a mask). */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}

/** Writes the header of one whole frame. Gives back where the payload goes. */
export function writeFrameHeader(into: Buffer, offset: number, { encoding, payloadBytes }: { readonly encoding: StreamEncoding; readonly payloadBytes: number }): number {
  into[offset] = encoding === 'json' ? TEXT : BINARY;
  if (payloadBytes < 126) return into.writeUInt8(payloadBytes, offset + 1);
  if (payloadBytes < 65_536) return into.writeUInt16BE(payloadBytes, into.writeUInt8(126, offset + 1));
  const after = into.writeUInt8(127, offset + 1);
  return into.writeUInt32BE(payloadBytes, into.writeUInt32BE(0, after));
}

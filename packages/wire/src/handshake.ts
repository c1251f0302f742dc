import { UsageError } from '@ibkit/error-codes';
import { encodeFields, encodeFrame, splitFields } from './framing.js';

const PREFIX = Buffer.from('API\0');
/** No client sends more than some tens of bytes here; the limit keeps a stranger from filling memory. */
const MAX_HELLO_LENGTH = 4096;
const RANGE = /^v(\d{1,9})(?:\.\.(\d{1,9}))?(?: ([\x20-\x7e]*))?$/;

/** The versions that a client offers. */
export interface ClientHello {
  readonly minVersion: number;
  readonly maxVersion: number;
  /** Text behind the version range, such as `+PACEAPI`; empty when there is none. */
  readonly connectOptions: string;
}

/** What the reader of a client's first bytes knows so far. */
export type ClientHelloResult =
  | { readonly status: 'incomplete' }
  /** The peer does not speak this protocol; close the connection. */
  | { readonly status: 'invalid'; readonly reason: string }
  | ({
      readonly status: 'complete';
      /** Bytes that came behind the hello: the beginning of the framed stream. */
      readonly rest: Uint8Array;
    } & ClientHello);

/**
 * The first bytes of a client: `API`, NUL and one frame with the version range.
 * @throws UsageError when the versions are not integers in order, or the options are not printable ASCII.
 */
export function encodeClientHello(hello: {
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly connectOptions?: string | undefined;
}): Uint8Array {
  const { minVersion, maxVersion, connectOptions = '' } = hello;
  if (!Number.isInteger(minVersion) || !Number.isInteger(maxVersion) || minVersion < 0 || maxVersion < minVersion) {
    throw new UsageError({
      code: 'IBKR_WIRE_VALUE',
      field: 'minVersion and maxVersion',
      rule: `must be integers with 0 <= minVersion <= maxVersion, got ${minVersion} and ${maxVersion}`,
    });
  }
  const range = minVersion === maxVersion ? `v${minVersion}` : `v${minVersion}..${maxVersion}`;
  const text = connectOptions === '' ? range : `${range} ${connectOptions}`;
  if (!RANGE.test(text)) {
    throw new UsageError({ code: 'IBKR_WIRE_VALUE', field: 'connectOptions', rule: 'must be printable ASCII' });
  }
  return Buffer.concat([PREFIX, encodeFrame(Buffer.from(text))]);
}

/** Reads a client's first bytes, however they are cut into chunks. */
export class ClientHelloReader {
  #bytes: Buffer = Buffer.alloc(0);
  #result: ClientHelloResult = { status: 'incomplete' };

  /** Takes the next bytes. Once the answer is `complete` or `invalid`, it stays, and later bytes are not looked at. */
  push(chunk: Uint8Array): ClientHelloResult {
    if (this.#result.status !== 'incomplete') return this.#result;
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#result = this.#read(this.#bytes);
    return this.#result;
  }

  #read(bytes: Buffer): ClientHelloResult {
    const seen = Math.min(bytes.length, PREFIX.length);
    if (!bytes.subarray(0, seen).equals(PREFIX.subarray(0, seen))) return { status: 'invalid', reason: 'the first bytes are not "API" and NUL' };
    const start = PREFIX.length + 4;
    if (bytes.length < start) return { status: 'incomplete' };
    const length = bytes.readUInt32BE(PREFIX.length);
    if (length > MAX_HELLO_LENGTH) return { status: 'invalid', reason: `a version range of ${length} bytes` };
    if (bytes.length < start + length) return { status: 'incomplete' };
    // Some clients end the range with a NUL.
    const text = bytes.toString('latin1', start, start + length).replace(/\0$/, '');
    const match = RANGE.exec(text);
    const minVersion = Number(match?.[1]);
    const maxVersion = Number(match?.[2] ?? match?.[1]);
    if (match === null || maxVersion < minVersion) return { status: 'invalid', reason: 'no version range such as v157..193' };
    return { status: 'complete', minVersion, maxVersion, connectOptions: match[3] ?? '', rest: bytes.subarray(start + length) };
  }
}

/** The first frame of a server. */
export interface ServerHello {
  readonly serverVersion: number;
  /** When and in which zone the server saw the connection, such as `20260405 12:00:00 CET`. Zones come in many spellings: do not rely on reading them. */
  readonly connectionTime: string;
}

/**
 * The whole first frame of a server.
 * @throws UsageError when the version is not an integer or the time holds control characters.
 */
export function encodeServerHello(hello: ServerHello): Uint8Array {
  if (!Number.isInteger(hello.serverVersion)) {
    throw new UsageError({ code: 'IBKR_WIRE_VALUE', field: 'serverVersion', value: hello.serverVersion, rule: 'must be an integer' });
  }
  if (!/^[\x20-\x7e]*$/.test(hello.connectionTime)) {
    throw new UsageError({ code: 'IBKR_WIRE_VALUE', field: 'connectionTime', rule: 'must be printable ASCII' });
  }
  return encodeFrame(encodeFields([String(hello.serverVersion), hello.connectionTime]));
}

/** Reads the payload of a server's first frame. */
export function decodeServerHello(
  payload: Uint8Array,
): ({ readonly ok: true } & ServerHello) | { readonly ok: false; readonly reason: string } {
  const [versionText, connectionTime, ...more] = splitFields(payload);
  if (versionText === undefined || !/^-?\d{1,9}$/.test(versionText)) return { ok: false, reason: 'the first field is not a server version' };
  if (connectionTime === undefined) return { ok: false, reason: 'the connection time is missing' };
  if (more.length > 0) return { ok: false, reason: `${more.length} unexpected fields behind the connection time` };
  return { ok: true, serverVersion: Number(versionText), connectionTime };
}

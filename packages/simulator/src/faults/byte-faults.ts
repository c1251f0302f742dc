import { encodeFields, encodeFrame } from '@ibkit/wire';
import { finiteNumber, listOf, oneOf, optional, rule, wholeNumber } from '../control/rules.js';
import type { Rule } from '../control/rules.js';
import { defineFault, once } from './fault.js';
import type { FaultEffect, FaultHost, FaultTiming, OutgoingFrame } from './fault.js';
import { ANSWER_TYPE } from './message-types.js';
import { CLIENT_ID, MILLISECONDS } from './triggers.js';

/** Everything that is sent arrives drop by drop; below 100 bytes a second in single bytes. Ending it sends the rest at once. */
export interface SlowFault extends FaultTiming {
  readonly type: 'slow';
  /** @defaultValue 100 */
  readonly bytesPerSecond?: number | undefined;
  readonly clientId?: number | undefined;
}

/** Everything that is sent arrives later, in its order. Ending it sends the rest at once. */
export interface DelayFault extends FaultTiming {
  readonly type: 'delay';
  /** @defaultValue 1000 */
  readonly ms?: number | undefined;
  readonly clientId?: number | undefined;
}

/** Which messages a fault of bytes hits. */
interface Target {
  /** Type of the messages, such as `openOrder`. @defaultValue any */
  readonly message?: string | undefined;
  readonly clientId?: number | undefined;
  /** How many messages; then the fault ends. @defaultValue 1 */
  readonly count?: number | undefined;
}

/** Messages arrive in frames of the right length with the wrong content. */
export interface CorruptFault extends FaultTiming, Target {
  readonly type: 'corrupt';
  /** `bytes` spoils some of them, `extra-field` adds a field at the end, `missing-field` leaves the last one out. @defaultValue `bytes` */
  readonly how?: 'bytes' | 'extra-field' | 'missing-field' | undefined;
}

/** Frames end in their middle. */
export interface TruncateFault extends FaultTiming, Target {
  readonly type: 'truncate';
  /** What follows: the end of the connection, or the next frame, which the client takes for the rest of this one. @defaultValue `fin` */
  readonly close?: 'fin' | 'rst' | 'none' | undefined;
}

/** The header of a frame that is too long, to the clients of this moment. */
export interface OversizeFault extends FaultTiming {
  readonly type: 'oversize';
  /** The length that it announces. @defaultValue 16777216, one above what clients take */
  readonly length?: number | undefined;
  readonly clientId?: number | undefined;
}

/** The header of a frame with a length below 0, to the clients of this moment. */
export interface NegativeLengthFault extends FaultTiming {
  readonly type: 'negative-length';
  /** @defaultValue -4 */
  readonly length?: number | undefined;
  readonly clientId?: number | undefined;
}

/** A message with an id that no client knows, to the clients of this moment. */
export interface UnknownIdFault extends FaultTiming {
  readonly type: 'unknown-id';
  /** @defaultValue 199 */
  readonly messageId?: number | undefined;
  /** Its fields behind the id. @defaultValue `['1']` */
  readonly fields?: readonly string[] | undefined;
  readonly clientId?: number | undefined;
}

export type ByteFault = SlowFault | DelayFault | CorruptFault | TruncateFault | OversizeFault | NegativeLengthFault | UnknownIdFault;

const HEADER_BYTES = 4;
const SPOIL = 0x55;
/** One byte in this many is spoilt. */
const SPOIL_EVERY = 2;

const TARGET_RULES = { message: optional(ANSWER_TYPE), clientId: optional(CLIENT_ID), count: optional(wholeNumber(1, 1_000_000)) } as const;

/** The wire takes nothing else. */
const FIELD: Rule<string> = rule('must be a text of up to 1000 printable ASCII characters', (value): value is string => typeof value === 'string' && /^[\x20-\x7e]{0,1000}$/.test(value));

/** Lets a change loose on the next messages that fit, then is over. */
function onNext({ message, clientId, count = 1 }: Target, done: () => void, change: (frame: OutgoingFrame) => OutgoingFrame): FaultEffect {
  let left = count;
  return {
    onFrame: (frame) => {
      const isHit = left > 0 && (message === undefined || message === frame.type) && (clientId === undefined || clientId === frame.session.clientId);
      if (!isHit) return frame;
      left -= 1;
      if (left === 0) done();
      return change(frame);
    },
  };
}

function corrupted(bytes: Uint8Array, how: 'bytes' | 'extra-field' | 'missing-field'): Uint8Array {
  const payload = bytes.slice(HEADER_BYTES);
  if (how === 'bytes') {
    // The message id stays: a message of a known kind with nonsense inside is the harder case.
    const first = payload.indexOf(0) + 1;
    for (let index = first; index < payload.length; index += SPOIL_EVERY) payload[index] = (payload[index] ?? 0) ^ SPOIL;
    return encodeFrame(payload);
  }
  if (how === 'missing-field') return encodeFrame(payload.slice(0, payload.lastIndexOf(0, payload.length - 2) + 1));
  const longer = new Uint8Array(payload.length + 2);
  longer.set(payload);
  longer[payload.length] = '0'.charCodeAt(0);
  return encodeFrame(longer);
}

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

function sendRaw(host: FaultHost, clientId: number | undefined, bytes: Uint8Array): void {
  for (const { connection, session } of host.clients(clientId)) if (session !== undefined) connection.send(bytes);
}

/** Faults of the bytes on the wire. */
export const BYTE_FAULTS = [
  defineFault<SlowFault>({
    type: 'slow',
    rules: { bytesPerSecond: optional(finiteNumber(0.1, 1_000_000_000)), clientId: optional(CLIENT_ID) },
    begin: ({ bytesPerSecond = 100, clientId }) => ({ shape: (id) => (clientId === undefined || clientId === id ? { bytesPerSecond } : undefined) }),
  }),
  defineFault<DelayFault>({
    type: 'delay',
    rules: { ms: optional(MILLISECONDS), clientId: optional(CLIENT_ID) },
    begin: ({ ms = 1_000, clientId }) => ({ shape: (id) => (clientId === undefined || clientId === id ? { delayMs: ms } : undefined) }),
  }),
  defineFault<CorruptFault>({
    type: 'corrupt',
    rules: { ...TARGET_RULES, how: optional(oneOf('bytes', 'extra-field', 'missing-field')) },
    begin: (fault, _host, done) => onNext(fault, done, (frame) => ({ ...frame, bytes: corrupted(frame.bytes, fault.how ?? 'bytes') })),
  }),
  defineFault<TruncateFault>({
    type: 'truncate',
    rules: { ...TARGET_RULES, close: optional(oneOf('fin', 'rst', 'none')) },
    begin: (fault, _host, done) =>
      onNext(fault, done, (frame) => {
        const { close = 'fin' } = fault;
        const kept = HEADER_BYTES + Math.floor((frame.bytes.length - HEADER_BYTES) / 2);
        return { ...frame, bytes: frame.bytes.slice(0, kept), close: close === 'none' ? undefined : close };
      }),
  }),
  defineFault<OversizeFault>({
    type: 'oversize',
    rules: { length: optional(wholeNumber(0x1_00_00_00, 0x7f_ff_ff_ff)), clientId: optional(CLIENT_ID) },
    begin: ({ length = 0x1_00_00_00, clientId }, host, done) =>
      once(() => {
        sendRaw(host, clientId, header(length));
      }, done),
  }),
  defineFault<NegativeLengthFault>({
    type: 'negative-length',
    rules: { length: optional(wholeNumber(-0x80_00_00_00, -1)), clientId: optional(CLIENT_ID) },
    begin: ({ length = -4, clientId }, host, done) =>
      once(() => {
        sendRaw(host, clientId, header(length));
      }, done),
  }),
  defineFault<UnknownIdFault>({
    type: 'unknown-id',
    rules: { messageId: optional(wholeNumber(0, 0x7f_ff_ff_ff)), fields: optional(listOf(FIELD, 100)), clientId: optional(CLIENT_ID) },
    begin: ({ messageId = 199, fields = ['1'], clientId }, host, done) =>
      once(() => {
        sendRaw(host, clientId, encodeFrame(encodeFields([String(messageId), ...fields])));
      }, done),
  }),
] as const;

import { encodeFields, encodeFrame } from '@ibkit/wire';
import { finiteNumber, listOf, oneOf, optional, rule, text, wholeNumber } from '../control/rules.js';
import { defineFault, once } from './fault.js';
import { CLIENT_ID, MILLISECONDS } from './triggers.js';
const HEADER_BYTES = 4;
const SPOIL = 0x55;
/** One byte in this many is spoilt. */
const SPOIL_EVERY = 2;
const TARGET_RULES = { message: optional(text(60)), clientId: optional(CLIENT_ID), count: optional(wholeNumber(1, 1_000_000)) };
/** The wire takes nothing else. */
const FIELD = rule('must be a text of up to 1000 printable ASCII characters', (value) => typeof value === 'string' && /^[\x20-\x7e]{0,1000}$/.test(value));
/** Lets a change loose on the next messages that fit, then is over. */
function onNext({ message, clientId, count = 1 }, done, change) {
    let left = count;
    return {
        onFrame: (frame) => {
            const isHit = left > 0 && (message === undefined || message === frame.type) && (clientId === undefined || clientId === frame.session.clientId);
            if (!isHit)
                return frame;
            left -= 1;
            if (left === 0)
                done();
            return change(frame);
        },
    };
}
function corrupted(bytes, how) {
    const payload = bytes.slice(HEADER_BYTES);
    if (how === 'bytes') {
        // The message id stays: a message of a known kind with nonsense inside is the harder case.
        const first = payload.indexOf(0) + 1;
        for (let index = first; index < payload.length; index += SPOIL_EVERY)
            payload[index] = (payload[index] ?? 0) ^ SPOIL;
        return encodeFrame(payload);
    }
    if (how === 'missing-field')
        return encodeFrame(payload.slice(0, payload.lastIndexOf(0, payload.length - 2) + 1));
    const longer = new Uint8Array(payload.length + 2);
    longer.set(payload);
    longer[payload.length] = '0'.charCodeAt(0);
    return encodeFrame(longer);
}
function header(length) {
    const bytes = new Uint8Array(HEADER_BYTES);
    new DataView(bytes.buffer).setInt32(0, length);
    return bytes;
}
function sendRaw(host, clientId, bytes) {
    for (const { connection, session } of host.clients(clientId))
        if (session !== undefined)
            connection.send(bytes);
}
/** Faults of the bytes on the wire. */
export const BYTE_FAULTS = [
    defineFault({
        type: 'slow',
        rules: { bytesPerSecond: optional(finiteNumber(0.1, 1_000_000_000)), clientId: optional(CLIENT_ID) },
        begin: ({ bytesPerSecond = 100, clientId }) => ({ shape: (id) => (clientId === undefined || clientId === id ? { bytesPerSecond } : undefined) }),
    }),
    defineFault({
        type: 'delay',
        rules: { ms: optional(MILLISECONDS), clientId: optional(CLIENT_ID) },
        begin: ({ ms = 1_000, clientId }) => ({ shape: (id) => (clientId === undefined || clientId === id ? { delayMs: ms } : undefined) }),
    }),
    defineFault({
        type: 'corrupt',
        rules: { ...TARGET_RULES, how: optional(oneOf('bytes', 'extra-field', 'missing-field')) },
        begin: (fault, _host, done) => onNext(fault, done, (frame) => ({ ...frame, bytes: corrupted(frame.bytes, fault.how ?? 'bytes') })),
    }),
    defineFault({
        type: 'truncate',
        rules: { ...TARGET_RULES, close: optional(oneOf('fin', 'rst', 'none')) },
        begin: (fault, _host, done) => onNext(fault, done, (frame) => {
            const { close = 'fin' } = fault;
            const kept = HEADER_BYTES + Math.floor((frame.bytes.length - HEADER_BYTES) / 2);
            return { ...frame, bytes: frame.bytes.slice(0, kept), close: close === 'none' ? undefined : close };
        }),
    }),
    defineFault({
        type: 'oversize',
        rules: { length: optional(wholeNumber(0x1_00_00_00, 0x7f_ff_ff_ff)), clientId: optional(CLIENT_ID) },
        begin: ({ length = 0x1_00_00_00, clientId }, host, done) => once(() => {
            sendRaw(host, clientId, header(length));
        }, done),
    }),
    defineFault({
        type: 'negative-length',
        rules: { length: optional(wholeNumber(-0x80_00_00_00, -1)), clientId: optional(CLIENT_ID) },
        begin: ({ length = -4, clientId }, host, done) => once(() => {
            sendRaw(host, clientId, header(length));
        }, done),
    }),
    defineFault({
        type: 'unknown-id',
        rules: { messageId: optional(wholeNumber(0, 0x7f_ff_ff_ff)), fields: optional(listOf(FIELD, 100)), clientId: optional(CLIENT_ID) },
        begin: ({ messageId = 199, fields = ['1'], clientId }, host, done) => once(() => {
            sendRaw(host, clientId, encodeFrame(encodeFields([String(messageId), ...fields])));
        }, done),
    }),
];

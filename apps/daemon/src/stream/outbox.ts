import { frameHeaderBytes, writeFrameHeader } from './stream-encoding.js';
import type { StreamEncoding } from './stream-encoding.js';
import type { StreamSocket } from './stream-ports.js';

/** One message that waits for its turn. */
export interface OutgoingMessage {
  readonly head: Buffer | string;
  /** Shared with every other subscriber: it is never changed, and costs memory once. */
  readonly tail: Buffer | undefined;
  /** Told up to where it was written. */
  readonly of?: { wrote(position: number): void } | undefined;
  /** Where in its topic it is; 0 for what is of no topic. */
  readonly position: number;
}

/** So many bytes lie in the buffer of a socket at most, and one chunk more. */
const SOCKET_BYTES = 65_536;
const CHUNK_BYTES = 32_768;
/** A longer tail is written as it is instead of being copied. */
const COPY_BYTES = 16_384;

function payloadOf({ head, tail }: OutgoingMessage): number {
  return head.length + (tail?.length ?? 0);
}

/**
 * What one client is still to get, in order. It holds references, so that a thousand slow clients of one topic cost hardly more than one; bytes are made
 * only as the client takes them.
 */
export class Outbox {
  readonly #encoding: StreamEncoding;
  readonly #socket: StreamSocket;
  #waiting: OutgoingMessage[] = [];
  #next = 0;
  #waitingBytes = 0;
  #frames = 0;
  #bytes = 0;

  constructor(encoding: StreamEncoding, socket: StreamSocket) {
    this.#encoding = encoding;
    this.#socket = socket;
  }

  /** Bytes that the client has not taken: here, and in the buffer of its socket. */
  get bufferedBytes(): number {
    return this.#waitingBytes + this.#socket.bufferedBytes;
  }

  /** Messages that wait here. */
  get size(): number {
    return this.#waiting.length - this.#next;
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that the client was given, and has not taken. */
  get givenBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /** Bytes that the client has taken. */
  get takenBytes(): number {
    return this.#bytes - this.#socket.bufferedBytes;
  }

  push(message: OutgoingMessage): void {
    this.#waiting.push(message);
    const payload = payloadOf(message);
    this.#waitingBytes += payload + frameHeaderBytes(payload);
  }

  /** Forgets what was not written. */
  clear(): void {
    this.#waiting = [];
    this.#next = 0;
    this.#waitingBytes = 0;
  }

  /** Writes as much as the socket takes now. Gives back whether anything is left. */
  flush(): boolean {
    while (this.size > 0 && this.#socket.bufferedBytes < SOCKET_BYTES) this.#writeChunk();
    return this.size > 0;
  }

  /** Writes everything, however much the socket holds: the last words to a client. */
  flushAll(): void {
    while (this.size > 0) this.#writeChunk();
  }

  #writeChunk(): void {
    const first = this.#next;
    let [end, total] = [first, 0];
    while (end < this.#waiting.length && total < CHUNK_BYTES) {
      const message = this.#waiting[end];
      if (message === undefined) break;
      const payload = payloadOf(message);
      const copied = (message.tail?.length ?? 0) > COPY_BYTES ? message.head.length : payload;
      total += frameHeaderBytes(payload) + copied;
      end += 1;
      if (copied !== payload) break;
    }
    const chunk = Buffer.allocUnsafe(total);
    let [offset, apart]: [number, Buffer | undefined] = [0, undefined];
    for (let index = first; index < end; index += 1) {
      const message = this.#waiting[index];
      if (message === undefined) continue;
      const payloadBytes = payloadOf(message);
      offset = writeFrameHeader(chunk, offset, { encoding: this.#encoding, payloadBytes });
      offset += typeof message.head === 'string' ? chunk.write(message.head, offset, 'latin1') : message.head.copy(chunk, offset);
      if ((message.tail?.length ?? 0) > COPY_BYTES) apart = message.tail;
      else if (message.tail !== undefined) offset += message.tail.copy(chunk, offset);
      this.#waitingBytes -= payloadBytes + frameHeaderBytes(payloadBytes);
      message.of?.wrote(message.position);
    }
    this.#frames += end - first;
    this.#bytes += total + (apart?.length ?? 0);
    this.#next = end;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    } else if (this.#next > 1024 && this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    this.#socket.write(chunk);
    if (apart !== undefined) this.#socket.write(apart);
  }
}
